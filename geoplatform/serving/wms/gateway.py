"""Answers a WMS request or hands it, checked, to MapServer behind nginx."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from psycopg import Connection

from geoplatform.layers.published import PublishedLayer
from geoplatform.serving.problems import shortened
from geoplatform.serving.wms import capabilities, info
from geoplatform.serving.wms import request as wms

#: Where nginx keeps MapServer, out of reach from outside (`internal`).
DRAWER = "/-/mapserver"


@dataclass
class Answer:
    """An HTTP answer, or with the header X-Accel-Redirect the order to nginx to fetch it from MapServer."""

    status: HTTPStatus
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def answer(
    pairs: Iterable[tuple[str, str]],
    layers: list[PublishedLayer],
    language: str,
    url: str,
    serial: int,
    mapfile: str,
    conn,
) -> Answer:
    """Return the answer to a WMS request; a fault becomes the standard's exception report with status 4xx.

    pairs: the query's parameters; layers: those that the principal may see; url: the service's public address;
    serial: of the publication; mapfile: name of the level's mapfile in `language`; conn: called when features are read,
    gives a context manager of a connection of the principal's level.
    """
    query = wms.parameters(pairs)
    asked = query.get("LANGUAGE", language)[:2].lower()
    language = "en" if asked == "en" else "uk"
    visible = {layer.id: layer for layer in layers}
    drawable = {name: layer for name, layer in visible.items() if layer.definition.geometry != "none"}
    try:
        match wms.operation(query):
            case "GetCapabilities":
                return Answer(
                    HTTPStatus.OK,
                    {"Content-Type": "text/xml; charset=utf-8"},
                    capabilities.document(layers, language, url, serial),
                )
            case "GetLegendGraphic":
                return _legend(query, drawable, mapfile)
            case "GetFeatureInfo":
                return _info(query, drawable, language, conn)
            case _:
                return _draw(wms.map_request(query, drawable), mapfile)
    except wms.WmsError as error:
        return _report(error)


def _draw(request: wms.MapRequest, mapfile: str) -> Answer:
    """Return the order to draw: only checked values, in MapServer's own 1.1.1 axis order (always x, y)."""
    crs = "EPSG:4326" if request.crs == "CRS:84" else request.crs
    return _redirect(
        mapfile,
        {
            "SERVICE": "WMS",
            "VERSION": "1.1.1",
            "REQUEST": "GetMap",
            "LAYERS": ",".join(request.layers),
            "STYLES": "",
            "SRS": crs,
            "BBOX": ",".join(f"{value!r}" for value in request.bbox),
            "WIDTH": str(request.width),
            "HEIGHT": str(request.height),
            "FORMAT": request.format,
            "TRANSPARENT": "TRUE" if request.transparent and request.format == "image/png" else "FALSE",
            "BGCOLOR": request.background,
            "EXCEPTIONS": "application/vnd.ogc.se_xml",
        },
    )


def _legend(query: dict[str, str], drawable: dict[str, PublishedLayer], mapfile: str) -> Answer:
    names = wms.layer_names(query, "LAYER", drawable)
    if query.get("FORMAT", "image/png") not in wms.FORMATS:
        raise wms.WmsError(f"FORMAT: {shortened(query['FORMAT'])} is not served; use image/png", "InvalidFormat")
    return _redirect(
        mapfile,
        {
            "SERVICE": "WMS",
            "VERSION": "1.1.1",
            "REQUEST": "GetLegendGraphic",
            "LAYER": names[0],
            "FORMAT": "image/png",
            "STYLE": "",
        },
    )


def _info(query: dict[str, str], drawable: dict[str, PublishedLayer], language: str, conn) -> Answer:
    request = wms.map_request(query, drawable)
    asked = wms.layer_names(query, "QUERY_LAYERS", drawable)
    media_type = query.get("INFO_FORMAT") or "text/plain"
    if media_type not in wms.INFO_FORMATS:
        raise wms.WmsError(
            f"INFO_FORMAT: {shortened(media_type)} is not served; use one of {', '.join(wms.INFO_FORMATS)}", "InvalidFormat"
        )
    count = query.get("FEATURE_COUNT") or "1"
    if not (count.isascii() and count.isdecimal()) or not 1 <= int(count[:6]) <= 100:
        raise wms.WmsError(f"FEATURE_COUNT: {shortened(count)} is not a whole number from 1 to 100")
    pixel = wms.pixel(query, request)
    connection: Connection
    with conn() as connection:
        found = info.features(connection, [drawable[name] for name in asked], request, pixel, int(count))
    body = info.render(found, drawable, media_type, language)
    return Answer(HTTPStatus.OK, {"Content-Type": f"{media_type}; charset=utf-8"}, body)


def _redirect(mapfile: str, query: dict[str, str]) -> Answer:
    return Answer(HTTPStatus.OK, {"X-Accel-Redirect": f"{DRAWER}/{mapfile}?{urlencode(query)}"})


def _report(error: wms.WmsError) -> Answer:
    """Return the service exception report (06-042, annex E.2)."""
    code = f' code="{error.code}"' if error.code else ""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ServiceExceptionReport version="1.3.0" xmlns="http://www.opengis.net/ogc">\n'
        f"  <ServiceException{code}>{info.escaped(error.detail)}</ServiceException>\n</ServiceExceptionReport>\n"
    )
    return Answer(error.status, {"Content-Type": "text/xml; charset=utf-8"}, text.encode())
