"""Pictures as SVG that need no script: maps by classes and by symbols, bars, years. Colours are in the style sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from geoplatform.indicators.areas import WIDTH, Picture
from geoplatform.indicators.figures import Figures, Row

#: Steps of the colour ramp; fewer classes take steps of equal distance.
SHADES = 7
_LARGEST = 34
_SMALLEST = 3
BARS = 24


def shade(group: int, groups: int) -> int:
    """Return the step of the ramp (0 to 6) of class `group` among `groups`."""
    return round(group * (SHADES - 1) / (groups - 1)) if groups > 1 else SHADES // 2


def classed(picture: Picture, figures: Figures, name: str, about: str) -> SafeString:
    """Return areas filled by class, each labelled with the number of its class; areas without a value are hatched."""
    groups = len(figures.groups)
    marks = {
        row.area.id: (None, "–") if row.group is None else (shade(row.group, groups), str(row.group + 1)) for row in figures.rows
    }
    return marked(picture, marks, name, about)


def marked(picture: Picture, marks: Mapping[str, tuple[int | None, str]], name: str, about: str) -> SafeString:
    """Return areas filled by the step of the ramp and labelled. marks: by area the step, None for hatching, and the label."""
    body, labels = [mark_safe(_HATCH)], []  # noqa: S308 - a constant
    for area, (step, label) in marks.items():
        shape = picture.shapes.get(area)
        if shape is None:
            continue
        look = "gp-none" if step is None else f"gp-shade-{step}"
        if shape.path:
            body.append(format_html('<path class="{}" d="{}"/>', look, shape.path))
        else:
            body.append(format_html('<circle class="{}" cx="{}" cy="{}" r="11"/>', look, shape.x, shape.y))
        labels.append(format_html('<text x="{}" y="{}">{}</text>', round(shape.x), round(shape.y + 4), label))
    return _svg(picture.height, name, about, [*body, *labels], "gp-figure-map")


def symbols(picture: Picture, figures: Figures, name: str, about: str) -> SafeString:
    """Return areas with circles whose surface is in proportion to the value."""
    outlines, circles = [mark_safe(_HATCH)], []  # noqa: S308 - a constant
    most = max((abs(row.value) for row in figures.rows if row.value is not None), default=0.0)
    for row in sorted(figures.rows, key=lambda r: -(abs(r.value) if r.value is not None else 0)):
        shape = picture.shapes.get(row.area.id)
        if shape is None:
            continue
        if shape.path:
            outlines.append(format_html('<path class="{}" d="{}"/>', "gp-none" if row.value is None else "gp-plain", shape.path))
        if row.value is None:
            circles.append(format_html('<text x="{}" y="{}">–</text>', round(shape.x), round(shape.y + 4)))
        elif row.value:
            circles.append(
                format_html(
                    '<circle class="{}" cx="{}" cy="{}" r="{}"/>',
                    "gp-symbol" if row.value > 0 else "gp-symbol gp-symbol--below",
                    shape.x,
                    shape.y,
                    radius(row.value, most),
                )
            )
    return _svg(picture.height, name, about, [*outlines, *circles], "gp-figure-map")


def radius(value: float, most: float) -> float:
    """Return a symbol's radius: its surface is in proportion to the value, but never too small to be seen."""
    return round(max(_LARGEST * sqrt(abs(value) / most), _SMALLEST), 1) if most else _SMALLEST


def symbol_sizes(most: float) -> list[tuple[float, float]]:
    """Return three (value, radius) that explain the symbols."""
    return [(most * part, radius(most * part, most)) for part in (1.0, 0.5, 0.1)] if most else []


def symbol(size: float) -> SafeString:
    """Return one symbol for the legend."""
    edge = 2 * size + 4
    return format_html(
        '<svg class="gp-key" width="{0}" height="{0}" viewBox="0 0 {0} {0}" aria-hidden="true">'
        '<circle class="gp-symbol" cx="{1}" cy="{1}" r="{2}"/></svg>',
        edge,
        edge / 2,
        size,
    )


def bars(rows: Sequence[Row], label: Callable[[Row], str], value: Callable[[Row], str], name: str, about: str) -> SafeString:
    """Return a bar for each row, from zero; more than `BARS` rows become the first and the last ones."""
    left_out = len(rows) > BARS
    shown = [*rows[: BARS // 2], *rows[-BARS // 2 :]] if left_out else list(rows)
    low, high = min([0.0, *(r.value for r in shown)]), max([0.0, *(r.value for r in shown)])
    span, start, room = (high - low) or 1.0, 230, WIDTH - 230 - 90
    zero = start + room * -low / span
    lines, y = [], 8
    for number, row in enumerate(shown):
        if left_out and number == BARS // 2:
            lines.append(format_html('<text class="gp-axis" x="{}" y="{}" text-anchor="end">⋮</text>', start - 8, y + 15))
            y += 24
        width = room * abs(row.value) / span
        x = zero if row.value >= 0 else zero - width
        lines.append(
            format_html(
                '<text x="{}" y="{}" text-anchor="end">{}</text><rect class="gp-bar" x="{}" y="{}" width="{}" height="16"/>'
                '<text x="{}" y="{}">{}</text>',
                start - 8, y + 13, _short(label(row)), round(x, 1), y, round(max(width, 1), 1),
                round(max(x + width, zero) + 6), y + 13, value(row),
            )
        )  # fmt: skip
        y += 24
    return _svg(y + 4, name, about, lines, "gp-figure-bars")


def years(
    figures: Figures, chosen: Sequence[tuple[int, float]], value: Callable[[float], str], name: str, about: str
) -> SafeString:
    """Return the middle value over the years within the band from the lowest to the highest, and one area's line besides."""
    spread = figures.spread
    first, last = spread[0][0], spread[-1][0]
    low, high = min(s[1] for s in spread), max(s[3] for s in spread)
    height, left, right, top, bottom = 260, 70, 20, 16, 34

    def place(year: int, number: float) -> str:
        x = left + (WIDTH - left - right) * (year - first) / ((last - first) or 1)
        y = top + (height - top - bottom) * (1 - (number - low) / ((high - low) or 1))
        return f"{x:.0f},{y:.0f}"

    band = " ".join([*(place(s[0], s[3]) for s in spread), *(place(s[0], s[1]) for s in reversed(spread))])
    middle = " ".join(place(s[0], s[2]) for s in spread)
    parts = [
        format_html('<polygon class="gp-band" points="{}"/><polyline class="gp-middle" points="{}"/>', band, middle),
        format_html_join("", '<circle class="gp-dot" cx="{}" cy="{}" r="4"/>', (place(s[0], s[2]).split(",") for s in spread)),
        format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', left - 8, top + 10, value(high)),
        format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', left - 8, height - bottom, value(low)),
        format_html_join(
            "", '<text x="{}" y="{}" text-anchor="middle">{}</text>',
            ((place(y, low).split(",")[0], height - 10, y) for y in _ticks([s[0] for s in spread])),
        ),
    ]  # fmt: skip
    if chosen:
        parts.append(format_html('<polyline class="gp-own" points="{}"/>', " ".join(place(*point) for point in chosen)))
    return _svg(height, name, about, parts, "gp-figure-years")


_HATCH = (
    '<defs><pattern id="gp-hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="gp-hatch-ground" width="8" height="8"/><path class="gp-hatch-line" d="M0 0V8"/></pattern></defs>'
)


def _svg(height: int, name: str, about: str, body: Sequence[SafeString], look: str) -> SafeString:
    return format_html(
        '<svg class="gp-figure {}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        look, WIDTH, height, look, look, look, name, look, about, mark_safe("".join(body)),  # noqa: S308 - parts are escaped above
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 28 else text[:27] + "…"


def _ticks(found: Sequence[int]) -> Sequence[int]:
    step = -(-len(found) // 12)
    return found[::step]


__all__ = ["bars", "classed", "marked", "radius", "shade", "symbol", "symbol_sizes", "symbols", "years"]
