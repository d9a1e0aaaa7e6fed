"""Asks PostGIS for features; PostGIS writes the GeoJSON text, which goes to the client as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import Connection, sql

from geoplatform.serving.crs import Crs, geojson_expression
from geoplatform.serving.parameters import ItemsQuery
from geoplatform.serving.publication import ServedLayer

#: Up to so many matches are counted for each page; beyond, numberMatched is left out (OGC API Features lets it).
COUNT_LIMIT = 10_000


@dataclass(frozen=True)
class Page:
    """Some features as GeoJSON text.

    features: the members of the `features` array, separated by commas; returned: how many.
    matched: how many match in all, or None when that is not known cheaply.
    more: whether there are features behind this page; last_id: id of the page's last feature, when in order of ids.
    """

    features: str
    returned: int
    matched: int | None
    more: bool
    last_id: str | None


def page(conn: Connection, layer: ServedLayer, query: ItemsQuery) -> Page:
    """Return the page of features that `query` asks for. `conn` belongs to the level's role."""
    if query.hits:
        return Page("", 0, _count(conn, layer, query, None), False, None)
    where, values = _where(query.conditions)
    if query.after is not None:
        where = f"{where} and id > %s" if where else " where id > %s"
        values = [*values, query.after]
    order = ", ".join([*query.sortby, "id"])
    statement = _page_statement(layer, query.crs, query.select, query.skip_geometry, where, order)
    features, found, last_id = conn.execute(
        statement, [query.limit, query.limit, *values, query.limit + 1, query.offset]
    ).fetchone()
    returned = min(found, query.limit)
    matched = _matched(conn, layer, query, found)
    return Page(features or "", returned, matched, found > query.limit, None if query.sortby else last_id)


def item(conn: Connection, layer: ServedLayer, feature_id: str, crs: Crs) -> str | None:
    """Return the feature as GeoJSON text, or None when there is no such feature."""
    row = conn.execute(_item_statement(layer, crs), [feature_id]).fetchone()
    return row[0] if row else None


def _matched(conn: Connection, layer: ServedLayer, query: ItemsQuery, found: int) -> int | None:
    if not query.conditions:
        return layer.layer.feature_count
    if query.after is None and found <= query.limit and (found or not query.offset):
        return query.offset + found
    counted = _count(conn, layer, query, COUNT_LIMIT + 1)
    return counted if counted <= COUNT_LIMIT else None


def _count(conn: Connection, layer: ServedLayer, query: ItemsQuery, limit: int | None) -> int:
    where, values = _where(query.conditions)
    return conn.execute(
        f"select count(*) from (select 1 from {layer.view}{where} limit %s) found",  # noqa: S608
        [*values, limit],
    ).fetchone()[0]


def _where(conditions: list[tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
    if not conditions:
        return "", []
    return " where " + " and ".join(text for text, _ in conditions), [value for _, values in conditions for value in values]


# What stands in these statements is quoted names, constants of ours and placeholders; the values are always parameters.


@lru_cache(maxsize=2048)
def _page_statement(
    layer: ServedLayer, crs: Crs, select: tuple[str, ...] | None, skip_geometry: bool, where: str, order: str
) -> str:
    feature = _feature(layer, crs, select, skip_geometry)
    # the inner query finds the rows, the middle one writes each as text: nothing is written that is not sent.
    # One row more than asked for tells whether there is a next page.
    return (
        "select string_agg(feature, ',') filter (where position <= %s), count(*), max(id) filter (where position <= %s)"  # noqa: S608
        f" from (select id, row_number() over () as position, {feature} as feature"
        f" from (select * from {layer.view}{where} order by {order} limit %s offset %s) as found) as written"
    )


@lru_cache(maxsize=2048)
def _item_statement(layer: ServedLayer, crs: Crs) -> str:
    return f"select {_feature(layer, crs, None, False)} from {layer.view} where id = %s"  # noqa: S608


def _feature(layer: ServedLayer, crs: Crs, select: tuple[str, ...] | None, skip_geometry: bool) -> str:
    """Return SQL for one feature's GeoJSON text."""
    names = layer.property_names if select is None else select
    columns = ", ".join(sql.Identifier(name).as_string(None) for name in names)
    geometry = "'null'"
    if layer.has_geometry and not skip_geometry:
        geometry = f"coalesce({geojson_expression(crs)}, 'null')"
    properties = f"(select row_to_json(p)::text from (select {columns}) as p)" if columns else "'{}'"  # noqa: S608
    return (
        '\'{"type":"Feature","id":\' || to_json(id)::text || \',"geometry":\' || '
        + geometry
        + " || ',\"properties\":' || "
        + properties
        + " || '}'"
    )
