"""Remarks on two clinics that the tests publish, the control plane before a fresh control database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.integration.hub.conftest import (  # noqa: F401 - fixtures
    anonymous_client,
    control_db,
    django_process,
    resident,
    resident_client,
    staff,
    staff_client,
)
from tests.integration.publicmap.conftest import CLINIC, CLINICS, DEMO_CLINIC
from tests.integration.serving.layers import put

FORM = "/map/clinics/c1/remark/"


@pytest.fixture
def places(control_db) -> Iterator[psycopg.Connection]:  # noqa: F811 - the fixture imported above
    """Two clinics."""
    from django.core.cache import caches

    from geoplatform.publicmap import current

    caches["limits"].clear()
    put(control_db, CLINICS, [CLINIC, DEMO_CLINIC])
    control_db.autocommit = True
    current.forget()
    yield control_db
    current.forget()


@dataclass
class Sent:
    """The answer to a form: `reference` when it was taken."""

    status: int
    text: str
    reference: str


@pytest.fixture
def send(places, anonymous_client) -> Callable[..., Sent]:  # noqa: F811
    """Return a function that sends the form of a clinic, from an address of one's own."""

    def posted(text="Немає пандуса, лише сходинки", *, kind="wrong", address="203.0.113.5", path=FORM, **more) -> Sent:
        answer = anonymous_client.post(path, {"kind": kind, "text": text, **more}, HTTP_X_FORWARDED_FOR=address)
        found = re.search(r"/remarks/(\w+)/", answer.headers.get("Location", ""))
        return Sent(answer.status_code, answer.content.decode(), found[1] if found else "")

    return posted
