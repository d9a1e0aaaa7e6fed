"""Distances and directions in words, Ukrainian and English."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from geoplatform.places import names
from geoplatform.search import language as lexicon

_DIRECTIONS = (
    ("на північ", "to the north"),
    ("на північний схід", "to the north-east"),
    ("на схід", "to the east"),
    ("на південний схід", "to the south-east"),
    ("на південь", "to the south"),
    ("на південний захід", "to the south-west"),
    ("на захід", "to the west"),
    ("на північний захід", "to the north-west"),
)

#: One, two to four, five and more; the last is also the form after a fraction's whole.
_METRES = ("метр", "метри", "метрів")
_KILOMETRES = ("кілометр", "кілометри", "кілометрів")
_EARTH = 6_371_008.8


def plural(number: int, forms: Sequence[str]) -> str:
    """Return the Ukrainian form that stands after `number`: 1 метр, 3 метри, 11 метрів, 21 метр.

    forms: after one, after two, after five.
    """
    tens, ones = abs(number) % 100, abs(number) % 10
    if ones == 1 and tens != 11:
        return forms[0]
    return forms[1] if 2 <= ones <= 4 and not 12 <= tens <= 14 else forms[2]


def distance(metres: float, language: str) -> str:
    """Return a distance as people say it: to 10 m below 1 km, to 100 m below 10 km, to 1 km above.

    Raises ValueError for what is no distance.
    """
    if not math.isfinite(metres) or metres < 0:
        raise ValueError(f"{metres} is no distance")
    english = language.startswith("en")
    if metres < 10:
        return "less than 10 metres" if english else "менш ніж 10 метрів"
    if metres < 995:
        rounded = round(metres / 10) * 10
        return f"{rounded} metres" if english else f"{rounded} {plural(rounded, _METRES)}"
    if metres < 9_950:
        tenths = round(metres / 100)
        whole, tenth = divmod(tenths, 10)
        if tenth:
            return f"{whole}.{tenth} kilometres" if english else f"{whole},{tenth} кілометра"
    else:
        whole = round(metres / 1000)
    if english:
        return f"{whole} kilometre" if whole == 1 else f"{whole} kilometres"
    return f"{whole} {plural(whole, _KILOMETRES)}"


def direction(bearing: float, language: str) -> str:
    """Return the nearest of the eight directions of the compass; bearing: degrees clockwise from north."""
    uk, en = _DIRECTIONS[round((bearing % 360) / 45) % 8]
    return en if language.startswith("en") else uk


def away(metres: float, bearing: float, language: str) -> str:
    """Return distance and direction together: «300 метрів на північний схід»."""
    return f"{distance(metres, language)} {direction(bearing, language)}"


def of_name(name: str, language: str) -> str:
    """Return what follows a distance: «від вулиці Садової», «від Кропивницького», `of Sadova Street`.

    A name that no dictionary inflects is left as it is: «від: Xyz».
    """
    if language.startswith("en"):
        return f"of {name}"
    declined = genitive(name)
    return f"від {declined}" if declined else f"від: {name}"


def genitive(name: str) -> str | None:
    """Return a Ukrainian name as it stands after «від» or «уздовж»: «вулиці Садової»; None when no dictionary inflects it."""
    return _inflected(name, "genitive")


def locative(name: str) -> str | None:
    """Return a Ukrainian name as it stands after «у»: «Подільському районі»; None when no dictionary inflects it."""
    return _inflected(name, "locative")


@lru_cache(maxsize=20_000)
def _inflected(name: str, case: Literal["genitive", "locative"]) -> str | None:
    kind = names.street_name(name).kind
    found = []
    for word in name.split():
        reading = lexicon.nominative(word.lower())
        if kind and (reading is None or (reading.part == "NOUN" and names.street_name(word).kind != kind)):
            found.append(word)  # «вулиця Шевченка», «вулиця Перемоги»: in the genitive already
        elif reading is None or (form := getattr(reading, case)) is None:
            return None
        else:
            found.append(_like(word, form))
    return " ".join(found)


def _like(word: str, other: str) -> str:
    """Return `other` with the capital letter and the apostrophe of `word`."""
    mark = next((letter for letter in word if letter in "’ʼ'"), "'")
    other = other.replace("'", mark)
    return other[0].upper() + other[1:] if word[0].isupper() else other


def metres_and_bearing(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the distance (metres) and the bearing (degrees from north) from `start` to `end`, longitude and latitude each."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*start, *end))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    east = math.sin(lon2 - lon1) * math.cos(lat2)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon2 - lon1)
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half))), math.degrees(math.atan2(east, north)) % 360
