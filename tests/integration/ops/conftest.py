"""Empty installations for the tests of operating one."""

from collections.abc import Iterator

import pytest

from geoplatform.config import Config
from tests.installation import temporary_installation


@pytest.fixture
def fresh_installation(monkeypatch) -> Iterator[Config]:
    """The configuration of an installation that has nothing yet, on ports of its own."""
    with temporary_installation(monkeypatch) as config:
        yield config
