"""The audit log has who took away what not everybody may have: files that were made, no others."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.access import gate, tokens
from geoplatform.serving import downloads
from tests.integration.serving.layers import PLACES, definition, place, put

#: Account 7 is of the staff, 8 has an account.
STAFF, RESIDENT = 7, 8
LAYERS = {
    "public": definition("plain"),
    "with attributes for staff": PLACES,
    "with exact places for staff": definition("rounded", publication_geometry={"public": {"decimals": 3}}),
    "for staff": definition("inner", publication="staff"),
    "narrowed in GeoNode": definition("narrowed"),
}
ADDRESSES = {kind: f"/ogcapi/collections/{layer.id}/items" for kind, layer in LAYERS.items()}


@pytest.fixture
def taken(client: Client, data_db: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A database with a layer of each kind, two accounts, and nothing noted."""
    put(data_db, PLACES, [place(1)])
    for layer in LAYERS.values():
        if layer is not PLACES:
            put(data_db, layer, [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32.21 48.49)"}])
    data_db.execute("insert into access.account (id, level) values (7, 'staff'), (8, 'registered')")
    for operation in ("view", "download"):
        data_db.execute("insert into access.permission values ('narrowed', %s, 'registered')", [operation])
    data_db.commit()
    gate.forget()
    yield data_db
    gate.forget()


def shown_by(conn: psycopg.Connection, account: int | None) -> dict[str, str]:
    if account is None:
        return {}
    token = tokens.make(conn, account, "test", 1)
    conn.commit()
    return {"Authorization": f"Bearer {token}"}


def noted(conn: psycopg.Connection) -> list[tuple]:
    conn.rollback()  # else it looks from where it began
    return conn.execute(
        "select actor, layer, detail ->> 'format', detail ->> 'token' is not null from access.audit where action = 'downloaded'"
    ).fetchall()


@pytest.mark.parametrize("kind", [kind for kind in LAYERS if kind != "public"])
def test_what_not_everybody_may_have_is_noted(taken: psycopg.Connection, client: Client, kind: str) -> None:
    answer = client.get(f"{ADDRESSES[kind]}?f=csv", headers=shown_by(taken, STAFF))
    assert answer.status_code == 200 and answer.data.count(b"\n") == 2
    assert noted(taken) == [("account:7", LAYERS[kind].id, "csv", True)]
    assert answer.headers["X-Accel-Buffering"] == "no", "what may be taken back is not handed over all at once"


def test_what_a_resident_gets_more_than_a_stranger_is_noted(taken: psycopg.Connection, client: Client) -> None:
    headers = shown_by(taken, RESIDENT)
    for kind in ("with attributes for staff", "narrowed in GeoNode", "public", "for staff"):
        client.get(f"{ADDRESSES[kind]}?f=gpkg", headers=headers).close()
    assert [row[:3] for row in noted(taken)] == [("account:8", "places", "gpkg"), ("account:8", "narrowed", "gpkg")]


@pytest.mark.parametrize(
    ("kind", "query", "method", "account", "status"),
    [
        ("public", "f=csv", "GET", STAFF, 200),
        ("with attributes for staff", "f=csv", "GET", None, 200),
        ("with attributes for staff", "f=csv", "HEAD", STAFF, 200),
        ("with attributes for staff", "f=csv&offset=1", "GET", STAFF, 400),
        ("with attributes for staff", "f=gpkg&filter=beds/(beds-1)=1", "GET", STAFF, 400),
        ("with attributes for staff", "f=json", "GET", STAFF, 200),
        ("for staff", "f=csv", "GET", None, 404),
        ("for staff", "f=csv", "GET", RESIDENT, 404),
    ],
)
def test_nothing_else_is(
    taken: psycopg.Connection, client: Client, kind: str, query: str, method: str, account: int | None, status: int
) -> None:
    answer = client.open(f"{ADDRESSES[kind]}?{query}", method=method, headers=shown_by(taken, account))
    assert answer.status_code == status, answer.text
    assert noted(taken) == []


def test_a_file_that_was_not_made_is_not_noted(
    taken: psycopg.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SLOTS", 0)
    assert client.get(f"{ADDRESSES['for staff']}?f=csv", headers=shown_by(taken, STAFF)).status_code == 503
    assert noted(taken) == []


def test_what_can_not_be_noted_is_not_given(taken: psycopg.Connection, client: Client) -> None:
    taken.execute("alter table access.audit add check (action <> 'downloaded') not valid")
    taken.commit()
    answer = client.get(f"{ADDRESSES['for staff']}?f=csv", headers=shown_by(taken, STAFF))
    assert answer.status_code >= 500 and b"48.49" not in answer.data
