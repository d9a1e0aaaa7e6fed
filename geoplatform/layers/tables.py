"""A layer's table: what shape the definition asks for, making it, and reshaping it without losing what it held."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection, sql

from geoplatform.layers import alone
from geoplatform.layers.definition import Attribute, LayerDefinition
from geoplatform.layers.geometry import POSTGIS_TYPES

_COLUMN_TYPES = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp with time zone",
    "json": "jsonb",
}

#: The columns of a layer's table that are not attributes.
SYSTEM = frozenset(("fid", "id", "is_demo", "geom", "geom_3857", "valid_from", "version"))

#: Types of a fixed length, in the order of their alignment.
_FIXED = {"bigint": 0, "double precision": 1, "timestamp with time zone": 2, "date": 3, "boolean": 4}


def column_type(attribute: Attribute) -> str:
    """Return the PostgreSQL type of an attribute, as format_type writes it."""
    return "text[]" if attribute.multiple else _COLUMN_TYPES[attribute.type]


def table(layer_id: str) -> sql.Identifier:
    """Return the name of a layer's table."""
    return sql.Identifier("layers", layer_id)


def columns(conn: Connection, layer_id: str) -> dict[str, str]:
    """Return the columns of a layer's table with their types, none where there is no table."""
    rows = conn.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        (f'layers."{layer_id}"',),
    )
    return dict(rows.fetchall())


@dataclass(frozen=True)
class Difference:
    """How the table differs from its definition.

    exists: whether there is a table at all.
    lost: columns whose values go: removed attributes, retyped ones, a geometry of another type.
    new: columns to make, name -> type; a retyped column is in both.
    """

    exists: bool
    lost: list[str]
    new: dict[str, str]

    def __bool__(self) -> bool:
        return not self.exists or bool(self.lost or self.new)


def compare(conn: Connection, definition: LayerDefinition) -> Difference:
    """Return how the layer's table differs from `definition`."""
    wanted = {attribute.name: column_type(attribute) for attribute in definition.attributes}
    if definition.geometry != "none":
        wanted["geom"] = f"geometry({POSTGIS_TYPES[definition.geometry]},4326)"
    there = columns(conn, definition.id)
    found = {name: kind for name, kind in there.items() if name == "geom" or name not in SYSTEM}
    return Difference(
        exists=bool(there),
        lost=[name for name, kind in found.items() if wanted.get(name) != kind],
        new={name: kind for name, kind in wanted.items() if found.get(name) != kind},
    )


def create(conn: Connection, definition: LayerDefinition) -> None:
    """Create the layer's table without indexes, so that the first load is fast; `create_indexes` follows it."""
    # Columns of a fixed length come first, the longest before: PostgreSQL then finds them without walking over texts, which
    # halves the time of a filter on numbers over a whole table.
    columns = ["fid bigint generated always as identity", "version bigint not null", "valid_from timestamptz not null"]
    columns = [sql.SQL(column) for column in columns]
    kinds = sorted(((column_type(a), a.name) for a in definition.attributes), key=lambda kind: _FIXED.get(kind[0], len(_FIXED)))
    columns += [_column(name, kind) for kind, name in kinds if kind in _FIXED]
    columns += [sql.SQL("is_demo boolean not null"), sql.SQL('id text collate "C" not null')]
    columns += [_column(name, kind) for kind, name in kinds if kind not in _FIXED]
    if definition.geometry != "none":
        columns += _geometry_columns(definition)
    conn.execute(sql.SQL("create table {} ({})").format(table(definition.id), sql.SQL(", ").join(columns)))


def create_indexes(conn: Connection, definition: LayerDefinition) -> None:
    """Add the keys and the spatial indexes of a freshly loaded table."""
    name = table(definition.id)
    # One sequential pass each; parallel workers cost more to start than they bring on a server of two cores.
    conn.execute(sql.SQL("alter table {} add primary key (fid), add unique (id)").format(name))
    # who follows the changes reads only what they touched
    conn.execute(sql.SQL("create index on {} (version)").format(name))
    if definition.geometry != "none":
        _index_geometry(conn, definition)


def reshape(conn: Connection, definition: LayerDefinition, difference: Difference) -> None:
    """Give the table the columns that `definition` asks for. What depended on the old ones must be dropped before."""
    name = table(definition.id)
    changes = [sql.SQL("drop column {}").format(sql.Identifier(column)) for column in difference.lost]
    if "geom" in difference.lost:
        changes.insert(0, sql.SQL("drop column geom_3857"))  # it is computed from geom
    for column, kind in difference.new.items():
        if column != "geom":
            changes.append(sql.SQL("add column {}").format(_column(column, kind)))
    if "geom" in difference.new:
        changes += [sql.SQL("add column {}").format(column) for column in _geometry_columns(definition)]
    alone.run(conn, sql.SQL("alter table {} {}").format(name, sql.SQL(", ").join(changes)), name.as_string(None))
    if "geom" in difference.new:
        _index_geometry(conn, definition)


def drop_views(conn: Connection, layer_id: str) -> None:
    """Drop the published views, which stand on the table's columns; publishing makes them anew in the same transaction."""
    rows = conn.execute(
        "select distinct v.relnamespace::regnamespace::text, v.relname from pg_depend d"
        " join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class and v.relkind = 'v'"
        " where d.classid = 'pg_rewrite'::regclass and d.refobjid = to_regclass(%s)",
        (f'layers."{layer_id}"',),
    ).fetchall()
    for schema, view in rows:
        name = sql.Identifier(schema, view)
        alone.run(conn, sql.SQL("drop view {}").format(name), name.as_string(None))


def _column(name: str, kind: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))


def _geometry_columns(definition: LayerDefinition) -> list[sql.Composable]:
    kind = POSTGIS_TYPES[definition.geometry]
    # Stored once for tiles, by the database itself, so that the two can't differ.
    mercator = f"geom_3857 geometry({kind},3857) generated always as (ST_Transform(geom, 3857)) stored"
    return [sql.SQL(f"geom geometry({kind},4326)"), sql.SQL(mercator)]


def _index_geometry(conn: Connection, definition: LayerDefinition) -> None:
    for column in ("geom", "geom_3857"):
        conn.execute(sql.SQL("create index on {} using gist ({})").format(table(definition.id), sql.Identifier(column)))
