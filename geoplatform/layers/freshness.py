"""How fresh each layer is, against its promise, and how its last run ended: for `layers status` and the staff hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from geoplatform.layers.library import Library

_QUERY = """
select l.id, l.version, l.feature_count, l.demo_count, l.source_kind, l.source_date, l.checked_at, l.changed_at,
       l.published, l.withdrawn, r.id as run, r.status, r.error, r.refused, r.started_at
  from registry.layer l
  left join lateral (select * from registry.sync_run s where s.layer = l.id order by s.id desc limit 1) r on true
"""


def freshness(conn: Connection, library: Library) -> list[dict[str, Any]]:
    """Return a row for each layer of the library and of the registry, in the library's order.

    state: `fresh`, `late` (the data, or else the last check, are older than update_promise_days), `empty` (no feature),
    `never` (never synchronised), `demo` (all features are demonstration data), `orphan` (no longer described).
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        known = {row["id"]: row for row in cursor.execute(_QUERY)}
    now = datetime.now(UTC)
    described = sorted(library.layers.values(), key=lambda layer: (layer.order, layer.id))
    rows = []
    for definition in described:
        row = known.pop(definition.id, None)
        promise = timedelta(days=definition.update_promise_days)
        rows.append(_row(definition.id, row, f"{definition.update_promise_days} d", _state(row, promise, now)))
    return rows + [_row(name, row, "", "orphan") for name, row in sorted(known.items())]


def _state(row: dict[str, Any] | None, promise: timedelta, now: datetime) -> str:
    if row is None:
        return "never"
    if row["feature_count"] == 0:
        return "empty"
    if row["demo_count"] == row["feature_count"]:
        return "demo"
    as_of = row["source_date"] or row["checked_at"]
    return "late" if as_of is None or now - as_of > promise else "fresh"


def _row(name: str, row: dict[str, Any] | None, promise: str, state: str) -> dict[str, Any]:
    if row is None:
        return {
            "layer": name, "state": state, "features": 0, "demo": 0, "version": "-", "checked": "-", "promise": promise,
            "last_run": "-", "published": "no", "run": None, "error": None, "source_date": None,
        }  # fmt: skip
    last = row["status"] or "-"
    if row["refused"]:
        last += f", {row['refused']} refused"
    if row["run"] is not None:
        last += f" (run {row['run']})"
    return {
        "layer": name,
        "state": state,
        "features": row["feature_count"],
        "demo": row["demo_count"],
        "version": row["version"],
        "checked": f"{row['checked_at']:%Y-%m-%d %H:%M}" if row["checked_at"] else "-",
        "promise": promise,
        "last_run": last,
        "published": "yes" if row["published"] else ("taken out" if row["withdrawn"] else "no"),
        "run": row["run"],
        "error": row["error"],
        "source_date": row["source_date"],
    }
