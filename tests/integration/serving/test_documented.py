"""The examples of docs/api.md are answered."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.config import PROJECT
from tests.integration.serving.layers import attribute, definition, put

_COMMANDS = re.findall(r"^curl .*$", (PROJECT / "docs" / "api.md").read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def health(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """A client of a service with the collection of the examples."""
    layer = definition("health", attribute("name"), attribute("category"))
    put(
        module_data_db, layer, [{"id": "a", "is_demo": False, "code": "a", "name": "Міська лікарня", "geom": "POINT(32.26 48.5)"}]
    )
    return shared_client


@pytest.mark.parametrize("command", _COMMANDS, ids=range(len(_COMMANDS)))
def test_an_example_is_answered(health: Client, command: str) -> None:
    address = re.search(r"'http://localhost:8000([^']+)'", command)[1]
    data = re.search(r'--data-urlencode "(\w+)=([^"]+)"', command)
    answer = health.get(address + (f"?{urlencode({data[1]: data[2]})}" if data else ""))
    assert answer.status_code == 200, answer.text
    assert answer.data


def test_there_are_examples() -> None:
    assert len(_COMMANDS) >= 8
