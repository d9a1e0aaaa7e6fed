"""The control plane's fixtures for the catalogue's part of the leak test."""

from tests.integration.hub.conftest import (  # noqa: F401 - fixtures
    anonymous_client,
    control_db,
    django_process,
    monuments,
    resident,
    resident_client,
    small_library,
    staff,
    staff_client,
)
from tests.leaks.catalogue_site import catalogue_site  # noqa: F401
