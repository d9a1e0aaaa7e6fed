"""Whole collections to take away: everything that matches, written to a file of bounded memory and streamed out.

A few are written at once in the whole installation; who comes then is asked to come again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from geoplatform import config as configuration
from geoplatform import database
from geoplatform.access import Unauthorized, gate, taking
from geoplatform.serving import exported, publication
from geoplatform.serving.context import FLATGEOBUF, GEOPACKAGE, Answer, Context
from geoplatform.serving.parameters import ItemsQuery
from geoplatform.serving.problems import Problem, bad_request
from geoplatform.serving.publication import ServedLayer

#: How many files are written at once.
SLOTS = int(os.environ.get("GEOPLATFORM_DOWNLOADS", "2"))
#: A file that takes longer (seconds) is given up.
PATIENCE = 240
_BLOCK = 256 * 1024


class CutOff(Exception):
    """The rest of a file is not sent; the server closes the connection, so that nobody takes the part for the whole."""


@dataclass(frozen=True)
class _Format:
    media_type: str
    ending: str
    driver: str | None = None


FORMATS = {
    "csv": _Format("text/csv; charset=utf-8", "csv"),
    "gpkg": _Format(GEOPACKAGE, "gpkg", "GPKG"),
    "fgb": _Format(FLATGEOBUF, "fgb", "FlatGeobuf"),
}


def answer(context: Context, layer: ServedLayer, query: ItemsQuery, format_: str) -> Answer:
    """Answer with all features that `query` selects (so many as `limit` says, if it was given) as a file.

    Raises Problem: 403 without the permission, 400 where the format has no sense, 503 while enough others are written.
    """
    if not context.may_download(layer):
        raise Problem(HTTPStatus.FORBIDDEN, f"{layer.id}: you may look at this collection but not download it whole")
    if query.after is not None or query.offset or query.hits:
        raise bad_request(f"f={format_}: gives everything that matches; leave offset, after and resulttype out")
    if format_ == "fgb" and (not layer.has_geometry or query.profile.skip_geometry):
        raise bad_request("f=fgb: FlatGeobuf holds geometries only; use csv or gpkg")
    chosen = FORMATS[format_]
    headers = {
        **context.caching(layer.tag),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(_name(layer, query))}.{chosen.ending}",
        "Link": f'<{exported.licence_address(layer.definition.licence)}>; rel="license"',
    }
    if context.request.method == "HEAD":
        return Answer(b"", chosen.media_type, headers=headers)
    file, size = _written(context, layer, query, chosen)
    publication.expire(context.level)
    if not _still_given(context, layer):
        file.close()
        raise publication.Changed(f"{layer.id} was narrowed while it was read")
    try:
        if taking.note(context.principal, layer.id, format_):
            headers["X-Accel-Buffering"] = "no"  # nginx would take it all at once, and nobody could hold the rest back
    except BaseException:
        file.close()
        raise
    return Answer(_blocks(context, layer, file), chosen.media_type, headers=headers | {"Content-Length": str(size)})


def _name(layer: ServedLayer, query: ItemsQuery) -> str:
    """Return the file's name without its ending: the layer and as of when its data are."""
    date = layer.layer.source_date or layer.layer.changed_at
    part = "_part" if query.conditions or query.bounded else ""
    return f"{layer.id}{part}_{date:%Y-%m-%d}" if date else f"{layer.id}{part}"


def _written(context: Context, layer: ServedLayer, query: ItemsQuery, chosen: _Format) -> tuple[BinaryIO, int]:
    """Return the file, written whole and already without a name, and its size in bytes."""
    with _slot() as folder:
        path = folder / f"{layer.id}.{chosen.ending}"
        if chosen.driver is None:
            with database.pool(context.level).connection() as conn, path.open("wb") as out:
                exported.write_csv(conn, layer, query, context.language, out, bom=query.bom)
        else:
            _convert(context, layer, query, chosen.driver, path)
        file = path.open("rb")
        size = path.stat().st_size
        path.unlink()  # the space is given back when the last reader is done, whatever becomes of this process
        return file, size


@contextlib.contextmanager
def _slot() -> Iterator[Path]:
    """Give an empty directory to write in, one of SLOTS in the installation; raises Problem 503 when all are taken."""
    root = configuration.load().run / "downloads"
    root.mkdir(parents=True, exist_ok=True)
    for number in range(SLOTS):
        with (root / f"{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            folder = root / str(number)
            shutil.rmtree(folder, ignore_errors=True)  # what a killed process left
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return
    raise Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "others are downloading; this one can start in some seconds", {"Retry-After": "5"}
    )


def _convert(context: Context, layer: ServedLayer, query: ItemsQuery, driver: str, path: Path) -> None:
    """Have GDAL write the file in a process of its own: its memory and its faults are not ours."""
    config = configuration.load()
    with database.pool(context.level).connection() as conn:
        exported.probe(conn, layer, query)  # what is wrong with the query is said here, where it can be told
        view = exported.identity(conn, layer, query)
        dsn, to_edit = config.dsn(str(context.level)), driver == "GPKG" and context.may_edit(layer)
        task = exported.task(conn, layer, query, context.language, driver, str(path), dsn, to_edit=to_edit)
    # by standard input, since arguments are seen by everybody on the machine
    try:
        done = subprocess.run(
            [sys.executable, "-m", "geoplatform.serving.vector_writer"],
            input=json.dumps(task).encode(),
            capture_output=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "the download takes too long; ask for less at once", {"Retry-After": "60"}
        ) from None
    with database.pool(context.level).connection() as conn:
        if exported.identity(conn, layer, query) != view:
            # made anew or taken away: GDAL was cut off, in whatever words it says so
            raise publication.Changed(f"{layer.id} was published anew while it was read")
    if done.returncode:
        raise RuntimeError(f"{layer.id}.{driver}: {done.stderr.decode(errors='replace').strip()[-500:]}")


def _blocks(context: Context, layer: ServedLayer, file: BinaryIO) -> Iterator[bytes]:
    """Yield the file; raise CutOff in the middle of it when who asked may not have it any more."""
    with file:
        while block := file.read(_BLOCK):
            if not _still_given(context, layer):
                raise CutOff(f"{layer.id}: taken back while it was sent")
            yield block


def _still_given(context: Context, layer: ServedLayer) -> bool:
    """Return whether who asked may have now what `layer` showed when the file was begun."""
    try:
        principal = gate.renewed(context.principal, context.request.environ)
    except Unauthorized:
        return False
    now = publication.current(principal.level).visible_to(principal)
    found = now.layers.get(layer.id)
    return found is not None and found.covers(layer) and now.permissions.allows(principal, layer.id, "download")
