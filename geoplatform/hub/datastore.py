"""What PostGIS knows of a table in the data database: geometry, extent, columns; and its rows as GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection, sql

_XSD = {
    "integer": "xsd:int", "bigint": "xsd:long", "smallint": "xsd:int", "double precision": "xsd:double",
    "numeric": "xsd:decimal", "real": "xsd:float", "boolean": "xsd:boolean", "date": "xsd:date",
    "timestamp with time zone": "xsd:dateTime", "timestamp without time zone": "xsd:dateTime",
}  # fmt: skip
_GML = {
    "POINT": "Point", "MULTIPOINT": "MultiPoint", "LINESTRING": "LineString", "MULTILINESTRING": "MultiLineString",
    "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table or view.

    geometry: name of its geometry column, or None; srid: that column's; columns: name -> type in XML Schema's words.
    native, degrees: west, east, south, north in the column's CRS and in EPSG:4326, None when it is empty.
    """

    name: sql.Identifier
    geometry: str | None
    srid: int | None
    columns: dict[str, str]
    native: list[float] | None
    degrees: list[float] | None


def read(conn: Connection, schema: str, name: str) -> Table | None:
    """Return what is known of `schema`.`name`, or None when there is no such table."""
    rows = conn.execute(
        "select column_name, case when data_type = 'USER-DEFINED' then udt_name else data_type end"
        " from information_schema.columns where table_schema = %s and table_name = %s order by ordinal_position",
        [schema, name],
    ).fetchall()
    if not rows:
        return None
    found = conn.execute(
        "select f_geometry_column, srid, type from geometry_columns where f_table_schema = %s and f_table_name = %s limit 1",
        [schema, name],
    ).fetchone()
    identifier = sql.Identifier(schema, name)
    columns = {column: _XSD.get(kind, "xsd:string") for column, kind in rows}
    if found is None:
        return Table(identifier, None, None, columns, None, None)
    geometry, srid, kind = found
    columns[geometry] = f"gml:{_GML.get(kind, 'Geometry')}PropertyType"
    native, degrees = _extents(conn, identifier, geometry, srid)
    return Table(identifier, geometry, srid, columns, native, degrees)


def geojson(conn: Connection, table: Table, without: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the table as one GeoJSON FeatureCollection in pieces, in EPSG:4326, at a constant memory.

    without: columns to leave out.
    """
    hidden = [*without, *([table.geometry] if table.geometry else [])]
    geometry = (
        sql.SQL("st_asgeojson(st_transform({}, 4326), 7)::json").format(sql.Identifier(table.geometry))
        if table.geometry
        else sql.SQL("null::json")
    )
    query = sql.SQL(
        "select json_build_object('type', 'Feature', 'geometry', {geometry}, 'properties', to_jsonb(t) - {hidden}::text[])::text"
        " from {table} t"
    ).format(geometry=geometry, hidden=sql.Literal(hidden), table=table.name)
    yield '{"type": "FeatureCollection", "features": ['
    with conn.transaction(), conn.cursor("download") as cursor:
        cursor.itersize = 500
        separator = "\n"
        for (feature,) in cursor.execute(query):
            yield separator + feature
            separator = ",\n"
    yield "\n]}\n"


def _extents(conn: Connection, table: sql.Identifier, geometry: str, srid: int) -> tuple[list | None, list | None]:
    row = conn.execute(
        sql.SQL(
            "with own as (select st_setsrid(st_extent({geometry})::geometry, %(srid)s) as box from {table}),"
            " both_ as (select box, case when %(srid)s > 0 then st_transform(box, 4326) else box end as degrees from own)"
            " select st_xmin(box), st_xmax(box), st_ymin(box), st_ymax(box),"
            " st_xmin(degrees), st_xmax(degrees), st_ymin(degrees), st_ymax(degrees) from both_"
        ).format(geometry=sql.Identifier(geometry), table=table),
        {"srid": srid},
    ).fetchone()
    if row is None or row[0] is None:
        return None, None
    return list(row[:4]), list(row[4:])
