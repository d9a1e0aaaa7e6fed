"""The past of features: closing a state that ends now, and asking what was true at a moment."""

from __future__ import annotations

from psycopg import Connection, sql

from geoplatform.layers import tables
from geoplatform.layers.definition import Attribute


def ensure_partition(conn: Connection, layer_id: str) -> None:
    """Make the layer's part of history, if it is not there.

    Attached afterwards rather than created in place: that needs no exclusive lock on all of history, for which it would have
    to wait until every other layer's running sync has ended.
    """
    name = f"feature_{layer_id}"
    if conn.execute("select to_regclass(%s)", (f'history."{name}"',)).fetchone()[0] is not None:
        return
    part = sql.Identifier("history", name)
    with conn.transaction():
        conn.execute(sql.SQL("create table {} (like history.feature including all)").format(part))
        conn.execute(
            sql.SQL("alter table history.feature attach partition {} for values in ({})").format(part, sql.Literal(layer_id))
        )


def close(conn: Connection, layer_id: str, fids: sql.Composable, version: int, author: str) -> int:
    """Copy the present state of the rows that the query `fids` names into history, as ended now by `version`.

    A state that began in this very transaction was closed by it already and is left out. Returns the number of states.
    """
    attributes, geometry = _present(conn, layer_id)
    return conn.execute(
        sql.SQL(
            "insert into history.feature (layer, id, attributes, geom, is_demo, valid_from, valid_to, version, author)"
            " select %s, l.id, to_jsonb((select a from (select {}) a)), {}, l.is_demo, l.valid_from, now(), %s, %s"
            " from {} l where l.fid in ({}) and l.valid_from < now()"
        ).format(
            attributes,
            geometry,
            tables.table(layer_id),
            fids,
        ),
        (layer_id, version, author),
    ).rowcount


def as_of(conn: Connection, layer_id: str, parameter: str = "moment") -> sql.Composed:
    """Return a query for the layer's features as they were at the parameter `moment` (a timestamptz).

    parameter: the parameter's name.

    Its columns: id, attributes (jsonb), geom (EPSG:4326), is_demo, valid_from, valid_to (None for what is still true).
    A past state keeps the attributes that the layer had then; one that was added while it lasted is null in it.
    """
    attributes, geometry = _present(conn, layer_id)
    return sql.SQL(
        "select l.id, to_jsonb((select a from (select {}) a)) as attributes, {} as geom, l.is_demo, l.valid_from,"
        " null::timestamptz as valid_to from {} l where l.valid_from <= {moment}"
        " union all"
        " select h.id, h.attributes, h.geom, h.is_demo, h.valid_from, h.valid_to from history.feature h"
        " where h.layer = {} and h.valid_from <= {moment} and h.valid_to > {moment}"
    ).format(
        attributes,
        geometry,
        tables.table(layer_id),
        sql.Literal(layer_id),
        moment=sql.Placeholder(parameter),
    )


def _present(conn: Connection, layer_id: str) -> tuple[sql.Composable, sql.Composable]:
    """Return SQL of the attributes that the layer's table `l` has now, and of its geometry."""
    names = tables.columns(conn, layer_id)
    attributes = sql.SQL(", ").join(sql.Identifier("l", name) for name in names if name not in tables.SYSTEM)
    return attributes, sql.SQL("l.geom") if "geom" in names else sql.SQL("null::geometry")


_READ_AS = {
    "text": "as_text",
    "integer": "as_bigint",
    "number": "as_double",
    "boolean": "as_boolean",
    "date": "as_date",
    "datetime": "as_timestamptz",
}


def value(attribute: Attribute, attributes: sql.Composable) -> sql.Composable:
    """Return SQL for a past state's attribute as a value of today's type, null where it was something else then.

    attributes: SQL of the state's attributes (jsonb).
    """
    found = sql.SQL("{} -> {}").format(attributes, sql.Literal(attribute.name))
    if attribute.type == "json":
        return found
    function = "as_texts" if attribute.multiple else _READ_AS[attribute.type]
    return sql.SQL("history.{}({})").format(sql.Identifier(function), found)
