"""A search as it is asked for: parameters read and checked, with a message in both languages for what makes no sense."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geoplatform.layers.definition import Text
from geoplatform.search.backend import Box

MAX_LENGTH = 300
MAX_LIMIT = 100
MAX_OFFSET = 10_000
MAX_CHOSEN = 50
DEFAULT_LIMIT = 20

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class BadRequest(ValueError):
    """A parameter makes no sense. parameter: its name; message: one line for the reader."""

    def __init__(self, parameter: str, uk: str, en: str):
        self.parameter = parameter
        self.message = Text(uk=uk, en=en)
        super().__init__(f"{parameter}: {en}")


@dataclass(frozen=True)
class Request:
    """What is asked for; see `parse`."""

    q: str = ""
    kinds: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    bbox: Box | None = None
    since: date | None = None
    until: date | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0


#: The parameters that `parse` reads.
PARAMETERS = ("q", "kind", "collection", "bbox", "from", "to", "limit", "offset")


def parse(pairs: Iterable[tuple[str, str]]) -> Request:
    """Read the parameters of a search; others are passed over.

    q: up to 300 characters. kind, collection: codes, given several times or with commas. bbox: west,south,east,north in degrees.
    from, to: days (2026-01-31). limit: 1 to 100; offset: 0 to 10000. Raises BadRequest.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in PARAMETERS:
            given.setdefault(name, []).append(value)
    for name in ("q", "bbox", "from", "to", "limit", "offset"):
        if len(given.get(name, ())) > 1:
            raise BadRequest(name, "указано двічі", "is given twice")
    single = {name: values[0].strip() for name, values in given.items()}
    request = Request(
        q=text(single.get("q", ""), "q"),
        kinds=_codes(given.get("kind", []), "kind"),
        collections=_codes(given.get("collection", []), "collection"),
        bbox=_bbox(single["bbox"]) if single.get("bbox") else None,
        since=_day(single["from"], "from") if single.get("from") else None,
        until=_day(single["to"], "to") if single.get("to") else None,
        limit=_number(single.get("limit") or str(DEFAULT_LIMIT), "limit", 1, MAX_LIMIT),
        offset=_number(single.get("offset") or "0", "offset", 0, MAX_OFFSET),
    )
    if request.since and request.until and request.since > request.until:
        raise BadRequest("to", "кінець періоду раніше за початок", "the period ends before it starts")
    return request


def text(value: str, name: str) -> str:
    """Return words that somebody typed, on one line; raises BadRequest when they are too long or hold a NUL."""
    if "\0" in value or any(0xD800 <= ord(letter) < 0xE000 for letter in value):
        raise BadRequest(name, "містить знак, якого немає в жодній мові", "holds a character of no language")
    value = " ".join(value.split())
    if len(value) > MAX_LENGTH:
        raise BadRequest(
            name,
            f"довше за {MAX_LENGTH} знаків; скоротіть до найважливіших слів",
            f"is longer than {MAX_LENGTH} characters; keep the words that matter",
        )
    return value


def number(value: str, name: str) -> float:
    """Return a finite number; raises BadRequest."""
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadRequest(name, "не число", "is not a number")
    return found


def _codes(values: list[str], name: str) -> tuple[str, ...]:
    codes = [code.strip() for value in values for code in value.split(",") if code.strip()]
    if len(codes) > MAX_CHOSEN or not all(_CODE.match(code) for code in codes):
        raise BadRequest(name, "це не код зі списку", "is not a code of the list")
    return tuple(dict.fromkeys(codes))


def _bbox(value: str) -> Box:
    parts = value.split(",")
    if len(parts) != 4 or len(value) > 200:
        raise BadRequest("bbox", "потрібні чотири числа: захід, південь, схід, північ", "needs west,south,east,north")
    west, south, east, north = (number(part, "bbox") for part in parts)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequest("bbox", "межі не в градусах або переставлені", "is not west,south,east,north in degrees, in this order")
    return west, south, east, north


def _day(value: str, name: str) -> date:
    try:
        if _DAY.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadRequest(name, "дата має бути такою: 2026-01-31", "a day is written 2026-01-31")


def _number(value: str, name: str, least: int, most: int) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 9 or not least <= int(value) <= most:
        raise BadRequest(name, f"потрібне ціле число від {least} до {most}", f"is not a whole number from {least} to {most}")
    return int(value)
