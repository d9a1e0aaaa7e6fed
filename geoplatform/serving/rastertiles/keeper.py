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
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from geoplatform import config as configuration
from geoplatform import database
from geoplatform.config import Config
from geoplatform.layers import published
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.serving.rastertiles import edition as editions
from geoplatform.serving.rastertiles import grid, mapproxy
from geoplatform.serving.rastertiles.edition import Edition
from geoplatform.serving.wms import drawing

log = logging.getLogger(__name__)

CHANNEL = "geoplatform_publication"

#: Without a notice the keeper still looks this often (seconds): a notice may be lost with a broken connection.
LOOK_SECONDS = 2.0

#: An edition that was replaced stays this long: a request may still be on its way to it.
KEPT_SECONDS = 300


def follow(config: Config) -> None:
    """Bring the tiles of every level in step with what is published now. Idempotent. Raises psycopg.Error, OSError."""
    for level in SERVED_LEVELS:
        with database.pool(level).connection() as conn:
            serial = published.serial(conn, level)
            layers = [layer for layer in published.read(conn, level) if layer.definition.geometry != "none"]
        drawing.write(config, level, layers, serial)
        for layer in layers:
            _follow_layer(config, layer)
        _withdraw_others(config, level, {layer.id for layer in layers})


def _follow_layer(config: Config, layer: PublishedLayer) -> None:
    edition = mapproxy.write(config, layer)
    before = editions.switch(config, edition)
    if before == edition.name:
        return
    old = editions.directory(config, edition).with_name(before) if before else None
    if old is not None and old.is_dir() and _same_drawing(before, edition):
        with database.pool(edition.level).connection() as conn:
            changed = _changed_boxes(conn, edition, int(before.partition("-")[0]))
        if changed is not None:
            carry_over(old, editions.directory(config, edition), changed)


def _same_drawing(before: str, edition: Edition) -> bool:
    return before.partition("-")[2] == edition.drawing


def _changed_boxes(conn: psycopg.Connection, edition: Edition, after: int) -> list[tuple[float, float, float, float]] | None:
    """Return the boxes (degrees) touched by the versions after `after`, or None when not every one of them is known."""
    query = sql.SQL("select bbox from {} where layer = %s and version > %s and version <= %s").format(
        sql.Identifier(f"pub_{edition.level}", "changes")
    )
    rows = conn.execute(query, [edition.layer, after, edition.version]).fetchall()
    if edition.version < after or len(rows) != edition.version - after:
        return None
    return [box for (box,) in rows if box is not None]


def carry_over(old: Path, new: Path, changed: list[tuple[float, float, float, float]]) -> int:
    """Link the tiles of `old` that lie outside the boxes `changed` (degrees) into `new`; return how many.

    A tile that is already there was drawn for the new edition and stays.
    """
    dirty = {zoom: [grid.tiles_of(box, zoom) for box in changed] for zoom in range(editions.MAX_ZOOM + 1)}
    carried = 0
    for path, zoom, x, y in _tiles(old):
        if any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in dirty.get(zoom, ())):
            continue
        target = new / str(zoom) / str(x) / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError, FileNotFoundError):  # drawn meanwhile; cleaned up meanwhile
            os.link(path, target)
            carried += 1
    return carried


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
            shutil.rmtree(folder)


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
                shutil.rmtree(old)
                application = f"{level}.{folder.name}.{old.name}"
                (mapproxy.configurations(config) / f"{application}.yaml").unlink(missing_ok=True)
                (drawing.directory(config) / f"{application}.map").unlink(missing_ok=True)
                removed += 1
    return removed


def run() -> None:
    """Follow until told to stop (SIGTERM, SIGINT); a database that is away is waited for, said once."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    config = configuration.load()
    drawing.prepare(config)
    away = False
    while True:
        try:
            with psycopg.connect(config.dsn("public"), autocommit=True, application_name="geoplatform-keeper") as conn:
                conn.execute(f"listen {CHANNEL}")
                away = False
                _loop(config, conn)
        except psycopg.OperationalError as error:
            if not away:
                log.warning("Raster tiles wait for PostgreSQL: %s", str(error).splitlines()[0])
            away = True
            time.sleep(1)


def _loop(config: Config, conn: psycopg.Connection) -> None:
    """Follow at each notice; raises psycopg.OperationalError when the connection breaks."""
    followed, cleaned = -1, 0.0
    while True:
        serial = published.serial(conn, Level.public)
        if serial != followed:
            follow(config)
            followed = serial
        if time.monotonic() - cleaned > 60:
            clean(config, time.time())
            cleaned = time.monotonic()
        for _notice in conn.notifies(timeout=LOOK_SECONDS, stop_after=1):
            pass


if __name__ == "__main__":
    run()
