"""The shipped description, loaded once."""

from __future__ import annotations

import pytest

from geoplatform.config import PROJECT
from geoplatform.layers.library import Library, load_library
from geoplatform.layers.sources import drivers


@pytest.fixture(scope="session")
def library() -> Library:
    """Everything below layers/, with the names of source drivers checked; fails with every fault there is."""
    return load_library(PROJECT / "layers", drivers())
