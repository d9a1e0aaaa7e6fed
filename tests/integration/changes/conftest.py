"""Clinics that change twice, before the control plane as a visitor meets it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from geoplatform.layers import history
from tests.integration.hub.conftest import anonymous_client, control_db, django_process  # noqa: F401 - fixtures
from tests.integration.publicmap.conftest import BLOCK, BLOCKS, CLINIC, CLINICS, DEMO_CLINIC
from tests.integration.publicmap.states import was
from tests.integration.serving.layers import attribute, definition, put
from tests.post import Post, mail_server

#: The clinics as another register has them, and a layer for staff alone.
REGISTER = definition("register", attribute("name", role="name"), attribute("phone", role="phone"))
HIDDEN = definition("hidden", attribute("name", role="name"), publication="staff")

BEFORE, MIDDLE, AFTER = "2025-03-01T08:00:00Z", "2025-06-01T08:00:00Z", "2025-09-01T08:00:00Z"

MOVED = CLINIC | {"geom": "POINT(32.2627 48.51)", "phone": "+380 522 00-00-00", "note_staff": "ключ у лікаря"}
QUIET = CLINIC | {
    "id": "c5",
    "code": "c5",
    "name": "Тиха амбулаторія",
    "note_staff": "нова нотатка",
    "geom": "POINT(32.265 48.509)",
}
NEW = CLINIC | {"id": "c3", "code": "c3", "name": "Нова амбулаторія", "geom": "POINT(32.258 48.512)"}
FAR = CLINIC | {"id": "c4", "code": "c4", "name": "=Далека амбулаторія", "geom": "POINT(32.35 48.45)"}


def fill(conn: psycopg.Connection) -> None:
    """c1 moves and gets another telephone, c2 goes, c3 and c4 come; of c5 nothing changes but the note for staff."""
    put(conn, BLOCKS, [BLOCK])
    put(conn, CLINICS, [MOVED, QUIET, NEW, FAR], version=3)
    history.ensure_partition(conn, "clinics")
    for features, since in ((("c1", "c5"), MIDDLE), (("c3", "c4"), AFTER)):
        conn.execute("update layers.clinics set valid_from = %s where id = any(%s)", [since, list(features)])
    was(conn, "clinics", CLINIC, BEFORE, MIDDLE)
    was(conn, "clinics", QUIET | {"note_staff": "стара нотатка"}, BEFORE, MIDDLE)
    was(conn, "clinics", DEMO_CLINIC, BEFORE, AFTER)
    secret = {"id": "h1", "code": "h1", "name": "Таємниця", "is_demo": False, "geom": "POINT(32.26 48.51)"}
    put(conn, HIDDEN, [secret])
    registered = {name: MOVED[name] for name in ("id", "code", "name", "is_demo", "geom")}
    put(conn, REGISTER, [registered | {"phone": "інший"}, registered | {"id": "r7", "code": "r7", "phone": None}])
    for version, at in enumerate((BEFORE, MIDDLE, AFTER), 1):
        conn.execute(
            "insert into registry.change_event (layer, version, added, changed, removed, at) values ('clinics', %s, 1, 1, 1, %s)",
            [version, at],
        )
    conn.execute("update registry.layer set changed_at = %s, checked_at = now()", [AFTER])
    conn.commit()


@pytest.fixture
def places(control_db) -> Iterator[psycopg.Connection]:  # noqa: F811 - the fixture imported above
    """The layers with their past; the connection is in autocommit."""
    from django.core.cache import caches

    from geoplatform.publicmap import current

    caches["limits"].clear()
    caches["default"].clear()
    fill(control_db)
    control_db.autocommit = True
    current.forget()
    yield control_db
    current.forget()


@pytest.fixture
def post(places, settings_of_mail) -> Iterator[Post]:
    """A real SMTP server on a port of its own, to which Django sends."""
    with mail_server() as taken:
        settings_of_mail(taken.port)
        yield taken


@pytest.fixture
def settings_of_mail():
    """Return a function that has Django send to a port of this machine."""
    from django.test import override_settings

    active = []

    def use(port: int) -> None:
        override = override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_USE_TLS=False,
        )
        override.enable()
        active.append(override)

    yield use
    for override in active:
        override.disable()
