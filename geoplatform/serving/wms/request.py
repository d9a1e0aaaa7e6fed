"""A WMS request: its parameters read, checked and brought to numbers, before anybody draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from geoplatform.publishing.mapfile import WMS_CRS
from geoplatform.serving.problems import shortened

#: Pictures are bounded so that one request can't take the machine (also written in the capabilities).
MAX_SIDE = 4096
MAX_LAYERS = 50

FORMATS = ("image/png", "image/jpeg")
INFO_FORMATS = ("application/json", "application/geo+json", "text/html", "text/plain")

#: CRS whose authority names latitude or northing first; from version 1.3.0 on BBOX follows that order.
_NORTHING_FIRST = frozenset({"EPSG:4326", "EPSG:5564", "EPSG:6385", "EPSG:9840"})


class WmsError(Exception):
    """A request that can't be answered; `code` is one of the standard's exception codes (06-042, table E.1) or empty."""

    def __init__(self, detail: str, code: str = "", status: HTTPStatus = HTTPStatus.BAD_REQUEST):
        super().__init__(detail)
        self.detail, self.code, self.status = detail, code, status


@dataclass(frozen=True)
class MapRequest:
    """What GetMap and GetFeatureInfo have in common.

    bbox: west, south, east, north in `crs`, always x = east, whatever the request's order was.
    """

    version: str
    layers: tuple[str, ...]
    crs: str
    bbox: tuple[float, float, float, float]
    width: int
    height: int
    format: str
    transparent: bool
    background: str

    @property
    def srid(self) -> int:
        """The EPSG code of `crs`."""
        return 4326 if self.crs == "CRS:84" else int(self.crs.partition(":")[2])


def parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the query's parameters by upper-case name (names are case-insensitive, 06-042 6.8.1); the first of each counts."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name.upper(), value)
    return found


def operation(query: Mapping[str, str]) -> str:
    """Return the operation's name; raises WmsError when it is missing or none of ours."""
    service, request = query.get("SERVICE", "WMS"), query.get("REQUEST", "")
    if service.upper() != "WMS":
        raise WmsError(f"SERVICE: {shortened(service)} is not served here; use WMS")
    known = {name.lower(): name for name in ("GetCapabilities", "GetMap", "GetFeatureInfo", "GetLegendGraphic")}
    if request.lower() == "capabilities":  # WMS 1.0.0's name, still sent by old clients
        return "GetCapabilities"
    if request.lower() not in known:
        raise WmsError(
            f"REQUEST: {shortened(request)} is not an operation; use {', '.join(known.values())}", "OperationNotSupported"
        )
    return known[request.lower()]


def map_request(query: Mapping[str, str], visible: Mapping[str, object]) -> MapRequest:
    """Return the checked request.

    visible: the layers that the principal may see; any other is "not defined", whether it exists or not. Raises WmsError.
    """
    version = _version(query)
    layers = layer_names(query, "LAYERS", visible)
    styles = query.get("STYLES", "").split(",") if query.get("STYLES") else []
    if len(styles) > len(layers):
        raise WmsError("STYLES: there are more styles than layers", "StyleNotDefined")
    for name in styles:
        if name not in ("", "default"):
            raise WmsError(f"STYLES: {shortened(name)} is not defined; each layer has the style 'default'", "StyleNotDefined")
    crs = _crs(query, version)
    return MapRequest(
        version,
        layers,
        crs,
        _bbox(query, crs, version),
        _side(query, "WIDTH"),
        _side(query, "HEIGHT"),
        _format(query),
        query.get("TRANSPARENT", "FALSE").upper() == "TRUE",
        _background(query),
    )


def layer_names(query: Mapping[str, str], parameter: str, visible: Mapping[str, object]) -> tuple[str, ...]:
    """Return the layer names in `parameter`, each of them visible; raises WmsError. MapStore says `geoplatform:name`."""
    text = query.get(parameter, "")
    names = tuple(name.strip().removeprefix("geonode:").removeprefix("geoplatform:") for name in text.split(",") if name.strip())
    if not names:
        raise WmsError(f"{parameter}: name at least one layer", "LayerNotDefined")
    if len(names) > MAX_LAYERS:
        raise WmsError(f"{parameter}: at most {MAX_LAYERS} layers in one request")
    for name in names:
        if name not in visible:
            raise WmsError(f"{parameter}: layer {shortened(name)} is not defined", "LayerNotDefined")
    return names


def pixel(query: Mapping[str, str], request: MapRequest) -> tuple[int, int]:
    """Return column and row of GetFeatureInfo's point, inside the picture; raises WmsError."""
    names = ("I", "J") if request.version == "1.3.0" else ("X", "Y")
    position = []
    for name, alternative, side in zip(names, ("X", "Y"), (request.width, request.height), strict=True):
        text = query.get(name, query.get(alternative, ""))
        if not text.isdecimal() or not text.isascii() or len(text) > 6 or int(text) >= side:
            raise WmsError(f"{name}: {shortened(text)} is not a pixel of the picture, 0 to {side - 1}", "InvalidPoint")
        position.append(int(text))
    return position[0], position[1]


def _version(query: Mapping[str, str]) -> str:
    version = query.get("VERSION") or "1.3.0"
    if version not in ("1.3.0", "1.1.1"):
        raise WmsError(f"VERSION: {shortened(version)} is not served; use 1.3.0 or 1.1.1")
    return version


def _crs(query: Mapping[str, str], version: str) -> str:
    parameter = "CRS" if version == "1.3.0" else "SRS"
    crs = query.get(parameter, "").upper()
    if version == "1.1.1" and crs == "EPSG:900913":
        return "EPSG:3857"
    if crs not in WMS_CRS:
        code = "InvalidCRS" if version == "1.3.0" else "InvalidSRS"
        raise WmsError(f"{parameter}: {shortened(crs)} is not served; use one of {', '.join(WMS_CRS)}", code)
    return crs


def _bbox(query: Mapping[str, str], crs: str, version: str) -> tuple[float, float, float, float]:
    text = query.get("BBOX", "")
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 4 or not all(math.isfinite(value) and abs(value) < 1e9 for value in values):
        raise WmsError(f"BBOX: {shortened(text)} is not four numbers separated by commas")
    if version == "1.3.0" and crs in _NORTHING_FIRST:
        values = [values[1], values[0], values[3], values[2]]
    west, south, east, north = values
    if west >= east or south >= north:
        raise WmsError("BBOX: the minimum must be below the maximum on both axes (mind the axis order of the CRS)")
    return west, south, east, north


def _side(query: Mapping[str, str], parameter: str) -> int:
    text = query.get(parameter, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or not 1 <= int(text) <= MAX_SIDE:
        raise WmsError(f"{parameter}: {shortened(text)} is not a whole number from 1 to {MAX_SIDE}")
    return int(text)


def _format(query: Mapping[str, str]) -> str:
    text = query.get("FORMAT") or "image/png"
    # QGIS and MapStore ask for variants of PNG that need no difference here
    plain = "image/png" if text.startswith(("image/png;", "image/png8", "image/vnd.jpeg-png")) else text
    if plain not in FORMATS:
        raise WmsError(f"FORMAT: {shortened(text)} is not served; use {' or '.join(FORMATS)}", "InvalidFormat")
    return plain


def _background(query: Mapping[str, str]) -> str:
    text = query.get("BGCOLOR") or "0xFFFFFF"
    digits = text[2:] if text[:2].lower() == "0x" else ""
    if len(digits) != 6 or any(c not in "0123456789abcdefABCDEF" for c in digits):
        raise WmsError(f"BGCOLOR: {shortened(text)} is not a colour; write 0xRRGGBB")
    return f"0x{digits}"
