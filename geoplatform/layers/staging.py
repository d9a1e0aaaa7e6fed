"""The staging table of one run: a temporary table that checked batches are copied into and duplicates are taken out of."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.csv
from psycopg import Connection, sql

from geoplatform.layers import tables
from geoplatform.layers.checks import RefusedRecord
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.reasons import Reason, shortened

STAGING = sql.Identifier("pg_temp", "geoplatform_staging")
#: Ids whose record was refused: the feature keeps its last good state.
KEPT = sql.Identifier("pg_temp", "geoplatform_kept")

_CSV = pyarrow.csv.WriteOptions(include_header=False, batch_size=16384)


class Staging:
    """Opens the COPY of one run; use as a context manager inside a transaction, then see `may_have_duplicates`."""

    def __init__(self, conn: Connection, definition: LayerDefinition, columns: list[str]):
        self._conn = conn
        self._definition = definition
        self._columns = columns
        self._kept: list[tuple[str]] = []
        self._hashes: list[np.ndarray] = []

    def __enter__(self) -> Self:
        drop(self._conn)
        types = {"position": "bigint", "id": 'text collate "C"', "is_demo": "boolean", "geom": "geometry"}
        types |= {a.name: tables.column_type(a) for a in self._definition.attributes}
        columns = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(types[c])) for c in self._columns)
        self._conn.execute(sql.SQL("create temp table geoplatform_staging ({})").format(columns))
        self._conn.execute('create temp table geoplatform_kept (id text collate "C")')
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        self._cursor = self._conn.cursor()
        self._copying = self._cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(STAGING, names))
        self._copy = self._copying.__enter__()
        return self

    def write(self, rows: pa.Table, kept: list[tuple[int, str]]) -> None:
        """Copy checked rows, and remember the ids of refused records."""
        self._kept += [(feature,) for _, feature in kept]
        if rows.num_rows:
            # Eight bytes an id, instead of a sort of all ids in the database for duplicates that hardly ever are there.
            self._hashes.append(np.fromiter(map(hash, rows["id"].to_pylist()), np.int64, rows.num_rows))
            sink = pa.BufferOutputStream()
            pyarrow.csv.write_csv(rows, sink, _CSV)
            self._copy.write(memoryview(sink.getvalue()))

    @property
    def may_have_duplicates(self) -> bool:
        """Whether two ids have the same hash; only then need `take_out_duplicates` be called."""
        hashes = np.concatenate([np.empty(0, np.int64), *self._hashes])
        hashes.sort()
        return bool((hashes[1:] == hashes[:-1]).any())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._copying.__exit__(kind, error, trace)
            if kind is None and self._kept:
                with self._cursor.copy(sql.SQL("copy {} from stdin").format(KEPT)) as copy:
                    for row in self._kept:
                        copy.write_row(row)
        finally:
            self._cursor.close()


def take_out_duplicates(conn: Connection, definition: LayerDefinition) -> list[RefusedRecord]:
    """Take all records out of staging that share a key, since nobody knows which is true, and return them as refused."""
    rows = conn.execute(sql.SQL("select id, count(*) from {} group by id having count(*) > 1").format(STAGING)).fetchall()
    if not rows:
        return []
    counts = dict(rows)
    ids = list(counts)
    names = sql.SQL(", ").join(sql.Identifier(attribute.name) for attribute in definition.attributes)
    taken = conn.execute(
        sql.SQL(
            "with taken as (delete from {} where id = any(%s) returning *)"
            " select position, id, to_jsonb((select r from (select {}) r)) from taken order by position"
        ).format(STAGING, names),
        (ids,),
    ).fetchall()
    conn.execute(sql.SQL("insert into {} select unnest(%s::text[])").format(KEPT), (ids,))
    return [
        RefusedRecord(
            position,
            feature,
            [Reason("key_duplicate", value=feature, detail=str(counts[feature]))],
            {name: shortened(value, 300) for name, value in record.items() if value is not None},
        )
        for position, feature, record in taken
    ]


def drop(conn: Connection) -> None:
    """Remove the run's temporary tables."""
    conn.execute(sql.SQL("drop table if exists {}, {}").format(STAGING, KEPT))
