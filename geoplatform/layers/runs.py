"""The registry's rows about runs: beginning and ending one, the refused records kept for download."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geoplatform.layers.cells import harmless
from geoplatform.layers.checks import RefusedRecord
from geoplatform.layers.report import RunReport

#: So many refused records are kept for each run; all are counted.
KEPT_RECORDS = 10_000

#: First half of the advisory lock's key; the second is a hash of the layer's id.
_LOCK_CLASS = 0x67707379  # "gpsy"

_COLUMNS = {"run", "status", "version", "read", "added", "changed", "removed", "mended", "refused", "error"}


def lock(conn: Connection, layer: str, wait: bool) -> bool:
    """Take the layer's lock, which goes with the connection; returns False when another run holds it and `wait` is False."""
    if wait:
        conn.execute("select pg_advisory_lock(%s, hashtext(%s))", (_LOCK_CLASS, layer))
        return True
    return conn.execute("select pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK_CLASS, layer)).fetchone()[0]


def unlock(conn: Connection, layer: str) -> None:
    """Give the layer's lock back."""
    conn.execute("select pg_advisory_unlock(%s, hashtext(%s))", (_LOCK_CLASS, layer))


def begin(conn: Connection, report: RunReport) -> None:
    """Note that a run began. Whoever holds the lock knows that runs still marked as running died: they are closed."""
    conn.execute(
        "update registry.sync_run set status = 'interrupted', finished_at = now(),"
        " error = coalesce(error, 'the process that ran it is gone; nothing was applied')"
        " where layer = %s and status = 'running'",
        (report.layer,),
    )
    row = conn.execute(
        "insert into registry.sync_run (layer, started_by) values (%s, %s) returning id, started_at",
        (report.layer, report.started_by),
    ).fetchone()
    report.run, report.started_at = row


def finish(conn: Connection, report: RunReport, source_hash: str | None, refused: list[RefusedRecord]) -> None:
    """Close the run with its report, and keep the refused records."""
    conn.execute(
        "update registry.sync_run set status = %(status)s, finished_at = clock_timestamp(), source_hash = %(source_hash)s,"
        " version = %(version)s, read = %(read)s, added = %(added)s, changed = %(changed)s, removed = %(removed)s,"
        " mended = %(mended)s, refused = %(refused)s, error = %(error)s, report = %(report)s where id = %(run)s",
        report.model_dump(
            include={"status", "version", "read", "added", "changed", "removed", "mended", "refused", "error", "run"}
        )
        | {"source_hash": source_hash, "report": Jsonb(report.model_dump(mode="json"))},
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into registry.refused_record (run, position, feature, reasons, record) values (%s, %s, %s, %s, %s)"
            " on conflict do nothing",
            [(report.run, r.position, r.feature, [x.text() for x in r.reasons], Jsonb(r.record)) for r in refused],
        )


def refused_records(conn: Connection, run: int) -> list[dict[str, Any]]:
    """Return the kept refused records of a run: position, feature, reasons, record."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select position, feature, reasons, record from registry.refused_record where run = %s order by position", (run,)
        ).fetchall()


def as_csv(records: list[dict[str, Any]]) -> str:
    """Return refused records as CSV: position, feature, reasons, then the record's own columns."""
    columns = list(dict.fromkeys(name for item in records for name in item["record"]))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["position", "feature", "reasons", *columns])
    for item in records:
        values = (item["record"].get(name, "") for name in columns)
        row = [item["position"], item["feature"] or "", "; ".join(item["reasons"]), *values]
        writer.writerow([harmless(value) for value in row])
    return out.getvalue()


def as_geojson(records: list[dict[str, Any]]) -> str:
    """Return refused records as a GeoJSON FeatureCollection; what has no readable geometry has null."""
    import shapely

    def features() -> Iterator[dict[str, Any]]:
        for item in records:
            record = dict(item["record"])
            shape = shapely.from_wkt(record.pop("geometry", None), on_invalid="ignore")
            finite = shape is not None and not shape.is_empty and all(abs(v) < 1e300 for v in shape.bounds)
            properties = {"position": item["position"], "reasons": item["reasons"], **record}
            geometry = json.loads(shapely.to_geojson(shape)) if finite else None
            yield {"type": "Feature", "id": item["feature"], "geometry": geometry, "properties": properties}

    return json.dumps({"type": "FeatureCollection", "features": list(features())}, ensure_ascii=False)


def refused_before(conn: Connection, layer: str, source_hash: str) -> tuple[int, int] | None:
    """Return (run, number of refused records) of the last run that read these very bytes and refused some, or None."""
    return conn.execute(
        "select id, refused from registry.sync_run where layer = %s and source_hash = %s and read > 0"
        " and status in ('applied', 'unchanged') and refused > 0 order by id desc limit 1",
        (layer, source_hash),
    ).fetchone()
