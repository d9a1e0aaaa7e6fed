"""The parts that draw, running for a module's tests on a database of their own."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.maps_stack import Maps, running_maps


@pytest.fixture(scope="module")
def maps(services, module_data_db: psycopg.Connection) -> Iterator[Maps]:
    """nginx, serving plane, MapServer, MapProxy and keeper; `module_data_db` is what they show."""
    with running_maps(services.config) as running:
        yield running
