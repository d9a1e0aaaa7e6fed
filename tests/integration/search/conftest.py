"""Layers that search follows, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from werkzeug.test import Client

from geoplatform.access import gate
from geoplatform.layers import history, tables
from geoplatform.layers.definition import LayerDefinition
from geoplatform.publishing import publish
from geoplatform.search import indexing
from geoplatform.serving import publication
from geoplatform.serving.app import application
from tests.integration.serving.layers import _insert, _register, attribute, definition, put

CLINICS = definition(
    "clinics",
    attribute("name", role="name"),
    attribute("kind", role="category", vocabulary="kinds"),
    attribute("address", role="address"),
    attribute("about", role="description"),
    attribute("note_registered", "registered"),
    attribute("note_staff", "staff"),
    attribute("secret", "restricted"),
    critical=True,
)
STREETS = definition(
    "lines", attribute("name", role="name"), attribute("old", role="old_name"), geometry="line", gazetteer="street"
)
RENAMES = definition(
    "renamings",
    attribute("name", role="name"),
    attribute("old", role="old_name"),
    attribute("part", role="description"),
    attribute("act", role="source"),
    attribute("day", type="date", role="date"),
    geometry="none",
    gazetteer="rename",
)
HOUSES = definition(
    "houses",
    attribute("address", role="name"),
    attribute("street", role="street"),
    attribute("number", role="house"),
    attribute("town", role="settlement"),
    gazetteer="address",
)
TOWNS = definition(
    "towns",
    attribute("name", role="name"),
    attribute("old", role="old_name"),
    attribute("katottg", role="code"),
    gazetteer="settlement",
)


def row(feature: str, **values: Any) -> dict[str, Any]:
    """Return a feature of a layer with the key `code`."""
    return {"id": feature, "code": feature, "is_demo": False, **values}


def clinic(number: int, **values: Any) -> dict[str, Any]:
    """Return a clinic."""
    return row(f"c{number}", name=f"Амбулаторія № {number}", kind="clinic", geom="POINT(32.26 48.51)", **values)


def line(feature: str, name: str, west: float = 32.2, lat: float = 48.5, **values: Any) -> dict[str, Any]:
    """Return a line of a street, 0.002 degrees long."""
    return row(feature, name=name, geom=f"MULTILINESTRING(({west} {lat}, {west + 0.002} {lat}))", **values)


def edit(
    conn: psycopg.Connection, layer: LayerDefinition, version: int, *changed: dict[str, Any], gone: tuple[str, ...] = ()
) -> None:
    """Change single features as the engine does: the past into history, rows of the new version, one change of the registry."""
    name = tables.table(layer.id)
    history.ensure_partition(conn, layer.id)
    with conn.transaction():
        ids = [*(feature["id"] for feature in changed), *gone]
        conn.execute(
            "insert into history.feature (layer, id, attributes, valid_from, valid_to, version)"
            " select %s, unnest(%s::text[]), %s, '2026-01-01', '2026-01-02', %s",
            [layer.id, ids, Jsonb({}), version],
        )
        conn.execute(sql.SQL("delete from {} where id = any(%s)").format(name), [ids])
        for feature in changed:
            _insert(conn, name, {**feature, "valid_from": "2026-01-02T00:00:00Z", "version": version})
        _register(conn, layer, version)
        publish.announce(conn)
    conn.commit()


@pytest.fixture
def conn(data_db: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The owner's connection to a fresh data database, with nothing remembered of another."""
    publication.forget()
    gate.forget()
    yield data_db
    publication.forget()
    gate.forget()


@pytest.fixture
def follow() -> Callable[..., indexing.Done]:
    """Return a function that lets search follow, and has the next request see what is published."""

    def followed(*sources: Any) -> indexing.Done:
        done = indexing.follow(sources)
        publication.forget()
        return done

    return followed


@pytest.fixture
def ask() -> Callable[..., dict[str, Any]]:
    """Return a function that asks an address of the serving plane, which must succeed, and gives its JSON."""
    client = Client(application)

    def asked(path: str, **parameters: Any) -> dict[str, Any]:
        answer = client.get(path, query_string=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json

    return asked


@pytest.fixture
def titles(ask) -> Callable[..., list[str]]:
    """Return a function that searches and gives the titles found."""

    def found(q: str, **parameters: Any) -> list[str]:
        return [item["title"] for item in ask("/api/search", q=q, **parameters)["items"]]

    return found


__all__ = ["CLINICS", "HOUSES", "RENAMES", "STREETS", "TOWNS", "clinic", "edit", "line", "put", "row"]
