"""Reads the query parameters of an items request; whatever has no sense is a Problem 400 that says so."""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from geoplatform.serving import cql2, filters
from geoplatform.serving.crs import CRS84, Box, Crs, boxes, named
from geoplatform.serving.problems import bad_request, shortened
from geoplatform.serving.publication import ServedLayer

DEFAULT_LIMIT = 10
MAX_LIMIT = 10_000
#: Deeper pages are reached by following `next`, which costs nothing.
_MAX_OFFSET = 1_000_000
MAX_PRECISION = 15
#: Texts are sorted by so many letters, and by so many properties at most: a link to a further page holds the last ones.
_SORTED_LETTERS, _MAX_TERMS = 200, 8

#: Parameters that are read elsewhere and mean nothing to the query itself.
_PRESENTATION = frozenset(["f", "lang"])
_RESERVED = frozenset(
    (
        *("bbox", "bbox-crs", "crs", "limit", "offset", "after", "resulttype", "datetime", "sortby", "properties"),
        *("skipGeometry", "geometry-precision", "count", "bom", "profile", "filter", "filter-lang", "filter-crs"),
    )
)


@dataclass(frozen=True)
class Term:
    """One term of the order of features: SQL of the column, its SQL type, its collation (SQL), and whether it goes down."""

    column: str
    type: str
    collation: str = ""
    descending: bool = False

    @property
    def order(self) -> str:
        """The term as it stands in an ORDER BY; what has no value comes last."""
        return f"{self.column}{self.collation} {'desc' if self.descending else 'asc'} nulls last"

    def equal(self, value: str | None) -> tuple[str, list[Any]]:
        """Return the condition that the column has `value`, with its parameters."""
        return (f"{self.column} is null", []) if value is None else (f"{self.column} = %s::{self.type}", [value])

    def behind(self, value: str | None) -> tuple[str, list[Any]]:
        """Return the condition that the column comes behind `value` in the order, with its parameters."""
        if value is None:
            return "false", []
        test = f"{self.column}{self.collation} {'<' if self.descending else '>'} %s::{self.type}"
        return (test if self.column in _NEVER_NULL else f"({test} or {self.column} is null)"), [value]


_NEVER_NULL = ("id", "is_demo", "valid_from")
ID = Term("id", "text")
_SINCE = Term("valid_from", "timestamptz")


@dataclass(frozen=True)
class Profile:
    """How features are written.

    crs: of the geometry; precision: digits after the point of its coordinates, at most those of the CRS.
    select: names of properties, or None for all; states: features carry since when and until when they are true.
    json_fg: as JSON-FG, with the geometry in CRS84 beside the one in `crs` when `both`.
    """

    crs: Crs = CRS84
    precision: int = MAX_PRECISION
    select: tuple[str, ...] | None = None
    skip_geometry: bool = False
    states: bool = False
    json_fg: bool = False
    both: bool = False


@dataclass
class ItemsQuery:
    """What features are asked for, and how they are to be shown.

    conditions: SQL conditions, each with its parameters, that all must hold.
    order: by what features are sorted, the id last. after: the values of these terms in the last feature already read, or None.
    limit: how many at most, `bounded` when the client asked for so many; offset: how many to pass over.
    count: whether all matches are to be counted; None: where it is cheap. hits: only count.
    bom: begin a CSV file with the mark by which spreadsheets know UTF-8.
    """

    profile: Profile = Profile()
    limit: int = DEFAULT_LIMIT
    bounded: bool = False
    offset: int = 0
    after: list[str | None] | None = None
    conditions: list[tuple[str, list[Any]]] = field(default_factory=list)
    order: tuple[Term, ...] = (ID,)
    count: bool | None = None
    hits: bool = False
    bom: bool = False


def single_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return query parameters as a dictionary; raises Problem 400 for one given twice or one that holds a NUL."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise bad_request(f"{shortened(name)}: holds a NUL character")
        if name in values:
            raise bad_request(f"{shortened(name)}: is given twice")
        values[name] = value
    return values


def items_query(layer: ServedLayer, given: dict[str, str], *, json_fg: bool = False) -> ItemsQuery:
    """Return the query that the parameters of an items request mean for `layer`; raises Problem 400.

    json_fg: the features are to be written as JSON-FG.
    """
    period, states = _period(layer, given)
    order = _sortby(layer, given["sortby"]) if "sortby" in given else []
    order += [ID, _SINCE] if states else [ID]
    query = ItemsQuery(
        profile=profile(layer, given, json_fg=json_fg, states=states),
        limit=min(integer(given, "limit", DEFAULT_LIMIT, 1), MAX_LIMIT),
        bounded="limit" in given,
        offset=integer(given, "offset", 0, 0),
        order=tuple(order),
        after=_cursor(given["after"], len(order)) if "after" in given else None,
        count=_boolean(given["count"], "count") if "count" in given else None,
        hits=_hits(given.get("resulttype", "results")),
        bom=_boolean(given.get("bom", "false"), "bom"),
    )
    if query.offset > _MAX_OFFSET:
        raise bad_request(f"offset: above {_MAX_OFFSET}; follow the next links instead")
    if query.after is not None and query.offset:
        raise bad_request("after: does not go with offset; follow the next link as it is")
    query.conditions = [*_area(layer, given), *period, *_filter(layer, given), *_properties(layer, given)]
    return query


def profile(layer: ServedLayer, given: dict[str, str], *, json_fg: bool = False, states: bool = False) -> Profile:
    """Return how features are to be written; raises Problem 400."""
    known = JSON_FG_PROFILES if json_fg else ()
    wanted = given.get("profile")
    if wanted is not None and wanted not in known:
        offered = f"use one of {', '.join(known)}" if known else "only f=jsonfg has profiles"
        raise bad_request(f"profile: {shortened(wanted)} is not offered here; {offered}")
    precision = integer(given, "geometry-precision", MAX_PRECISION, 0)
    if precision > MAX_PRECISION:
        raise bad_request(f"geometry-precision: {precision} is above {MAX_PRECISION} digits")
    return Profile(
        crs=named(given["crs"], "crs") if "crs" in given else CRS84,
        precision=precision,
        select=_selected(layer, given["properties"]) if "properties" in given else None,
        skip_geometry=_boolean(given.get("skipGeometry", "false"), "skipGeometry"),
        states=states,
        json_fg=json_fg,
        both=wanted == "jsonfg-plus",
    )


#: How JSON-FG is written: with the geometry only in the CRS asked for, or in CRS84 too, for readers of GeoJSON.
JSON_FG_PROFILES = ("jsonfg", "jsonfg-plus")


def cursor(values: list[str | None]) -> str:
    """Return the opaque `after` value that continues behind the feature with these values of the order's terms."""
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).decode().rstrip("=")


def _cursor(text: str, terms: int) -> list[str | None]:
    try:
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode())
    except (binascii.Error, ValueError, RecursionError):
        values = None
    if (
        not isinstance(values, list)
        or len(values) != terms
        or not all(value is None or (isinstance(value, str) and _is_clean(value)) for value in values)
        or values[-1] is None
    ):
        raise bad_request("after: not a cursor of this service for this order; follow the next link as it is")
    return values


def _is_clean(text: str) -> bool:
    """Return whether PostgreSQL takes the text: no NUL, no half of a character."""
    return not any(ord(letter) == 0 or 0xD800 <= ord(letter) < 0xE000 for letter in text)


def integer(given: dict[str, str], name: str, default: int, least: int) -> int:
    """Return the whole number that the parameter `name` gives; raises Problem 400 when it is none or below `least`."""
    text = given.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise bad_request(f"{name}: {shortened(text)} is not a whole number from {least} up")
    return int(text)


def numbers(text: str) -> list[int]:
    """Return the rising whole numbers of which `only` gives the differences, in base 36, joined by dots; raises Problem 400."""
    parts = text.split(".")
    if not all(part.isascii() and part.isalnum() and len(part) <= 11 for part in parts):
        raise bad_request("only: give the differences between rising numbers of features, in base 36, joined by dots")
    found = list(itertools.accumulate(int(part, 36) for part in parts))
    if found[-1] >= 2**63:
        raise bad_request("only: there is no feature of such a number")
    return found


def _boolean(text: str, name: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise bad_request(f"{name}: {shortened(text)} is neither true nor false")
    return text.lower() == "true"


def _hits(text: str) -> bool:
    if text not in ("results", "hits"):
        raise bad_request(f"resulttype: {shortened(text)} is neither results nor hits")
    return text == "hits"


def _sortby(layer: ServedLayer, text: str) -> list[Term]:
    terms = []
    for part in text.split(","):
        descending, name = part.startswith("-"), part.removeprefix("+").removeprefix("-").strip()
        column, kind = _known(layer, name, "sortby")
        if kind in ("json", "multiple"):
            raise bad_request(f"sortby: {name} holds several values and has no order")
        collation = ""
        if kind == "text" and name != "id":  # in the order of the Ukrainian alphabet; ids in that of their bytes, as the paging
            column, collation = f"left({column}, {_SORTED_LETTERS})", ' collate "uk-x-icu"'
        terms.append(Term(column, _SQL_TYPES[kind], collation, descending))
    if len(terms) > _MAX_TERMS:
        raise bad_request(f"sortby: more than {_MAX_TERMS} properties")
    return terms


_SQL_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}


def _selected(layer: ServedLayer, text: str) -> tuple[str, ...]:
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in layer.property_names:
            raise bad_request(f"properties: there is no property {shortened(name)}; known are {_names(layer.property_names)}")
    return tuple(name for name in layer.property_names if name in names)


def _area(layer: ServedLayer, given: dict[str, str]) -> list[tuple[str, list[Any]]]:
    if "bbox" not in given:
        if "bbox-crs" in given:
            raise bad_request("bbox-crs: is given without a bbox")
        return []
    crs = named(given["bbox-crs"], "bbox-crs") if "bbox-crs" in given else CRS84
    areas = boxes(given["bbox"], crs)
    if not areas or not layer.has_geometry:
        return [("false", [])]
    return [_any_of(areas)]


def _any_of(areas: list[Box]) -> tuple[str, list[Any]]:
    from geoplatform.serving.crs import box_condition

    parts = [box_condition(area) for area in areas]
    return "(" + " or ".join(sql for sql, _ in parts) + ")", [value for _, values in parts for value in values]


def _period(layer: ServedLayer, given: dict[str, str]) -> tuple[list[tuple[str, list[Any]]], bool]:
    """Return the condition of `datetime` over the layer's states, and whether one was given.

    An instant asks for what was true then (of a day: at its end, UTC); an interval for every state that was true in it.
    """
    text = given.get("datetime")
    if text is None:
        return [], False
    if not layer.has_states:
        raise bad_request(f"datetime: {layer.id} shows numbers of features instead of features and has no past states")
    start, slash, end = text.partition("/")
    if not slash:
        instant(start, time.min)
        return [(f"{layer.valid} @> %s::timestamptz", [instant(start, time.max)])], True
    first = None if start in ("", "..") else instant(start, time.min)
    last = None if end in ("", "..") else instant(end, time.max)
    if first is None and last is None and not (start or end):
        raise bad_request("datetime: an interval needs at least one end")
    if first is not None and last is not None and first > last:
        raise bad_request("datetime: the interval ends before it starts")
    return [(f"{layer.valid} && tstzrange(%s::timestamptz, %s::timestamptz, '[]')", [first, last])], True


def moment(layer: ServedLayer, text: str) -> list[tuple[str, list[Any]]]:
    """Return the condition of a `datetime` that must be one instant; raises Problem 400."""
    if "/" in text:
        raise bad_request("datetime: one feature is asked for at one instant; for all its states use items?id=…&datetime=../..")
    return _period(layer, {"datetime": text})[0]


def state_at(layer: ServedLayer, text: str) -> datetime:
    """Return the instant that a `datetime` asks for the layer's states at; raises Problem 400."""
    if not layer.has_states:
        raise bad_request(f"datetime: {layer.id} shows numbers of features instead of features and has no past states")
    if "/" in text:
        raise bad_request("datetime: a tile shows what was true at one instant, not in an interval")
    return instant(text, time.max)


def instant(text: str, at: time) -> datetime:
    """Return the moment that the text of a `datetime` means, of a day the time `at` (UTC); raises Problem 400."""
    if "T" in text or "t" in text:
        return cql2.read_timestamp(text, "datetime")
    return datetime.combine(cql2.read_date(text, "datetime"), at, UTC)


def _filter(layer: ServedLayer, given: dict[str, str]) -> list[tuple[str, list[Any]]]:
    if "filter" not in given:
        for name in ("filter-lang", "filter-crs"):
            if name in given:
                raise bad_request(f"{name}: is given without a filter")
        return []
    language = given.get("filter-lang", "cql2-text")
    if language not in cql2.LANGUAGES:
        raise bad_request(f"filter-lang: {shortened(language)} is neither cql2-text nor cql2-json")
    crs = named(given["filter-crs"], "filter-crs") if "filter-crs" in given else CRS84
    parsed = cql2.parse(given["filter"], language)
    return [filters.condition(parsed, layer.columns, layer.has_geometry, crs)]


def _properties(layer: ServedLayer, given: dict[str, str]) -> list[tuple[str, list[Any]]]:
    """Return one condition for each parameter that names a property."""
    conditions = []
    for name, text in given.items():
        if name in _RESERVED or name in _PRESENTATION:
            continue
        column, kind = _known(layer, name, "parameter")
        if kind == "multiple":
            conditions.append((f"%s::text = any({column})", [text]))
        elif kind == "json":
            raise bad_request(f"{name}: holds a structure and can't be filtered")
        else:
            value, sql_type = _typed(name, kind, text)
            conditions.append((f"{column} = %s::{sql_type}", [value]))
    return conditions


def _known(layer: ServedLayer, name: str, parameter: str) -> tuple[str, str]:
    try:
        return layer.columns[name]
    except KeyError:
        known = _names(
            [*sorted(_RESERVED), *sorted(_PRESENTATION), *layer.columns] if parameter == "parameter" else layer.columns
        )
        raise bad_request(f"{parameter}: there is no {shortened(name)} here; known are {known}") from None


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _typed(name: str, kind: str, text: str) -> tuple[Any, str]:
    """Return the value of a property filter and its SQL type; raises Problem 400 when it is not of the property's kind."""
    if kind == "integer":
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 18:
            return int(text), "bigint"
        raise bad_request(f"{name}: {shortened(text)} is not a whole number")
    if kind == "number":
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value, "double precision"
        raise bad_request(f"{name}: {shortened(text)} is not a number")
    if kind == "boolean":
        return _boolean(text, name), "boolean"
    if kind == "date":
        return cql2.read_date(text, name), "date"
    if kind == "datetime":
        return cql2.read_timestamp(text, name), "timestamptz"
    return text, "text"
