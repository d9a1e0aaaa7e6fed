"""Another style for an uploaded layer: applied like a change of its definition, kept in the log, taken back from there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import Connection

from geoplatform.access import audit
from geoplatform.config import Config
from geoplatform.layers import engine, runs, stylefiles, stylefit, uploaded
from geoplatform.layers.definition import LayerDefinition, Style
from geoplatform.layers.edits import EditError, NotEditable
from geoplatform.layers.library import Library
from geoplatform.layers.report import RunReport
from geoplatform.publishing import pipeline

#: Milliseconds to wait for an edit, an upload or a run of the same layer.
PATIENCE = 10_000
#: Styles before the present one that are offered.
PAST_SHOWN = 10


@dataclass(frozen=True)
class Past:
    """A style that the layer had: until when (the entry `id` of the audit log says so), and who changed it."""

    id: int
    until: datetime
    actor: str
    style: Style


def definition(conn: Connection, layer: str, library: Library) -> LayerDefinition:
    """Return the definition of an uploaded layer, whose style can be changed here. Raises LookupError, NotEditable.

    library: what files describe; a layer that has a file has its style there.
    """
    if layer in library.layers:
        raise NotEditable(f"the style of layer {layer} is in the file that describes it; change it there")
    found = uploaded.definition(conn, layer)
    if found is None:
        raise LookupError(layer)
    return found


def looked(path: Path, layer: LayerDefinition) -> tuple[Style, tuple[str, ...]]:
    """Return the style in a file as the layer can carry it, and what of it is lost. Raises StyleFileError, NotEditable."""
    if layer.geometry == "none":
        raise NotEditable(f"layer {layer.id} has no geometry, hence no style")
    found = stylefiles.read(path)
    style, lost = stylefit.fitted(found.style, layer.attributes)
    return style, found.lost + lost


def apply(
    conn: Connection, config: Config, library: Library, layer: str, style: Style, author: str, lost: Iterable[str] = ()
) -> RunReport | None:
    """Give the uploaded layer `style`, publish it and note it in the audit log; return the run, None when it has that style.

    conn: to the data database as its owner, in autocommit. author: e.g. `account:7`. lost: what of a file is left out.
    The change is a run of the layer and a
    version in which no feature differs. Raises LookupError, EditError.
    """
    hold(conn, layer)
    try:
        before = definition(conn, layer, library)
        after = LayerDefinition.model_validate(before.model_dump(by_alias=True) | {"style": style.model_dump(by_alias=True)})
        if after.style == before.style:
            return None
        publish = pipeline.publisher(library)

        def published(inner: Connection, changed: LayerDefinition) -> list[str]:
            uploaded.store(inner, changed, author)
            past, present = (it.style.model_dump(mode="json", by_alias=True) for it in (before, changed))
            audit.note(inner, author, "style", layer, before=past, after=present)
            left_out = [f"left out of the style: {loss}" for loss in lost]
            return [*(publish(inner, changed) or []), "the style was changed", *left_out]

        job = pipeline.make_job(library, after, config, (after.source, "source"), started_by=author, publish=published)
        report = engine.establish(conn, job)
        if report.error:
            raise EditError(report.error)
        return report
    finally:
        runs.unlock(conn, layer)


def hold(conn: Connection, layer: str) -> None:
    """Take the layer's lock until the connection ends or gives it back, so that nobody changes it meanwhile. Raises EditError."""
    conn.execute(f"set lock_timeout = {PATIENCE}")
    try:
        runs.lock(conn, layer, wait=True)
    except psycopg.errors.LockNotAvailable:
        raise EditError("the layer is being changed; try again in a moment") from None


def past(conn: Connection, layer: str) -> list[Past]:
    """Return the styles that the layer had before, the last one first. conn: of the owner role."""
    rows = conn.execute(
        "select id, at, actor, detail->'before' from access.audit where layer = %s and action = 'style'"
        " order by id desc limit %s",
        [layer, PAST_SHOWN],
    ).fetchall()
    return [Past(id_, at, actor, Style.model_validate(style)) for id_, at, actor, style in rows]


def to_past(conn: Connection, config: Config, library: Library, layer: str, entry: int, author: str) -> RunReport | None:
    """Give the layer back the style that it had until the log's `entry`; see `apply`. LookupError: also for an unknown entry."""
    row = conn.execute(
        "select detail->'before' from access.audit where id = %s and layer = %s and action = 'style'", [entry, layer]
    ).fetchone()
    if row is None:
        raise LookupError(entry)
    found = definition(conn, layer, library)
    style, _ = stylefit.fitted(Style.model_validate(row[0]), found.attributes)
    return apply(conn, config, library, layer, style, author)
