"""The views through which each level's database role reads a layer: a column that a level may not see is not in its view.

A level that sees places less exactly (`publication_geometry`) reads views in which they are rounded or clustered already, so no
outlet of that level knows the exact ones.
"""

from __future__ import annotations

import hashlib

from psycopg import Connection, sql

from geoplatform.config import ROLES
from geoplatform.layers import alone
from geoplatform.layers.definition import SERVED_LEVELS, Coarser, LayerDefinition, Level
from geoplatform.layers.geometry import POSTGIS_TYPES
from geoplatform.publishing import states


def columns(definition: LayerDefinition, level: Level) -> list[str]:
    """Return the names of the view's columns, in order; empty when the layer is above `level`."""
    if not definition.publication.visible_to(level):
        return []
    geometry = [] if definition.geometry == "none" else ["geom", "geom_3857"]
    attributes = [attribute.name for attribute in definition.visible_attributes(level)]
    return ["fid", "id", "is_demo", *attributes, *geometry, "valid_from", "version"]


def places(definition: LayerDefinition, level: Level) -> dict[str, sql.Composable]:
    """Return SQL of the columns `geom` and `geom_3857` as `level` may see them, over a table with the exact ones.

    Empty for a layer without geometry. Every view over a layer's features, past ones too, takes its places from here.
    """
    if definition.geometry == "none":
        return {}
    coarser = definition.coarser(level)
    if coarser is None:
        return {name: sql.Identifier(name) for name in ("geom", "geom_3857")}
    kind = POSTGIS_TYPES[definition.geometry]
    if coarser.step_mercator is not None:
        mercator = _rounded("geom_3857", definition, coarser.step_mercator)
        degrees = f"ST_Transform({mercator}, 4326)"
    else:
        degrees = _rounded("geom", definition, coarser.step_degrees)
        mercator = f"ST_Transform({degrees}, 3857)"
    return {"geom": sql.SQL(f"({degrees})::geometry({kind},4326)"), "geom_3857": sql.SQL(f"({mercator})::geometry({kind},3857)")}


def create(conn: Connection, definition: LayerDefinition) -> None:
    """Make the views of `definition` be as its ceiling says, in the caller's transaction as gp_owner; drop those above it.

    A view that is already right is left alone, so that a mere change of data takes no lock on it.
    """
    for level in SERVED_LEVELS:
        wanted = columns(definition, level)
        if not wanted:
            _drop(conn, definition.id, level)
            states.drop(conn, definition.id, level)
            continue
        states.create(conn, definition, level, places(definition, level))
        query = _clusters(definition, level) if definition.clustered(level) else _features(definition, level, wanted)
        coarser = definition.coarser(level)
        mark = None if coarser is None else hashlib.sha256(query.as_string(conn).encode()).hexdigest()[:16]
        if _is_right(conn, definition.id, level, wanted, mark):
            continue
        view = sql.Identifier(f"pub_{level}", definition.id)
        _drop(conn, definition.id, level)
        conn.execute(sql.SQL("create view {} as {}").format(view, query))
        conn.execute(sql.SQL("grant select on {} to {}").format(view, sql.Identifier(ROLES[level])))
        if coarser is not None:
            conn.execute(sql.SQL("comment on view {} is {}").format(view, sql.Literal(mark)))
            if not coarser.cluster:
                _index(conn, definition, level)


def drop(conn: Connection, layer_id: str) -> None:
    """Drop the layer's views of every level; needed before its table's columns may be retyped or dropped."""
    for level in SERVED_LEVELS:
        _drop(conn, layer_id, level)
        states.drop(conn, layer_id, level)


def _features(definition: LayerDefinition, level: Level, wanted: list[str]) -> sql.Composed:
    place = places(definition, level)
    names = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(place[name], sql.Identifier(name)) if name in place else sql.Identifier(name)
        for name in wanted
    )
    return sql.SQL("select {} from {}").format(names, sql.Identifier("layers", definition.id))


def _clusters(definition: LayerDefinition, level: Level) -> sql.Composed:
    """Return the query of one point a node of the grid; its id is made of the node, its version is the layer's."""
    coarser = definition.coarser(level)
    return sql.SQL("""
        select fid, id, is_demo, count, {geom} as geom, {mercator} as geom_3857, valid_from,
               (select l.version from registry.layer l where l.id = {layer}) as version
          from (select min(fid) as fid,
                       (round(ST_X(node) / {step})::bigint || '_' || round(ST_Y(node) / {step})::bigint) collate "C" as id,
                       bool_or(is_demo) as is_demo, count(*) as count, node, max(valid_from) as valid_from
                  from (select fid, is_demo, valid_from, ST_SnapToGrid({exact}, {step}) as node from {table}
                         where geom is not null) as rounded
                 group by node having count(*) >= {least}) as nodes""").format(
        layer=sql.Literal(definition.id),
        step=sql.SQL(_step(coarser)),
        exact=sql.Identifier("geom" if coarser.step_mercator is None else "geom_3857"),
        geom=sql.SQL(f"({_to(coarser, 'node', 4326)})::geometry(Point,4326)"),
        mercator=sql.SQL(f"({_to(coarser, 'node', 3857)})::geometry(Point,3857)"),
        table=sql.Identifier("layers", definition.id),
        least=sql.Literal(coarser.min_count),
    )


def _to(coarser: Coarser, node: str, srid: int) -> str:
    own = 4326 if coarser.step_mercator is None else 3857
    return node if srid == own else f"ST_Transform({node}, {srid})"


def _step(coarser: Coarser) -> str:
    return repr(coarser.step_degrees if coarser.step_mercator is None else coarser.step_mercator)


def _rounded(column: str, definition: LayerDefinition, step: float) -> str:
    """Return SQL of the geometry on the grid's nodes; what becomes nothing (an area smaller than a node) is null."""
    if definition.geometry != "polygon":
        return f"ST_SnapToGrid({column}, {step!r})"
    # rounding the corners one by one could make an area cross itself
    areas = f"ST_CollectionExtract(ST_ReducePrecision({column}, {step!r}), 3)"
    return f"case when not ST_IsEmpty({areas}) then ST_Multi({areas}) end"


def _index(conn: Connection, definition: LayerDefinition, level: Level) -> None:
    """Index the rounded places, so that a box is found as quickly as with the exact ones; drop indexes of an earlier grid."""
    table = sql.Identifier("layers", definition.id)
    mark = f"rounded for {level}"
    stale = conn.execute(
        "select c.oid::regclass::text from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where i.indrelid = %s::regclass and obj_description(c.oid, 'pg_class') = %s",
        [f'layers."{definition.id}"', mark],
    ).fetchall()
    for (name,) in stale:
        alone.run(conn, sql.SQL("drop index {}").format(sql.SQL(name)), f'layers."{definition.id}"')
    for column, place in places(definition, level).items():
        name = "place_" + hashlib.sha256(f"{definition.id} {level} {column}".encode()).hexdigest()[:20]
        conn.execute(sql.SQL("create index {} on {} using gist (({}))").format(sql.Identifier(name), table, place))
        conn.execute(sql.SQL("comment on index {} is {}").format(sql.Identifier("layers", name), sql.Literal(mark)))


def _drop(conn: Connection, layer_id: str, level: Level) -> None:
    states.drop_view(conn, sql.Identifier(f"pub_{level}", layer_id))


def _is_right(conn: Connection, layer_id: str, level: Level, wanted: list[str], mark: str | None) -> bool:
    """Return whether the level's view exists with exactly the wanted columns and the types of today's table.

    mark: what the view's comment must say, None for a view of the exact places, which has none.
    """
    found = conn.execute(
        """
        select array_agg(v.attname::text order by v.attnum),
               bool_and(t.atttypid = v.atttypid and t.atttypmod = v.atttypmod),
               obj_description(to_regclass(%(view)s), 'pg_class')
          from pg_attribute v
          left join pg_attribute t on t.attrelid = to_regclass(%(table)s) and t.attname = v.attname and not t.attisdropped
         where v.attrelid = to_regclass(%(view)s) and v.attnum > 0 and not v.attisdropped
        """,
        {"view": f'pub_{level}."{layer_id}"', "table": f'layers."{layer_id}"'},
    ).fetchone()
    return found[0] == wanted and found[2] == mark and (mark is not None or bool(found[1]))
