"""Answers a WMS request or hands it, checked, to MapServer behind nginx."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from psycopg import Connection

from geoplatform.publishing.drawable import Drawable, Features, Picture, dated_id
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
    layers: Mapping[str, Drawable],
    language: str,
    url: str,
    serial: int,
    mapfile: Callable[[str], str],
    conn: Callable[[], AbstractContextManager[Connection]],
) -> Answer:
    """Return the answer to a WMS request; a fault becomes the standard's exception report with status 4xx.

    pairs: the query's parameters; layers: those that the principal may see, by name; language: unless LANGUAGE says another;
    url: the service's public address for a language (with `{}` for `/en` or nothing); serial: of the publication;
    mapfile: writes the level's mapfile in a language and returns its name; conn: gives a connection of the principal's level.
    """
    query = wms.parameters(pairs)
    asked = query.get("LANGUAGE", language)[:2].lower()
    language = "en" if asked == "en" else "uk"
    try:
        match wms.operation(query):
            case "GetCapabilities":
                return Answer(
                    HTTPStatus.OK,
                    {"Content-Type": "text/xml; charset=utf-8"},
                    capabilities.document(layers.values(), language, url.format("/en" if language == "en" else ""), serial),
                )
            case "GetLegendGraphic":
                return _legend(query, layers, mapfile(language))
            case "GetFeatureInfo":
                return _info(query, layers, language, conn)
            case _:
                request = wms.map_request(query, layers)
                return _draw(request, _at_time(query, request.layers, layers), mapfile(language))
    except wms.WmsError as error:
        return _report(error)


def _draw(request: wms.MapRequest, names: Iterable[str], mapfile: str) -> Answer:
    """Return the order to draw: only checked values, in MapServer's own 1.1.1 axis order (always x, y)."""
    crs = "EPSG:4326" if request.crs == "CRS:84" else request.crs
    return _redirect(
        mapfile,
        {
            "SERVICE": "WMS",
            "VERSION": "1.1.1",
            "REQUEST": "GetMap",
            "LAYERS": ",".join(names),
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


def _legend(query: dict[str, str], drawable: Mapping[str, Drawable], mapfile: str) -> Answer:
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


def _info(
    query: dict[str, str],
    drawable: Mapping[str, Drawable],
    language: str,
    conn: Callable[[], AbstractContextManager[Connection]],
) -> Answer:
    request = wms.map_request(query, drawable)
    asked = {name: drawable[name] for name in wms.layer_names(query, "QUERY_LAYERS", drawable)}
    features = {name: layer.layer for name, layer in asked.items() if isinstance(layer, Features)}
    if len(features) < len(asked):
        raise wms.WmsError(f"QUERY_LAYERS: {shortened(min(asked.keys() - features))} can't be queried", "LayerNotQueryable")
    media_type = query.get("INFO_FORMAT") or "text/plain"
    if media_type not in wms.INFO_FORMATS:
        raise wms.WmsError(
            f"INFO_FORMAT: {shortened(media_type)} is not served; use one of {', '.join(wms.INFO_FORMATS)}", "InvalidFormat"
        )
    count = query.get("FEATURE_COUNT") or "1"
    if not (count.isascii() and count.isdecimal()) or not 1 <= int(count[:6]) <= 100:
        raise wms.WmsError(f"FEATURE_COUNT: {shortened(count)} is not a whole number from 1 to 100")
    pixel = wms.pixel(query, request)
    with conn() as connection:
        found = info.features(connection, features.values(), request, pixel, int(count))
    body = info.render(found, features, media_type, language)
    return Answer(HTTPStatus.OK, {"Content-Type": f"{media_type}; charset=utf-8"}, body)


def _at_time(query: dict[str, str], names: Iterable[str], drawable: Mapping[str, Drawable]) -> list[str]:
    """Return the names of the pictures that TIME chooses: of each raster the newest one not after it (06-042, annex C)."""
    text = query.get("TIME", "")
    if text in ("", "current", "default"):
        return list(names)
    wanted = text.partition("T")[0]
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", wanted):
        raise wms.WmsError(
            f"TIME: {shortened(text)} is not one date like 2023-05-01; the dates are in the capabilities", "InvalidDimensionValue"
        )
    chosen = []
    for name in names:
        layer = drawable[name]
        if isinstance(layer, Picture) and layer.dates:
            before = [day for day in layer.dates if day.isoformat()[: len(wanted)] <= wanted] or layer.dates[:1]
            name = dated_id(name, before[-1])
        chosen.append(name)
    return chosen


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
