"""Pictures: who may not see a layer gets what a layer that is not there gives; no hidden attribute changes a pixel."""

from __future__ import annotations

import time

import psycopg
import pytest

from geoplatform.access import tokens
from tests.integration.serving.layers import attribute, definition, text
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, PLACE, RED, WELLS
from tests.maps_stack import Maps, stored

ABSENT = "absent_zq"
#: Layer -> who may see it.
LAYERS = {
    "open_zq": {"anonymous", "registered", "staff", "forged"},
    "plots_zq": {"registered", "staff"},
    "depot_zq": {"staff"},
    "vault_zq": set(),
}
PUBLICATION = {"plots_zq": "registered", "depot_zq": "staff", "vault_zq": "restricted"}
TILE = "/".join(map(str, wells.tile_of(*PLACE, 16)))
ZOOM, COLUMN, ROW = TILE.split("/")
_LEGEND = "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&FORMAT=image/png&LAYER="
_INFO = {"REQUEST": "GetFeatureInfo", "I": "128", "J": "128"}


def outlets(layer: str) -> list[str]:
    """Return every address at which the layer's picture, or what its pixels stand for, is given."""
    key_value = (
        f"/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&FORMAT=image/png"
        f"&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX={ZOOM}&TILEROW={ROW}&TILECOL={COLUMN}"
    )
    return [
        wells.get_map(layer),
        wells.get_map(layer, VERSION="1.1.1", SRS="EPSG:3857"),
        wells.get_map(f"open_zq,{layer}"),
        f"/en{wells.get_map(layer)}",
        *(
            wells.get_map(layer, QUERY_LAYERS=layer, INFO_FORMAT=media_type, **_INFO)
            for media_type in ("application/json", "text/html", "text/plain")
        ),
        f"/wms?{_LEGEND}{layer}",
        f"/en/wms?{_LEGEND}{layer}",
        key_value,
        f"/en{key_value}",
        f"/wmts/1.0.0/{layer}/default/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}.png",
        f"/tiles/{layer}/{TILE}.png",
        f"/tiles/base/{layer}/{TILE}.png",
        f"/ogcapi/collections/{layer}/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}?f=mvt",
        f"/pmtiles/{layer}.pmtiles",
    ]


@pytest.fixture(scope="module")
def principals(maps: Maps, module_data_db: psycopg.Connection) -> dict[str, dict[str, str]]:
    """What everybody shows, by their name, of a site with a layer of each level."""
    conn = module_data_db
    for layer in LAYERS:
        wells.change(conn, wells.layer(layer, PUBLICATION.get(layer, "public")), WELLS, 1, None)
    conn.execute("insert into access.account (id, level) values (7, 'staff'), (8, 'registered')")
    staff, registered = tokens.make(conn, 7, "test", 1), tokens.make(conn, 8, "test", 1)
    conn.commit()
    until(lambda: (maps.config.var / "tiles/staff/depot_zq/current").is_symlink())
    return {
        "anonymous": {},
        "registered": {"Authorization": f"Bearer {registered}"},
        "staff": {"Authorization": f"Bearer {staff}"},
        "forged": {"Cookie": "geoplatform_access=2.9999999999.forged"},
    }


def until(check, seconds: float = 10.0) -> None:
    """Ask again and again until `check` holds; fail after `seconds`."""
    begun = time.monotonic()
    while not check():
        assert time.monotonic() - begun < seconds, f"not so within {seconds} s"
        time.sleep(0.1)


def asked(maps: Maps, address: str, headers: dict[str, str]) -> tuple:
    """Return status, media type, caching and body."""
    status, answered, body = maps.get(address, **headers)
    return status, answered.get("content-type"), answered.get("cache-control"), body


def test_who_may_not_see_a_layer_gets_byte_for_byte_what_a_layer_that_is_not_there_gives(maps: Maps, principals):
    for layer, seen_by in LAYERS.items():  # staff first: what they had drawn is stored then
        if "staff" in seen_by:
            for address in outlets(layer):
                maps.get(address, **principals["staff"])
    assert stored(maps.config, "staff", "depot_zq")
    tries, leaks = 0, []
    for name, headers in principals.items():
        for layer, seen_by in LAYERS.items():
            for address, of_absent in zip(outlets(layer), outlets(ABSENT), strict=True):
                tries += 2
                got, absent = asked(maps, address, headers), asked(maps, of_absent, headers)
                got = (*got[:3], got[3].replace(layer.encode(), ABSENT.encode()))
                if name not in seen_by and got != absent:
                    leaks.append(f"{name}: {address}: {got} is not {absent}")
                if name in seen_by and got == absent and "/base/" not in address and ".pmtiles" not in address:
                    leaks.append(f"{name}: {address}: shows nothing, so this test would show nothing")
    print(f"pictures: {len(principals)} principals, {len(outlets(ABSENT))} outlets, {tries} tries")
    assert tries > 400
    assert not leaks, "\n".join(leaks)


def drawn_by(level: str, version: int):
    """A layer whose classes and labels come from an attribute of `level`; its two wells change their class with the version."""
    style = {
        "colour": "#ff0000", "outline": "#ff0000", "size": 20, "attribute": "kind", "label": "word",
        "classes": [{"value": "deep", "title": text("Hidden class"), "colour": "#0000ff"}],
    }  # fmt: skip
    described = definition(f"styled_{level}", attribute("kind", level), attribute("word", level), style=style)
    kind, word = (("deep", "FIRST WORD"), ("other", "ANOTHER, MUCH LONGER WORD"))[version % 2]
    features = [
        {"id": name, "is_demo": False, "code": name, "kind": kind, "word": word, "geom": f"POINT({lon} {lat})"}
        for name, (lon, lat) in (("a", PLACE), ("b", (PLACE[0] + 0.0005, PLACE[1])))
    ]
    return described, features


def pictures(layer: str) -> list[str]:
    """Return the addresses of the layer's pictures."""
    return [
        wells.get_map(layer),
        f"/en{wells.get_map(layer, half=2000.0)}",
        f"/wms?{_LEGEND}{layer}",
        f"/tiles/{layer}/{TILE}.png",
        f"/wmts/1.0.0/{layer}/default/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}.png",
    ]


@pytest.mark.parametrize("level", ["restricted", "staff"])
def test_an_attribute_that_is_hidden_changes_no_pixel(maps: Maps, principals, module_data_db: psycopg.Connection, level):
    shown: dict[str, list[list[bytes]]] = {name: [] for name in principals}
    layer = f"styled_{level}"
    described = [f"/ogcapi/collections/{layer}/style", f"/ogcapi/styles/{layer}?f=sld11", f"/ogcapi/styles/{layer}"]
    for version in (2, 3):
        wells.change(module_data_db, *drawn_by(level, version), version, (*PLACE, *PLACE))
        folder = maps.config.var / f"tiles/public/{layer}/current"
        until(lambda folder=folder, version=version: folder.is_symlink() and folder.readlink().name.startswith(f"{version}-"))
        time.sleep(5)  # within this every process follows
        for name, headers in principals.items():
            answers = [maps.get(address, **headers) for address in pictures(layer)]
            assert {(status, head["content-type"]) for status, head, _ in answers} == {(200, "image/png")}, answers
            shown[name].append([body for _, _, body in answers])
            for address in described:
                status, _, body = maps.get(address, **headers)
                assert status == 200, (address, body)
                if name != "staff" or level == "restricted":
                    assert b"Hidden class" not in body and b"deep" not in body, (name, address, body)
    for name, (before, after) in shown.items():
        differing = [address for address, one, other in zip(pictures(layer), before, after, strict=True) if one != other]
        if name == "staff" and level == "staff":
            assert wells.main_colour(before[0]) == BLUE and wells.main_colour(after[0]) == RED, "else this test shows nothing"
            # a public layer's stored tile is the public one for everybody, and the legend holds every class
            assert differing == pictures(layer)[:2]
        else:
            assert differing == [], f"{name} sees by the pixels what {level} hides"
