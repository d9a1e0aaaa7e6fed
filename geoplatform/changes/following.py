"""What somebody follows: the part of the map's query that a change can be about, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.publicmap import asked_words, conditions, current
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.parameters import Notice, Origin
from geoplatform.publicmap.query import Query, parse

#: The map's parameters that a change can be about.
PARAMETERS = ("layer", "chosen", "q", "category", "accessible", "area", "bbox", "from", "near", "within")


def read(given: QueryDict, available: Sequence[PublishedLayer], origin: Origin | None) -> tuple[Query, list[Notice]]:
    """Read what is followed from an address of the map; where the reader is now is not followed."""
    kept = QueryDict(mutable=True)
    for name in PARAMETERS:
        kept.setlist(name, given.getlist(name))
    query, notices = parse(kept, list(available), origin=origin if origin and not origin.private else None)
    return query, notices


def resolved(conn: Connection, query: Query, available: Sequence[PublishedLayer]) -> Conditions:
    """Look up what `query` refers to. Raises conditions.AreaMissing: to follow everything instead would be something else."""
    return conditions.resolve(conn, query, tuple(available))


def layers(query: Query, available: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers that are followed; those that show numbers instead of places can't be."""
    return [layer for layer in available if layer.id in query.layers and layer.has_states]


def address(query: Query) -> str:
    """Return the query string of what is followed, its layers named one by one."""
    return replace(query, chosen=True, sort="", profile="", open=None, asof=None, page=1, place=None).address()


def told(asked: Conditions, available: Sequence[PublishedLayer]) -> list[str]:
    """Return in words what is followed: layers, where, and what else narrows it."""
    query, language = asked.query, get_language() or "uk"
    titles = [layer.definition.title.in_language(language) for layer in layers(query, available)]
    parts = [_("Layers: %(layers)s") % {"layers": ", ".join(titles)}] if titles else []
    if query.categories:
        terms = {code: term for layer in layers(query, available) for code, term in current.categories(layer).items()}
        kinds = [terms[code].title.in_language(language) for code in query.categories if code in terms]
        parts.append(_("Kinds: %(kinds)s") % {"kinds": ", ".join(kinds)})
    if query.words:
        parts.append(_("With the words: %(words)s") % {"words": " ".join(query.words)})
    parts.append(_("Where: %(where)s") % {"where": where(asked)})
    return parts


def where(asked: Conditions) -> str:
    """Return in words where it is followed."""
    query, language = asked.query, get_language() or "uk"
    parts = []
    if asked.area:
        parts.append(asked_words.where(asked.area))
    if query.near and query.within:
        around = {"distance": words.distance(query.within, language), "place": query.near.text}
        typed, pointed = _("within %(distance)s of “%(place)s”"), _("within %(distance)s of the chosen point")
        parts.append((typed if query.near.text else pointed) % around)
    if query.bbox:
        parts.append(_("in the chosen rectangle"))
    return "; ".join(parts) or _("everywhere")
