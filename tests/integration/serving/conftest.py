"""A client of the serving plane's application on a fresh data database."""

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
    """A client of the WSGI application; nothing is published yet."""
    publication.forget()
    yield Client(application)
    publication.forget()


@pytest.fixture
def places(data_db: psycopg.Connection, client: Client) -> Client:
    """A client, with 200 places published."""
    put(data_db, PLACES, [place(number) for number in range(200)])
    return client
