"""Asks PostGIS for features; PostGIS writes the GeoJSON text, which goes to the client as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import Connection, sql

from geoplatform.serving.crs import CRS84, Crs, geojson_expression
from geoplatform.serving.parameters import ItemsQuery, Profile, Term, cursor
from geoplatform.serving.publication import ServedLayer

#: Up to so many matches are counted for each page; beyond, numberMatched is left out (OGC API Features lets it).
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Page:
    """Some features as GeoJSON text.

    features: the members of the `features` array, separated by commas; returned: how many.
    matched: how many match in all, or None when that is not known cheaply or not wanted.
    next: the cursor behind the page's last feature, or None when there are no more.
    """

    features: str
    returned: int
    matched: int | None
    next: str | None


def page(conn: Connection, layer: ServedLayer, query: ItemsQuery) -> Page:
    """Return the page of features that `query` asks for. `conn` belongs to the level's role."""
    if query.hits:
        return Page("", 0, _count(conn, layer, query, None), None)
    conditions = query.conditions if query.after is None else [*query.conditions, _behind(query.order, query.after)]
    where, values = where_clause(conditions)
    statement = _page_statement(layer, query.profile, where, query.order)
    features, found, last = conn.execute(statement, [query.limit, query.limit, *values, query.limit + 1, query.offset]).fetchone()
    returned = min(found, query.limit)
    matched = _matched(conn, layer, query, found)
    return Page(features or "", returned, matched, cursor(last[0]) if found > query.limit else None)


def item(conn: Connection, layer: ServedLayer, feature_id: str, profile: Profile, moment: Conditions) -> tuple[str, int] | None:
    """Return the feature as GeoJSON text with the version of its row, or None when there is no such feature.

    moment: the condition of the moment when it was so, nothing for now; a past state's version is 0.
    """
    where, values = where_clause([("id = %s", [feature_id]), *moment])
    row = conn.execute(_item_statement(layer, profile, where), values).fetchone()
    return (row[0], row[1]) if row else None


#: SQL conditions that all must hold, each with its parameters.
Conditions = list[tuple[str, list[Any]]]


def where_clause(conditions: Conditions) -> tuple[str, list[Any]]:
    """Return the conditions as a WHERE clause (empty when there are none) and their parameters."""
    if not conditions:
        return "", []
    return " where " + " and ".join(text for text, _ in conditions), [value for _, values in conditions for value in values]


def relation(layer: ServedLayer, profile: Profile) -> str:
    """Return the view that features are read from: of the present, or of all states."""
    return layer.states_view if profile.states else layer.view


def _behind(order: tuple[Term, ...], values: list[str | None]) -> tuple[str, list[Any]]:
    """Return the condition that a feature comes behind the one with these values, with its parameters."""
    tests, parameters = [], []
    for number, term in enumerate(order):
        parts = [*(t.equal(v) for t, v in zip(order[:number], values, strict=False)), term.behind(values[number])]
        tests.append("(" + " and ".join(text for text, _ in parts) + ")")
        parameters += [value for _, given in parts for value in given]
    return "(" + " or ".join(tests) + ")", parameters


def _matched(conn: Connection, layer: ServedLayer, query: ItemsQuery, found: int) -> int | None:
    if query.count is False:
        return None
    if not query.conditions:
        return layer.layer.feature_count
    if query.after is None and found <= query.limit and (found or not query.offset):
        return query.offset + found
    if query.count:
        return _count(conn, layer, query, None)
    counted = _count(conn, layer, query, COUNT_LIMIT + 1)
    return counted if counted <= COUNT_LIMIT else None


def _count(conn: Connection, layer: ServedLayer, query: ItemsQuery, limit: int | None) -> int:
    where, values = where_clause(query.conditions)
    return conn.execute(
        f"select count(*) from (select 1 from {relation(layer, query.profile)}{where} limit %s) found",  # noqa: S608
        [*values, limit],
    ).fetchone()[0]


# What stands in these statements is quoted names, constants of ours and placeholders; the values are always parameters.


@lru_cache(maxsize=2048)
def _page_statement(layer: ServedLayer, profile: Profile, where: str, order: tuple[Term, ...]) -> str:
    feature = _feature(layer, profile)
    keys = ", ".join(f"{term.column} as k{number}" for number, term in enumerate(order))
    key = ", ".join(f"k{number}::text" for number in range(len(order)))
    sorting = ", ".join(term.order for term in order) if len(order) > 1 else order[0].column
    # the inner query finds the rows, the middle one writes each as text: nothing is written that is not sent.
    # One row more than asked for tells whether there is a next page, and the last one's place in the order where it starts.
    return (
        "select string_agg(feature, ',') filter (where position <= %s), count(*),"  # noqa: S608
        f" (array_agg(array[{key}]) filter (where position = %s))[1:1]"
        f" from (select {keys}, row_number() over () as position, {feature} as feature"
        f" from (select * from {relation(layer, profile)}{where} order by {sorting} limit %s offset %s) as found) as written"
    )


@lru_cache(maxsize=2048)
def _item_statement(layer: ServedLayer, profile: Profile, where: str) -> str:
    version = "0::bigint" if profile.states else "version"
    return f"select {_feature(layer, profile)}, {version} from {relation(layer, profile)}{where}"  # noqa: S608


def _feature(layer: ServedLayer, profile: Profile) -> str:
    """Return SQL for one feature's GeoJSON or JSON-FG text."""
    names = list(layer.property_names if profile.select is None else profile.select)
    if profile.states:
        names += ["valid_from", "valid_to"]
    columns = ", ".join(sql.Identifier(name).as_string(None) for name in names)
    properties = f"(select row_to_json(p)::text from (select {columns}) as p)" if columns else "'{}'"  # noqa: S608
    members = [("id", "to_json(id)::text"), *_places(layer, profile), ("properties", properties)]
    text = " || ',".join(f'"{name}":\' || {value}' for name, value in members)
    return f'\'{{"type":"Feature",{text} || \'}}\''


def _places(layer: ServedLayer, profile: Profile) -> list[tuple[str, str]]:
    """Return the members that say where and, in JSON-FG, when: name and SQL of the value's text."""
    shown = layer.has_geometry and not profile.skip_geometry

    def geometry(crs: Crs) -> str:
        return f"coalesce({geojson_expression(crs, profile.precision)}, 'null')" if shown else "'null'"

    if not profile.json_fg:
        return [("geometry", geometry(profile.crs))]
    until = f"coalesce(to_char(valid_to at time zone 'UTC', {_INSTANT}), '..')" if profile.states else "'..'"
    since = f"to_char(valid_from at time zone 'UTC', {_INSTANT})"
    interval = f"json_build_object('interval', json_build_array({since}, {until}))::text"
    if profile.crs is CRS84:
        return [("time", interval), ("place", "'null'"), ("geometry", geometry(CRS84))]
    return [
        ("time", interval),
        ("place", geometry(profile.crs)),
        ("geometry", geometry(CRS84) if profile.both else "'null'"),
    ]


_INSTANT = '\'YYYY-MM-DD"T"HH24:MI:SS"Z"\''
