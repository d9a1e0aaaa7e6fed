"""From a definition's style block to an SLD 1.1 document, which QGIS and other desktop programs read. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET  # only written here, never read

from geoplatform.layers.definition import AREA_FAINTNESS
from geoplatform.layers.vocabulary import Vocabulary
from geoplatform.publishing import styles
from geoplatform.publishing.styles import LegendEntry, Styled

MEDIA_TYPE = "application/vnd.ogc.sld+xml;version=1.1"

_SLD, _SE, _OGC = "http://www.opengis.net/sld", "http://www.opengis.net/se", "http://www.opengis.net/ogc"
for _prefix, _uri in (("", _SLD), ("se", _SE), ("ogc", _OGC)):
    ET.register_namespace(_prefix, _uri)

#: Marks that tell classes apart without their colour, by SE's well-known names.
_MARKS = ("circle", "square", "triangle", "star", "cross", "x")
#: Scale denominator of zoom 0 in Web Mercator (OGC pixel of 0.28 mm).
_SCALE_0 = 559_082_264.029


def sld(definition: Styled, vocabularies: Mapping[str, Vocabulary], language: str) -> bytes:
    """Return the layer's style as SLD 1.1 in UTF-8, titles in `language` (uk or en). Raises ValueError without a geometry."""
    if definition.geometry == "none":
        raise ValueError(f"{definition.id} has no geometry, hence no style")
    root = ET.Element(f"{{{_SLD}}}StyledLayerDescriptor", {"version": "1.1.0"})
    named = ET.SubElement(root, f"{{{_SLD}}}NamedLayer")
    _text(named, _SE, "Name", definition.id)
    style = ET.SubElement(named, f"{{{_SLD}}}UserStyle")
    _text(style, _SE, "Name", "default")
    description = ET.SubElement(style, f"{{{_SE}}}Description")
    _text(description, _SE, "Title", definition.title.in_language(language))
    rules = ET.SubElement(style, f"{{{_SE}}}FeatureTypeStyle")
    for number, entry in enumerate(styles.legend(definition, vocabularies, language)):
        _rule(rules, definition, entry, number)
    if definition.style.label is not None:
        _label(rules, definition)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _rule(parent: ET.Element, definition: Styled, entry: LegendEntry, number: int) -> None:
    rule = ET.SubElement(parent, f"{{{_SE}}}Rule")
    _text(rule, _SE, "Name", f"{definition.id}-{number}")
    description = ET.SubElement(rule, f"{{{_SE}}}Description")
    _text(description, _SE, "Title", entry.title)
    classed = entry.value is not None or entry.from_ is not None or entry.to is not None
    if classed:
        _filter(rule, definition.style.attribute, entry)
    elif number:
        ET.SubElement(rule, f"{{{_SE}}}ElseFilter")
    _scales(rule, definition.zoom.min, definition.zoom.max)
    mark = _MARKS[number % len(_MARKS)] if classed else _MARKS[0]
    {"point": _point, "line": _line, "area": _area}[entry.shape](rule, entry, mark)


def _filter(rule: ET.Element, attribute: str, entry: LegendEntry) -> None:
    tests = [
        (name, str(value))
        for name, value in (
            ("PropertyIsEqualTo", entry.value),
            ("PropertyIsGreaterThanOrEqualTo", entry.from_),
            ("PropertyIsLessThan", entry.to),
        )
        if value is not None
    ]
    parent = ET.SubElement(rule, f"{{{_OGC}}}Filter")
    if len(tests) > 1:
        parent = ET.SubElement(parent, f"{{{_OGC}}}And")
    for name, value in tests:
        test = ET.SubElement(parent, f"{{{_OGC}}}{name}")
        _text(test, _OGC, "PropertyName", attribute)
        _text(test, _OGC, "Literal", value)


def _scales(rule: ET.Element, low: float, high: float) -> None:
    """Write the scales between which the rule is drawn; beyond the ends of the usual zooms there is no limit."""
    if high < 22:
        _text(rule, _SE, "MinScaleDenominator", f"{_SCALE_0 / 2**high:.2f}")
    if low > 0:
        _text(rule, _SE, "MaxScaleDenominator", f"{_SCALE_0 / 2**low:.2f}")


def _point(rule: ET.Element, entry: LegendEntry, mark_name: str) -> None:
    graphic = ET.SubElement(ET.SubElement(rule, f"{{{_SE}}}PointSymbolizer"), f"{{{_SE}}}Graphic")
    mark = ET.SubElement(graphic, f"{{{_SE}}}Mark")
    _text(mark, _SE, "WellKnownName", mark_name)
    _parameters(mark, "Fill", {"fill": entry.colour})
    _parameters(mark, "Stroke", {"stroke": entry.outline, "stroke-width": f"{entry.width:g}"})
    _text(graphic, _SE, "Opacity", f"{entry.opacity:g}")
    _text(graphic, _SE, "Size", f"{entry.size:g}")


def _line(rule: ET.Element, entry: LegendEntry, _mark: str) -> None:
    _stroke(ET.SubElement(rule, f"{{{_SE}}}LineSymbolizer"), entry)


def _area(rule: ET.Element, entry: LegendEntry, _mark: str) -> None:
    symbol = ET.SubElement(rule, f"{{{_SE}}}PolygonSymbolizer")
    _parameters(symbol, "Fill", {"fill": entry.colour, "fill-opacity": f"{round(entry.opacity * AREA_FAINTNESS, 3):g}"})
    _stroke(symbol, entry)


def _stroke(symbol: ET.Element, entry: LegendEntry) -> None:
    values = {"stroke": entry.colour, "stroke-width": f"{entry.width:g}", "stroke-opacity": f"{entry.opacity:g}"}
    if entry.dash:
        # MapLibre counts dashes in widths of the line, SE in pixels
        values["stroke-dasharray"] = " ".join(f"{dash * entry.width:g}" for dash in entry.dash)
    _parameters(symbol, "Stroke", values)


def _label(parent: ET.Element, definition: Styled) -> None:
    rule = ET.SubElement(parent, f"{{{_SE}}}Rule")
    _text(rule, _SE, "Name", f"{definition.id}-label")
    _scales(rule, max(definition.zoom.min, definition.style.label_min_zoom), definition.zoom.max)
    symbol = ET.SubElement(rule, f"{{{_SE}}}TextSymbolizer")
    _text(ET.SubElement(symbol, f"{{{_SE}}}Label"), _OGC, "PropertyName", definition.style.label)
    _parameters(symbol, "Font", {"font-family": "Noto Sans", "font-size": "12"})
    halo = ET.SubElement(symbol, f"{{{_SE}}}Halo")
    _text(halo, _SE, "Radius", "1.5")
    _parameters(halo, "Fill", {"fill": "#ffffff"})
    _parameters(symbol, "Fill", {"fill": "#1a1a1a"})


def _parameters(parent: ET.Element, name: str, values: dict[str, str]) -> None:
    element = ET.SubElement(parent, f"{{{_SE}}}{name}")
    for key, value in values.items():
        ET.SubElement(element, f"{{{_SE}}}SvgParameter", {"name": key}).text = value


def _text(parent: ET.Element, namespace: str, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{namespace}}}{name}").text = text
