"""Style files of other programs, SLD and QGIS's QML, as far as a definition's style can say the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from geoplatform.layers.definition import AREA_FAINTNESS, Style, StyleClass, Text

#: A style is written by hand or by a desktop program; a larger file is no style.
MAX_BYTES = 2 * 1024 * 1024
MAX_CLASSES = 100


#: The programs' own suffixes.
SUFFIXES = (".sld", ".qml")

# What a definition's style can't say, told to whoever sends the file; Ukrainian in `geoplatform.layers.faults`.
_PICTURES = "icons, patterns and fillings by a picture"
_LAYERED = "several symbols one over another: the first is taken"
_SCALES = "the scales at which it is shown"
_UNEVEN = "sizes, outlines and opacity by class: classes differ by colour, the rest is that of the first symbol"
_MARKS = "the shape of marks: classes get theirs from the platform"
_LABEL = "a label that is not one attribute's value"
_MANY = "classes beyond a hundred"
_CONDITIONS = "rules whose condition is not one value or range of one attribute"
_COMPUTED = "colours and sizes computed from the data"
_DASHES = "dashes of lines"
_OFF = "that some classes are switched off: they are shown"
#: All of them.
LOSSES = (_PICTURES, _LAYERED, _SCALES, _UNEVEN, _MARKS, _LABEL, _MANY, _CONDITIONS, _COMPUTED, _DASHES, _OFF)


class StyleFileError(ValueError):
    """The file is no style that can be read; the message is one line."""


@dataclass(frozen=True)
class Found:
    """What a style file says: `style` as far as a definition can say it too, `lost`: what of it a definition can't say."""

    style: Style
    lost: tuple[str, ...] = ()


def read(path: Path) -> Found:
    """Return the style in an .sld or .qml file: colour, outline, size, width, opacity, label, classes by value or range.

    Raises StyleFileError.
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


def _from_sld(root: Element) -> Found:
    rules = [rule for rule in _all(root, "Rule") if _symbolizers(rule)]
    if not rules:
        raise StyleFileError("the SLD has no rule for points, lines or polygons")
    labels = [_sld_label(found) for found in _all(root, "TextSymbolizer")]
    symbols = [_sld_symbol(rule) for rule in rules]
    classes: list[StyleClass] = []
    attributes: set[str] = set()
    missed, rest = False, None
    for rule, symbol in list(zip(rules, symbols, strict=True))[:MAX_CLASSES]:
        condition = _sld_condition(rule)
        if condition is None or "colour" not in symbol:
            if _all(rule, "Filter"):
                missed = True
            else:
                rest = rest or symbol
            continue
        attribute, bounds = condition
        attributes.add(attribute)
        classes.append(_class(bounds, _text_of(rule, "Title") or _text_of(rule, "Name"), symbol["colour"]))
    lost = [
        (_PICTURES, any(_all(root, name) for name in ("ExternalGraphic", "GraphicFill", "GraphicStroke"))),
        (_MARKS, any(_text(mark) not in ("", "circle") for mark in _all(root, "WellKnownName"))),
        (_LAYERED, any(len(_symbolizers(rule)) > 1 for rule in rules)),
        (_SCALES, any(_all(rule, "MinScaleDenominator") or _all(rule, "MaxScaleDenominator") for rule in rules)),
        (_CONDITIONS, missed or len(attributes) > 1),
        (_LABEL, None in labels),
        (_MANY, len(rules) > MAX_CLASSES),
    ]
    label = next((text for text in labels if text), None)
    return _found({**symbols[0], **_colour_of(rest)}, label, attributes, classes, symbols, lost)


def _symbolizers(rule: Element) -> list[Element]:
    names = ("PointSymbolizer", "LineSymbolizer", "PolygonSymbolizer")
    return [element for element in rule.iter() if _local(element) in names]


def _sld_symbol(rule: Element) -> dict[str, Any]:
    """Return a rule's colour, outline, width, size and opacity, those that it states."""
    symbol = _symbolizers(rule)[0]
    fill = {name: value for part in _all(symbol, "Fill") for name, value in _css(part)}
    stroke = {name: value for part in _all(symbol, "Stroke") for name, value in _css(part)}
    is_line, is_area = (_local(symbol) == f"{name}Symbolizer" for name in ("Line", "Polygon"))
    opacity = _number(stroke.get("stroke-opacity"), 1)
    if not is_line and opacity is None:
        opacity = _number(fill.get("fill-opacity") or _text_of(symbol, "Opacity"), 1)
        if is_area and opacity is not None:  # an area of ours is filled fainter than its opacity says
            opacity = min(1.0, opacity / AREA_FAINTNESS)
    found = {
        "colour": _colour(stroke.get("stroke") if is_line else fill.get("fill") or stroke.get("stroke")),
        "outline": None if is_line else _colour(stroke.get("stroke")),
        "width": _number(stroke.get("stroke-width"), 32),
        "size": _number(_text_of(symbol, "Size"), 64),
        "opacity": opacity,
        "dash": _dash(stroke),
    }
    return {name: value for name, value in found.items() if value is not None}


def _css(part: Element) -> Iterator[tuple[str, str]]:
    for parameter in part:
        if _local(parameter) in ("CssParameter", "SvgParameter") and parameter.get("name"):
            yield parameter.get("name"), _text(parameter)


def _dash(stroke: dict[str, str]) -> list[float] | None:
    """Return dashes in widths of the line, as definitions have them; SLD counts pixels."""
    width = _number(stroke.get("stroke-width"), 32) or 1.0
    dashes = [_number(part, 1000) for part in re.split(r"[ ,]+", stroke.get("stroke-dasharray", "").strip()) if part]
    return [round(dash / width, 3) for dash in dashes] if 1 < len(dashes) <= 8 and None not in dashes else None


def _sld_condition(rule: Element) -> tuple[str, tuple[str | None, float | None, float | None]] | None:
    """Return the attribute of a rule's filter and (value, from, to), None when it is not one value or one range."""
    condition = next(iter(_all(rule, "Filter")), None)
    if condition is None:
        return None
    names = {_text(element) for element in _all(condition, "PropertyName")}
    if len(names) != 1 or _all(condition, "Not") or _all(condition, "Or"):
        return None
    value, low, high = None, None, None
    for comparison in condition.iter():
        literal = _text_of(comparison, "Literal")
        match _local(comparison):
            case "PropertyIsEqualTo":
                value = literal
            case "PropertyIsGreaterThanOrEqualTo":
                low = _number(literal)
            case "PropertyIsGreaterThan":
                low = _above(_number(literal))
            case "PropertyIsLessThan":
                high = _number(literal)
            case "PropertyIsLessThanOrEqualTo":
                high = _above(_number(literal))
            case "PropertyIsBetween":
                low, high = (_number(_edge(comparison, name)) for name in ("LowerBoundary", "UpperBoundary"))
                high = _above(high)
            case "PropertyIsNotEqualTo" | "PropertyIsLike" | "PropertyIsNull" | "Function":
                return None
    return None if value is None and low is None and high is None else (names.pop(), (value, low, high))


def _edge(between: Element, name: str) -> str | None:
    edge = next(iter(_all(between, name)), None)
    return None if edge is None else _text_of(edge, "Literal")


def _sld_label(symbolizer: Element) -> str | None:
    """Return the attribute that a label shows, None when it is made of more than one attribute's value."""
    label = next(iter(_all(symbolizer, "Label")), None)
    if label is None or len(_all(label, "PropertyName")) != 1 or _all(label, "Function"):
        return None
    return _text_of(label, "PropertyName")


# --- QML ---------------------------------------------------------------------------------------------------------------------


def _from_qml(root: Element) -> Found:
    renderer = next(iter(_all(root, "renderer-v2")), None)
    symbols = {symbol.get("name", ""): _qml_symbol(symbol) for part in _all(renderer, "symbols") for symbol in part}
    if renderer is None or not symbols:
        raise StyleFileError("the QML has no symbols: save the style with its symbology")
    facts, rest = next(iter(symbols.values())), None
    labels = [s for s in _all(root, "text-style") if s.get("fieldName")]
    label = next((s.get("fieldName") for s in labels if s.get("isExpression", "0") != "1"), None)
    kind, attribute = renderer.get("type"), (renderer.get("attr") or "").strip('"')
    classes: list[StyleClass] = []
    if kind == "categorizedSymbol":
        for category in _all(renderer, "category")[:MAX_CLASSES]:
            symbol = symbols.get(category.get("symbol", ""), {})
            colour = symbol.get("colour")
            if not category.get("value"):
                rest = symbol
            elif colour:
                classes.append(_class((category.get("value"), None, None), category.get("label"), colour))
    elif kind == "graduatedSymbol":
        for span in _all(renderer, "range")[:MAX_CLASSES]:
            colour = symbols.get(span.get("symbol", ""), {}).get("colour")
            bounds = (None, _number(span.get("lower")), _above(_number(span.get("upper"))))
            if colour and None not in bounds[1:]:
                classes.append(_class(bounds, span.get("label"), colour))
    drawn = [layer for part in _all(renderer, "symbols") for symbol in part for layer in symbol if _local(layer) == "layer"]
    facts_of = [{o.get("name"): o.get("value") for o in _all(layer, "Option")} for layer in drawn]
    lost = [
        (_PICTURES, any(layer.get("class") not in ("SimpleMarker", "SimpleLine", "SimpleFill") for layer in drawn)),
        (_MARKS, any(facts.get("name", "circle") != "circle" for facts in facts_of)),
        (_LAYERED, len(drawn) > len(symbols)),
        (_SCALES, root.get("hasScaleBasedVisibilityFlag") == "1"),
        (_CONDITIONS, kind not in ("singleSymbol", "categorizedSymbol", "graduatedSymbol")),
        (_LABEL, bool(labels) and label is None),
        (_COMPUTED, any(facts.get("active") == "true" for facts in facts_of)),
        (_DASHES, any(f.get("line_style", "solid") != "solid" or f.get("use_customdash") == "1" for f in facts_of)),
        (_OFF, any(part.get("render") == "false" for name in ("category", "range") for part in _all(renderer, name))),
        (_MANY, max(len(_all(renderer, "category")), len(_all(renderer, "range"))) > MAX_CLASSES),
    ]
    used = list(symbols.values())
    return _found({**facts, **_colour_of(rest)}, label, {attribute} if classes else set(), classes, used, lost)


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


def _found(
    facts: dict[str, Any],
    label: str | None,
    attributes: set[str],
    classes: list[StyleClass],
    symbols: list[dict[str, Any]],
    lost: list[tuple[str, bool]],
) -> Found:
    """Return the style; symbols: of every class, told apart in a definition by colour alone."""
    others = [
        {name: value for name, value in symbol.items() if name not in ("colour", "outline")} for symbol in symbols if symbol
    ]
    uneven = any(other != others[0] for other in others)
    style = Style(**facts, label=label)
    if len(attributes) == 1:  # classes by several attributes can't be said
        style = Style(**facts, label=label, attribute=attributes.pop(), classes=classes)
    return Found(style, tuple(text for text, is_lost in [*lost, (_UNEVEN, uneven)] if is_lost))


def _colour_of(symbol: dict[str, Any] | None) -> dict[str, Any]:
    """Return the colour of what is in no class, if the file gives it one."""
    return {"colour": symbol["colour"]} if symbol and "colour" in symbol else {}


def _above(number: float | None) -> float | None:
    """Return the next number: a class of ours ends before its upper bound, one that includes it ends after it."""
    return None if number is None else math.nextafter(number, math.inf)


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
    return None if found is None else _text(found) or None


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()


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
    if text is None or not re.fullmatch(r"-?\d{1,15}(\.\d{1,20})?(e-?\d{1,2})?", text.strip(), re.IGNORECASE):
        return None
    number = float(text)
    if most is None:
        return number
    return min(most, number) if number > 0 else None
