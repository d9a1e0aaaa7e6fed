"""What is published to everybody now, asked of the database once for each change of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg import Connection

from geoplatform.layers import published
from geoplatform.layers.definition import Level, Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.vocabulary import Term, Theme
from geoplatform.portal import facts
from geoplatform.publicmap.past import PastLayer

#: Dates of the last check move without a new serial; a page may show them this many seconds late.
MAX_AGE = 20.0

_lock = threading.Lock()
_kept: tuple[str, int, float, list[PublishedLayer]] | None = None


def layers(conn: Connection) -> list[PublishedLayer]:
    """Return the layers that everybody may see, by theme and then in their order. `conn` belongs to the public role."""
    global _kept
    serial = published.serial(conn, Level.public)
    database = conn.info.dsn
    with _lock:
        if _kept and _kept[:2] == (database, serial) and time.monotonic() - _kept[2] < MAX_AGE:
            return _kept[3]
    rank = {theme.id: position for position, theme in enumerate(facts.themes())}
    fresh = sorted(published.read(conn, Level.public), key=lambda layer: rank.get(layer.definition.theme, len(rank)))
    with _lock:
        _kept = (database, serial, time.monotonic(), fresh)
    return fresh


def forget() -> None:
    """Ask the database anew at the next request, whatever is remembered."""
    global _kept
    with _lock:
        _kept = None


@dataclass(frozen=True)
class ThemeGroup:
    """Layers of one theme; `theme` is None for layers whose theme is unknown."""

    theme: Theme | None
    layers: list[PublishedLayer]


def by_theme(available: list[PublishedLayer]) -> list[ThemeGroup]:
    """Group layers by theme, keeping the layers' order."""
    groups: dict[str, ThemeGroup] = {}
    for layer in available:
        key = layer.theme.id if layer.theme else ""
        groups.setdefault(key, ThemeGroup(layer.theme, [])).layers.append(layer)
    return list(groups.values())


@dataclass(frozen=True)
class Freshness:
    """Whether a layer's promise to be checked every so many days is kept.

    state: `empty` without data, `kept`, or `broken`; `checked`: when the source last answered soundly.
    """

    state: Literal["empty", "kept", "broken"]
    checked: datetime | None
    promise_days: int


def freshness(layer: PublishedLayer, now: datetime) -> Freshness:
    """Compare the layer's last sound check with its promise, as of `now` (aware). Of the past no promise is asked for."""
    days = layer.definition.update_promise_days
    if isinstance(layer, PastLayer):
        return Freshness("kept" if layer.feature_count else "empty", None, days)
    if not layer.feature_count:
        return Freshness("empty", layer.checked_at, days)
    late = layer.checked_at is None or now - layer.checked_at > timedelta(days=days)
    return Freshness("broken" if late else "kept", layer.checked_at, days)


def terms(layer: PublishedLayer, attribute: str) -> dict[str, Term]:
    """Return the terms that `attribute` takes its values from, by code; empty when it has no vocabulary."""
    vocabulary = layer.vocabularies.get(layer.definition.attribute(attribute).vocabulary or "")
    return {term.code: term for term in vocabulary.terms} if vocabulary else {}


def categories(layer: PublishedLayer) -> dict[str, Term]:
    """Return the categories that the layer's features may have, by code."""
    attribute = layer.definition.with_role(Role.category)
    return terms(layer, attribute.name) if attribute else {}


def with_narrower(codes: tuple[str, ...], known: dict[str, Term]) -> set[str]:
    """Return those of `codes` that are known, with every term below them."""
    found = {code for code in codes if code in known}
    grown = True
    while grown:
        below = {term.code for term in known.values() if term.broader in found} - found
        found |= below
        grown = bool(below)
    return found
