"""Vector tiles hold the right features and few attributes, stay bounded and say how long they are good; styles draw them."""

from __future__ import annotations

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.layers.definition import LayerDefinition
from geoplatform.publishing.styles import legend
from tests.integration.serving.asking import ask, decoded, tile_at
from tests.integration.serving.layers import KINDS, PLACES, attribute, definition, text

TILES = "/ogcapi/collections/places/tiles/WebMercatorQuad"


def test_a_tile_holds_the_features_inside_it(places: Client, module_data_db: psycopg.Connection) -> None:
    path = tile_at(32.21, 48.485, 14)
    answer = places.get(f"{TILES}/{path}?f=mvt")
    assert answer.content_type == "application/vnd.mapbox-vector-tile"
    found = {items["id"] for _, items in decoded(answer.data, path)}
    zoom, row, column = map(int, path.split("/"))
    inside = module_data_db.execute(
        "select array_agg(id) from layers.places where geom_3857 && ST_TileEnvelope(%s, %s, %s, margin => 64.0 / 4096)",
        [zoom, column, row],
    ).fetchone()[0]
    assert found == set(inside) and 0 < len(found) < 200


def test_a_tile_carries_only_what_a_map_needs(places: Client) -> None:
    features = decoded(places.get(f"{TILES}/0/0/0").data, "0/0/0")
    assert len(features) == 200
    for _, items in features:
        assert set(items) - {"mvt_id"} == {"id", "is_demo", "name", "kind"}


def test_an_empty_tile_has_no_content(places: Client) -> None:
    answer = places.get(f"{TILES}/10/0/0")
    assert (answer.status_code, answer.data) == (204, b"")
    assert "ETag" in answer.headers


def test_an_address_with_the_present_version_is_good_for_ever(places: Client) -> None:
    lasting = places.get(f"{TILES}/0/0/0?f=mvt&v=1")
    assert lasting.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for query in ("f=mvt", "f=mvt&v=2", "v=x"):
        assert places.get(f"{TILES}/0/0/0?{query}").headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = places.get(f"{TILES}/0/0/0?f=mvt&v=1", headers={"If-None-Match": lasting.headers["ETag"]})
    assert again.status_code == 304


def test_tilejson_and_tileset_name_the_present_version(places: Client) -> None:
    tilejson = ask(places, TILES, f="tilejson")
    address = tilejson["tiles"][0]
    assert address.endswith("/places/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt&v=1")
    assert tilejson["bounds"] == pytest.approx([32.2, 48.48, 32.238, 48.498])
    assert set(tilejson["vector_layers"][0]["fields"]) == {"id", "is_demo", "name", "kind"}
    tileset = ask(places, TILES)
    assert tileset["dataType"] == "vector" and tileset["tileMatrixSetURI"].endswith("/WebMercatorQuad")
    templates = [link["href"] for link in tileset["links"] if link.get("templated")]
    assert templates[0].endswith("/{tileMatrix}/{tileRow}/{tileCol}?f=mvt&v=1")
    assert ask(places, "/ogcapi/collections/places/tiles")["tilesets"] == [tileset]
    assert len(ask(places, "/ogcapi/TileMatrixSets/WebMercatorQuad")["tileMatrices"]) == 23


def test_a_style_draws_the_tiles(places: Client) -> None:
    answer = places.get("/ogcapi/collections/places/style?lang=en")
    assert answer.content_type == "application/vnd.mapbox.style+json"
    style = answer.json
    source = style["sources"]["places"]
    assert style["version"] == 8 and source["type"] == "vector" and source["attribution"] == "source"
    assert source["tiles"][0].endswith("?f=mvt&v=1")
    layers = {layer["id"]: layer for layer in style["layers"]}
    assert list(layers) == ["places", "places-icon", "places-label"]
    assert all(layer["source"] == layer["source-layer"] == "places" for layer in style["layers"])
    assert layers["places"]["paint"]["circle-color"] == [
        "case",
        ["==", ["to-string", ["get", "kind"]], "hospital"],
        "#a3356f",
        ["==", ["to-string", ["get", "kind"]], "clinic"],
        "#0072b2",
        "#1d70b8",
    ]
    assert "hospital" in layers["places-icon"]["layout"]["icon-image"]


def entries(layer: LayerDefinition, language: str = "uk") -> list[tuple]:
    return [(e.title, e.shape, e.colour, e.icon, e.value) for e in legend(layer, {"kinds": KINDS}, language)]


def test_the_legend_names_each_class_and_the_rest() -> None:
    assert entries(PLACES) == [
        ("Hospital українською", "point", "#a3356f", "hospital", "hospital"),
        ("Clinic українською", "point", "#0072b2", "clinic", "clinic"),
        ("Інше", "point", "#1d70b8", "place", None),
    ]


def test_a_vocabulary_gives_classes_when_the_style_has_none() -> None:
    layer = definition("by_kind", attribute("kind", vocabulary="kinds"), geometry="polygon", style={"attribute": "kind"})
    titles = [entry[0] for entry in entries(layer, "en")]
    assert titles == ["Hospital", "Clinic", "Other"]
    assert len({entry[2] for entry in entries(layer)}) == 3


def test_ranges_of_numbers_are_classes_too() -> None:
    classes = [{"to": 10, "title": text("few"), "colour": "#ffffff"}, {"from": 10, "title": text("many"), "colour": "#000000"}]
    layer = definition("ranges", attribute("n", type="integer"), geometry="line", style={"attribute": "n", "classes": classes})
    assert [(e.from_, e.to, e.shape) for e in legend(layer, {}, "en")][:2] == [(None, 10.0, "line"), (10.0, None, "line")]
