"""`datetime` asks the layer's history: what was true at a moment, every state of a period, and nothing above the level."""

from __future__ import annotations

import csv
import io

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from werkzeug.test import Client

from geoplatform import config
from geoplatform.layers import history
from tests.integration.serving.asking import ITEMS, ask, decoded, follow
from tests.integration.serving.layers import PLACES, attribute, definition, place, put

TILES = "/ogcapi/collections/places/tiles/WebMercatorQuad"

_PAST = """
    insert into history.feature (layer, id, attributes, geom, is_demo, valid_from, valid_to, version)
    values ('places', %s, %s, ST_GeomFromText(%s, 4326), false, %s, %s, 2)
"""


def past(
    conn: psycopg.Connection, feature: str, since: str, until: str, geom: str = "POINT(32.1 48.4)", **attributes: object
) -> None:
    """Write a closed state of a place."""
    known = {"code": feature, "secret": "was-top-secret", "note_staff": 7, "note_registered": "was-registered", **attributes}
    conn.execute(_PAST, [feature, Jsonb(known), geom, since, until])


@pytest.fixture(scope="module")
def told(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """Ten places since 2026; p0001 was something else twice before, p9000 is no more."""
    conn = module_data_db
    put(conn, PLACES, [place(number) for number in range(10)], version=3)
    history.ensure_partition(conn, "places")
    past(conn, "p0001", "2024-01-01T00:00Z", "2025-01-01T00:00Z", name="First", beds=1, founded="2001-02-03", features=["lift"])
    past(
        conn, "p0001", "2025-01-01T00:00Z", "2026-01-01T00:00Z", name="Second", beds="many", founded="soon", features="ramp;lift"
    )
    past(conn, "p9000", "2024-06-01T00:00Z", "2025-06-01T00:00Z", "LINESTRING(32 48,33 49)", name="Gone", rating=1.5, open=True)
    conn.commit()
    return shared_client


def names(document: dict) -> list[tuple[str, str]]:
    """Return id and name of each state."""
    return [(feature["id"], feature["properties"]["name"]) for feature in document["features"]]


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2023-12-31", []),
        ("2024-01-01", [("p0001", "First")]),
        ("2024-12-31T23:59:59Z", [("p0001", "First"), ("p9000", "Gone")]),
        ("2025-01-01T00:00:00Z", [("p0001", "Second"), ("p9000", "Gone")]),
        ("2025-06-01T00:00:00Z", [("p0001", "Second")]),
        ("2024-07-01/2025-02-01", [("p0001", "First"), ("p0001", "Second"), ("p9000", "Gone")]),
        ("../2024-05-31", [("p0001", "First")]),
        ("/2024-05-31", [("p0001", "First")]),
    ],
)
def test_what_was_true_then_is_told(told: Client, moment: str, wanted: list) -> None:
    page = ask(told, datetime=moment)
    assert names(page) == wanted
    assert page["numberMatched"] == len(wanted)


def test_each_state_says_since_and_until_when_it_was_true(told: Client) -> None:
    states = ask(told, datetime="../..", id="p0001")["features"]
    spans = [(f["properties"]["valid_from"][:10], (f["properties"]["valid_to"] or "..")[:10]) for f in states]
    assert spans == [("2024-01-01", "2025-01-01"), ("2025-01-01", "2026-01-01"), ("2026-01-01", "..")]
    assert "valid_from" not in ask(told, limit=1)["features"][0]["properties"]


def test_values_that_no_longer_fit_their_attribute_are_left_out(told: Client) -> None:
    first, second = ask(told, datetime="../2025-12-31", id="p0001")["features"]
    assert (first["properties"]["beds"], first["properties"]["founded"], first["properties"]["features"]) == (
        1,
        "2001-02-03",
        ["lift"],
    )
    assert (second["properties"]["beds"], second["properties"]["founded"]) == (None, None)
    assert second["properties"]["features"] == ["ramp", "lift"]
    gone = ask(told, datetime="2024-07-01", id="p9000")["features"][0]
    assert (gone["geometry"], gone["properties"]["rating"], gone["properties"]["open"]) == (None, 1.5, True)


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
@pytest.mark.parametrize("more", [{}, {"sortby": "-name"}, {"sortby": "valid_from"}, {"sortby": "beds,-open"}])
def test_following_next_gives_every_state_once(told: Client, limit: int, more: dict) -> None:
    if more.get("sortby") == "valid_from":
        assert told.get(f"{ITEMS}?sortby=valid_from").status_code == 400
        return
    first = ask(told, datetime="../..", limit=limit, **more)
    assert sorted(follow(told, first)) == sorted([*range(10), 1, 1, 9000])


def test_one_feature_as_it_was(told: Client) -> None:
    was = ask(told, f"{ITEMS}/p0001", datetime="2024-03-01")
    assert was["properties"]["name"] == "First" and was["geometry"]["coordinates"] == [32.1, 48.4]
    assert told.get(f"{ITEMS}/p0001?datetime=2020-01-01").status_code == 404
    assert told.get(f"{ITEMS}/p0001?datetime=2020-01-01/2021-01-01").status_code == 400


@pytest.mark.parametrize(
    ("moment", "wanted"),
    [
        ("2023-12-31", {}),
        ("2024-01-01", {"p0001": "First"}),
        ("2025-01-01T00:00:00Z", {"p0001": "Second"}),  # p9000, then a line, has no place among points
    ],
)
@pytest.mark.parametrize("path", ["0/0/0", "1/0/1", "8/88/150"])
def test_tiles_show_what_was_there_then(told: Client, moment: str, wanted: dict, path: str) -> None:
    answer = told.get(f"{TILES}/{path}?datetime={moment}")
    found = {items["id"]: items["name"] for _fid, items in decoded(answer.data, path)} if answer.data else {}
    assert (found, answer.status_code) == (wanted, 200 if wanted else 204)


def test_tiles_of_now_and_of_a_moment_ago_hold_the_same(told: Client) -> None:
    now, then = (decoded(told.get(f"{TILES}/0/0/0{query}").data, "0/0/0") for query in ("", "?datetime=2026-02-01T00:00:00Z"))
    without = [[{k: v for k, v in items.items() if k != "mvt_id"} for _fid, items in tile] for tile in (now, then)]
    assert sorted(without[0], key=str) == sorted(without[1], key=str)


@pytest.mark.parametrize("moment", ["yesterday", "2024-01-01/2025-01-01", "..", "2024-13-01", ""])
def test_a_tile_is_of_one_instant(told: Client, moment: str) -> None:
    assert told.get(f"{TILES}/0/0/0?datetime={moment}").status_code == 400


def test_past_places_are_indexed_as_the_layer_has_them(module_data_db: psycopg.Connection, told: Client) -> None:
    """Lines first, points later: the index is that of what the views show."""
    conn = module_data_db
    for geometry, kind in (("line", "MultiLineString"), ("line", "MultiLineString"), ("point", "Point")):
        layer = definition("trails", attribute("name"), geometry=geometry)
        if geometry == "point":
            conn.execute("drop table layers.trails cascade")
        put(conn, layer, [])
        found = conn.execute(
            "select obj_description(indexrelid, 'pg_class') from pg_index where indrelid = 'history.feature_trails'::regclass"
            " and obj_description(indexrelid, 'pg_class') is not null"
        ).fetchall()
        assert found == [(kind,)]


def test_filters_reach_the_past(told: Client) -> None:
    assert names(ask(told, datetime="../..", filter="name = 'First' and beds < 5")) == [("p0001", "First")]
    assert names(ask(told, datetime="../2025-12-31", bbox="32.05,48.3,32.15,48.5", limit=100)) == [
        ("p0001", "First"),
        ("p0001", "Second"),
    ]


@pytest.mark.parametrize(("level", "hidden"), [("public", {"secret", "note_staff", "note_registered"}), ("staff", {"secret"})])
def test_the_past_tells_no_level_more_than_the_present(
    told: Client, module_data_db: psycopg.Connection, level: str, hidden: set[str]
) -> None:
    text = str(ask(told, datetime="../..", limit=100))
    assert "secret" not in text and "note_" not in text and "was-registered" not in text
    assert told.get(f"{ITEMS}?datetime=../..&filter=secret='was-top-secret'").status_code == 400
    with psycopg.connect(config.load().dsn(level), autocommit=True) as reader:
        found = reader.execute(sql.SQL("select * from {}").format(sql.Identifier(f"pub_{level}", "places.states")))
        columns = {column.name for column in found.description}
        assert found.rowcount == 13
        assert not columns & hidden and ("note_staff" in columns) == (level == "staff")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from history.feature")


def test_a_file_of_the_past(told: Client) -> None:
    answer = told.get(f"{ITEMS}?f=csv&datetime=2024-07-01")
    found = [(row["id"], row["name"], row["valid_to"][:10]) for row in csv.DictReader(io.StringIO(answer.text))]
    assert found == [("p0001", "First", "2025-01-01"), ("p9000", "Gone", "2025-06-01")]
