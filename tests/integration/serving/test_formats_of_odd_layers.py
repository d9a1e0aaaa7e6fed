"""Formats, past and catalogue of layers made for one test: formulas, areas, tables, rounded places, permissions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest
from osgeo import ogr
from werkzeug.test import Client

from geoplatform.layers import history
from geoplatform.layers.definition import LayerDefinition
from tests.integration.serving.asking import ITEMS, ask
from tests.integration.serving.layers import PLACES, attribute, definition, place, put
from tests.integration.serving.test_formats import rows, taken
from tests.integration.serving.test_states import past

ROOT = "/ogcapi"


def seen_by_public(**coarser: object) -> LayerDefinition:
    """Return the places as a layer whose places the public sees less exactly."""
    return LayerDefinition.model_validate(PLACES.model_dump(by_alias=True) | {"publication_geometry": {"public": coarser}})


def test_rounded_places_were_rounded_in_the_past_too(data_db: psycopg.Connection, client: Client) -> None:
    put(data_db, seen_by_public(decimals=1), [place(1)])
    history.ensure_partition(data_db, "places")
    past(data_db, "p0001", "2024-01-01T00:00Z", "2025-01-01T00:00Z", "POINT(32.1234 48.4321)", name="First")
    data_db.commit()
    was = ask(client, datetime="2024-06-01")["features"][0]
    assert was["geometry"]["coordinates"] == [32.1, 48.4]


def test_clusters_have_no_past(data_db: psycopg.Connection, client: Client) -> None:
    put(data_db, seen_by_public(decimals=1, cluster=True), [place(1)])
    answer = client.get(f"{ITEMS}?datetime=2024-06-01")
    assert answer.status_code == 400 and "no past states" in answer.text


def test_no_cell_is_a_formula(data_db: psycopg.Connection, client: Client) -> None:
    bad = ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "\t=1", "+380 52 222-33-44", "-5", "plain", 'quo"te, 100%']
    put(data_db, PLACES, [place(number, name=name) for number, name in enumerate(bad)])
    found = [row["name"] for row in rows(client)]
    safe = ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3+cmd", "'@SUM(A1)", "'\t=1", *bad[5:]]
    assert found == safe


def test_areas_are_well_known_text_and_whole_geometries(data_db: psycopg.Connection, client: Client, tmp_path: Path) -> None:
    areas = definition("places", attribute("name"), geometry="polygon")
    square = "MULTIPOLYGON(((32 48,32.1 48,32.1 48.1,32 48)))"
    put(
        data_db,
        areas,
        [
            {"id": "a", "is_demo": False, "code": "a", "name": "Ґ", "geom": square},
            {"id": "b", "is_demo": False, "code": "b", "name": None, "geom": None},
        ],
    )
    assert [row["geom"] for row in rows(client)] == [square, ""]
    for form in ("gpkg", "fgb"):
        source = taken(client, tmp_path / f"areas.{form}", f=form)
        found = {feature["id"]: feature for feature in source.GetLayer(0)}
        assert found["a"].GetGeometryRef().Area() == pytest.approx(0.005)
        # FlatGeobuf holds what has a place
        assert sorted(found) == (["a", "b"] if form == "gpkg" else ["a"])


def test_tables_without_geometry(data_db: psycopg.Connection, client: Client, tmp_path: Path) -> None:
    put(
        data_db,
        definition("places", attribute("name"), geometry="none"),
        [{"id": "a", "is_demo": False, "code": "a", "name": "Ґ"}],
    )
    source = taken(client, tmp_path / "table.gpkg", f="gpkg")
    layer = source.GetLayer(0)
    assert [feature["name"] for feature in layer] == ["Ґ"] and layer.GetGeomType() == ogr.wkbNone
    assert client.get(f"{ITEMS}?f=fgb").status_code == 400


def test_downloading_needs_the_permission(data_db: psycopg.Connection, client: Client) -> None:
    put(data_db, PLACES, [place(1)])
    with data_db.transaction():
        data_db.execute("insert into access.permission values ('places', 'view', 'anyone')")
        data_db.execute("update registry.publication set serial = serial + 1")
    data_db.commit()
    answer = client.get(f"{ITEMS}?f=csv")
    assert answer.status_code == 403 and "download" in answer.json["detail"]
    assert ask(client)["numberReturned"] == 1


def test_what_may_not_be_viewed_is_not_there(data_db: psycopg.Connection, client: Client) -> None:
    put(data_db, PLACES, [place(1)])
    with data_db.transaction():
        data_db.execute("insert into access.permission values ('places', 'view', 'group:7')")
        data_db.execute("update registry.publication set serial = serial + 1")
    data_db.commit()
    for path in ("items", "items/p0001", "", "schema", "tiles", "style", "items?f=csv"):
        assert client.get(f"/ogcapi/collections/places/{path}".rstrip("/")).status_code == 404
    assert "places" not in client.get("/ogcapi/collections").text
    assert "places" not in client.get("/ogcapi/openapi").text


def test_words_can_not_end_the_description_in_a_page(data_db: psycopg.Connection, client: Client) -> None:
    bad = "</script><script>alert(1)</script>"
    put(data_db, definition("places", title={"uk": bad, "en": bad}), [])
    page = client.get(f"{ROOT}/collections/places?f=html").text
    assert "<script>alert" not in page
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert described["name"] == bad
