"""PMTiles archives of public layers that change slowly: every vector tile in one file, which nginx serves by ranges.

`var/pmtiles/<layer>.pmtiles` is a link to the archive of the present state. When the state changes the link goes at once, and
comes back when the new archive is whole: an archive never tells of what is no more so.
"""

from __future__ import annotations

import contextlib
import gzip
import logging
import shutil
import time
from pathlib import Path

import psycopg
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from psycopg import Connection
from psycopg_pool import PoolTimeout

from geoplatform import database
from geoplatform.access import ANONYMOUS, grants
from geoplatform.config import Config
from geoplatform.layers import published
from geoplatform.layers.definition import Level
from geoplatform.serving import tiles
from geoplatform.serving.publication import ServedLayer

log = logging.getLogger(__name__)

#: Deepest zoom of an archive: its tiles are not thinned, and a map enlarges them.
MAX_ZOOM = 14
#: A layer whose owner promises news less often than this (days) is slow enough.
SLOW_DAYS = 7
#: How often (seconds) the publication's serial is looked at.
LOOK_SECONDS = 2.0


def is_archived(layer: ServedLayer) -> bool:
    """Return whether an archive is kept of the layer as it is seen here: by everybody, drawn, and changing slowly.

    Who sees more of a layer than everybody is not led to an archive that holds less.
    """
    definition = layer.definition
    return (
        layer.layer.level is Level.public
        and definition.publication is Level.public
        and layer.has_geometry
        and layer.layer.feature_count > 0
        and definition.update_promise_days >= SLOW_DAYS
    )


def link(config: Config, layer_id: str) -> Path:
    """Return the link by which nginx finds the layer's archive."""
    return config.var / "pmtiles" / f"{layer_id}.pmtiles"


def withdraw(config: Config) -> dict[str, ServedLayer]:
    """Take away the links to archives that may not be had, or not so, any more; return the layers of which there shall be one.

    Quick: nothing is written. Raises psycopg.Error, OSError.
    """
    with database.pool("public").connection() as conn:
        permissions = grants.read(conn, Level.public)
        served = [ServedLayer(layer) for layer in published.read(conn, Level.public)]
    wanted = {layer.id: layer for layer in served if is_archived(layer) and permissions.allows(ANONYMOUS, layer.id, "download")}
    for path in (config.var / "pmtiles").glob("*.pmtiles"):
        layer = wanted.get(path.stem)
        with contextlib.suppress(FileNotFoundError):  # the keeper's other thread takes links away too
            if layer is None or str(path.readlink()) != f"{layer.id}/{layer.tag}.pmtiles":
                path.unlink()
    return wanted


def follow(config: Config) -> int:
    """Bring the archives in step with what is published now; return how many were written. Raises psycopg.Error, OSError."""
    wanted = withdraw(config)
    root = config.var / "pmtiles"
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.is_dir() and folder.name not in wanted:
            shutil.rmtree(folder)
    return sum(_renewed(config, layer) for layer in wanted.values() if not link(config, layer.id).exists())


def _renewed(config: Config, layer: ServedLayer) -> bool:
    """Write the layer's archive and link it; return False when it changed meanwhile, so that the next look does it."""
    folder = config.var / "pmtiles" / layer.id
    folder.mkdir(parents=True, exist_ok=True)
    target, unfinished = folder / f"{layer.tag}.pmtiles", folder / "unfinished"
    with database.pool("public").connection() as conn, conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        present = {found.id: ServedLayer(found) for found in published.read(conn, Level.public)}.get(layer.id)
        if present is None or present.tag != layer.tag:
            return False
        write(conn, layer, unfinished)
    unfinished.replace(target)
    for old in folder.iterdir():
        if old != target:
            old.unlink()
    temporary = folder / "link"
    temporary.symlink_to(f"{layer.id}/{target.name}")
    temporary.replace(link(config, layer.id))
    withdraw(config)  # it may have been narrowed while the archive was written
    return True


def write(conn: Connection, layer: ServedLayer, path: Path, max_zoom: int = MAX_ZOOM) -> int:
    """Write the layer's tiles down to `max_zoom` into the archive `path`; return how many. conn: of the public role."""
    addresses = sorted((zxy_to_tileid(z, x, y), z, x, y) for z, x, y in _addresses(conn, layer, max_zoom))
    written = 0
    with path.open("wb") as file:
        writer = Writer(file)
        for tile_id, z, x, y in addresses:
            if data := tiles.tile(conn, layer, z, y, x, whole=z == max_zoom):
                writer.write_tile(tile_id, gzip.compress(data, 6, mtime=0))
                written += 1
        writer.finalize(*_about(layer, max_zoom))
    return written


def _addresses(conn: Connection, layer: ServedLayer, max_zoom: int) -> list[tuple[int, int, int]]:
    """Return zoom, column and row of the tiles that something lies in, asking only below tiles that hold something."""
    statement = (
        f"select exists (select from {layer.view} where geom_3857 && ST_TileEnvelope(%s, %s, %s, margin => {tiles.MARGIN}))"  # noqa: S608
    )
    found, waiting = [], [(0, 0, 0)]
    while waiting:
        z, x, y = waiting.pop()
        if not conn.execute(statement, [z, x, y]).fetchone()[0]:
            continue
        found.append((z, x, y))
        if z < max_zoom:
            waiting += [(z + 1, 2 * x + right, 2 * y + down) for right in (0, 1) for down in (0, 1)]
    return found


def _about(layer: ServedLayer, max_zoom: int) -> tuple[dict, dict]:
    """Return the archive's header and metadata."""
    definition = layer.definition
    west, south, east, north = layer.layer.bbox or (-180.0, -85.0, 180.0, 85.0)
    edges = {"min_lon": west, "min_lat": south, "max_lon": east, "max_lat": north}
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_zoom": 0,
        "max_zoom": max_zoom,
        "center_zoom": min(12, max_zoom),
        "center_lon_e7": round((west + east) / 2 * 1e7),
        "center_lat_e7": round((south + north) / 2 * 1e7),
        **{f"{name}_e7": round(value * 1e7) for name, value in edges.items()},
    }
    fields = dict.fromkeys(["id", *tiles.attribute_names(layer)], "String")
    metadata = {
        "name": definition.title.uk,
        "description": definition.description.uk,
        "attribution": definition.attribution.uk,
        "license": definition.licence,
        "version": str(layer.version),
        "vector_layers": [{"id": layer.id, "fields": fields, "minzoom": 0, "maxzoom": max_zoom}],
    }
    return header, metadata


def keep(config: Config) -> None:
    """Follow for ever; a database that is away is waited for, said once."""
    followed, away = -1, False
    while True:
        try:
            with database.pool("public").connection() as conn:
                serial = published.serial(conn, Level.public)
            if serial != followed:
                follow(config)
                followed = serial
            away = False
        except (psycopg.Error, PoolTimeout, OSError) as error:
            if not away:
                log.warning("PMTiles: %s; will try again", (str(error).splitlines() or [""])[0])
            away = True
        time.sleep(LOOK_SECONDS)
