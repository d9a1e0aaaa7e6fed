"""WMTS 1.0.0 (OGC 07-057r7): capabilities of the visible layers on WebMercatorQuad, and the faults of a request."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from geoplatform.publishing.drawable import Drawable
from geoplatform.serving.problems import shortened
from geoplatform.serving.rastertiles.edition import MAX_ZOOM, MIN_ZOOM
from geoplatform.serving.wms.capabilities import title

MATRIX_SET = "WebMercatorQuad"

_WMTS, _OWS, _XLINK = "http://www.opengis.net/wmts/1.0", "http://www.opengis.net/ows/1.1", "http://www.w3.org/1999/xlink"
_TITLE = {"uk": "Геопортал громади: растрові тайли", "en": "Community geoportal: raster tiles"}

#: Scale denominator of zoom 0 and the corner of the square (OGC 17-083r4, table D.1).
_SCALE_0, _CORNER = 559_082_264.0287178, 20_037_508.3427892


class WmtsError(Exception):
    """A request that can't be answered: an OWS exception code, the parameter it is about, and a line for a person."""

    def __init__(self, code: str, locator: str, detail: str):
        super().__init__(detail)
        self.code, self.locator, self.detail = code, locator, detail


def check_tile(query: dict[str, str]) -> None:
    """Raise WmtsError unless the GetTile parameters are there and name what is served."""
    for name in ("LAYER", "TILEMATRIXSET", "TILEMATRIX", "TILEROW", "TILECOL"):
        if not query.get(name):
            raise WmtsError("MissingParameterValue", name, f"{name} is missing")
    served = {
        "TILEMATRIXSET": (query["TILEMATRIXSET"], (MATRIX_SET,)),
        "STYLE": (query.get("STYLE", ""), ("", "default")),
        "FORMAT": (query.get("FORMAT", "image/png"), ("image/png",)),
    }
    for name, (value, known) in served.items():
        if value not in known:
            raise WmtsError("InvalidParameterValue", name, f"{name}: {shortened(value)} is not served; use {known[-1]}")
    for name in ("TILEMATRIX", "TILEROW", "TILECOL"):
        value = query[name]
        if not (value.isascii() and value.isdecimal()) or len(value) > 8:
            raise WmtsError("InvalidParameterValue", name, f"{name}: {shortened(value)} is not a number")
    zoom, row, column = int(query["TILEMATRIX"]), int(query["TILEROW"]), int(query["TILECOL"])
    if not MIN_ZOOM <= zoom <= MAX_ZOOM:
        raise WmtsError("InvalidParameterValue", "TILEMATRIX", f"TILEMATRIX: {zoom} is not one of {MIN_ZOOM} to {MAX_ZOOM}")
    for name, value in (("TILEROW", row), ("TILECOL", column)):
        if value >= 1 << zoom:
            raise WmtsError("TileOutOfRange", name, f"{name}: {value} is beyond {(1 << zoom) - 1}, the last one of level {zoom}")


def report(error: WmtsError) -> bytes:
    """Return the OWS exception report (OGC 06-121r9, 8.3)."""
    ET.register_namespace("ows", _OWS)
    root = ET.Element(f"{{{_OWS}}}ExceptionReport", {"version": "1.1.0", "{http://www.w3.org/XML/1998/namespace}lang": "en"})
    exception = ET.SubElement(root, f"{{{_OWS}}}Exception", {"exceptionCode": error.code, "locator": error.locator})
    ET.SubElement(exception, f"{{{_OWS}}}ExceptionText").text = error.detail
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def capabilities(layers: Iterable[Drawable], language: str, site_url: str) -> bytes:
    """Return the capabilities document; `site_url` is the installation's public address without a trailing slash."""
    for prefix, space in (("", _WMTS), ("ows", _OWS), ("xlink", _XLINK)):
        ET.register_namespace(prefix, space)
    root = ET.Element(f"{{{_WMTS}}}Capabilities", {"version": "1.0.0"})
    identification = _ows(root, "ServiceIdentification")
    _ows(identification, "Title", _TITLE[language])
    _ows(identification, "ServiceType", "OGC WMTS")
    _ows(identification, "ServiceTypeVersion", "1.0.0")
    _operations(root, site_url)
    contents = _wmts(root, "Contents")
    for layer in layers:
        _layer(contents, layer, language, site_url)
    _matrix_set(contents)
    ET.SubElement(root, f"{{{_WMTS}}}ServiceMetadataURL", {f"{{{_XLINK}}}href": f"{site_url}/wmts/1.0.0/WMTSCapabilities.xml"})
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _operations(root: ET.Element, site_url: str) -> None:
    metadata = _ows(root, "OperationsMetadata")
    for name in ("GetCapabilities", "GetTile"):
        operation = _ows(metadata, "Operation")
        operation.set("name", name)
        get = _ows(_ows(_ows(operation, "DCP"), "HTTP"), "Get")
        get.set(f"{{{_XLINK}}}href", f"{site_url}/wmts?")
        constraint = _ows(get, "Constraint")
        constraint.set("name", "GetEncoding")
        _ows(_ows(constraint, "AllowedValues"), "Value", "KVP")


def _layer(contents: ET.Element, layer: Drawable, language: str, site_url: str) -> None:
    element = _wmts(contents, "Layer")
    _ows(element, "Title", title(layer, language))
    _ows(element, "Abstract", layer.about.description.in_language(language))
    if layer.bbox:
        west, south, east, north = layer.bbox
        box = _ows(element, "WGS84BoundingBox")
        _ows(box, "LowerCorner", f"{west:.7f} {south:.7f}")
        _ows(box, "UpperCorner", f"{east:.7f} {north:.7f}")
    _ows(element, "Identifier", layer.id)
    style = _wmts(element, "Style")
    style.set("isDefault", "true")
    _ows(style, "Identifier", "default")
    _wmts(element, "Format", "image/png")
    _wmts(_wmts(element, "TileMatrixSetLink"), "TileMatrixSet", MATRIX_SET)
    address = f"{site_url}/wmts/1.0.0/{layer.id}/default/{MATRIX_SET}/{{TileMatrix}}/{{TileRow}}/{{TileCol}}.png"
    _wmts(element, "ResourceURL").attrib.update({"format": "image/png", "resourceType": "tile", "template": address})


def _matrix_set(contents: ET.Element) -> None:
    matrix_set = _wmts(contents, "TileMatrixSet")
    _ows(matrix_set, "Identifier", MATRIX_SET)
    _ows(matrix_set, "SupportedCRS", "urn:ogc:def:crs:EPSG::3857")
    _wmts(matrix_set, "WellKnownScaleSet", "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible")
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        matrix = _wmts(matrix_set, "TileMatrix")
        _ows(matrix, "Identifier", str(zoom))
        _wmts(matrix, "ScaleDenominator", repr(_SCALE_0 / (1 << zoom)))
        _wmts(matrix, "TopLeftCorner", f"{-_CORNER} {_CORNER}")
        for name, value in (("TileWidth", 256), ("TileHeight", 256), ("MatrixWidth", 1 << zoom), ("MatrixHeight", 1 << zoom)):
            _wmts(matrix, name, str(value))


def _ows(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_OWS}}}{name}")
    element.text = text
    return element


def _wmts(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_WMTS}}}{name}")
    element.text = text
    return element
