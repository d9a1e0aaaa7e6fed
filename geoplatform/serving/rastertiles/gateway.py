"""Answers what nginx did not find on disk: a tile not drawn yet or not public, WMTS capabilities, WMTS by key-value pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from io import BytesIO

from geoplatform.config import Config
from geoplatform.publishing.drawable import Drawable
from geoplatform.serving.problems import bad_request, not_found, shortened
from geoplatform.serving.rastertiles import basemaps, grid, mapproxy, wmts
from geoplatform.serving.rastertiles import edition as editions
from geoplatform.serving.rastertiles.basemaps import External
from geoplatform.serving.wms.gateway import Answer

#: Where nginx keeps MapProxy, out of reach from outside (`internal`).
MAKER = "/-/mapproxy"


def tile(config: Config, layers: Mapping[str, Drawable], layer_id: str, zoom: str, column: str, row: str) -> Answer:
    """Return the order to nginx to fetch the tile from MapProxy, which draws it or has it; where nothing can be, an empty tile.

    Empty tiles are not stored: nobody fills the disk by asking for the rest of the world.
    layers: those that the principal may see, by id; zoom, column, row: the address's texts, counted from the north-west.
    Raises Problem 404 for a layer that is not visible or has no geometry, and for a tile outside WebMercatorQuad.
    """
    layer = layers.get(layer_id)
    if layer is None:
        raise not_found(f"There are no tiles of {shortened(layer_id)}.")
    numbers = [_number(text) for text in (zoom, column, row)]
    z, x, y = numbers
    if not editions.MIN_ZOOM <= z <= editions.MAX_ZOOM or not (0 <= x < 1 << z and 0 <= y < 1 << z):
        raise not_found(
            f"There is no such tile: zoom {editions.MIN_ZOOM} to {editions.MAX_ZOOM}, columns and rows 0 to 2^zoom - 1."
        )
    if not _can_hold_something(layer, z, x, y):
        return Answer(HTTPStatus.OK, {"Content-Type": "image/png"}, empty_tile())
    application = (
        basemaps.application(config, layer) if isinstance(layer, External) else mapproxy.write(config, layer).application
    )
    address = f"{MAKER}/{application}/tiles/{mapproxy.LAYER}/{mapproxy.GRID}/{z}/{x}/{y}.png"
    return Answer(HTTPStatus.OK, {"X-Accel-Redirect": address})


def _can_hold_something(layer: Drawable, zoom: int, column: int, row: int) -> bool:
    if layer.bbox is None or not layer.about.zoom.min - 0.5 <= zoom <= layer.about.zoom.max + 0.5:
        return False
    left, top, right, bottom = grid.tiles_of(layer.bbox, zoom)
    return left <= column <= right and top <= row <= bottom


@cache
def empty_tile() -> bytes:
    """Return a transparent PNG of 256 x 256 pixels."""
    from PIL import Image  # here: slow to load, and asked for once

    target = BytesIO()
    Image.new("LA", (256, 256)).save(target, "PNG", optimize=True)
    return target.getvalue()


def key_value(config: Config, layers: Mapping[str, Drawable], pairs: Iterable[tuple[str, str]], language: str) -> Answer:
    """Return the answer to a WMTS request by key-value pairs (OGC 07-057r7, 8.2); a fault is an OWS exception report."""
    query: dict[str, str] = {}
    for name, value in pairs:
        query.setdefault(name.upper(), value)
    try:
        return _key_value(config, layers, query, language)
    except wmts.WmtsError as error:
        return Answer(HTTPStatus.BAD_REQUEST, {"Content-Type": "text/xml; charset=utf-8"}, wmts.report(error))


def capabilities(config: Config, layers: Iterable[Drawable], language: str) -> Answer:
    """Return WMTSCapabilities.xml of what the principal may see."""
    body = wmts.capabilities(layers, language, config.site_url)
    return Answer(HTTPStatus.OK, {"Content-Type": "text/xml; charset=utf-8"}, body)


def _key_value(config: Config, layers: Mapping[str, Drawable], query: dict[str, str], language: str) -> Answer:
    if query.get("SERVICE", "WMTS").upper() != "WMTS":
        raise wmts.WmtsError("InvalidParameterValue", "SERVICE", "only WMTS is served here")
    match query.get("REQUEST", "").lower():
        case "getcapabilities":
            return capabilities(config, layers.values(), language)
        case "gettile":
            wmts.check_tile(query)
            layer = layers.get(query["LAYER"])
            if layer is None:
                raise wmts.WmtsError("InvalidParameterValue", "LAYER", f"layer {shortened(query['LAYER'])} is not defined")
            return tile(config, layers, layer.id, query["TILEMATRIX"], query["TILECOL"], query["TILEROW"])
        case other:
            raise wmts.WmtsError("OperationNotSupported", "REQUEST", f"{shortened(other)}: use GetCapabilities or GetTile")


def _number(text: str) -> int:
    """Return the number in an address; more than eight digits are no tile's."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 8:
        raise bad_request(f"{shortened(text)} is not the number of a zoom level, column or row")
    return int(text)
