"""Layers that are not like most: odd ids, no geometry, no features, other geometry types."""

from __future__ import annotations

import math
from urllib.parse import quote

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.serving import publication, tiles
from tests.integration.serving.asking import ask, decoded, link, tile_at
from tests.integration.serving.layers import definition, put


def test_ids_may_hold_any_letter_that_a_path_can(client: Client, data_db) -> None:
    layer = definition("odd_ids")
    ids = ["вул.Шевченка,1", "a+b&c=d", "x;y:z", "“лапки”", "a.b", "..a"]
    put(data_db, layer, [{"id": i, "code": i, "is_demo": False, "geom": "POINT(32 48)"} for i in ids])
    page = ask(client, "/ogcapi/collections/odd_ids/items")
    assert {feature["id"] for feature in page["features"]} == set(ids)
    for feature in page["features"]:
        answer = client.get(f"/ogcapi/collections/odd_ids/items/{quote(feature['id'], safe='')}")
        assert answer.json["id"] == feature["id"]


def test_a_layer_without_geometry_works(client: Client, data_db) -> None:
    layer = definition("codes", geometry="none")
    put(data_db, layer, [{"id": f"c{n}", "code": f"c{n}", "is_demo": False} for n in range(5)])
    page = ask(client, "/ogcapi/collections/codes/items", limit=2)
    assert [feature["geometry"] for feature in page["features"]] == [None, None]
    assert ask(client, "/ogcapi/collections/codes/items", bbox="-180,-90,180,90")["features"] == []
    described = ask(client, "/ogcapi/collections/codes")
    assert "extent" not in described and not [item for item in described["links"] if "tiles" in item["rel"]]
    assert client.get("/ogcapi/collections/codes/tiles/WebMercatorQuad/0/0/0").status_code == 404
    assert client.get("/ogcapi/collections/codes/style").status_code == 404
    assert "geometry" not in ask(client, "/ogcapi/collections/codes/schema")["properties"]


def test_an_empty_layer_answers(client: Client, data_db) -> None:
    put(data_db, definition("nothing"), [])
    page = ask(client, "/ogcapi/collections/nothing/items")
    assert (page["features"], page["numberMatched"]) == ([], 0)
    assert ask(client, "/ogcapi/collections/nothing")["numberItems"] == 0
    assert client.get("/ogcapi/collections/nothing/tiles/WebMercatorQuad/0/0/0").status_code == 204


def test_lines_and_areas_are_served_with_tiles(client: Client, data_db) -> None:
    areas = definition("areas", geometry="polygon")
    roads = definition("roads", geometry="line")
    square = "MULTIPOLYGON(((32.2 48.4,32.4 48.4,32.4 48.6,32.2 48.6,32.2 48.4)))"
    put(data_db, areas, [{"id": "a", "code": "a", "is_demo": False, "geom": square}])
    put(data_db, roads, [{"id": "r", "code": "r", "is_demo": False, "geom": "MULTILINESTRING((32.2 48.4,32.4 48.6))"}])
    for layer, kind in (("areas", "MultiPolygon"), ("roads", "MultiLineString")):
        assert ask(client, f"/ogcapi/collections/{layer}/items")["features"][0]["geometry"]["type"] == kind
        tile = client.get(f"/ogcapi/collections/{layer}/tiles/WebMercatorQuad/6/22/37")
        assert tile.status_code == 200 and tile.data
    assert link(ask(client, "/ogcapi/collections/areas/items"), "next") is None


def cells_among(west: float, south: float, east: float, north: float, path: str) -> int:
    """Return how many cells of the thinned tile `zoom/row/column` lie wholly within the box of degrees."""
    zoom, row, column = (int(part) for part in path.split("/"))
    width = 2**zoom * tiles._CELLS

    def down(latitude: float) -> float:
        return (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * width

    def between(first: float, last: float, tile: int) -> int:
        begin, end = tile * tiles._CELLS, (tile + 1) * tiles._CELLS
        return max(0, math.floor(min(last, end)) - math.ceil(max(first, begin)))

    across = between((west + 180) / 360 * width, (east + 180) / 360 * width, column)
    return across * between(down(north), down(south), row)


@pytest.mark.parametrize("geometry", ["point", "line"])
def test_tiles_of_a_large_layer_stay_bounded(client: Client, data_db: psycopg.Connection, geometry: str) -> None:
    layer = definition("crowd", geometry=geometry)
    put(data_db, layer, [])
    shape = "ST_SetSRID(ST_MakePoint(x, y), 4326)"
    if geometry == "line":
        shape = "ST_Multi(ST_MakeLine(ST_SetSRID(ST_MakePoint(x, y), 4326), ST_SetSRID(ST_MakePoint(x + 0.01, y), 4326)))"
    data_db.execute(
        f"insert into layers.crowd (id, code, is_demo, geom, valid_from, version)"
        f" select n, n, false, {shape}, now(), 1"
        " from (select n::text, 32 + (n * 7919 % 100000) / 100000.0 as x, 48 + (n * 104729 % 100000) / 100000.0 as y"
        " from generate_series(1::bigint, 30000) n) as points"
    )
    data_db.execute("update registry.layer set feature_count = 30000, version = 2 where id = 'crowd'")
    data_db.execute("update registry.publication set serial = serial + 1")
    data_db.commit()
    publication.forget()
    for zoom in (4, 6, 8, 10, 12, 14):
        path = tile_at(32.5, 48.5, zoom)
        answer = client.get(f"/ogcapi/collections/crowd/tiles/WebMercatorQuad/{path}")
        found = decoded(answer.data, path) if answer.data else []
        assert len(found) <= 10_000 and len(answer.data) < 500_000
        assert len({items["id"] for _, items in found}) == len(found)
        if zoom == 8:
            among = cells_among(32, 48, 33, 49, path)  # a dense crowd: no cell among the points is empty
            assert among > 200 and len(found) >= (among if geometry == "point" else 1)
    whole = tile_at(32.5, 48.5, 14)
    assert client.get(f"/ogcapi/collections/crowd/tiles/WebMercatorQuad/{whole}").status_code == 200
