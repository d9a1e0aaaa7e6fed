"""The process that keeps the stored raster tiles in step with what is published: one connection that listens, one loop.

A change of data opens a new edition at once, empty, and the link that nginx follows is switched to it; then the tiles that the
change did not touch are carried over as hard links, which costs no space. A killed keeper loses nothing: the next one compares
what is on disk with what is published.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg_pool import PoolTimeout

from geoplatform import config as configuration
from geoplatform import database
from geoplatform.config import Config
from geoplatform.layers import published
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.rasters import published as rasters
from geoplatform.publishing.drawable import Drawable, drawables
from geoplatform.serving import archives, stored
from geoplatform.serving.rastertiles import basemaps, grid, mapproxy
from geoplatform.serving.rastertiles import edition as editions
from geoplatform.serving.rastertiles.edition import Edition
from geoplatform.serving.wms import drawing

log = logging.getLogger(__name__)

CHANNEL = "geoplatform_publication"

#: Without a notice the keeper still looks this often (seconds): a notice may be lost with a broken connection.
LOOK_SECONDS = 2.0

#: An edition that was replaced stays this long: a request may still be on its way to it.
KEPT_SECONDS = 300

#: With less free space than this (bytes) stored tiles are given up; /healthz counts a third of it as a full disk.
DISK_FLOOR = 1000 * 2**20

#: Where MapProxy keeps the pictures of one colour inside an edition.
_ONE_COLOUR = "single_color_tiles"


def follow(config: Config) -> None:
    """Bring the tiles of every level in step with what is published now, and take archives away. Idempotent.

    Raises psycopg.Error, OSError.
    """
    archives.withdraw(config)  # the thread that writes archives may be busy with a large one
    shown: dict[Level, list[Drawable]] = {}
    for level in SERVED_LEVELS:
        with database.pool(level).connection() as conn:
            shown[level] = drawables(published.read(conn, level), rasters.read(conn, level))
        _withdraw_others(config, level, {layer.id for layer in shown[level]})
    replaced = []
    for layers in shown.values():
        for layer in layers:
            edition = mapproxy.write(config, layer)
            before = editions.switch(config, edition)
            if before is not None and before != edition.name:
                replaced.append((edition, before))
    # last, since it may take a while: from here on nothing outdated is within reach
    for edition, before in replaced:
        _carry_over_unchanged(config, edition, before)


def _carry_over_unchanged(config: Config, edition: Edition, before: str) -> None:
    """Carry over what did not change since the edition called `before`, if that is known."""
    old = editions.directory(config, edition).with_name(before)
    version, moment, drawn = before.split("-")
    if not old.is_dir() or drawn != edition.drawing:
        return
    with database.pool(edition.level).connection() as conn:
        changed = _changed_boxes(conn, edition, int(version), int(moment))
    if changed is not None:
        carry_over(old, editions.directory(config, edition), changed, lambda: _sign(config))


def _changed_boxes(
    conn: psycopg.Connection, edition: Edition, after: int, moment: int
) -> list[tuple[float, float, float, float]] | None:
    """Return the boxes (degrees) touched since the version `after`, or None when not every change is known.

    moment: when `after` was applied; another one means that the layer was made anew or came from a backup.
    """
    query = sql.SQL("select version, at, bbox from {} where layer = %s and version between %s and %s order by version").format(
        sql.Identifier(f"pub_{edition.level}", "changes")
    )
    rows = conn.execute(query, [edition.layer, after, edition.version]).fetchall()
    if [version for version, _, _ in rows] != list(range(after, edition.version + 1)) or editions.moment(rows[0][1]) != moment:
        return None
    return [box for _, _, box in rows[1:] if box is not None]


def carry_over(
    old: Path, new: Path, changed: list[tuple[float, float, float, float]], sign: Callable[[], None] = lambda: None
) -> int:
    """Link the tiles of `old` that lie outside the boxes `changed` (degrees) into `new`; return how many.

    A tile that is already there was drawn for the new edition and stays. sign: called now and then.
    """
    _link(old / _ONE_COLOUR, new / _ONE_COLOUR)
    dirty = {zoom: [grid.tiles_of(box, zoom) for box in changed] for zoom in range(editions.MAX_ZOOM + 1)}
    carried = 0
    for number, (path, zoom, x, y) in enumerate(_tiles(old)):
        if number % 1000 == 0:
            sign()
        if any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in dirty.get(zoom, ())):
            continue
        target = new / str(zoom) / str(x) / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError, FileNotFoundError):  # drawn meanwhile; cleaned up meanwhile
            os.link(path, target, follow_symlinks=False)
            carried += 1
    return carried


def _link(old: Path, new: Path) -> None:
    """Link the pictures of one colour, to which empty tiles are symbolic links, into the new edition."""
    for path in old.iterdir() if old.is_dir() else ():
        new.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(path, new / path.name)


def _tiles(root: Path) -> Iterator[tuple[Path, int, int, int]]:
    """Yield every stored tile as (path, zoom, x, y), one directory at a time."""
    for column in root.glob("[0-9]*/[0-9]*"):
        for entry in os.scandir(column):
            name, _, ending = entry.name.partition(".")
            if ending == "png" and name.isdecimal():
                yield Path(entry.path), int(column.parent.name), int(column.name), int(name)


def _withdraw_others(config: Config, level: Level, kept: set[str]) -> None:
    """Take away the tiles of layers that the level no longer has, wherever they still lie."""
    root = editions.root(config, level)
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in kept:
            editions.withdraw(config, level, folder.name)
            shutil.rmtree(folder, ignore_errors=True)  # a tile may be stored meanwhile; `clean` comes by


def clean(config: Config, now: float) -> int:
    """Remove editions that were replaced more than KEPT_SECONDS before `now` (epoch seconds); return how many."""
    removed = 0
    for level in SERVED_LEVELS:
        root = editions.root(config, level)
        for folder in root.iterdir() if root.is_dir() else ():
            link = folder / "current"
            present = editions.present(link)
            switched = link.lstat().st_mtime if present else 0.0
            for old in folder.iterdir():
                if old.name in ("current", present) or old.is_symlink() or switched > now - KEPT_SECONDS:
                    continue
                shutil.rmtree(old, ignore_errors=True)
                _sign(config)
                application = f"{level}.{folder.name}.{old.name}"
                (mapproxy.configurations(config) / f"{application}.yaml").unlink(missing_ok=True)
                (drawing.directory(config) / f"{application}.map").unlink(missing_ok=True)
                removed += 1
            if present is None:
                with contextlib.suppress(OSError):  # not empty
                    folder.rmdir()
    return removed


def make_room(config: Config, floor: int = DISK_FLOOR) -> int:
    """While less than `floor` bytes are free, remove the tiles of the deepest zoom levels; return how many levels went.

    They are the most and the least asked for, and are drawn again on demand.
    """
    removed = 0
    for zoom in range(editions.MAX_ZOOM, editions.MIN_ZOOM, -1):
        root = config.var / "tiles"
        if not root.is_dir() or shutil.disk_usage(root).free >= floor:
            break
        for folder in (*root.glob(f"*/*/*/{zoom}"), *root.glob(f"*/*/*/{stored.FOLDER}/*/{zoom}")):
            if not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)  # a tile may be stored meanwhile
                removed += 1
    return removed


def life_sign(config: Config) -> Path:
    """Return the file whose time of change is the keeper's last sign of life."""
    return config.run / "keeper.alive"


def _sign(config: Config) -> None:
    life_sign(config).touch()


def run() -> None:
    """Follow until told to stop (SIGTERM, SIGINT); a database that is away is waited for, said once."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    config = configuration.load()
    # beside, since writing a large archive takes a while and tiles must not wait for it
    threading.Thread(target=archives.keep, args=[config], name="archives", daemon=True).start()
    away = False
    while True:
        try:
            with psycopg.connect(config.dsn("public"), autocommit=True, application_name="geoplatform-keeper") as conn:
                conn.execute(f"listen {CHANNEL}")
                away = False
                _loop(config, conn)
        except (psycopg.OperationalError, PoolTimeout) as error:
            if not away:
                log.warning("Raster tiles wait for PostgreSQL: %s", str(error).splitlines()[0])
            away = True
            _sign(config)
            time.sleep(1)


def _loop(config: Config, conn: psycopg.Connection) -> None:
    """Follow at each notice; raises psycopg.OperationalError when the connection breaks."""
    followed, cleaned = -1, 0.0
    while True:
        serial = published.serial(conn, Level.public)
        if serial != followed:
            follow(config)
            followed = serial
        _sign(config)
        if time.monotonic() - cleaned > 60:
            clean(config, time.time())
            basemaps.clean(config, time.time() - KEPT_SECONDS)
            make_room(config)
            cleaned = time.monotonic()
        for _notice in conn.notifies(timeout=LOOK_SECONDS, stop_after=1):
            pass


if __name__ == "__main__":
    run()
