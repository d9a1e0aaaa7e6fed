"""A layer's version numbers and the change events that go with them."""

from __future__ import annotations

from psycopg import Connection

from geoplatform.layers import apply as applying
from geoplatform.layers.definition import LayerDefinition


def following(conn: Connection, layer: str) -> int:
    """Return the number of the layer's next change.

    Never one used before, even for a layer that was forgotten meanwhile: caches keep them.
    """
    return conn.execute(
        "select 1 + greatest((select version from registry.layer where id = %(layer)s),"
        " (select max(version) from registry.change_event where layer = %(layer)s), 0)",
        {"layer": layer},
    ).fetchone()[0]


def record_event(
    conn: Connection,
    layer: str,
    version: int,
    box: list[float] | None,
    counts: tuple[int, int, int],
    author: str,
    run: int | None = None,
) -> None:
    """Write the change event of `version`.

    box: west, south, east, north in degrees of what changed, or None; counts: added, changed, removed.
    """
    conn.execute(
        "insert into registry.change_event (layer, version, bbox, added, changed, removed, run, author) values"
        " (%s, %s, ST_MakeEnvelope(%s::float8, %s::float8, %s::float8, %s::float8, 4326), %s, %s, %s, %s, %s)",
        (layer, version, *(box or [None] * 4), *counts, run, author),
    )


def register_edits(conn: Connection, definition: LayerDefinition, version: int, outcome: applying.Applied, author: str) -> None:
    """Bring the registry to `version` after edits of features, and write the change event."""
    conn.execute(
        "update registry.layer set version = %s, changed_at = now(), checked_at = now(), source_kind = 'source' where id = %s",
        [version, definition.id],
    )
    applying.summarise(conn, definition)
    box = applying.change_bbox(conn, definition, version)
    record_event(conn, definition.id, version, box, (outcome.added, outcome.changed, outcome.removed), author)
