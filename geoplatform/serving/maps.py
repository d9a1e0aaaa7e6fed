"""WMS, WMTS and XYZ tiles: the addresses, and what nginx is told to fetch from MapServer or MapProxy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from http import HTTPStatus

from geoplatform import config as configuration
from geoplatform import database
from geoplatform.publishing.drawable import Drawable
from geoplatform.serving import drawn
from geoplatform.serving.context import Answer, Context
from geoplatform.serving.rastertiles import basemaps
from geoplatform.serving.rastertiles import gateway as tiles
from geoplatform.serving.wms import drawing
from geoplatform.serving.wms import gateway as wms

#: Until these headers reach the client they are called so: nginx drops others when it fetches the picture in our place.
_KEPT = "X-Kept-"


def web_map(context: Context, english: str = "") -> Answer:
    """Answer /wms: GetCapabilities, GetMap, GetFeatureInfo, GetLegendGraphic."""
    config = configuration.load()
    serial, everything = drawn.of_level(context)
    layers = drawn.visible(context, everything)

    def mapfile(language: str) -> str:
        return drawing.write(config, context.level, language, everything.values(), serial)

    answer = wms.answer(
        context.request.args.items(multi=True),
        layers,
        _language(context, english),
        f"{config.site_url}{{}}/wms",
        serial,
        mapfile,
        database.pool(context.level).connection,
    )
    return _kept(context, answer, serial, layers)


def web_map_tiles(context: Context, english: str = "") -> Answer:
    """Answer /wmts: GetCapabilities and GetTile by key-value pairs."""
    serial, layers = _visible(context)
    pairs = context.request.args.items(multi=True)
    answer = tiles.key_value(configuration.load(), layers, pairs, _language(context, english))
    return _kept(context, answer, serial, layers)


def tile_capabilities(context: Context, english: str = "") -> Answer:
    """Answer /wmts/1.0.0/WMTSCapabilities.xml."""
    serial, layers = _visible(context)
    answer = tiles.capabilities(configuration.load(), layers.values(), _language(context, english))
    return _kept(context, answer, serial, layers)


def tile(context: Context, layer_id: str, z: str, x: str, y: str) -> Answer:
    """Answer the address of one tile, XYZ or WMTS, that nginx did not find among the public ones on disk."""
    serial, layers = _visible(context)
    answer = tiles.tile(configuration.load(), layers, layer_id, z, x, y)
    return _kept(context, answer, serial, layers)


def base_map_tile(context: Context, base_id: str, z: str, x: str, y: str) -> Answer:
    """Answer the address of one tile of an external base map."""
    return tile(context, f"base.{base_id}", z, x, y)


ROUTES = [
    ("/wms", web_map),
    ("/<any(en):english>/wms", web_map),
    ("/wmts", web_map_tiles),
    ("/<any(en):english>/wmts", web_map_tiles),
    ("/wmts/1.0.0/WMTSCapabilities.xml", tile_capabilities),
    ("/<any(en):english>/wmts/1.0.0/WMTSCapabilities.xml", tile_capabilities),
    ("/wmts/1.0.0/<layer_id>/default/WebMercatorQuad/<z>/<y>/<x>.png", tile),
    ("/tiles/<layer_id>/<z>/<x>/<y>.png", tile),
    ("/tiles/base/<base_id>/<z>/<x>/<y>.png", base_map_tile),
]


def _visible(context: Context) -> tuple[int, dict[str, Drawable]]:
    serial, everything = drawn.of_level(context)
    return serial, drawn.visible(context, everything) | basemaps.all_of_them()


def _language(context: Context, english: str) -> str:
    return "en" if english else context.language


def _kept(context: Context, answer: wms.Answer, serial: int, layers: Iterable[str]) -> Answer:
    """Return `answer` with the headers by which it is kept; raises NotModified when the client has it already."""
    headers = dict(answer.headers)
    content_type = headers.pop("Content-Type", "image/png")
    if answer.status is not HTTPStatus.OK:
        return Answer(answer.body, content_type, answer.status, headers | {"Cache-Control": "no-store"})
    # who sees fewer layers gets other capabilities of the same publication
    seen = hashlib.sha256("\0".join(layers).encode()).hexdigest()
    caching = context.caching(f"{serial} {seen}")
    if "X-Accel-Redirect" in headers:
        caching = {_KEPT + name: value for name, value in caching.items()}
    return Answer(answer.body, content_type, headers=headers | caching)
