"""Rasters come in, open, narrow and go: the files by `geoplatform.layers.rasters`, who may see them by the rules of layers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from psycopg import Connection

from geoplatform.access import audit, ceilings
from geoplatform.config import Config
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.rasters import convert, store
from geoplatform.layers.rasters.definition import RasterDefinition, RasterError


def accept(
    conn: Connection,
    config: Config,
    definition: RasterDefinition,
    path: Path,
    day: date,
    *,
    actor: str = "system",
    seconds: float = convert.MAX_SECONDS,
) -> bool:
    """Take the GeoTIFF `path` as the raster's image of `day` and publish it; return whether anything changed.

    conn: of the owner role, the caller's transaction. actor: who is named in the audit log; `account:<id>` is also the uploader.
    Raises RasterError.
    """
    uploader = actor if actor.startswith("account:") else None
    before = _image(conn, definition.id, day)
    changed = store.accept(conn, config, definition, path, day, uploaded_by=uploader, seconds=seconds)
    if _image(conn, definition.id, day) != before:
        audit.note(conn, actor, "image", definition.id, date=day.isoformat(), instead=bool(before))
    publish(conn, definition.id, actor=actor)
    return changed


def open_to(conn: Connection, raster: str, level: Level, *, actor: str) -> list[str]:
    """Ask that the raster be seen as far as `level`, `restricted` for nobody; return what waits for approvals.

    In the caller's transaction as gp_owner. A later description in a file may ask for another level; what was restricted opens
    only with approvals all the same. Raises RasterError when there is no such raster.
    """
    changed = conn.execute(
        "update registry.raster set asked = %s, version = version + 1, changed_at = now() where id = %s", [level, raster]
    )
    if not changed.rowcount:
        raise RasterError(f"{raster}: there is no such raster")
    return publish(conn, raster, actor=actor)


def _image(conn: Connection, raster: str, day: date) -> str | None:
    row = conn.execute("select file from registry.raster_image where raster = %s and date = %s", [raster, day]).fetchone()
    return row[0] if row else None


def publish(conn: Connection, raster: str, *, actor: str) -> list[str]:
    """Open the raster as far as its description, the approvals and GeoNode's permissions let it; return what waits for approvals.

    In the caller's transaction as gp_owner. A raster that is not there is left alone.
    """
    row = conn.execute(
        "select asked, publication, narrowed_to from registry.raster where id = %s for update", [raster]
    ).fetchone()
    if row is None:
        return []
    level, held = ceilings.settle_level(conn, raster, Level(row[0]), actor)
    narrowing = conn.execute("select level from access.narrowing where layer = %s", [raster]).fetchone()
    narrowed = narrowing[0] if narrowing else None
    if (str(level), narrowed) != row[1:]:
        conn.execute(
            "update registry.raster set publication = %s, narrowed_to = %s, changed_at = now() where id = %s",
            [level, narrowed, raster],
        )
        before, after = reached(Level(row[1]), row[2]), reached(level, narrowed)
        if before != after:
            action = "published" if len(after) > len(before) else "unpublished"
            audit.note(conn, actor, action, raster, before=before, after=after)
        store.announce(conn)
    return [item.text() for item in held]


def reached(publication: Level, narrowed_to: str | None) -> list[str]:
    """Return the levels that see a raster of this ceiling and narrowing."""
    narrowing = Level(narrowed_to) if narrowed_to else Level.public
    return [str(level) for level in SERVED_LEVELS if publication.visible_to(level) and narrowing.visible_to(level)]


def remove(conn: Connection, config: Config, raster: str, *, actor: str) -> None:
    """Remove the raster with all its images. Raises RasterError."""
    row = conn.execute("select publication, narrowed_to from registry.raster where id = %s for update", [raster]).fetchone()
    store.remove(conn, config, raster)
    audit.note(conn, actor, "removed", raster)
    if before := reached(Level(row[0]), row[1]):
        audit.note(conn, actor, "unpublished", raster, before=before, after=[])
