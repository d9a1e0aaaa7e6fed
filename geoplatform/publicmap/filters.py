"""The form's choices beside layers and kinds: from where, how far, in which area, open when, accessible how, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.portal import facts
from geoplatform.publicmap import accessibility, areas, ordering, parameters, profiles
from geoplatform.publicmap.answer import Answer
from geoplatform.publicmap.areas import Area
from geoplatform.publicmap.origins import Asked
from geoplatform.walking import network

#: Metres that the form offers.
DISTANCES = (300, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Choice:
    """An option of the form."""

    value: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class AreaGroup:
    """Areas of one layer."""

    title: str
    choices: list[Choice]


@dataclass(frozen=True)
class Other:
    """Another place that the typed address may mean."""

    title: str
    href: str


def of(conn: Connection, available: list[PublishedLayer], found: Answer, asked: Asked) -> dict[str, Any]:
    """Return the context of `filters.html`. `conn` belongs to the public role."""
    query = found.query
    language = get_language() or "uk"
    near = query.near
    return {
        "address": asked.typed,
        "near": parameters.degrees(near.lon, near.lat) if near and not near.private and not near.text else "",
        "private": bool(near and near.private),
        "shared": reverse("publicmap:map") + _shared(found) if near and near.private else "",
        "others": _others(found, asked, language),
        "walk": query.walk,
        "can_walk": query.walk or network.known(conn) is not None,
        "distances": [
            Choice(str(metres), words.distance(metres, language), metres == query.within) for metres in _distances(query.within)
        ],
        "areas": area_groups(conn, available, found.area, language),
        "open_now": bool(query.open and query.open.now),
        "open_at": f"{query.open.at:%Y-%m-%dT%H:%M}" if query.open and not query.open.now else "",
        "features": [
            Choice(code, term.title.in_language(language), code in query.accessible)
            for code, term in accessibility.terms(available).items()
        ],
        "accessible": len(query.accessible),
        "profiles": [Choice(p.id, p.title.in_language(language), p.id == query.profile) for p in profiles.available()],
        "orders": [Choice(order, title, order == query.sort) for order, title in _orders().items() if order in ordering.ORDERS],
        "bbox": parameters.degrees(*query.bbox) if query.bbox else "",
        "clear": reverse("publicmap:map")
        + query.address(
            **{"open": None, "accessible": (), "area": None, "bbox": None, "near": None, "within": None, "walk": False},
            **{"sort": "", "profile": "", "page": 1, "place": None},
        ),
        "any": bool(query.open or query.accessible or query.area or query.bbox or near or query.sort or query.profile),
    }


def _orders() -> dict[str, str]:
    """Return the titles of the orders; an order without one is not offered."""
    return {"name": _("by name"), "distance": _("nearest first"), "fit": _("what fits me best first")}


def _shared(found: Answer) -> str:
    """Return the address that holds the reader's position: only who follows the link puts it there."""
    near = parameters.Origin(found.query.near.lon, found.query.near.lat)  # type: ignore[union-attr]
    return found.query.address(near=near, place=None)


def _distances(chosen: int | None) -> list[int]:
    return sorted({*DISTANCES, *([chosen] if chosen else [])})


def _others(found: Answer, asked: Asked, language: str) -> list[Other]:
    return [
        Other(
            ", ".join(filter(None, (place.title.in_language(language), place.subtitle.in_language(language)))),
            reverse("publicmap:map")
            + found.query.address(near=parameters.Origin(round(place.lon, 5), round(place.lat, 5)), page=1, place=None),
        )
        for place in asked.others
        if place.lon is not None and place.lat is not None
    ]


def area_groups(conn: Connection, available: list[PublishedLayer], chosen: Area | None, language: str) -> list[AreaGroup]:
    """Return the areas that a form offers, the chosen one among them."""
    groups: dict[str, AreaGroup] = {}

    def add(layer: PublishedLayer, feature: str, name: str) -> None:
        is_chosen = chosen is not None and (chosen.layer.id, chosen.id) == (layer.id, feature)
        group = groups.setdefault(layer.id, AreaGroup(layer.definition.title.in_language(language), []))
        group.choices.append(Choice(f"{layer.id}:{feature}", name, is_chosen))

    for offer in areas.offered(conn, available, facts.municipality().bounds["community"]):
        add(offer.layer, offer.id, (offer.name_en or offer.name) if language.startswith("en") else offer.name)
    if chosen and not any(choice.chosen for group in groups.values() for choice in group.choices):
        add(chosen.layer, chosen.id, chosen.in_language(language))
    return list(groups.values())
