"""From a document's texts to what is stored of them: tsvector literals of keys with weights and positions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from geoplatform.search import language
from geoplatform.search.document import Document

#: Words of one document that are looked at; PostgreSQL counts positions up to 16383.
MAX_WORDS = 12_000
#: Between two texts, so that the last word of one is no neighbour of the next one's first.
_GAP = 8


class Analysed(NamedTuple):
    """The tsvector literals of a document, and the words of its names that a mistyped word may have meant."""

    lexemes: str
    names: str
    words: frozenset[str]


def analysed(document: Document) -> Analysed:
    """Return what is stored of the document's words.

    Weights: A titles, B other names and the subtitle, C words to be found by, D the body. Names are also kept as they sound in
    Latin letters.
    """
    everything, names = _Vector(), _Vector()
    for text in dict.fromkeys(document.title):
        everything.add(text, "A", latin=True)
        names.add(text, "A", latin=True)
    for text in document.alternatives:
        everything.add(text, "B", latin=True)
        names.add(text, "B", latin=True)
    for text in dict.fromkeys(document.subtitle):
        everything.add(text, "B")
    for text in document.more:
        everything.add(text, "C")
    for text in dict.fromkeys(document.body):
        everything.add(text, "D")
    return Analysed(everything.literal(), names.literal(), frozenset(key for key in names.places if _is_word(key)))


def sort_key(text: str) -> str:
    """Return the words of `text` as a beginning that somebody types is compared with: without «вулиця», unless that is all."""
    words = language.words(text)
    own = [word for word in words if language.STREET_WORDS.get(word, word) not in language.STREET_KINDS]
    return " ".join(language.folded(word) for word in own or words)[:200]


def query_literal(alternatives: Iterable[Iterable[frozenset[str]]], *, prefix: bool = False, any_word: bool = False) -> str:
    """Return the tsquery for readings of a query, each a list of words given as their possible keys; "" when there is no word.

    prefix: the last word of each reading is only begun. any_word: one of the words is enough.
    """
    readings = []
    for words in alternatives:
        groups = [sorted(keys) for keys in words if keys]
        parts = ["(" + "|".join(f"'{key}'" for key in group) + ")" for group in groups[:-1]]
        if groups:
            parts.append("(" + "|".join(f"'{key}'" + (":*" if prefix else "") for key in groups[-1]) + ")")
            readings.append("(" + ("|" if any_word else "&").join(parts) + ")")
    return "|".join(dict.fromkeys(readings))


def _is_word(key: str) -> bool:
    return len(key) > 2 and key[0] != "~" and not any(letter.isdigit() for letter in key)


class _Vector:
    """A tsvector in the making."""

    def __init__(self) -> None:
        self.places: dict[str, list[str]] = {}
        self._position = 1
        self._words = 0

    def add(self, text: str, weight: str, *, latin: bool = False) -> None:
        for word in language.words(text):
            self._words += 1
            if self._words > MAX_WORDS:
                return
            for key in language.keys(word) | (language.latin_keys(word) if latin else frozenset()):
                found = self.places.setdefault(key, [])
                if len(found) < 200:  # PostgreSQL keeps 255 places of a lexeme
                    found.append(f"{self._position}{weight}")
            self._position += 1
        self._position += _GAP

    def literal(self) -> str:
        """Return the text that PostgreSQL reads as this tsvector; keys hold letters, digits and ~ only."""
        return " ".join(f"'{key}':{','.join(places)}" for key, places in sorted(self.places.items()))
