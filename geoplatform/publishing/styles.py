"""From a definition's style block to a MapLibre style and to legend entries. Knows no database and no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from geoplatform.layers.definition import AREA_FAINTNESS, Attribute, Style, StyleClass, Text, Zoom
from geoplatform.layers.vocabulary import Vocabulary

OTHER = Text(uk="Інше", en="Other")

#: For classes that a definition leaves to us: told apart with colour-blind eyes too (Okabe and Ito, darkened where too pale
#: on a light map); each comes with its own mark, so that colour is never the only difference.
PALETTE = ("#0072b2", "#d55e00", "#007a5a", "#aa3377", "#b8860b", "#3d8fc4", "#7a4b9e", "#5c5c5c")

_FONT = ["Noto Sans Regular"]

#: Side of an icon's picture at size 1, and the ring around demonstration data.
_ICON_PIXELS, _DEMO_RING = 15, "#e0a800"


class Styled(Protocol):
    """What is needed of a definition: LayerDefinition and PublishedDefinition both have it."""

    id: str
    title: Text
    geometry: str
    attributes: list[Attribute]
    style: Style
    zoom: Zoom
    attribution: Text


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend. shape: point, line or area; value, from_, to: which features it stands for (all None: the rest)."""

    title: str
    shape: str
    colour: str
    outline: str
    opacity: float
    size: float
    width: float
    dash: tuple[float, ...] | None
    icon: str | None
    value: str | None = None
    from_: float | None = None
    to: float | None = None


def classes(definition: Styled, vocabularies: Mapping[str, Vocabulary]) -> list[StyleClass]:
    """Return the style's classes: those of the definition, or one for each term of the attribute's vocabulary."""
    style = definition.style
    if style.classes or style.attribute is None:
        return list(style.classes)
    attribute = next((a for a in definition.attributes if a.name == style.attribute), None)
    vocabulary = vocabularies.get(attribute.vocabulary) if attribute is not None and attribute.vocabulary else None
    if vocabulary is None:
        return []
    return [
        StyleClass(value=term.code, title=term.title, colour=PALETTE[number % len(PALETTE)], icon=term.icon)
        for number, term in enumerate(vocabulary.terms)
    ]


def legend(definition: Styled, vocabularies: Mapping[str, Vocabulary], language: str) -> list[LegendEntry]:
    """Return the layer's legend, in the order of its classes, titles in `language` (uk or en)."""
    style = definition.style
    found = classes(definition, vocabularies)
    if not found:
        return [_entry(definition, definition.title, style.colour, style.icon, language)]
    entries = [_entry(definition, item.title, item.colour, item.icon or style.icon, language, item) for item in found]
    if not any(item.value is None and item.from_ is None and item.to is None for item in found):
        entries.append(_entry(definition, OTHER, style.colour, style.icon, language))
    return entries


def maplibre(
    definition: Styled,
    vocabularies: Mapping[str, Vocabulary],
    language: str,
    *,
    tiles: str,
    max_zoom: int,
    bounds: tuple[float, float, float, float] | None = None,
) -> dict[str, Any]:
    """Return a MapLibre style (version 8) that draws the layer from vector tiles.

    tiles: the tiles' address with {z}, {y} and {x}; max_zoom: deepest zoom with tiles; bounds: west, south, east, north, degrees.
    The source and the tiles' layer are called by the layer's id, style layers `<id>`, `<id>-outline`, `<id>-icon`,
    `<id>-label`. Icons are named as in the definition; whoever shows the map gives their pictures.
    """
    source: dict[str, Any] = {
        "type": "vector",
        "tiles": [tiles],
        "minzoom": 0,
        "maxzoom": max_zoom,
        "attribution": definition.attribution.in_language(language),
    }
    if bounds is not None:
        source["bounds"] = list(bounds)
    return {
        "version": 8,
        "name": definition.title.in_language(language),
        "metadata": {"legend": [vars(entry) for entry in legend(definition, vocabularies, language)]},
        "sources": {definition.id: source},
        "layers": _layers(definition, vocabularies, language),
    }


def shape(geometry: str) -> str:
    """Return how a geometry type is drawn: point, line or area."""
    return {"line": "line", "polygon": "area"}.get(geometry, "point")


def _entry(
    definition: Styled, title: Text, colour: str, icon: str | None, language: str, item: StyleClass | None = None
) -> LegendEntry:
    style = definition.style
    return LegendEntry(
        title=title.in_language(language),
        shape=shape(definition.geometry),
        colour=colour,
        outline=style.outline,
        opacity=style.opacity,
        size=style.size,
        width=style.width,
        dash=tuple(style.dash) if style.dash else None,
        icon=icon,
        value=item.value if item else None,
        from_=item.from_ if item else None,
        to=item.to if item else None,
    )


def _layers(definition: Styled, vocabularies: Mapping[str, Vocabulary], language: str) -> list[dict[str, Any]]:
    style = definition.style
    found = classes(definition, vocabularies)
    colour = _by_class(style, found, [item.colour for item in found], style.colour)
    kind = shape(definition.geometry)
    if definition.geometry == "none":
        return []
    if kind == "area":
        layers = [
            _layer(definition, "", "fill", paint={"fill-color": colour, "fill-opacity": _faint(style.opacity)}),
            _layer(definition, "-outline", "line", paint=_line(style, colour), layout={"line-join": "round"}),
        ]
    elif kind == "line":
        layers = [_layer(definition, "", "line", paint=_line(style, colour), layout={"line-join": "round", "line-cap": "round"})]
    else:
        layers = [_layer(definition, "", "circle", paint=_circle(style, colour))]
    icons = _icons(definition, style, found)
    if icons is not None and kind != "line":
        layers.append(icons)
    if style.label is not None:
        layers.append(_label(definition, style, kind))
    return layers


def _layer(
    definition: Styled, suffix: str, kind: str, *, paint: dict[str, Any], layout: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "id": definition.id + suffix,
        "type": kind,
        "source": definition.id,
        "source-layer": definition.id,
        "minzoom": definition.zoom.min,
        "maxzoom": definition.zoom.max,
        "layout": layout or {},
        "paint": paint,
    }


def _circle(style: Style, colour: Any) -> dict[str, Any]:
    radius = style.size / 2
    return {
        "circle-color": colour,
        "circle-opacity": style.opacity,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, radius * 0.6, 12, radius * 0.9, 14, radius, 18, radius * 1.4],
        # demonstration data wear a ring of their own; fainter colours would be hard to see for some
        "circle-stroke-color": ["case", ["==", ["get", "is_demo"], True], _DEMO_RING, style.outline],
        "circle-stroke-width": style.width,
    }


def _line(style: Style, colour: Any) -> dict[str, Any]:
    paint = {"line-color": colour, "line-opacity": style.opacity, "line-width": style.width}
    return {**paint, "line-dasharray": list(style.dash)} if style.dash else paint


def _faint(opacity: float) -> float:
    """An area's filling lets the map below be read; the outline carries the full colour."""
    return round(opacity * AREA_FAINTNESS, 3)


def _icons(definition: Styled, style: Style, found: list[StyleClass]) -> dict[str, Any] | None:
    """Return the layer of icons: the second sign, beside colour, by which categories differ. None when there are none."""
    if style.icon is None and not any(item.icon for item in found):
        return None
    image = _by_class(style, found, [item.icon or style.icon or "" for item in found], style.icon or "")
    scale = round(max(style.size * 0.65, 8) / _ICON_PIXELS, 3)
    layout = {
        "icon-image": image,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, scale * 0.6, 12, scale * 0.9, 14, scale, 18, scale * 1.4],
        "icon-allow-overlap": True,
        "icon-ignore-placement": True,
    }
    return _layer(definition, "-icon", "symbol", paint={"icon-opacity": style.opacity}, layout=layout)


def _label(definition: Styled, style: Style, kind: str) -> dict[str, Any]:
    layout: dict[str, Any] = {
        "text-field": ["coalesce", ["to-string", ["get", style.label]], ""],
        "text-font": _FONT,
        "text-size": 12,
        "text-optional": True,
    }
    if kind == "line":
        layout["symbol-placement"] = "line"
    elif kind == "point":
        layout |= {"text-anchor": "top", "text-offset": [0, round(style.size / 12 / 2 + 0.3, 2)]}
    paint = {"text-color": "#1a1a1a", "text-halo-color": "#ffffff", "text-halo-width": 1.5}
    layer = _layer(definition, "-label", "symbol", paint=paint, layout=layout)
    return {**layer, "minzoom": min(max(definition.zoom.min, style.label_min_zoom), definition.zoom.max)}


def _by_class(style: Style, found: list[StyleClass], outputs: list[Any], default: Any) -> Any:
    """Return a MapLibre expression that picks a class's output, or the plain `default` when the style has no classes."""
    if not found or style.attribute is None:
        return default
    attribute = ["get", style.attribute]
    rest = default
    cases: list[Any] = []
    for item, output in zip(found, outputs, strict=True):
        if item.value is None and item.from_ is None and item.to is None:
            rest = output
            continue
        cases += [_test(attribute, item), output]
    return ["case", *cases, rest] if cases else rest


def _test(attribute: list[Any], item: StyleClass) -> list[Any]:
    if item.value is not None:
        return ["==", ["to-string", attribute], item.value]
    number = ["to-number", attribute]
    tests: list[Any] = [["has", attribute[1]]]
    if item.from_ is not None:
        tests.append([">=", number, item.from_])
    if item.to is not None:
        tests.append(["<", number, item.to])
    return ["all", *tests]
