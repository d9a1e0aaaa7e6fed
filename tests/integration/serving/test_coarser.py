"""Rounded and clustered places: the exact ones are in nothing that the level's role can reach."""

from __future__ import annotations

import json
import math

import psycopg
import pytest
from pydantic import ValidationError
from werkzeug.test import Client

from geoplatform import config
from geoplatform.layers import published
from geoplatform.layers.definition import MERCATOR_UNITS_PER_METRE, LayerDefinition
from tests.integration.serving.asking import ask, decoded, tile_at
from tests.integration.serving.layers import attribute, definition, put

#: Far enough from any node of the grids below.
EXACT = [(32.251234, 48.511234), (32.251334, 48.511334), (32.27, 48.52)]
POINTS = [
    {"id": f"n{i}", "code": f"n{i}", "name": f"nest {i}", "is_demo": False, "geom": f"POINT({x} {y})"}
    for i, (x, y) in enumerate(EXACT)
]


def nests(**rule: object) -> LayerDefinition:
    """Return a layer whose public places follow `rule`; registered people and staff see them as they are."""
    return definition("nests", attribute("name"), style={"label": "name"}, publication_geometry={"public": rule})


def coordinates(document: dict) -> list[tuple[float, float]]:
    return [tuple(feature["geometry"]["coordinates"]) for feature in document["features"]]


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.hypot((one[0] - other[0]) * 111_320 * math.cos(math.radians(one[1])), (one[1] - other[1]) * 111_320)


def items(client: Client, layer: str = "nests", **parameters: object) -> dict:
    return ask(client, f"/ogcapi/collections/{layer}/items", **parameters)


def test_decimals_round_every_place_of_the_level(client, data_db):
    put(data_db, nests(decimals=2), POINTS)
    assert coordinates(items(client)) == [(32.25, 48.51), (32.25, 48.51), (32.27, 48.52)]


def test_a_grid_of_metres_moves_places_to_its_nodes(client, data_db):
    put(data_db, nests(grid_metres=500), POINTS)
    shown = coordinates(items(client))
    assert all(50 < metres(a, b) < 500 for a, b in zip(shown, EXACT, strict=True))
    row = data_db.execute("select ST_X(geom_3857), ST_Y(geom_3857) from pub_public.nests limit 1").fetchone()
    step = 500 * MERCATOR_UNITS_PER_METRE
    assert all(abs(value / step - round(value / step)) < 1e-6 for value in row)


def test_a_level_without_a_rule_sees_the_places_as_they_are(client, data_db):
    put(data_db, nests(grid_metres=500), POINTS)
    with psycopg.connect(config.load().dsn("registered")) as conn:
        found = conn.execute("select ST_X(geom), ST_Y(geom) from pub_registered.nests order by id").fetchall()
    assert found == EXACT


@pytest.mark.parametrize("rule", [{"grid_metres": 500}, {"decimals": 2}, {"grid_metres": 500, "cluster": True}])
def test_no_outlet_of_the_level_tells_the_exact_place(client, data_db, rule):
    put(data_db, nests(**rule), POINTS)
    tile = tile_at(*EXACT[0], 14)
    for path in (
        *("/ogcapi/collections", "/ogcapi/collections/nests", "/ogcapi/collections/nests/style"),
        *("/ogcapi/collections/nests/tiles/WebMercatorQuad?f=tilejson", "/ogcapi/collections/nests/tiles/WebMercatorQuad"),
        *("/ogcapi/collections/nests/items", "/ogcapi/collections/nests/items?f=html"),
        "/ogcapi/collections/nests/items?crs=http://www.opengis.net/def/crs/EPSG/0/3857",
    ):
        text = client.get(path).text
        for number in ("32.2512", "48.5112", "32.2513", "48.5113"):
            assert number not in text, path
    west, south, east, north = ask(client, "/ogcapi/collections/nests")["extent"]["spatial"]["bbox"][0]
    shown = coordinates(items(client))
    box = min(x for x, _ in shown), min(y for _, y in shown), max(x for x, _ in shown), max(y for _, y in shown)
    assert (west, south, east, north) == pytest.approx(box, abs=1e-6)  # GeoJSON is written with seven decimals
    exactly = items(client, bbox="32.2512,48.5112,32.2513,48.5113")
    assert exactly["features"] == [], "a box around the exact place finds nothing"
    found = client.get("/ogcapi/collections/nests/items?filter=DWITHIN(geometry,POINT(32.251234 48.511234),5,meters)")
    assert found.status_code == 400 or found.json["features"] == []
    assert decoded(client.get(f"/ogcapi/collections/nests/tiles/WebMercatorQuad/{tile}").data or b"", tile) is not None
    with psycopg.connect(config.load().dsn("public")) as conn:
        assert not conn.execute(
            "select from pub_public.nests where ST_DWithin(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326), 0.0002)", EXACT[0]
        ).fetchall()
        boxes = conn.execute("select bbox from pub_public.changes where bbox is not null").fetchall()
        assert "32.2512" not in json.dumps(boxes)


def test_clusters_show_a_count_and_nothing_of_the_features(client, data_db):
    put(data_db, nests(grid_metres=500, cluster=True), POINTS)
    page = items(client)
    assert [feature["properties"] for feature in page["features"]] == [
        {"is_demo": False, "count": 2},
        {"is_demo": False, "count": 1},
    ] or [feature["properties"]["count"] for feature in page["features"]] == [1, 2]
    assert page["numberMatched"] == 2
    assert ask(client, "/ogcapi/collections/nests")["numberItems"] == 2
    assert "nest 0" not in json.dumps(page)
    one = page["features"][0]
    assert ask(client, f"/ogcapi/collections/nests/items/{one['id']}")["properties"] == one["properties"]
    assert client.get("/ogcapi/collections/nests/items/n0").status_code == 404
    with psycopg.connect(config.load().dsn("public")) as conn:
        (layer,) = published.read(conn, "public")
    assert [a.name for a in layer.definition.attributes] == ["count"]
    assert layer.definition.style.label == "count" and layer.definition.key == []


def test_small_clusters_are_left_out_when_asked(client, data_db):
    put(data_db, nests(grid_metres=500, cluster=True, min_count=2), POINTS)
    assert [feature["properties"]["count"] for feature in items(client)["features"]] == [2]


def test_areas_stay_valid_when_they_are_rounded(client, data_db):
    layer = definition("plots", geometry="polygon", publication_geometry={"public": {"grid_metres": 100}})
    big = "MULTIPOLYGON(((32.25 48.51,32.2601 48.5107,32.2588 48.5203,32.2551 48.5111,32.2512 48.5199,32.25 48.51)))"
    small = "MULTIPOLYGON(((32.25 48.51,32.25005 48.51,32.25005 48.51005,32.25 48.51)))"
    put(data_db, layer, [{"id": n, "code": n, "is_demo": False, "geom": g} for n, g in (("big", big), ("small", small))])
    found = dict(data_db.execute("select id, ST_IsValid(geom_3857) from pub_public.plots").fetchall())
    assert found == {"big": True, "small": None}
    assert [feature["geometry"] is None for feature in items(client, "plots")["features"]] == [False, True]


def test_a_changed_rule_takes_effect_at_once(client, data_db):
    put(data_db, nests(decimals=3), POINTS)
    put(data_db, nests(decimals=1), POINTS, version=2)
    rows = data_db.execute("select distinct ST_X(geom) from pub_public.nests").fetchall()
    assert rows == [(pytest.approx(32.3),)]
    put(data_db, definition("nests", attribute("name")), POINTS, version=3)
    assert len(data_db.execute("select from pub_public.nests where ST_X(geom) = 32.27").fetchall()) == 1


def test_a_box_is_found_by_an_index(data_db):
    many = [
        {**POINTS[0], "id": f"n{i}", "code": f"n{i}", "geom": f"POINT({30 + i % 60 * 0.05} {47 + i // 60 * 0.05})"}
        for i in range(3000)
    ]
    put(data_db, nests(grid_metres=100), many)
    data_db.execute("analyze layers.nests")
    for column, srid in (("geom", 4326), ("geom_3857", 3857)):
        box = f"ST_Transform(ST_MakeEnvelope(32, 48, 32.1, 48.1, 4326), {srid})"
        query = f"explain select id from pub_public.nests where {column} && {box}"
        plan = "\n".join(line for (line,) in data_db.execute(query))
        assert "place_" in plan, plan


@pytest.mark.parametrize(
    "change",
    [
        {"publication_geometry": {"public": {}}},
        {"publication_geometry": {"public": {"grid_metres": 10, "decimals": 2}}},
        {"publication_geometry": {"public": {"grid_metres": 10, "min_count": 3}}},
        {"publication_geometry": {"restricted": {"grid_metres": 10}}},
        {"publication_geometry": {"public": {"grid_metres": 0}}},
        {"publication_geometry": {"public": {"grid_metres": 10, "cluster": True}}, "geometry": "line"},
        {"publication_geometry": {"public": {"grid_metres": 10}}, "geometry": "none"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValidationError):
        definition("nests", **change)
