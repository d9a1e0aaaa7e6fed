"""Layers on the map for the tests of WMS and tiles, how they change, and how pictures and addresses are read."""

from __future__ import annotations

import math
from io import BytesIO
from urllib.parse import urlencode

import psycopg
from PIL import Image

from geoplatform.access import tokens
from geoplatform.layers.definition import LayerDefinition
from tests.integration.serving.layers import attribute, definition, put, text
from tests.maps_stack import PATIENCE, Maps
from tests.waiting import until

#: Where the first well lies.
PLACE = (32.26, 48.51)
BLUE, RED, GREEN = (0, 0, 255, 255), (255, 0, 0, 255), (0, 128, 0, 255)

_STYLE = {
    "colour": "#ff0000",
    "outline": "#ff0000",
    "size": 20,
    "attribute": "kind",
    "classes": [{"value": "deep", "title": text("Deep"), "colour": "#0000ff"}],
}


def layer(layer_id: str = "wells", publication: str = "public", **style: object) -> LayerDefinition:
    """Return a layer of wells, the deep ones blue, the others red; `style` changes it."""
    return definition(
        layer_id,
        attribute("kind", publication),
        attribute("depth", "staff", type="number"),
        publication=publication,
        style={**_STYLE, **style},
    )


def well(name: str, kind: str, lon: float, lat: float) -> dict:
    """Return a feature."""
    return {"id": name, "is_demo": False, "code": name, "kind": kind, "depth": 7.5, "geom": f"POINT({lon} {lat})"}


#: A deep well at PLACE and another kind of well far from it.
WELLS = [well("a", "deep", *PLACE), well("b", "other", PLACE[0] + 0.05, PLACE[1] + 0.05)]


def change(conn: psycopg.Connection, described: LayerDefinition, features: list[dict], version: int, box: tuple | None) -> None:
    """Put the features as `version`, which touched `box` (west, south, east, north; degrees), in one commit."""
    corners = box or (None, None, None, None)
    conn.execute(
        "insert into registry.change_event (layer, version, bbox, added, changed, removed)"
        " values (%s, %s, ST_MakeEnvelope(%s::float8, %s::float8, %s::float8, %s::float8, 4326), 0, 1, 0)",
        [described.id, version, *corners],
    )
    put(conn, described, features, version)


def serve(maps: Maps, conn: psycopg.Connection) -> Maps:
    """Publish `wells` for everybody and `pipes` for staff, and wait until both can be drawn and kept."""
    for layer_id, level in (("wells", "public"), ("pipes", "staff")):
        change(conn, layer(layer_id, level), WELLS, 1, None)
    conn.execute("insert into access.account values (7, 'staff')")
    conn.commit()
    for layer_id, level in (("wells", "public"), ("pipes", "staff")):
        until(lambda kept=maps.config.var / "tiles" / level / layer_id / "current": kept.is_symlink(), PATIENCE)
    return maps


def token(conn: psycopg.Connection) -> str:
    """Return a token of the member of staff whom `serve` lets in."""
    with conn.transaction():
        made = tokens.make(conn, 7, "test", 1)
    conn.commit()
    return made


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """Return metres of EPSG:3857."""
    radius = 6378137.0
    return radius * math.radians(lon), radius * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def get_map(layers: str = "wells", half: float = 256.0, **changes: str) -> str:
    """Return the address of a picture of 256 x 256 pixels about PLACE that reaches `half` metres of EPSG:3857 each way."""
    x, y = mercator(*PLACE)
    query = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": layers, "STYLES": "", "CRS": "EPSG:3857",
        "BBOX": f"{x - half},{y - half},{x + half},{y + half}", "WIDTH": "256", "HEIGHT": "256", "FORMAT": "image/png",
        "TRANSPARENT": "TRUE",
    }  # fmt: skip
    return f"/wms?{urlencode(query | changes)}"


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    """Return zoom, column, row (from the north) of the tile that holds the place."""
    column = int((lon + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    return zoom, column, row


def colours(png: bytes) -> set[tuple[int, ...]]:
    """Return the opaque colours of a picture."""
    return {pixel for _, pixel in Image.open(BytesIO(png)).convert("RGBA").getcolors(65536) if pixel[3] == 255}


def main_colour(png: bytes) -> tuple[int, ...] | None:
    """Return the named colour nearest to what most opaque pixels have (blending is off by one), or None where there are none."""
    opaque = [(n, rgba) for n, rgba in Image.open(BytesIO(png)).convert("RGBA").getcolors(65536) if rgba[3] == 255]
    if not opaque:
        return None
    return min((BLUE, RED, GREEN), key=lambda named: math.dist(named, max(opaque)[1]))


def pixel(png: bytes, x: int, y: int) -> tuple[int, ...]:
    """Return one pixel, RGBA."""
    return Image.open(BytesIO(png)).convert("RGBA").getpixel((x, y))
