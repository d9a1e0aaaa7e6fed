"""The views through which each level reads a layer's states, present and past, with when each was true.

`pub_<level>."<layer>.states"` has the columns of the level's view of the present, so no more attributes and no more exact places,
besides `valid_from`, `valid_to` (null for what is still true) and `valid.range`, the same as a range.
"""

from __future__ import annotations

import hashlib

from psycopg import Connection, sql

from geoplatform.config import ROLES
from geoplatform.layers import alone, history
from geoplatform.layers.definition import Attribute, LayerDefinition, Level
from geoplatform.layers.geometry import POSTGIS_TYPES
from geoplatform.layers.published import STATES_RANGE

_READ_AS = {
    "text": "as_text",
    "integer": "as_bigint",
    "number": "as_double",
    "boolean": "as_boolean",
    "date": "as_date",
    "datetime": "as_timestamptz",
}


def view(layer_id: str, level: Level) -> sql.Identifier:
    """Return the name of the level's view of the layer's states; no layer's id holds a dot."""
    return sql.Identifier(f"pub_{level}", f"{layer_id}.states")


def create(conn: Connection, definition: LayerDefinition, level: Level, places: dict[str, sql.Composable]) -> None:
    """Make the level's view of states be as `definition` says, in the caller's transaction as gp_owner.

    places: SQL of `geom` and `geom_3857` as the level may see them (`geoplatform.publishing.views.places`).
    A layer of which the level sees clusters has no states: each would have to be clustered for every moment.
    A view that is already right is left alone.
    """
    if definition.clustered(level):
        drop(conn, definition.id, level)
        return
    _index(conn, definition)
    name = view(definition.id, level)
    query = _query(definition, level, places)
    mark = hashlib.sha256(query.as_string(conn).encode()).hexdigest()[:16]
    found = conn.execute(
        "select obj_description(to_regclass(%s), 'pg_class')", [f'pub_{level}."{definition.id}.states"']
    ).fetchone()
    if found[0] == mark:
        return
    drop(conn, definition.id, level)
    conn.execute(sql.SQL("create view {} as {}").format(name, query))
    conn.execute(sql.SQL("grant select on {} to {}").format(name, sql.Identifier(ROLES[level])))
    conn.execute(sql.SQL("comment on view {} is {}").format(name, sql.Literal(mark)))


def drop(conn: Connection, layer_id: str, level: Level) -> None:
    """Drop the level's view of the layer's states, if there is one."""
    drop_view(conn, view(layer_id, level))


def drop_view(conn: Connection, name: sql.Identifier) -> None:
    """Drop the view, if there is one, without waiting for those who read it at length."""
    text = name.as_string(None)
    if conn.execute("select to_regclass(%s) is not null", [text]).fetchone()[0]:
        alone.run(conn, sql.SQL("drop view {}").format(name), text)


def _query(definition: LayerDefinition, level: Level, places: dict[str, sql.Composable]) -> sql.Composed:
    attributes = definition.visible_attributes(level)
    shown = [sql.SQL("{} as {}").format(place, sql.Identifier(name)) for name, place in places.items()]
    present = sql.SQL(", ").join(
        [sql.SQL("id"), sql.SQL("is_demo"), *(sql.Identifier(a.name) for a in attributes), *shown, sql.SQL("valid_from")]
    )
    past = sql.SQL(", ").join(
        [
            # the same collation as in the layer's table, or the two parts would not be searched one by one
            sql.SQL('id collate "C" as id, is_demo'),
            *(sql.SQL("{} as {}").format(_past(a), sql.Identifier(a.name)) for a in attributes),
            *shown,
            sql.SQL("valid_from"),
        ]
    )
    return sql.SQL(
        "select {present}, null::timestamptz as valid_to, tstzrange(valid_from, null) as {range} from {table}"
        " union all "
        "select {past}, valid_to, tstzrange(valid_from, valid_to) as {range} from {closed}"
    ).format(
        present=present,
        table=sql.Identifier("layers", definition.id),
        past=past,
        closed=_closed(definition),
        range=sql.Identifier(STATES_RANGE),
    )


def _past(attribute: Attribute) -> sql.Composed:
    value = sql.SQL("attributes -> {}").format(sql.Literal(attribute.name))
    if attribute.type == "json":
        return sql.SQL("nullif({}, 'null'::jsonb)").format(value)
    function = "as_texts" if attribute.multiple else _READ_AS[attribute.type]
    return sql.SQL("{}({})").format(sql.Identifier("history", function), value)


def _place(kind: str) -> str:
    """Return SQL of a closed state's place; what was a line when the layer held lines is no place of a layer of points."""
    return f"case when GeometryType(geom) = '{kind.upper()}' then geom end"


def _index(conn: Connection, definition: LayerDefinition) -> None:
    """Index the places of the layer's closed states as its views have them, so that a box of the past is found quickly."""
    if definition.geometry == "none":
        return
    kind = POSTGIS_TYPES[definition.geometry]
    name = "past_" + hashlib.sha256(definition.id.encode()).hexdigest()[:20]
    found = conn.execute("select obj_description(to_regclass(%s), 'pg_class')", [f"history.{name}"]).fetchone()[0]
    if found == kind:
        return
    history.ensure_partition(conn, definition.id)
    index, part = sql.Identifier("history", name), f"feature_{definition.id}"
    if found is not None:  # the layer held other geometries before
        alone.run(conn, sql.SQL("drop index {}").format(index), f'history."{part}"')
    statement = sql.SQL("create index {} on {} using gist ((({})::geometry({},4326)))")
    table = sql.Identifier("history", part)
    conn.execute(statement.format(sql.Identifier(name), table, sql.SQL(_place(kind)), sql.SQL(kind)))
    conn.execute(sql.SQL("comment on index {} is {}").format(index, sql.Literal(kind)))


def _closed(definition: LayerDefinition) -> sql.Composed:
    """Return the layer's closed states, their places with the names and types of the layer's table."""
    geometry = sql.SQL("")
    if definition.geometry != "none":
        kind = POSTGIS_TYPES[definition.geometry]
        place = _place(kind)
        geometry = sql.SQL(
            f", ({place})::geometry({kind},4326) as geom, ST_Transform({place}, 3857)::geometry({kind},3857) as geom_3857"
        )
    return sql.SQL(
        "(select id, is_demo, attributes, valid_from, valid_to{} from history.feature where layer = {}) as closed"
    ).format(geometry, sql.Literal(definition.id))
