"""The portal's home page: help in an emergency first, then ways into the map, the layers, and what staff and developers need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from psycopg import Connection

from geoplatform.layers.published import PublishedLayer
from geoplatform.portal import facts
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current, presentation
from geoplatform.publicmap.views import reads_data


@dataclass(frozen=True)
class LayerLine:
    """A layer in the home page's lists."""

    layer: PublishedLayer
    freshness: current.Freshness
    href: str


@dataclass(frozen=True)
class Entrance:
    """A way into the map: a title, what is behind it, and how many places."""

    title: str
    description: str
    href: str
    count: int
    layers: list[LayerLine]


@reads_data
def home(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show the home page."""
    available = current.layers(conn)
    context = {
        "emergency": [_line(layer) for layer in available if layer.definition.life_depends],
        "themes": [_theme(group) for group in current.by_theme(available)],
        "audiences": _audiences(available),
        "layer_count": len(available),
        "feature_count": sum(layer.feature_count for layer in available),
        "demonstration": any(layer.demo_count for layer in available),
        "sources": presentation.sources([layer for layer in available if layer.feature_count]),
    }
    return render_page(request, "portal/home.html", context)


def _map_of(layers: list[PublishedLayer]) -> str:
    return reverse("publicmap:map") + "?" + urlencode([("layer", layer.id) for layer in layers])


def _line(layer: PublishedLayer) -> LayerLine:
    return LayerLine(layer, current.freshness(layer, datetime.now(UTC)), _map_of([layer]))


def _theme(group: current.ThemeGroup) -> Entrance:
    language = get_language() or "uk"
    theme = group.theme
    return Entrance(
        title=theme.title.in_language(language) if theme else "",
        description=theme.description.in_language(language) if theme and theme.description else "",
        href=_map_of(group.layers),
        count=sum(layer.feature_count for layer in group.layers),
        layers=[_line(layer) for layer in group.layers],
    )


def _audiences(available: list[PublishedLayer]) -> list[Entrance]:
    """Return a way into the map for each audience that some layer of places with data serves."""
    language = get_language() or "uk"
    entrances = []
    for term in facts.audiences().terms:
        serving = [
            layer
            for layer in available
            if term.code in layer.definition.serves and layer.definition.geometry in ("point", "multipoint")
        ]
        count = sum(layer.feature_count for layer in serving)
        if count:
            entrances.append(Entrance(term.title.in_language(language), "", _map_of(serving), count, []))
    return entrances
