"""Distances on foot in words: how far, how many minutes, how they were measured, or why they are straight."""

from __future__ import annotations

from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from geoplatform.places import words
from geoplatform.publicmap import onfoot
from geoplatform.publicmap.answer import Item
from geoplatform.publicmap.onfoot import Walks
from geoplatform.publicmap.query import Query


def away(metres: float, bearing: float | None, walks: Walks) -> str:
    """Return a way and in which direction it leads as a whole: «900 метрів пішки (12 хвилин) на північ»."""
    told = _distance(metres, walks)
    return told if bearing is None else f"{told} {words.direction(bearing, _language())}"


def limit(metres: int, walks: Walks | None) -> str:
    """Return how far was asked: «900 метрів», «900 метрів пішки (12 хвилин)»."""
    return _distance(metres, walks) if walks and walks.reach else words.distance(metres, _language())


def measured(query: Query, walks: Walks | None) -> str:
    """Return how distances from the query's origin were measured, and if not on foot as was asked, why; "" without an origin."""
    if query.near is None:
        return ""
    if walks is None:
        return _("Distances are straight lines.")
    told = [_how(query, walks)]
    if walks.astray:
        more = ngettext(
            "%(count)d more place is near in a straight line, but no way to it is known.",
            "%(count)d more places are near in a straight line, but no way to them is known.",
            walks.astray,
        )
        told.append(more % {"count": walks.astray})
    return " ".join(told)


def measured_to(item: Item, query: Query, walks: Walks | None) -> str:
    """Return how the distance of one place from the query's origin was measured; "" where none is told."""
    if query.near is None or item.metres is None or item.metres < 1:
        return ""
    if walks is None:
        return _("The distance is a straight line.")
    if walks.reach and item.walked is None and query.within:
        out_of_reach = _("On foot it is further than %(distance)s, or no way is known: the distance is a straight line.")
        return out_of_reach % {"distance": words.distance(query.within, _language())}
    return _how(query, walks)


def _how(query: Query, walks: Walks) -> str:
    if walks.reach is None:
        return {
            "none": _("No street network is loaded here: distances are straight."),
            "far": _("There is no street or path near the start: distances are straight."),
            "many": _("There are too many places to look for ways to: distances are straight. Ask for fewer layers or less far."),
        }[walks.why]
    how = (
        _("Measured along streets and paths at %(speed)s km/h.")
        if walks.gait.steps
        else _("Measured along streets and paths without stairs at %(speed)s km/h.")
    )
    told = [how % {"speed": formats.number_format(round(walks.gait.speed * 3.6, 1), 1)}]
    if walks.demo:
        told.append(_("These streets are demonstration data."))
    if query.asof:
        told.append(_("The streets are those of today, not of that time."))
    return " ".join(told)


def _distance(metres: float, walks: Walks) -> str:
    count = onfoot.minutes(metres, walks.gait)
    return _("%(distance)s on foot (%(minutes)s)") % {
        "distance": words.distance(metres, _language()),
        "minutes": ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count},
    }


def _language() -> str:
    return get_language() or "uk"
