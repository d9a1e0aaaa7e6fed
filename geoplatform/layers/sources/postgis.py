"""A table or query of another PostgreSQL database, read through a server-side cursor in a read-only transaction."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, transformation

ROWS = 20_000
_PLAIN = (bool, int, float, str)


def open_postgis(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a table of another database.

    `location` is `env:NAME`, the environment variable that holds the connection string, so that a definition has no password;
    `layer` is the table or view, with its schema (`public` otherwise); `query` an SQL condition, as after WHERE.
    Option `geometry`: the geometry column when the table has several.
    """
    match = re.fullmatch(r"env:([A-Za-z_][A-Za-z0-9_]*)", source.location)
    if match is None:
        raise SourceError(
            f"{source.location[:12]}...: name the environment variable that holds the connection string, as env:OTHER_PG_DSN"
        )
    dsn = os.environ.get(match[1])
    if not dsn:
        raise SourceError(f"{source.location}: the environment variable {match[1]} is not set")
    if not source.layer:
        raise SourceError(f"{source.location}: name the table with `layer`")
    return PostgisReader(dsn, source, context, columns)


class PostgisReader(FileReader):
    """Streams a table; holds one connection until it is left."""

    def __init__(self, dsn: str, source: Source, context: SourceContext, columns: Collection[str]) -> None:
        """dsn: libpq connection string, never shown. Raises SourceError."""
        self._source = source
        self._name = f"{source.location} {source.layer}"
        schema, _, table = (source.layer or "").rpartition(".")
        self._table = (schema or "public", table)
        try:
            self._connection = psycopg.connect(
                dsn,
                connect_timeout=max(2, round(context.timeout)),
                application_name="geoplatform-source",
                options=f"-c default_transaction_read_only=on -c idle_in_transaction_session_timeout={600_000}",
            )
        except psycopg.Error as error:
            raise SourceError(f"{source.location}: can't connect: {_line(error)}") from error
        try:
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._prepare(columns)
        except psycopg.Error as error:
            self._connection.close()
            raise SourceError(f"{self._name}: {_line(error)}") from error
        except SourceError:
            self._connection.close()
            raise

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    def batches(self) -> Iterator[Batch]:
        """Yield the table's rows; raises SourceError when the server breaks off."""
        first = 1
        try:
            with self._connection.cursor(name="geoplatform") as cursor:
                cursor.execute(self._statement)
                while rows := cursor.fetchmany(ROWS):
                    values = list(zip(*rows, strict=True))
                    geometry, problems = self._finisher.wkb(values.pop())
                    arrays = {
                        name: records.column_of([_plain(v) for v in column])
                        for name, column in zip(self._columns, values, strict=True)
                    }
                    yield Batch(arrays, geometry, first, problems)
                    first += len(rows)
        except psycopg.Error as error:
            raise SourceError(f"{self._name}: after record {first - 1}: {_line(error)}") from error

    def _prepare(self, columns: Collection[str]) -> None:
        """Find the table's columns, its geometry and CRS, and make the statement."""
        types = dict(
            self._connection.execute(
                """select a.attname, t.typname from pg_attribute a join pg_type t on t.oid = a.atttypid
                   where a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and a.attnum > 0 and not a.attisdropped
                   order by a.attnum""",
                self._table,
            ).fetchall()
        )
        if not types:
            raise SourceError(f"{self._name}: there is no such table, or this account may not see it")
        geometries = [name for name, kind in types.items() if kind in ("geometry", "geography")]
        chosen = self._source.options.get("geometry")
        if chosen is not None and chosen not in geometries:
            raise SourceError(f"{self._name}: {chosen!r} is not a geometry column; there are {', '.join(geometries) or 'none'}")
        if chosen is None and len(geometries) > 1:
            raise SourceError(
                f"{self._name}: several geometry columns, name one with the option geometry: {', '.join(geometries)}"
            )
        geometry = str(chosen) if chosen is not None else geometries[0] if geometries else None
        self.available = [name for name in types if name not in geometries]
        self._columns = [name for name in self.available if name in columns]
        condition = sql.SQL("where {}").format(sql.SQL(self._source.query)) if self._source.query else sql.SQL("")  # type: ignore[arg-type]
        table = sql.Identifier(*self._table)
        transform = transformation(self._source, self._name, self._crs(geometry, table, condition), fixed_order=True)
        self.crs = transform.name
        self._finisher = Finisher(self._name, transform, self._source.as_point)
        wkb = (
            sql.SQL("st_asbinary(st_curvetoline({}::geometry))").format(sql.Identifier(geometry))
            if geometry
            else sql.SQL("null::bytea")
        )
        self._statement = sql.SQL("select {} from {} {}").format(
            sql.SQL(", ").join([*map(sql.Identifier, self._columns), wkb]), table, condition
        )

    def _crs(self, geometry: str | None, table: sql.Identifier, condition: sql.Composable) -> str | None:
        """Return `AUTHORITY:CODE` of the geometry; raises SourceError when rows differ."""
        if geometry is None:
            return "OGC:CRS84"
        found = self._connection.execute(
            sql.SQL("""select distinct s.auth_name || ':' || s.auth_srid from (select st_srid({}::geometry) srid from {} {}) g
                       left join spatial_ref_sys s on s.srid = g.srid where g.srid is not null""").format(
                sql.Identifier(geometry), table, condition
            )
        ).fetchall()
        if len(found) > 1:
            raise SourceError(
                f"{self._name}: its geometries are in several coordinate systems: {', '.join(str(row[0]) for row in found)}"
            )
        return found[0][0] if found else "OGC:CRS84"


def _plain(value: Any) -> Any:
    """Return a value that Arrow knows as a simple type; exact numbers become text so that no digit is lost."""
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (memoryview, bytes)):
        return None
    return value if hasattr(value, "isoformat") or isinstance(value, (dict, list)) else str(value)


def _line(error: psycopg.Error) -> str:
    """Return the error's first line; the connection string is not in it."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
