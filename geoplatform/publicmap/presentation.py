"""What the templates and the client of the public map are given: words, links and settings made of a query's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.facilities import statements
from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.thinning import thinned_below
from geoplatform.portal import facts
from geoplatform.publicmap import (
    areas,
    current,
    filters,
    kinds,
    nearest,
    ordering,
    overview,
    profiles,
    relations,
    summary,
)
from geoplatform.publicmap.answer import Answer, Item
from geoplatform.publicmap.card import Card, full_address
from geoplatform.publicmap.hours import KYIV
from geoplatform.publicmap.onfoot import Walks
from geoplatform.publicmap.origins import Asked
from geoplatform.publicmap.past import PastLayer, as_today
from geoplatform.publicmap.query import Notice, Query
from geoplatform.walking import outline

#: Drawn below the chosen layers where they are published, lowest first: the ground on which people find their way.
BASE_LAYERS = ("community_boundary", "roads", "streets")


@dataclass(frozen=True)
class ListItem:
    """One line of the list, in the reader's language.

    away: distance and direction, in words. around: what it lies in and beside. layer: its layer's title. opens: until when it is
    open, told where the reader is on the way.
    """

    layer_id: str
    id: str
    name: str
    category: str | None
    address: str | None
    is_demo: bool
    href: str
    on_map: str
    point: tuple[float, float] | None
    away: str
    around: str
    layer: str
    opens: str = ""


@dataclass(frozen=True)
class ListGroup:
    """The lines of one layer on this page of the list; `layer` is None when the list runs through all layers.

    nearest: address of those that are open now, nearest first; "" where that is asked already or hours are not told.
    """

    layer: PublishedLayer | None
    count: int
    items: list[ListItem]
    nearest: str = ""


@dataclass(frozen=True)
class LayerChoice:
    """A check box of the layer list."""

    layer: PublishedLayer
    checked: bool
    freshness: current.Freshness


@dataclass(frozen=True)
class ThemeChoice:
    """The check boxes of one theme."""

    group: current.ThemeGroup
    layers: list[LayerChoice]

    @property
    def checked(self) -> int:
        """How many of them are checked."""
        return sum(choice.checked for choice in self.layers)


@dataclass(frozen=True)
class Page:
    """A link of the pagination; `number` None stands for left-out pages."""

    number: int | None
    href: str = ""
    current: bool = False


def results_context(
    conn: Connection, available: list[PublishedLayer], found: Answer, notices: list[Notice], asked: Asked
) -> dict[str, Any]:
    """Return the context of the map page and of its fragment `results.html`. `conn` belongs to the public role."""
    query, now = found.query, datetime.now(UTC)
    then = query.asof.clock(now) if query.asof else now
    shown = [layer.layer for layer in found.layers]
    sentences = summary.sentences(found, overview.of(found, available), available)
    return {
        "available": available,
        "query": query,
        "answer": found,
        "notices": notices,
        "told": statements.of_places(conn, available, [(item.layer, item.id) for item in found.items], then),
        "summary": " ".join(sentences),
        "sentences": sentences,
        "groups": groups(query, found, relations.of(conn, _spots(found.items), available)),
        "filters": filters.of(conn, available, found, asked),
        "empty_layers": [layer for layer in shown if not layer.feature_count],
        "stale_layers": [
            (layer, current.freshness(layer, now)) for layer in shown if current.freshness(layer, now).state == "broken"
        ],
        "themes": [
            ThemeChoice(
                group, [LayerChoice(layer, layer.id in query.layers, current.freshness(layer, now)) for layer in group.layers]
            )
            for group in current.by_theme(available)
        ],
        "category_choices": category_choices(conn, shown, query.categories),
        "pages": pages(query, found),
        "fits": profiles.of_query(conn, query.profile, [(item.layer, item.id) for item in found.items], available),
        "demonstration": bool(found.demo),
        "sources": sources([layer.layer for layer in found.layers if layer.count]),
        "words": " ".join(query.words),
        "close_link": reverse("publicmap:map") + query.address(place=None),
        "past": query.asof,
        "here": query.address(asof=None, page=1, place=None),
        "today_link": reverse("publicmap:map") + query.address(asof=None, page=1),
        "latest": f"{now.astimezone(KYIV):%Y-%m-%d}",
    }


def groups(query: Query, found: Answer, around: Sequence[relations.Relation] = ()) -> list[ListGroup]:
    """Return this page of the list, by layers where it is in that order; `around` is known of its items that have a point."""
    counts = {layer.layer.id: layer.count for layer in found.layers}
    told, nothing = iter(around), relations.Relation()
    items = [(item, _list_item(found, item, next(told, nothing) if item.point else nothing)) for item in found.items]
    if query.order != "name":
        return [ListGroup(None, found.total, [line for _item, line in items])] if items else []
    result: list[ListGroup] = []
    for item, line in items:
        if not result or result[-1].layer.id != item.layer.id:  # type: ignore[union-attr]
            result.append(ListGroup(item.layer, counts[item.layer.id], [], nearest.open_ones(query, item.layer)))
        result[-1].items.append(line)
    return result


def _spots(items: Sequence[Item]) -> list[relations.Spot]:
    return [relations.Spot(item.layer.id, item.id, *item.point, item.is_demo) for item in items if item.point]


def _list_item(found: Answer, item: Item, around: relations.Relation) -> ListItem:
    query = found.query
    address = full_address(item.settlement, item.address)
    return ListItem(
        layer_id=item.layer.id,
        id=item.id,
        name=summary.title(item),
        category=summary.kind_titles(item) or None,
        address=address,
        is_demo=item.is_demo,
        href=reverse("publicmap:feature", args=[item.layer.id, item.id]) + measuring(query, found.conditions.walks).address(),
        on_map=reverse("publicmap:map") + query.address(place=(item.layer.id, item.id)),
        point=item.point,
        away=summary.away(item, query.near, found.conditions.walks),
        around="; ".join(summary.relation(around, address or "")),
        layer=item.layer.definition.title.in_language(get_language() or "uk"),
        opens=summary.opens(item, found.conditions.moment) if query.near or query.open else "",
    )


def measuring(query: Query, walks: Walks | None = None) -> Query:
    """Return the part of the query that a place's own page follows: for whom, as of when, from where and how it measures.

    walks: of the list. Where there are too many places to measure, the page is to tell the straight distance as the list does.
    """
    walk = query.walk and (walks is None or walks.why != "many")
    within = query.within if walk else None
    return Query(near=query.near, within=within, walk=walk, profile=query.profile, asof=query.asof)


def category_choices(conn: Connection, shown: list[PublishedLayer], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Return code and title of the categories that occur in the shown layers or are chosen, each once, by title."""
    language = get_language() or "uk"
    titles = {
        code: term.title.in_language(language)
        for layer in shown
        for code, term in current.categories(layer).items()
        if code in kinds.occurring(conn, layer) or code in chosen
    }
    return sorted(titles.items(), key=lambda pair: ordering.sort_key(pair[1]))


def pages(query: Query, found: Answer) -> list[Page]:
    """Return the pagination: first, last, and those around the present page; empty when one page holds all."""
    if found.pages == 1:
        return []
    near = {1, found.pages, *range(max(1, query.page - 1), min(found.pages, query.page + 1) + 1)}
    result: list[Page] = []
    before = 0
    for number in sorted(near):
        if number - before == 2:
            result.append(_page(query, number - 1))
        elif number - before > 2:
            result.append(Page(None))
        result.append(_page(query, number))
        before = number
    return result


def _page(query: Query, number: int) -> Page:
    return Page(number, reverse("publicmap:map") + query.address(page=number, place=None), number == query.page)


def sources(layers: list[PublishedLayer]) -> list[dict[str, str]]:
    """Return attribution and licence of the layers, each pair once, for the page's foot."""
    language = get_language() or "uk"
    pairs = dict.fromkeys((layer.definition.attribution.in_language(language), layer.definition.licence) for layer in layers)
    return [{"attribution": attribution, "licence": licence} for attribution, licence in pairs]


def card_context(card: Card, where: str, query: Query) -> dict[str, Any]:
    """Return the context of `card.html`, opened by `query`; where: its whereabouts."""
    then = query.asof
    only = replace(measuring(query), layers=(card.layer.id,), chosen=True, place=(card.layer.id, card.id))
    return {
        "card": card,
        "where": where,
        "area_link": reverse("publicmap:map") + "?" + urlencode({"area": f"{card.layer.id}:{card.id}"})
        if areas.usable(card.layer)
        else "",
        "nearest_link": "" if then else nearest.like(card),
        "permalink": reverse("publicmap:feature", args=[card.layer.id, card.id]),
        "follow_link": reverse("changes:follow") + "?" + urlencode({"area": f"{card.layer.id}:{card.id}"})
        if areas.usable(card.layer) and then is None
        else "",
        "map_link": reverse("publicmap:map") + only.address(),
        "today": datetime.now(UTC),
        "past": then,
        "instant": _instant(card.layer),
    }


def catchment(conn: Connection, found: Answer) -> dict[str, Any] | None:
    """Return the area that is reached on foot as GeoJSON, None where none was asked for or distances are straight."""
    walks = found.conditions.walks
    return outline.outline(conn, walks.reach) if walks and walks.reach else None


def base_layers(available: list[PublishedLayer]) -> list[dict[str, Any]]:
    """Return the layers that are drawn quietly below all others, so far as there are real data in them."""
    # the ground is there to find one's way by: always today's
    today = [as_today(layer) for layer in available]
    by_id = {layer.id: layer for layer in today if layer.feature_count and not layer.demo_count}
    found = [by_id[name] for name in BASE_LAYERS if name in by_id]
    return [{"id": layer.id, "version": layer.version, "geometry": layer.definition.geometry} for layer in found]


def client_layers(available: list[PublishedLayer]) -> list[dict[str, Any]]:
    """Return for each layer that can be drawn what the client needs to draw it."""
    language = get_language() or "uk"
    code = "en" if language.startswith("en") else "uk"
    return [
        {
            "id": layer.id,
            "title": layer.definition.title.in_language(language),
            "version": layer.version,
            "geometry": layer.definition.geometry,
            "style": f"/ogcapi/collections/{layer.id}/style?{urlencode({'lang': code, 'v': layer.version})}",
            "bounds": layer.bbox,
            "order": layer.definition.order,
            "attribution": layer.definition.attribution.in_language(language),
            "minZoom": layer.definition.zoom.min,
            "thinnedBelow": thinned_below(layer.feature_count, layer.definition.geometry),
            "critical": layer.definition.critical,
            "name": _name_columns(layer, code),
            "at": _instant(layer),
        }
        for layer in available
        if layer.definition.geometry != "none" and layer.feature_count
    ]


def _instant(layer: PublishedLayer) -> str | None:
    """Return the `datetime` that the layer's tiles are asked for with, None for the present ones."""
    return f"{layer.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(layer, PastLayer) else None


def _name_columns(layer: PublishedLayer, language: str) -> list[str]:
    """Return the columns in which the client finds a feature's name in its tile, best first."""
    roles = (Role.name_en, Role.name) if language == "en" else (Role.name, Role.name_en)
    found = [layer.definition.with_role(role) for role in roles]
    return [attribute.name for attribute in found if attribute]


def client_settings(available: list[PublishedLayer], found: Answer) -> dict[str, Any]:
    """Return the settings that the page hands to the client as JSON."""
    municipality = facts.municipality()
    return {
        "language": "en" if (get_language() or "uk").startswith("en") else "uk",
        "map": reverse("publicmap:map"),
        "results": reverse("publicmap:results"),
        "layers": client_layers(available),
        "base": base_layers(available),
        "chosen": list(found.query.layers),
        "filtered": found.query.filtered,
        "bounds": found.bounds,
        "community": municipality.bounds["community"],
        "words": client_words(),
    }


def client_words() -> dict[str, str]:
    """Return the texts that the client itself shows."""
    return {
        "map": _("Map of the chosen layers. Move it with the arrow keys, zoom with plus and minus."),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "locate": _("Show where I am"),
        "locateDenied": _("The device did not tell where you are. Allow it in the browser's settings and try again."),
        "fit": _("Show everything found"),
        "open": _("Open the place’s card"),
        "zoomed": _("Zoom in to see these layers on the map:"),
        "sparse": _("From so far away the map shows only some places of these layers; the list has all of them:"),
        "none": _("There are no places in this part of the map. Move it or zoom out."),
        "ofMore": _("%(place)s of more than %(all)s"),
        "failed": _("The map could not be loaded. The list has the same places."),
        "incomplete": _("This layer can’t be drawn on the map just now, the list shows it:"),
        "offline": _("The server did not answer. Check the connection and try again."),
        "attribution": _("Sources of the data"),
    }
