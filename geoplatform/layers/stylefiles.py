"""Style files of other programs, SLD and QGIS's QML, as far as a definition's style can say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from geoplatform.layers.definition import Style, StyleClass, Text

#: A style is written by hand or by a desktop program; a larger file is no style.
MAX_BYTES = 2 * 1024 * 1024
MAX_CLASSES = 100


class StyleFileError(ValueError):
    """The file is no style that can be read; the message is one line."""


def read(path: Path) -> Style:
    """Return the style in an .sld or .qml file: colour, outline, size, width, opacity, label, classes by value or range.

    What a definition can't say (patterns, icons, scripts) is left out. Raises StyleFileError.
    """
    if path.stat().st_size > MAX_BYTES:
        raise StyleFileError(f"the style file is larger than {MAX_BYTES // 1024**2} MB")
    try:
        root = parse(path).getroot()  # entities are refused; QML begins with a harmless DOCTYPE
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise StyleFileError(f"the style file is not sound XML: {' '.join(str(error).split())[:120]}") from None
    name = _local(root)
    if name == "StyledLayerDescriptor":
        return _from_sld(root)
    if name == "qgis":
        return _from_qml(root)
    raise StyleFileError(f"the style file is neither SLD nor QML: it begins with <{name[:40]}>")


# --- SLD ---------------------------------------------------------------------------------------------------------------------


def _from_sld(root: Element) -> Style:
    rules = [rule for rule in _all(root, "Rule") if _symbolizer(rule) is not None]
    if not rules:
        raise StyleFileError("the SLD has no rule for points, lines or polygons")
    facts = _sld_symbol(rules[0])
    label = next((text for found in _all(root, "TextSymbolizer") for text in [_sld_label(found)] if text), None)
    classes: list[StyleClass] = []
    attributes: set[str] = set()
    for rule in rules[:MAX_CLASSES]:
        condition = _sld_condition(rule)
        colour = _sld_symbol(rule).get("colour")
        if condition is None or colour is None:
            continue
        attribute, bounds = condition
        attributes.add(attribute)
        classes.append(_class(bounds, _text_of(rule, "Title") or _text_of(rule, "Name"), colour))
    return _style(facts, label, attributes, classes)


def _symbolizer(rule: Element) -> Element | None:
    names = ("PointSymbolizer", "LineSymbolizer", "PolygonSymbolizer")
    return next((element for element in rule.iter() if _local(element) in names), None)


def _sld_symbol(rule: Element) -> dict[str, Any]:
    """Return a rule's colour, outline, width, size and opacity, those that it states."""
    symbol = _symbolizer(rule)
    fill = {name: value for part in _all(symbol, "Fill") for name, value in _css(part)}
    stroke = {name: value for part in _all(symbol, "Stroke") for name, value in _css(part)}
    is_line = _local(symbol) == "LineSymbolizer"
    found = {
        "colour": _colour(stroke.get("stroke") if is_line else fill.get("fill") or stroke.get("stroke")),
        "outline": None if is_line else _colour(stroke.get("stroke")),
        "width": _number(stroke.get("stroke-width"), 32),
        "size": _number(_text_of(symbol, "Size"), 64),
        "opacity": _number(fill.get("fill-opacity") or stroke.get("stroke-opacity"), 1),
    }
    return {name: value for name, value in found.items() if value is not None}


def _css(part: Element) -> Iterator[tuple[str, str]]:
    for parameter in part:
        if _local(parameter) in ("CssParameter", "SvgParameter") and parameter.get("name"):
            yield parameter.get("name"), "".join(parameter.itertext()).strip()


def _sld_condition(rule: Element) -> tuple[str, tuple[str | None, float | None, float | None]] | None:
    """Return the attribute of a rule's filter and (value, from, to), None when it is not one value or one range."""
    condition = next(iter(_all(rule, "Filter")), None)
    if condition is None:
        return None
    names = {"".join(element.itertext()).strip() for element in _all(condition, "PropertyName")}
    if len(names) != 1 or _all(condition, "Not") or _all(condition, "Or"):
        return None
    value, low, high = None, None, None
    for comparison in condition.iter():
        literal = _text_of(comparison, "Literal")
        match _local(comparison):
            case "PropertyIsEqualTo":
                value = literal
            case "PropertyIsGreaterThanOrEqualTo" | "PropertyIsGreaterThan":
                low = _number(literal)
            case "PropertyIsLessThan" | "PropertyIsLessThanOrEqualTo":
                high = _number(literal)
            case "PropertyIsBetween":
                low, high = (_number(_edge(comparison, name)) for name in ("LowerBoundary", "UpperBoundary"))
    return None if value is None and low is None and high is None else (names.pop(), (value, low, high))


def _edge(between: Element, name: str) -> str | None:
    edge = next(iter(_all(between, name)), None)
    return None if edge is None else _text_of(edge, "Literal")


def _sld_label(symbolizer: Element) -> str | None:
    label = next(iter(_all(symbolizer, "Label")), None)
    return None if label is None else _text_of(label, "PropertyName")


# --- QML ---------------------------------------------------------------------------------------------------------------------


def _from_qml(root: Element) -> Style:
    renderer = next(iter(_all(root, "renderer-v2")), None)
    symbols = {symbol.get("name", ""): _qml_symbol(symbol) for part in _all(renderer, "symbols") for symbol in part}
    if renderer is None or not symbols:
        raise StyleFileError("the QML has no symbols: save the style with its symbology")
    facts = next(iter(symbols.values()))
    labels = next((s.get("fieldName") for s in _all(root, "text-style") if s.get("isExpression", "0") != "1"), None)
    kind, attribute = renderer.get("type"), (renderer.get("attr") or "").strip('"')
    classes: list[StyleClass] = []
    if kind == "categorizedSymbol":
        for category in _all(renderer, "category")[:MAX_CLASSES]:
            colour = symbols.get(category.get("symbol", ""), {}).get("colour")
            if colour and category.get("value"):
                classes.append(_class((category.get("value"), None, None), category.get("label"), colour))
    elif kind == "graduatedSymbol":
        for span in _all(renderer, "range")[:MAX_CLASSES]:
            colour = symbols.get(span.get("symbol", ""), {}).get("colour")
            bounds = (None, _number(span.get("lower")), _number(span.get("upper")))
            if colour and None not in bounds[1:]:
                classes.append(_class(bounds, span.get("label"), colour))
    return _style(facts, labels, {attribute} if classes else set(), classes)


def _qml_symbol(symbol: Element) -> dict[str, Any]:
    """Return a symbol's colour, outline, width, size and opacity; sizes of QGIS are millimetres unless they say pixels."""
    layer = next((element for element in symbol if _local(element) == "layer"), None)
    if layer is None:
        return {}
    values = {o.get("name"): o.get("value") for o in _all(layer, "Option") if o.get("name")}
    values |= {p.get("k"): p.get("v") for p in _all(layer, "prop")}
    is_line = symbol.get("type") == "line"

    def pixels(name: str, most: float) -> float | None:
        number = _number(values.get(name))
        if number is None:
            return None
        unit = values.get(f"{name}_unit") or values.get("line_width_unit") or "MM"
        return min(most, number * (1 if unit == "Pixel" else 3.78))

    found = {
        "colour": _colour(values.get("line_color") if is_line else values.get("color")),
        "outline": None if is_line else _colour(values.get("outline_color")),
        "width": pixels("line_width" if is_line else "outline_width", 32),
        "size": pixels("size", 64) or None,
        "opacity": _number(symbol.get("alpha"), 1),
    }
    return {name: value for name, value in found.items() if value is not None}


# --- both --------------------------------------------------------------------------------------------------------------------


def _style(facts: dict[str, Any], label: str | None, attributes: set[str], classes: list[StyleClass]) -> Style:
    if len(attributes) != 1:  # classes by several attributes can't be said
        return Style(**facts, label=label)
    return Style(**facts, label=label, attribute=attributes.pop(), classes=classes)


def _class(bounds: tuple[str | None, float | None, float | None], title: str | None, colour: str) -> StyleClass:
    value, low, high = bounds
    words = " ".join((title or value or f"{low} – {high}").split())[:200] or "–"
    return StyleClass.model_validate(
        {"value": value, "from": low, "to": high, "title": Text(uk=words, en=words), "colour": colour}
    )


def _all(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [found for found in element.iter() if _local(found) == name]


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text_of(element: Element, name: str) -> str | None:
    found = next(iter(_all(element, name)), None)
    return None if found is None else "".join(found.itertext()).strip() or None


def _colour(text: str | None) -> str | None:
    """Return `#rrggbb` or QGIS's `r,g,b,a` as #rrggbb."""
    text = (text or "").strip()
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return text.lower()
    parts = re.match(r"(\d{1,3}),(\d{1,3}),(\d{1,3})", text)
    if parts is None or any(int(part) > 255 for part in parts.groups()):
        return None
    return "#" + "".join(f"{int(part):02x}" for part in parts.groups())


def _number(text: str | None, most: float | None = None) -> float | None:
    if text is None or not re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?(e-?\d{1,2})?", text.strip(), re.IGNORECASE):
        return None
    number = float(text)
    if most is None:
        return number
    return min(most, number) if number > 0 else None
