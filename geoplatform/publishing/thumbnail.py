"""A small picture of a layer, drawn from its own geometries in its own colours. Knows no Django and asks no other server."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import shapely
from PIL import Image, ImageDraw
from psycopg import Connection, sql
from shapely.geometry.base import BaseGeometry

from geoplatform.layers.definition import Style

#: Width and height in pixels of GeoNode's catalogue cards.
SIZE = (500, 200)
#: More features than this tell no more in so small a picture.
MOST_FEATURES = 5000
_SUPERSAMPLING = 2
_MARGIN = 12
_BACKGROUND = "#f4f1ea"
_STORED = sql.Identifier("geom_3857")


def web_mercator(column: str) -> sql.Composed:
    """Return the expression that gives the geometry `column` in EPSG:3857, for tables that have no such column."""
    return sql.SQL("st_transform({}, 3857)").format(sql.Identifier(column))


def features(
    conn: Connection, table: sql.Identifier, style: Style, geometry: sql.Composable = _STORED
) -> Iterator[tuple[bytes, str]]:
    """Yield (WKB in EPSG:3857, colour) of at most MOST_FEATURES features of `table`, simplified to what the picture can show.

    geometry: the expression that gives the geometry in EPSG:3857. The larger features come first, so that they lie below the
    smaller. `conn` must be allowed to read `table`.
    """
    colours = {item.value: item.colour for item in style.classes if item.value is not None}
    column = sql.Identifier(style.attribute) if style.attribute and colours else sql.SQL("null")
    query = sql.SQL(
        "with drawn as (select {geometry} as shape, ({column})::text as class from {table}),"
        " extent as (select st_extent(shape) as box from drawn),"
        " step as (select greatest(st_xmax(box) - st_xmin(box), st_ymax(box) - st_ymin(box)) / 1000 as size from extent)"
        " select st_asbinary(st_simplifypreservetopology(shape, (select size from step))), class from drawn"
        " where shape is not null order by st_area(shape) desc limit {most}"
    ).format(geometry=geometry, table=table, column=column, most=sql.Literal(MOST_FEATURES))
    with conn.cursor() as cursor:
        for wkb, value in cursor.execute(query):
            yield bytes(wkb), colours.get(value, style.colour)


def draw(found: Iterable[tuple[bytes, str]], style: Style, size: tuple[int, int] = SIZE) -> bytes | None:
    """Return a PNG of `size` pixels of the features (WKB, colour), or None when there is nothing to draw.

    All geometries share one projected CRS; the picture takes their extent, whole, north up.
    """
    shapes = [(shape, colour) for wkb, colour in found if not (shape := shapely.from_wkb(wkb)).is_empty]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds([shape for shape, _ in shapes])
    width, height = (length * _SUPERSAMPLING for length in size)
    margin = _MARGIN * _SUPERSAMPLING
    scale = min((width - 2 * margin) / max(east - west, 100), (height - 2 * margin) / max(north - south, 100))
    middle = ((west + east) / 2, (south + north) / 2)

    def pixel(coordinates) -> list[tuple[float, float]]:
        return [(width / 2 + (x - middle[0]) * scale, height / 2 - (y - middle[1]) * scale) for x, y, *_ in coordinates]

    image = Image.new("RGB", (width, height), _BACKGROUND)
    pen = ImageDraw.Draw(image, "RGBA")
    for shape, colour in shapes:
        for part in _parts(shape):
            _draw_part(pen, part, pixel, colour, style)
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from _parts(part)
    elif not shape.is_empty:
        yield shape


def _draw_part(pen: ImageDraw.ImageDraw, part: BaseGeometry, pixel, colour: str, style: Style) -> None:
    line = max(1, round(style.width * _SUPERSAMPLING))
    if part.geom_type == "Polygon":
        alpha = round(255 * min(style.opacity, 0.75))
        pen.polygon(pixel(part.exterior.coords), fill=f"{colour}{alpha:02x}", outline=style.outline, width=line)
        for ring in part.interiors:
            pen.polygon(pixel(ring.coords), fill=_BACKGROUND, outline=style.outline, width=line)
    elif part.geom_type in ("LineString", "LinearRing"):
        pen.line(pixel(part.coords), fill=colour, width=line, joint="curve")
    else:
        (x, y) = pixel(part.coords)[0]
        radius = max(3, min(style.size, 12) / 2) * _SUPERSAMPLING
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=style.outline, width=_SUPERSAMPLING)
