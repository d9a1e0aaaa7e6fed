"""Clients of the serving plane's application on data databases of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.serving import publication
from geoplatform.serving.app import application
from tests.integration.serving.layers import PLACES, place, put


@pytest.fixture
def client(data_db: psycopg.Connection) -> Iterator[Client]:
    """A client of the WSGI application on a fresh database; nothing is published yet."""
    publication.forget()
    yield Client(application)
    publication.forget()


@pytest.fixture(scope="module")
def shared_client(module_data_db: psycopg.Connection) -> Iterator[Client]:
    """A client on a database that the module's tests share."""
    publication.forget()
    yield Client(application)
    publication.forget()


@pytest.fixture(scope="module")
def places(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """A client with 200 places published; tests that use it only read."""
    put(module_data_db, PLACES, [place(number) for number in range(200)])
    return shared_client
