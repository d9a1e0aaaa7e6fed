"""Reads the query parameters of an items request; whatever has no sense is a Problem 400 that says so."""

from __future__ import annotations

import base64
import binascii
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
_MAX_OFFSET = 1_000_000_000

#: Parameters that are read elsewhere and mean nothing to the query itself.
_PRESENTATION = frozenset(["f", "lang"])
_RESERVED = frozenset(
    (
        *("bbox", "bbox-crs", "crs", "limit", "offset", "after", "resulttype", "datetime", "sortby", "properties"),
        *("skipGeometry", "filter", "filter-lang", "filter-crs"),
    )
)


@dataclass
class ItemsQuery:
    """What features are asked for, and how they are to be shown.

    conditions: SQL conditions, each with its parameters, that all must hold.
    after: id of the last feature already read, or None; offset: how many to pass over.
    sortby: SQL order terms before the id; select: names of properties, or None for all; hits: only count.
    """

    crs: Crs = CRS84
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    after: str | None = None
    conditions: list[tuple[str, list[Any]]] = field(default_factory=list)
    sortby: list[str] = field(default_factory=list)
    select: tuple[str, ...] | None = None
    skip_geometry: bool = False
    hits: bool = False


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


def items_query(layer: ServedLayer, given: dict[str, str]) -> ItemsQuery:
    """Return the query that the parameters of an items request mean for `layer`; raises Problem 400."""
    query = ItemsQuery(
        crs=named(given["crs"], "crs") if "crs" in given else CRS84,
        limit=min(_integer(given, "limit", DEFAULT_LIMIT, 1), MAX_LIMIT),
        offset=_integer(given, "offset", 0, 0),
        after=_cursor(given["after"]) if "after" in given else None,
        skip_geometry=_boolean(given.get("skipGeometry", "false"), "skipGeometry"),
        hits=_hits(given.get("resulttype", "results")),
    )
    if query.offset > _MAX_OFFSET:
        raise bad_request(f"offset: above {_MAX_OFFSET}")
    if "sortby" in given:
        query.sortby = _sortby(layer, given["sortby"])
    if query.after is not None and (query.sortby or query.offset):
        raise bad_request("after: goes with neither sortby nor offset; follow the next link as it is")
    if "properties" in given:
        query.select = _selected(layer, given["properties"])
    query.conditions = [*_area(layer, given), *_period(given), *_filter(layer, given), *_properties(layer, given)]
    return query


def cursor(feature_id: str) -> str:
    """Return the opaque `after` value that continues behind the feature."""
    return base64.urlsafe_b64encode(feature_id.encode()).decode().rstrip("=")


def _cursor(text: str) -> str:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = "\0"
    if "\0" in decoded:
        raise bad_request("after: not a cursor of this service; follow the next link as it is")
    return decoded


def _integer(given: dict[str, str], name: str, default: int, least: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise bad_request(f"{name}: {shortened(text)} is not a whole number from {least} up")
    return int(text)


def _boolean(text: str, name: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise bad_request(f"{name}: {shortened(text)} is neither true nor false")
    return text.lower() == "true"


def _hits(text: str) -> bool:
    if text not in ("results", "hits"):
        raise bad_request(f"resulttype: {shortened(text)} is neither results nor hits")
    return text == "hits"


def _sortby(layer: ServedLayer, text: str) -> list[str]:
    terms = []
    for part in text.split(","):
        descending, name = part.startswith("-"), part.removeprefix("+").removeprefix("-").strip()
        column, kind = _known(layer, name, "sortby")
        if kind in ("json", "multiple"):
            raise bad_request(f"sortby: {name} holds several values and has no order")
        # Ukrainian text in the order of the Ukrainian alphabet; ids in the order of their bytes, as the paging has them
        collation = ' collate "uk-x-icu"' if kind == "text" and name != "id" else ""
        terms.append(f"{column}{collation} {'desc nulls last' if descending else 'asc nulls last'}")
    return terms


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


def _period(given: dict[str, str]) -> list[tuple[str, list[Any]]]:
    """Return the condition of `datetime`: a feature is what it is from valid_from on."""
    text = given.get("datetime")
    if text is None:
        return []
    start, slash, end = text.partition("/")
    if not slash:
        _moment(start, time.min)
        return [("valid_from <= %s", [_moment(start, time.max)])]
    first = None if start in ("", "..") else _moment(start, time.min)
    last = None if end in ("", "..") else _moment(end, time.max)
    if first is None and last is None and not (start or end):
        raise bad_request("datetime: an interval needs at least one end")
    if first is not None and last is not None and first > last:
        raise bad_request("datetime: the interval ends before it starts")
    return [] if last is None else [("valid_from <= %s", [last])]


def _moment(text: str, at: time) -> datetime:
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
