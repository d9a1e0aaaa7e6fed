"""What keeps and finds documents: the base of PostgreSQL's backend and of those that may come beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.search.document import Document, Reference, Words

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Viewer:
    """Who searches. level: whose documents are in reach; layers: those that they may view; demo: also demonstration data."""

    level: Level
    layers: frozenset[str]
    demo: bool


@dataclass(frozen=True)
class Question:
    """What is looked for.

    readings: ways to read the words, each a list of the keys that a word may have; empty: everything matches.
    prefix: the last word is only begun; any_word: one word is enough.
    begins: the words as typed, folded: titles that begin so come first.
    kinds, collections: one of them, empty for all. bbox: west, south, east, north in degrees. since, until: days, inclusive;
        documents without a date are then left out. keys: exact keys, one of which the document must answer to.
    """

    readings: tuple[tuple[frozenset[str], ...], ...] = ()
    prefix: bool = False
    any_word: bool = False
    begins: str = ""
    kinds: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    bbox: Box | None = None
    since: date | None = None
    until: date | None = None
    keys: tuple[str, ...] = ()
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True)
class Hit:
    """A document that was found. geometry: GeoJSON as text (EPSG:4326) or None; point: longitude, latitude on it."""

    collection: str
    id: str
    kind: str
    title: Words
    subtitle: Words
    alternatives: tuple[str, ...]
    body: Words
    url: str
    score: float
    is_demo: bool
    geometry: str | None
    point: tuple[float, float] | None
    data: dict
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Hits:
    """An answer: how many there are in all, by kind and by collection (the other filters applied), and one page of them."""

    total: int
    kinds: dict[str, int] = field(default_factory=dict)
    collections: dict[str, int] = field(default_factory=dict)
    items: tuple[Hit, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A name that begins as was typed. count: documents of this name and kind."""

    kind: str
    collection: str
    id: str
    title: Words
    subtitle: Words
    url: str
    count: int
    is_demo: bool


class Backend(ABC):
    """Keeps documents and finds them; visibility is part of every question."""

    @abstractmethod
    def index(self, documents: Iterable[Document]) -> int:
        """Keep `documents`, in place of those of the same name; return how many differ from what was kept."""

    @abstractmethod
    def remove(self, references: Iterable[Reference], levels: Iterable[Level] = SERVED_LEVELS) -> int:
        """Forget the forms of these documents that any of `levels` sees; return how many there were."""

    @abstractmethod
    def retain(self, collection: str, ids: Iterable[str], levels: Iterable[Level] = SERVED_LEVELS) -> int:
        """Forget what `collection` holds for any of `levels` besides `ids`; return how many there were."""

    @abstractmethod
    def search(self, question: Question, viewer: Viewer) -> Hits:
        """Return what `viewer` may see of what `question` asks for, the best first."""

    @abstractmethod
    def suggest(self, question: Question, viewer: Viewer) -> list[Suggestion]:
        """Return names that hold the words of `question`, the last of them begun."""

    @abstractmethod
    def near_words(self, word: str, viewer: Viewer, *, prefix: bool = False) -> list[str]:
        """Return words of names that `word` may be a slip of, the likeliest first; itself when it is one.

        prefix: the word may be only begun.
        """
