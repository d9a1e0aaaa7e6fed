"""Vector tiles from PostGIS: few attributes, a bounded number of features, stored Web Mercator geometry."""

from __future__ import annotations

from functools import lru_cache

from psycopg import Connection, sql

from geoplatform.layers.definition import Role
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.publication import ServedLayer

MATRIX_SET = "WebMercatorQuad"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"

#: Deepest zoom with tiles of their own; a map enlarges them beyond.
MAX_ZOOM = 22
#: Deepest zoom that the layer's TileJSON offers: from here on a tile holds every feature in full.
SOURCE_MAX_ZOOM = 16

#: A tile never holds more features than this.
MAX_FEATURES = 10_000
#: From this zoom on nothing is thinned.
_FULL_ZOOM = 14
#: Layers up to this size are not thinned at all.
_SMALL = 2_000
#: A thinned tile is this many cells wide; each cell keeps one point.
_CELLS = 64
_EXTENT = 4096
_BUFFER = 64
#: How far beyond its edge a tile reaches, as a part of its width.
MARGIN = _BUFFER / _EXTENT
_WORLD = 40_075_016.685578488

_ROLES = (Role.name, Role.name_en, Role.category, Role.state)


def address(z: str, y: str, x: str) -> tuple[int, int, int]:
    """Return zoom, row and column of a tile; raises Problem 404 when there is no such tile."""
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1 for text in (z, y, x)]
    zoom, row, column = numbers
    if not 0 <= zoom <= MAX_ZOOM or not (0 <= row < 2**zoom and 0 <= column < 2**zoom):
        raise not_found(f"there is no tile {shortened(f'{z}/{y}/{x}')} in {MATRIX_SET}; zoom is 0 to {MAX_ZOOM}")
    return zoom, row, column


def attribute_names(layer: ServedLayer) -> list[str]:
    """Return the attributes that go into tiles: those that a map draws, labels or lists by."""
    definition = layer.definition
    wanted = {attribute.name for attribute in definition.attributes if attribute.role in _ROLES}
    wanted |= {definition.style.attribute, definition.style.label}
    return [name for name, attribute in layer.attributes.items() if name in wanted and attribute.type != "json"]


def tile(conn: Connection, layer: ServedLayer, zoom: int, row: int, column: int) -> bytes:
    """Return the tile as Mapbox Vector Tile bytes, empty when nothing lies in it. `conn` belongs to the level's role."""
    thinned = zoom < _FULL_ZOOM and layer.layer.feature_count > _SMALL
    values = {
        "z": zoom,
        "x": column,
        "y": row,
        "cell": _WORLD / 2**zoom / _CELLS,
        "pixel": _WORLD / 2**zoom / 512,
        "limit": MAX_FEATURES,
    }
    return bytes(conn.execute(_statement(layer, thinned), values, binary=True).fetchone()[0])


@lru_cache(maxsize=1024)
def _statement(layer: ServedLayer, thinned: bool) -> str:
    columns = "".join(f", {_column(layer, name)}" for name in attribute_names(layer))
    found = (
        f"select fid, id, is_demo{columns}, geom_3857 from {layer.view}"  # noqa: S608
        f" where geom_3857 && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {MARGIN})"
    )
    kind = layer.definition.geometry
    shape = "geom_3857"
    if thinned and kind in ("point", "multipoint"):
        # one point a cell, always the same one
        point = "geom_3857" if kind == "point" else "ST_Centroid(geom_3857)"
        cell = f"floor(ST_X({point}) / %(cell)s), floor(ST_Y({point}) / %(cell)s)"
        picked = f"select distinct on ({cell}) * from ({found}) as inside order by {cell}, fid limit %(limit)s"  # noqa: S608
    elif thinned:
        # what is smaller than a pixel can't be seen; the largest come first in case there are still too many
        size = "greatest(ST_XMax(geom_3857) - ST_XMin(geom_3857), ST_YMax(geom_3857) - ST_YMin(geom_3857))"
        picked = f"select * from ({found}) as inside where {size} >= %(pixel)s order by {size} desc, fid limit %(limit)s"  # noqa: S608
        shape = "ST_Simplify(geom_3857, %(pixel)s / 2, true)"
    else:
        picked = f"{found} order by fid limit %(limit)s"
    names = "".join(f", {sql.Identifier(name).as_string(None)}" for name in attribute_names(layer))
    return (
        f"select ST_AsMVT(feature, '{layer.id}', {_EXTENT}, 'geom', 'fid') from ("  # noqa: S608
        f"select fid, id, is_demo{names}, ST_AsMVTGeom({shape}, ST_TileEnvelope(%(z)s, %(x)s, %(y)s),"
        f" {_EXTENT}, {_BUFFER}, true) as geom from ({picked}) as picked) as feature where geom is not null"
    )


def _column(layer: ServedLayer, name: str) -> str:
    """Return SQL for an attribute in a form that a vector tile can hold."""
    column = sql.Identifier(name).as_string(None)
    attribute = layer.attributes[name]
    if attribute.multiple:
        return f"array_to_string({column}, ';') as {column}"
    return f"{column}::text as {column}" if attribute.type in ("date", "datetime") else column
