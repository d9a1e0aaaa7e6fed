"""The control plane before a fresh control database, with no limits counted yet."""

from __future__ import annotations

import pytest

from tests.integration.hub.conftest import anonymous_client, control_db, django_process  # noqa: F401 - fixtures


@pytest.fixture
def visitor(control_db, anonymous_client):  # noqa: F811 - the fixtures imported above
    """A client of nobody's."""
    from django.core.cache import caches

    caches["limits"].clear()
    return anonymous_client
