"""What can be found: one model for places, streets, layers, catalogue records and whatever a plugin adds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple

from geoplatform.layers.definition import SERVED_LEVELS, Level, Text

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")

#: The core's kinds of documents and their names; a plugin may bring kinds of its own (`DocumentSource.kinds`).
KINDS: dict[str, Text] = {
    "facility": Text(uk="Заклади й послуги", en="Facilities and services"),
    "street": Text(uk="Вулиці", en="Streets"),
    "address": Text(uk="Адреси", en="Addresses"),
    "settlement": Text(uk="Населені пункти", en="Settlements"),
    "feature": Text(uk="Інші об’єкти на карті", en="Other places on the map"),
    "layer": Text(uk="Шари карти", en="Map layers"),
    "record": Text(uk="Документи каталогу", en="Catalogue records"),
    "coordinates": Text(uk="Координати", en="Coordinates"),
}


class Words(NamedTuple):
    """A text in both languages; either may be empty, then the other is shown."""

    uk: str
    en: str = ""

    def in_language(self, language: str) -> str:
        """Return the text for `language`, the other one where it is empty."""
        return (self.en or self.uk) if language.startswith("en") else (self.uk or self.en)


NOTHING = Words("")


class DocumentError(ValueError):
    """A document that can't be kept; the message is one line that names it."""


@dataclass(frozen=True)
class Document:
    """Something that can be found.

    collection, id: together they name it; collection is a layer's id or a name of the source's own.
    title: what it is called; alternatives: old and other names; both are found first. subtitle: what is shown under the title
        (kind, address). more: words to be found by that are not shown (category, theme). body: running text, for snippets.
    url: the page's path below the site, without the language's prefix.
    levels: who sees it; layers: layers that one must also be allowed to see, none for what hangs on no layer.
    geometry: WKB in EPSG:4326 (longitude first), or None. since, until: the days that it is about, both or neither.
    keys: exact keys that it answers to (`places`); data: facts that go with it, JSON.
    importance: 0 to 1, lifts it among equals.
    """

    collection: str
    id: str
    kind: str
    title: Words
    url: str
    levels: frozenset[Level] = frozenset()
    layers: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    subtitle: Words = NOTHING
    more: tuple[str, ...] = ()
    body: Words = NOTHING
    geometry: bytes | None = None
    since: date | None = None
    until: date | None = None
    keys: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    importance: float = 0.0
    is_demo: bool = False

    def __post_init__(self) -> None:
        where = f"document {self.collection}/{self.id}"[:200]
        if not _NAME.match(self.collection) or not self.id or len(self.id) > 500 or "\0" in self.id:
            raise DocumentError(f"{where}: collection is a-z, 0-9, _ and -, id is 1 to 500 characters")
        if not any(self.title):
            raise DocumentError(f"{where}: has no title")
        if Level.restricted in self.levels:
            raise DocumentError(f"{where}: what is restricted is never indexed")
        if (self.since is None) != (self.until is None) or (self.since and self.until and self.since > self.until):
            raise DocumentError(f"{where}: since and until are given together, in this order")
        if not self.url.startswith("/") or self.url.startswith("//"):
            raise DocumentError(f"{where}: url is a path of this site")

    def digest(self) -> bytes:
        """Return a hash of everything in the document."""
        parts = (f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.name != "levels")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]


class Reference(NamedTuple):
    """The name of a document."""

    collection: str
    id: str


def faces(levels: Iterable[Level]) -> list[str]:
    """Return how the levels that see one form of a document are kept: runs of neighbouring levels by their first letters."""
    wanted, runs = set(levels), [""]
    for level in SERVED_LEVELS:
        runs[-1:] = [runs[-1] + level[0]] if level in wanted else [runs[-1], ""]
    return [run for run in runs if run]
