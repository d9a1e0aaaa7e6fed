"""Takes GeoTIFFs in: checked, converted once, entered into the registry; removes rasters. Shows nothing to anybody."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import time
from datetime import date
from pathlib import Path

from psycopg import Connection
from psycopg.types.json import Jsonb

from geoplatform.config import Config
from geoplatform.layers.rasters import convert, files
from geoplatform.layers.rasters.definition import RasterDefinition, RasterError

#: A file that no raster names any more stays this long (seconds): a picture may just be drawn from it.
_KEPT_SECONDS = 3600


def describe(conn: Connection, definition: RasterDefinition, *, uploaded_by: str | None = None) -> bool:
    """Enter or change the description; return whether it changed. Who may see it is for `geoplatform.publishing.rasters` to say.

    conn: of the owner role; the caller's transaction. uploaded_by: `account:<id>`, for one that no file describes.
    Raises RasterError when a layer has the id already.
    """
    if conn.execute("select from registry.layer where id = %s", [definition.id]).fetchone():
        raise RasterError(f"{definition.id}: there is a layer of this name; choose another id")
    document = definition.model_dump(mode="json", exclude={"id", "publication", "images"}) | {"id": definition.id}
    before = conn.execute("select definition, asked from registry.raster where id = %s for update", [definition.id]).fetchone()
    if before == (document, str(definition.publication)):
        return False
    conn.execute(
        "insert into registry.raster (id, definition, asked, uploaded_by) values (%s, %s, %s, %s) on conflict (id) do update"
        " set definition = excluded.definition, asked = excluded.asked,"
        " version = registry.raster.version + 1, changed_at = now()",
        [definition.id, Jsonb(document), str(definition.publication), uploaded_by],
    )
    return True


def accept(
    conn: Connection,
    config: Config,
    definition: RasterDefinition,
    path: Path,
    day: date,
    *,
    uploaded_by: str | None = None,
    seconds: float = convert.MAX_SECONDS,
) -> bool:
    """Take the GeoTIFF `path` as the raster's image of `day`, instead of an earlier one; return whether anything changed.

    conn: of the owner role; what is published switches at the caller's commit. The same file is not converted twice.
    Bounded: the conversion has convert.MAX_MEMORY bytes and `seconds`. A raster that is new is restricted until
    `geoplatform.publishing.rasters` publishes it; call that module's `accept`.
    Raises RasterError, one line, when the file is no sound GeoTIFF, takes too much, or the id is taken.
    """
    changed = describe(conn, definition, uploaded_by=uploaded_by)
    digest = _digest(path)
    row = conn.execute(
        "select source, file from registry.raster_image where raster = %s and date = %s", [definition.id, day]
    ).fetchone()
    if row is not None and row[0] == digest and (files.directory(config) / row[1]).exists():
        return changed
    name = f"{definition.id}/{day.isoformat()}-{digest[:16]}.tif"
    target = files.directory(config) / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # a folder of its own: GDAL writes files beside its target, and leaves them there when it fails
    with tempfile.TemporaryDirectory(dir=files.directory(config)) as scratch:
        made = Path(scratch) / target.name
        west, south, east, north = convert.to_cog(path, made, seconds=seconds)
        made.replace(target)
    conn.execute(
        "insert into registry.raster_image (raster, date, file, source, west, south, east, north)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (raster, date) do update set file = excluded.file,"
        " source = excluded.source, west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north,"
        " added_at = now()",
        [definition.id, day, name, digest, west, south, east, north],
    )
    conn.execute("update registry.raster set version = version + 1, changed_at = now() where id = %s", [definition.id])
    _clean(conn, config, definition.id)
    announce(conn)
    return True


def remove(conn: Connection, config: Config, raster: str) -> None:
    """Remove the raster with all its images; what was decided about its level stays. Raises RasterError."""
    if not conn.execute("delete from registry.raster where id = %s", [raster]).rowcount:
        raise RasterError(f"{raster}: there is no such raster")
    announce(conn)
    _clean(conn, config, raster)


def announce(conn: Connection) -> None:
    """Raise the publication's serial and tell the processes that listen; both take effect at the caller's commit."""
    serial = conn.execute("update registry.publication set serial = serial + 1 returning serial").fetchone()[0]
    conn.execute("select pg_notify('geoplatform_publication', %s)", [str(serial)])


def _clean(conn: Connection, config: Config, raster: str) -> None:
    """Remove the raster's files that nothing names and that are old enough."""
    named = {row[0] for row in conn.execute("select file from registry.raster_image where raster = %s", [raster])}
    for path in (files.directory(config) / raster).glob("*.tif"):
        with contextlib.suppress(FileNotFoundError):
            if f"{raster}/{path.name}" not in named and path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                path.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
