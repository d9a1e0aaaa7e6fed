"""A picture of what differs between two versions of a layer: each place as a mark whose shape tells as much as its colour."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from shapely.geometry import shape

from geoplatform.layers.restore import Difference

WIDTH, HEIGHT = 960, 600
_MARGIN = 40
#: Degrees that a picture spans at least, about 200 m: a single point has no size of its own.
_SPAN = 0.002
_COLOURS = {"added": "#00703c", "changed": "#1d70b8", "removed": "#d4351c"}
_DEGREE_METRES = 111_320

Place = tuple[float, float]


def draw(differences: Sequence[Difference], texts: dict[str, str]) -> str:
    """Return the picture as SVG (no script, no style sheet).

    texts: `title`, `none` (said when nothing has a place), and the names of `added`, `changed`, `removed` for the legend.
    A changed place that has moved has a dashed line from where it was.
    """
    found = [(item.kind, _place(item.earlier), _place(item.later)) for item in differences]
    places = [place for _, earlier, later in found for place in (earlier, later) if place is not None]
    body = [f"<title>{escape(texts['title'])}</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f3f2f1"/>']
    if not places:
        body.append(_text(WIDTH / 2, HEIGHT / 2, texts["none"], anchor="middle"))
        return _document(body, texts["title"])
    frame = _Frame(places)
    body += frame.grid()
    for kind, earlier, later in found:
        place = earlier if kind == "removed" else later or earlier
        if place is None:
            continue
        x, y = frame.at(place)
        if kind == "changed" and earlier is not None and earlier != place:
            from_x, from_y = frame.at(earlier)
            line = f'x1="{from_x:.1f}" y1="{from_y:.1f}" x2="{x:.1f}" y2="{y:.1f}"'
            body.append(f'<line {line} stroke="{_COLOURS[kind]}" stroke-width="2" stroke-dasharray="5 4"/>')
        body.append(_mark(kind, x, y))
    for number, kind in enumerate(_COLOURS):
        body.append(_mark(kind, 20 + number * 200, 20))
        body.append(_text(34 + number * 200, 25, texts[kind]))
    return _document(body, texts["title"])


class _Frame:
    """Where places (longitude, latitude) lie in the picture: degrees made equally long both ways at the middle latitude."""

    def __init__(self, places: Sequence[Place]) -> None:
        west, east = min(x for x, _ in places), max(x for x, _ in places)
        south, north = min(y for _, y in places), max(y for _, y in places)
        self.middle = (west + east) / 2, (south + north) / 2
        self.narrowing = max(cos(radians(self.middle[1])), 0.01)
        wide, high = max((east - west) * self.narrowing, _SPAN), max(north - south, _SPAN)
        self.scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 2 * _MARGIN - 40) / high)

    def at(self, place: Place) -> tuple[float, float]:
        """Return the pixel of a place."""
        x = WIDTH / 2 + (place[0] - self.middle[0]) * self.narrowing * self.scale
        return x, HEIGHT / 2 - (place[1] - self.middle[1]) * self.scale

    def grid(self) -> list[str]:
        """Return lines of longitude and latitude with their degrees, and a bar that tells the scale."""
        lines = []
        for share in (0.2, 0.5, 0.8):
            x, y = WIDTH * share, HEIGHT * share
            lines.append(f'<path d="M{x:.1f} 40V{HEIGHT}M0 {y:.1f}H{WIDTH}" stroke="#b1b4b6" stroke-width="1" fill="none"/>')
            longitude = self.middle[0] + (x - WIDTH / 2) / self.scale / self.narrowing
            latitude = self.middle[1] + (HEIGHT / 2 - y) / self.scale
            lines.append(_text(x + 4, HEIGHT - 6, f"{longitude:.4f}°", size=12))
            lines.append(_text(4, y - 4, f"{latitude:.4f}°", size=12))
        metres = _round(160 / self.scale * _DEGREE_METRES)
        length = metres / _DEGREE_METRES * self.scale
        left = WIDTH - 20 - length
        label = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
        bar = f'<path d="M{left:.1f} 18v8h{length:.1f}v-8" stroke="#0b0c0c" stroke-width="2" fill="none"/>'
        return [*lines, bar, _text(left - 8, 25, label, anchor="end")]


def _place(geometry: dict[str, Any] | None) -> Place | None:
    """Return a point within the geometry, or None where there is none."""
    found = shape(geometry) if geometry else None
    if found is None or found.is_empty:
        return None
    point = found.representative_point()
    return point.x, point.y


def _round(metres: float) -> float:
    """Return the largest 1, 2 or 5 times a power of ten that is not above `metres`."""
    power = 10.0 ** (len(str(int(metres))) - 1) if metres >= 1 else 0.1
    return max(step * power for step in (1, 2, 5) if step == 1 or step * power <= metres)


def _mark(kind: str, x: float, y: float) -> str:
    """Return the mark: a plus for what was added, a diamond for what was changed, a cross for what was removed."""
    paths = {"added": "M-8 0H8M0-8V8", "changed": "M0-8L8 0L0 8L-8 0Z", "removed": "M-7-7L7 7M-7 7L7-7"}
    at = f'd="{paths[kind]}" transform="translate({x:.1f} {y:.1f})"'
    halo = f'<path {at} stroke="#fff" stroke-width="7" fill="none"/>'
    return f'{halo}<path {at} stroke="{_COLOURS[kind]}" stroke-width="4" fill="none"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 16) -> str:
    look = f'font-family="sans-serif" font-size="{size}" fill="#0b0c0c" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def _document(body: Sequence[str], title: str) -> str:
    head = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg {head} role="img" aria-label={quoteattr(title)}>{"".join(body)}</svg>'
