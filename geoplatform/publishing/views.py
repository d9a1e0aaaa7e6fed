"""The views through which each level's database role reads a layer: a column that a level may not see is not in its view."""

from __future__ import annotations

from psycopg import Connection, sql

from geoplatform.config import ROLES
from geoplatform.layers.definition import SERVED_LEVELS, LayerDefinition, Level


def columns(definition: LayerDefinition, level: Level) -> list[str]:
    """Return the names of the view's columns, in order; empty when the layer is above `level`."""
    if not definition.publication.visible_to(level):
        return []
    geometry = [] if definition.geometry == "none" else ["geom", "geom_3857"]
    attributes = [attribute.name for attribute in definition.visible_attributes(level)]
    return ["fid", "id", "is_demo", *attributes, *geometry, "valid_from", "version"]


def create(conn: Connection, definition: LayerDefinition) -> None:
    """Make the views of `definition` be as its ceiling says, in the caller's transaction as gp_owner; drop those above it.

    A view that is already right is left alone, so that a mere change of data takes no lock on it.
    """
    table = sql.Identifier("layers", definition.id)
    for level in SERVED_LEVELS:
        wanted = columns(definition, level)
        if not wanted:
            _drop(conn, definition.id, level)
            continue
        if _is_right(conn, definition.id, level, wanted):
            continue
        view = sql.Identifier(f"pub_{level}", definition.id)
        _drop(conn, definition.id, level)
        names = sql.SQL(", ").join(map(sql.Identifier, wanted))
        conn.execute(sql.SQL("create view {} as select {} from {}").format(view, names, table))
        conn.execute(sql.SQL("grant select on {} to {}").format(view, sql.Identifier(ROLES[level])))


def drop(conn: Connection, layer_id: str) -> None:
    """Drop the layer's views of every level; needed before its table's columns may be retyped or dropped."""
    for level in SERVED_LEVELS:
        _drop(conn, layer_id, level)


def _drop(conn: Connection, layer_id: str, level: Level) -> None:
    conn.execute(sql.SQL("drop view if exists {}").format(sql.Identifier(f"pub_{level}", layer_id)))


def _is_right(conn: Connection, layer_id: str, level: Level, wanted: list[str]) -> bool:
    """Return whether the level's view exists with exactly the wanted columns and the types of today's table."""
    found = conn.execute(
        """
        select array_agg(v.attname::text order by v.attnum),
               bool_and(t.atttypid = v.atttypid and t.atttypmod = v.atttypmod)
          from pg_attribute v
          left join pg_attribute t on t.attrelid = to_regclass(%(table)s) and t.attname = v.attname and not t.attisdropped
         where v.attrelid = to_regclass(%(view)s) and v.attnum > 0 and not v.attisdropped
        """,
        {"view": f'pub_{level}."{layer_id}"', "table": f'layers."{layer_id}"'},
    ).fetchone()
    return found[0] == wanted and bool(found[1])
