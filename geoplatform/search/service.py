"""Searching as people do: what was typed is read in every likely way, mended when nothing is found, and answered for who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from psycopg import sql

from geoplatform import config, database
from geoplatform.access import Principal
from geoplatform.layers.definition import Text
from geoplatform.search import analysis, coordinates, language, letters
from geoplatform.search.backend import Backend, Hit, Hits, Question, Suggestion, Viewer
from geoplatform.search.document import KINDS
from geoplatform.search.layer_documents import LAYERS
from geoplatform.search.postgres import PostgresBackend
from geoplatform.search.request import Request
from geoplatform.serving import publication

#: Words of a query that are looked at.
MAX_WORDS = 16
#: Mistyped words that are mended in one query.
MAX_MENDED = 5
SUGGESTIONS = 8

Readings = tuple[tuple[frozenset[str], ...], ...]


@dataclass(frozen=True)
class Answer:
    """What was found.

    way: how the words were read: `exact`, `begun` (the last is the beginning of a word), `alike` (names that sound so: «Ленина»
        finds «Леніна»), `mended` (typing mistakes put right), `some` (not all of the words) or `none`.
    meant: the words as they were mended, for "maybe you meant".
    keys: what was found by, for snippets. place: longitude and latitude when the words are coordinates.
    """

    request: Request
    hits: Hits
    way: Literal["exact", "begun", "alike", "mended", "some", "none"]
    meant: str = ""
    keys: frozenset[str] = frozenset()
    place: tuple[float, float] | None = None
    titles: Titles | None = None


@dataclass(frozen=True)
class Titles:
    """What kinds and collections are called."""

    kinds: dict[str, Text] = field(default_factory=dict)
    collections: dict[str, Text] = field(default_factory=dict)


def backend() -> Backend:
    """Return the backend that answers searches."""
    return PostgresBackend()


def viewer(principal: Principal) -> Viewer:
    """Return what `principal` may search: the documents of its level, of the layers that it may view."""
    seen = publication.current(principal.level).visible_to(principal)
    return Viewer(principal.level, frozenset(seen.layers), config.load().demo)


def titles(principal: Principal) -> Titles:
    """Return the names of kinds and of the collections that `principal` may see. Raises psycopg.Error."""
    seen = publication.current(principal.level).visible_to(principal)
    found = Titles(dict(KINDS), {LAYERS: KINDS["layer"], **{name: layer.definition.title for name, layer in seen.layers.items()}})
    with database.pool(principal.level).connection() as conn:
        view = sql.Identifier(f"pub_{principal.level}", "search_title")
        for of, name, uk, en in conn.execute(sql.SQL("select of, name, uk, en from {}").format(view)):
            (found.kinds if of == "kind" else found.collections).setdefault(name, Text(uk=uk, en=en))
    return found


def search(request: Request, principal: Principal) -> Answer:
    """Answer `request` for `principal`. Raises psycopg.Error when the data can't be read."""
    asks, named = viewer(principal), titles(principal)
    finds = backend()
    place = coordinates.parse(request.q)
    typed = _words(request.q)
    question = Question(
        begins=analysis.sort_key(request.q),
        kinds=request.kinds,
        collections=request.collections,
        bbox=request.bbox,
        since=request.since,
        until=request.until,
        limit=request.limit,
        offset=request.offset,
    )
    if place is not None or (request.q and not typed):
        return Answer(request, Hits(0), "none" if place is None else "exact", place=place, titles=named)
    readings = all_readings(typed, request.q)

    def ask(way: Literal["exact", "begun", "alike", "some"], **changes: object) -> Answer | None:
        hits = finds.search(replace(question, **changes), asks)
        # a filter by kind may leave nothing of what the words do find: that is no reason to read them otherwise
        if not hits.total and not any(hits.kinds.values()):
            return None
        return Answer(request, hits, way, keys=_all_keys(readings), titles=named)

    found = ask("exact", readings=readings)
    if found is None and typed:
        found = ask("begun", readings=readings, prefix=True) or ask("alike", readings=(sounds(typed),))
    if found is not None:
        return found
    mended = _mended(finds, typed, asks)
    if mended:
        words = " ".join(mended)
        fixed = all_readings(mended, words)
        hits = finds.search(replace(question, readings=fixed, begins=analysis.sort_key(words)), asks)
        if hits.total:
            return Answer(request, hits, "mended", meant=words, keys=_all_keys(fixed), titles=named)
    found = ask("some", readings=all_readings(mended or typed, request.q), any_word=True) if len(typed) > 1 else None
    return found or Answer(request, Hits(0), "none", titles=named)


def suggest(text: str, principal: Principal, limit: int = SUGGESTIONS) -> list[Suggestion]:
    """Return names that begin as, or hold, what was typed so far; mended when there are none. Raises psycopg.Error."""
    typed = _words(text, keep_last=not text.endswith(" "))
    if not typed or (len(typed) == 1 and len(typed[0]) < 2):
        return []
    asks, finds = viewer(principal), backend()
    question = Question(all_readings(typed, text), prefix=True, begins=analysis.sort_key(text), limit=limit)
    found = finds.suggest(question, asks)
    if not found:
        mended = _mended(finds, typed, asks, prefix=True)
        if mended:
            words = " ".join(mended)
            found = finds.suggest(replace(question, readings=all_readings(mended, words), begins=analysis.sort_key(words)), asks)
    return found


def by_keys(keys: tuple[str, ...], asks: Viewer, *, kinds: tuple[str, ...] = (), limit: int = 100) -> tuple[Hit, ...]:
    """Return the documents that answer to one of the exact `keys`. Raises psycopg.Error."""
    return backend().search(Question(keys=keys, kinds=kinds, limit=limit), asks).items if keys else ()


def all_readings(words: list[str], text: str) -> Readings:
    """Return the ways to read a query: as typed (Latin letters also as a spelling of Cyrillic ones), and in another layout.

    words: the words that count; text: what was typed, with the characters that are letters of another layout.
    """
    readings = [tuple(word_keys(word) for word in words)]
    for flipped in letters.other_layouts(text):
        others = _words(flipped)
        if others and len(others) <= MAX_WORDS:
            readings.append(tuple(language.keys(word) for word in others))
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def sounds(words: list[str]) -> tuple[frozenset[str], ...]:
    """Return a reading by which Cyrillic words find names spelled in another language but sounding alike."""
    return tuple(word_keys(word) | language.latin_keys(word) for word in words)


def word_keys(word: str) -> frozenset[str]:
    """Return the keys of a word somebody typed: lemmas, what its Latin letters sound like, look-alikes."""
    found = language.keys(word)
    if language.is_latin(word):
        found |= {"~" + letters.skeleton(word)}
        if letters.only_look_alikes(word):
            found |= language.keys(letters.to_cyrillic(word))
    return found


def _words(text: str, *, keep_last: bool = False) -> list[str]:
    """Return the words of a query without those that say nothing, unless it has no others.

    keep_last: the last word is still being typed, so it may become another.
    """
    words = language.words(text)[:MAX_WORDS]
    counted = [
        word for number, word in enumerate(words) if word not in language.STOP_WORDS or (keep_last and number == len(words) - 1)
    ]
    return counted or words


def _mended(finds: Backend, words: list[str], asks: Viewer, *, prefix: bool = False) -> list[str]:
    """Return the words with those that are in no name replaced by the nearest that is; empty when there is nothing to mend.

    prefix: the last word is only begun.
    """
    mended, changed = [], 0
    for number, word in enumerate(words):
        better = word
        if len(word) > 3 and changed < MAX_MENDED and not re.search(r"\d", word):
            better = _nearest(finds, word, asks, prefix and number == len(words) - 1) or word
        changed += better != word
        mended.append(better)
    return mended if changed else []


def _nearest(finds: Backend, word: str, asks: Viewer, prefix: bool) -> str | None:
    near = finds.near_words(language.folded(word), asks, prefix=prefix)
    if near:
        return word if near[0] == language.folded(word) else near[0]
    for flipped in letters.other_layouts(word):
        near = [other for part in language.words(flipped)[:1] for other in finds.near_words(language.folded(part), asks)]
        if near:
            return near[0]
    return None


def _all_keys(readings: Readings) -> frozenset[str]:
    return frozenset(key for reading in readings for keys in reading for key in keys if not key.startswith("~"))
