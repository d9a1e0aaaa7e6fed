"""GetCapabilities of WMS 1.3.0: what the principal may see, in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from geoplatform.publishing.drawable import Drawable, Features, Picture
from geoplatform.publishing.mapfile import WMS_CRS, scale_limits
from geoplatform.serving import slow_imports
from geoplatform.serving.wms.request import FORMATS, INFO_FORMATS, MAX_LAYERS, MAX_SIDE

_WMS, _XLINK, _XSI = "http://www.opengis.net/wms", "http://www.w3.org/1999/xlink", "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{_WMS} http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd"
_NORTHING_FIRST = frozenset({"EPSG:4326", "EPSG:5564", "EPSG:6385", "EPSG:9840"})

_TITLE = {"uk": "Геопортал громади: картографічна служба", "en": "Community geoportal: web map service"}
_ABSTRACT = {
    "uk": "Шари громади, намальовані за тими самими описами, що й публічна мапа та OGC API.",
    "en": "The community's layers, drawn from the same definitions as the public map and the OGC API.",
}


def document(layers: Iterable[Drawable], language: str, url: str, serial: int) -> bytes:
    """Return the capabilities as XML in UTF-8.

    layers: what the principal may see; url: the service's public address; serial: of the publication, the update sequence.
    """
    ET.register_namespace("", _WMS)
    ET.register_namespace("xlink", _XLINK)
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(
        f"{{{_WMS}}}WMS_Capabilities", {"version": "1.3.0", "updateSequence": str(serial), f"{{{_XSI}}}schemaLocation": _SCHEMA}
    )
    service = _child(root, "Service")
    _child(service, "Name", "WMS")
    _child(service, "Title", _TITLE[language])
    _child(service, "Abstract", _ABSTRACT[language])
    _link(service, "OnlineResource", url)
    _child(service, "LayerLimit", str(MAX_LAYERS))
    _child(service, "MaxWidth", str(MAX_SIDE))
    _child(service, "MaxHeight", str(MAX_SIDE))
    capability = _child(root, "Capability")
    request = _child(capability, "Request")
    for name, formats in (("GetCapabilities", ("text/xml",)), ("GetMap", FORMATS), ("GetFeatureInfo", INFO_FORMATS)):
        entry = _child(request, name)
        for media_type in formats:
            _child(entry, "Format", media_type)
        _link(_child(_child(_child(entry, "DCPType"), "HTTP"), "Get"), "OnlineResource", f"{url}?")
    _child(_child(capability, "Exception"), "Format", "XML")
    top = _child(capability, "Layer")
    _child(top, "Title", _TITLE[language])
    for crs in WMS_CRS:
        _child(top, "CRS", crs)
    drawn = list(layers)
    _extent(top, _union(drawn))
    for layer in drawn:
        _layer(top, layer, language, url)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _layer(parent: ET.Element, layer: Drawable, language: str, url: str) -> None:
    definition = layer.about
    features = isinstance(layer, Features)
    element = _child(parent, "Layer", attributes={"queryable": "1" if features else "0"})
    _child(element, "Name", layer.id)
    _child(element, "Title", title(layer, language))
    _child(element, "Abstract", definition.description.in_language(language))
    if definition.keywords:
        keywords = _child(element, "KeywordList")
        for keyword in definition.keywords:
            _child(keywords, "Keyword", keyword.in_language(language))
    _extent(element, layer.bbox)
    if isinstance(layer, Picture) and layer.dates:
        days = [day.isoformat() for day in layer.dates]
        _child(
            element, "Dimension", ",".join(days), {"name": "time", "units": "ISO8601", "default": days[-1], "nearestValue": "1"}
        )
    _child(_child(element, "Attribution"), "Title", definition.attribution.in_language(language))
    style = _child(element, "Style")
    _child(style, "Name", "default")
    _child(style, "Title", definition.title.in_language(language))
    # the schema wants a size; clients read the picture's own
    classes = len(layer.layer.definition.style.classes) if features else 0
    legend = _child(style, "LegendURL", attributes={"width": "200", "height": str(24 * (1 + classes))})
    _child(legend, "Format", "image/png")
    query = {
        "SERVICE": "WMS",
        "VERSION": "1.3.0",
        "REQUEST": "GetLegendGraphic",
        "LAYER": layer.id,
        "FORMAT": "image/png",
        "LANGUAGE": language,
    }
    _link(legend, "OnlineResource", f"{url}?{urlencode(query)}")
    smallest, largest = scale_limits(definition)
    if smallest:
        _child(element, "MinScaleDenominator", f"{smallest:.0f}")
    if largest:
        _child(element, "MaxScaleDenominator", f"{largest:.0f}")


def title(layer: Drawable, language: str) -> str:
    """Return the layer's title; a picture called by its date says it."""
    text = layer.about.title.in_language(language)
    return f"{text}, {layer.image.date.isoformat()}" if isinstance(layer, Picture) and layer.dated else text


def _extent(element: ET.Element, bbox: tuple[float, float, float, float] | None) -> None:
    """Write the extent in degrees and in each CRS; a layer without data has none of its own and inherits its parent's."""
    if bbox is None:
        return
    west, south, east, north = bbox
    box = _child(element, "EX_GeographicBoundingBox")
    for name, value in (
        ("westBoundLongitude", west),
        ("eastBoundLongitude", east),
        ("southBoundLatitude", south),
        ("northBoundLatitude", north),
    ):
        _child(box, name, f"{value:.7f}")
    for crs in WMS_CRS:
        bounds = _transformed(crs, bbox)
        if not all(map(math.isfinite, bounds)):
            continue
        low_x, low_y, high_x, high_y = (bounds[1], bounds[0], bounds[3], bounds[2]) if crs in _NORTHING_FIRST else bounds
        _child(element, "BoundingBox", attributes={
            "CRS": crs, "minx": f"{low_x:.7f}", "miny": f"{low_y:.7f}", "maxx": f"{high_x:.7f}", "maxy": f"{high_y:.7f}"
        })  # fmt: skip


@lru_cache(maxsize=2048)
def _transformed(crs: str, bbox: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if crs in ("CRS:84", "EPSG:4326"):
        return bbox
    return slow_imports.transformer_class().from_crs(4326, int(crs.partition(":")[2]), always_xy=True).transform_bounds(*bbox)


def _union(layers: Iterable[Drawable]) -> tuple[float, float, float, float] | None:
    boxes = [layer.bbox for layer in layers if layer.bbox]
    if not boxes:
        return None
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def _child(parent: ET.Element, name: str, text: str | None = None, attributes: dict[str, str] | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_WMS}}}{name}", attributes or {})
    element.text = text
    return element


def _link(parent: ET.Element, name: str, address: str) -> None:
    _child(parent, name, attributes={f"{{{_XLINK}}}type": "simple", f"{{{_XLINK}}}href": address})
