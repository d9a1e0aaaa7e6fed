"""Words and their lemmas: the one analysis of texts and queries. A key is a lemma or a word as search stores and compares it."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from geoplatform.search import letters

#: Longer words are cut: no word of a language is longer, and a key must stay small.
MAX_WORD = 60

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´′ʼʹ＇", "'"))
#: Soft hyphen, zero-width characters and the marks of direction.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
#: Acute and grave over a vowel: stress, no letter of its own.
_STRESS = re.compile("[\u0300\u0301]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-z\u00c0-\u024f]")
_UKRAINIAN = re.compile("[іїєґ']")
_RUSSIAN = re.compile("[ыэёъ]")

#: Words that say nothing by themselves; a query of other words does without them.
STOP_WORDS = frozenset(
    [
        "і",
        "й",
        "та",
        "або",
        "а",
        "але",
        "в",
        "у",
        "на",
        "з",
        "із",
        "зі",
        "до",
        "від",
        "за",
        "по",
        "при",
        "про",
        "для",
        "як",
        "що",
        "це",
        "не",
        "над",
        "під",
        "біля",
        "и",
        "или",
        "во",
        "с",
        "со",
        "к",
        "ко",
        "от",
        "о",
        "об",
        "из",
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "and",
        "or",
        "near",
        "by",
    ]
)

#: Kinds of streets as they are abbreviated or called in Russian -> the word that stands for them.
STREET_WORDS = {
    "вул": "вулиця", "ул": "вулиця", "улица": "вулиця", "просп": "проспект", "пр": "проспект", "пров": "провулок",
    "провул": "провулок", "пер": "провулок", "переулок": "провулок", "пл": "площа", "площадь": "площа", "бул": "бульвар",
    "бульв": "бульвар", "шоссе": "шосе", "наб": "набережна", "набережная": "набережна",
    "туп": "тупик", "street": "вулиця", "st": "вулиця", "avenue": "проспект", "ave": "проспект", "lane": "провулок",
    "square": "площа", "boulevard": "бульвар", "blvd": "бульвар",
}  # fmt: skip


#: Kinds of streets; other words for them are in `STREET_WORDS`.
STREET_KINDS = frozenset(
    [
        "вулиця",
        "проспект",
        "провулок",
        "площа",
        "бульвар",
        "проїзд",
        "шосе",
        "набережна",
        "узвіз",
        "тупик",
        "алея",
        "майдан",
        "дорога",
        "в'їзд",
        "квартал",
        "мікрорайон",
        "житломасив",
        "лінія",
    ]
)

_SHORTENED = re.compile(r"\b(?:(пр-т|просп-т)|(б-р)|(пр-д)|(пл-ща))(?!\w)\.?", re.IGNORECASE)
_SHORTENED_FOR = ("проспект", "бульвар", "проїзд", "площа")


@dataclass(frozen=True)
class Token:
    """A word of a text: in small letters with the plain apostrophe; `start` and `end` are its place in the text given."""

    word: str
    start: int
    end: int


def cleaned(text: str) -> str:
    """Return the text composed (NFC), without stress, soft hyphens and invisible characters, with one apostrophe."""
    composed = unicodedata.normalize("NFC", _STRESS.sub("", unicodedata.normalize("NFC", text)))
    return _INVISIBLE.sub("", composed).translate(_APOSTROPHES)


def words(text: str) -> list[str]:
    """Return the words of `text` in order, in small letters, letters of two scripts in one word mended."""
    text = _SHORTENED.sub(lambda found: _SHORTENED_FOR[found.lastindex - 1], cleaned(text))
    return [_mended(found[0].lower())[:MAX_WORD] for found in _WORD.finditer(text)]


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of `text` with their places in it; the text is read as it is but for its apostrophes."""
    for found in _WORD.finditer(text.translate(_APOSTROPHES)):
        yield Token(_mended(cleaned(found[0]).lower())[:MAX_WORD], found.start(), found.end())


def folded(word: str) -> str:
    """Return the word as keys have it: no apostrophe, г for ґ, е for ё."""
    return word.replace("'", "").replace("ґ", "г").replace("ё", "е")


@lru_cache(maxsize=200_000)
def keys(word: str) -> frozenset[str]:
    """Return the keys under which `word` (one of `words`) is found: itself and the lemmas of all its readings, folded.

    Ukrainian and Russian words get lemmas of the language whose letters they have, of both when their letters do not tell;
    words in Latin letters get their English stem.
    """
    found = {folded(word)}
    if word in STREET_WORDS:
        found.add(STREET_WORDS[word])
    if _CYRILLIC.search(word):
        found |= {folded(lemma) for lemma in _lemmas(word)}
        found |= {STREET_WORDS[lemma] for lemma in found & STREET_WORDS.keys()}
    elif _LATIN.search(word):
        found.add(folded(_english(word)))
    return frozenset(key for key in found if key)


@lru_cache(maxsize=200_000)
def latin_keys(word: str) -> frozenset[str]:
    """Return how the word's keys sound in Latin letters, each marked by "~"; empty for a word without Cyrillic ones."""
    if not _CYRILLIC.search(word):
        return frozenset()
    return frozenset("~" + letters.skeleton(letters.romanised(key)) for key in keys(word))


class Reading(NamedTuple):
    """How a known Ukrainian word in the nominative reads.

    part: of speech, NOUN or ADJF. genitive, locative: its forms, None without one; the latter as «подільському».
    """

    part: str
    genitive: str | None
    locative: str | None = None


def nominative(word: str) -> Reading | None:
    """Return the nominative reading of a Ukrainian noun or adjective (singular, small letters); None when it has none."""
    word = cleaned(word)
    with _lock:
        for parse in _analyser("uk").parse(word):
            if parse.is_known and parse.tag.POS in ("NOUN", "ADJF") and parse.tag.case == "nomn" and parse.tag.number != "plur":
                genitive, locative = parse.inflect({"gent"}), parse.inflect({"loct"})
                if locative and locative.word.endswith("ім"):
                    locative = parse.inflect({"datv"})
                return Reading(str(parse.tag.POS), genitive.word if genitive else None, locative.word if locative else None)
    return None


def is_latin(word: str) -> bool:
    """Return whether the word is written in Latin letters only."""
    return bool(_LATIN.search(word)) and not _CYRILLIC.search(word)


def _mended(word: str) -> str:
    """Return the word in one script: a Latin `a` in a Cyrillic word is a slip of the keyboard or of a scan."""
    if _CYRILLIC.search(word) and _LATIN.search(word):
        cyrillic, latin = len(_CYRILLIC.findall(word)), len(_LATIN.findall(word))
        return letters.to_cyrillic(word) if cyrillic >= latin else letters.to_latin(word)
    return word


def _lemmas(word: str) -> set[str]:
    ukrainian, russian = not _RUSSIAN.search(word), not _UKRAINIAN.search(word)
    uk = _parsed("uk", word) if ukrainian else []
    ru = _parsed("ru", word) if russian else []
    known = [form for form, is_known in (*uk, *ru) if is_known]
    if known:
        return set(known)
    # a name that no dictionary has: read by its ending, as Ukrainian if it can be
    return {form for form, _ in (uk or ru)[:3]}


def _parsed(language: str, word: str) -> list[tuple[str, bool]]:
    with _lock:  # the dictionaries' automata are not made for several threads
        return [(parse.normal_form, parse.is_known) for parse in _analyser(language).parse(word)]


def _english(word: str) -> str:
    with _lock:
        return _stemmer().stemWord(word)


_lock = threading.RLock()


@cache
def _analyser(language: str) -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang=language)


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def warm() -> None:
    """Load the dictionaries now (half a second), so that the first visitor does not wait for them."""
    keys("вулиця")
    keys("улицы")
    keys("streets")
