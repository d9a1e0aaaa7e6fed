"""A held file into layers: what it would make, the rehearsal, the intake itself, and taking a layer away again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from geoplatform import config, database
from geoplatform.hub.uploads.holding import Held
from geoplatform.layers import described, runs, stylefiles, uploaded
from geoplatform.layers.definition import LayerDefinition, Style
from geoplatform.layers.edits import NotEditable
from geoplatform.layers.intake.files import Part, Upload, parts_of
from geoplatform.layers.intake.infer import Found, draft, look
from geoplatform.layers.intake.take import Intake
from geoplatform.layers.library import Library
from geoplatform.layers.report import RunReport
from geoplatform.publishing import catalogue, pipeline, restyle
from geoplatform.publishing import publish as publishing

#: Milliseconds to wait for an edit or an upload of the same layer.
PATIENCE = 10_000


@dataclass(frozen=True)
class Choices:
    """What a person may decide about a new layer; None leaves it to what the file says."""

    title: str | None = None
    theme: str | None = None
    key: str | None = None
    bounds: str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class Looked:
    """One table of a held file: what is in it and how it would go in. found is None for a layer that is known already.

    style: that the layer would have by a style file that came along, None without one; lost: what of it a layer can't say.
    """

    part: Part
    found: Found | None
    intake: Intake
    report: RunReport
    style: Style | None = None
    lost: tuple[str, ...] = ()


def parts(held: Held) -> list[Part]:
    """Return the tables of the file; raises SourceError."""
    if held.name.lower().endswith(".shp"):
        return [Part("shapefile", None, held.name[:-4])]
    return parts_of(held.folder, held.name)


def readable(held: Held, part: Part) -> None:
    """Read the whole table; raises SourceError when it can't be."""
    look(Upload(held.folder, held.name, part), None)


def looked(held: Held, part: Part, choices: Choices | None = None) -> Looked:
    """Read the whole table and rehearse its intake. Raises SourceError, NotEditable, ValueError, psycopg.Error."""
    found, intake = _prepared(held, part, choices or Choices())
    style, lost = _styled(held, intake.definition)
    with database.pool("owner").connection() as conn:
        return Looked(part, found, intake, intake.rehearse(conn), style, lost)


def take(
    held: Held,
    part: Part,
    choices: Choices | None = None,
    *,
    confirm: bool = False,
    overwrite: bool = False,
    restyles: bool = True,
) -> tuple[str, RunReport]:
    """Take the table in; return the layer's id and the report. The catalogue follows at once.

    confirm: accept a loss above the layer's limit. overwrite: also what others changed since the file was made.
    restyles: whether a layer that is known already gets the style that came along; a new one is made with it.
    Raises SourceError, EditError, ValueError, psycopg.Error.
    """
    _, intake = _prepared(held, part, choices or Choices(), overwrite=overwrite)
    # a style that can't be taken is told before anything is changed
    style, lost = _styled(held, intake.definition) if restyles and held.layer is not None else (None, ())
    # a connection of its own: taking in holds it as long as the file is read
    with psycopg.connect(config.load().dsn(), autocommit=True, application_name="geoplatform-upload") as conn:
        if style is not None:
            restyle.hold(conn, held.layer)  # for both changes, so that the second can't fail on somebody else's
        report = intake.take(conn, confirm=confirm)
        restyled = None
        if style is not None and report.status in ("applied", "unchanged"):
            actor = f"account:{held.account}"
            restyled = restyle.apply(conn, config.load(), described.library(), held.layer, style, actor, lost)
            report.warnings += restyled.warnings if restyled else []
    if report.status == "applied" or restyled:
        catalogue.follow(retry_now=True)
    return intake.definition.id, report


def editable(layer: str) -> LayerDefinition:
    """Return the definition of a layer that is kept in the platform. Raises LookupError, NotEditable."""
    with database.pool("owner").connection() as conn:
        row = conn.execute("select definition from registry.layer where id = %s", [layer]).fetchone()
    if row is None:
        raise LookupError(layer)
    definition = LayerDefinition.model_validate(row[0])
    if not definition.kept_here:
        raise NotEditable(f"layer {layer} follows its source; change the data there")
    return definition


def restylable(layer: str) -> LayerDefinition:
    """Return the definition of a layer whose style can be changed here: an uploaded one. Raises LookupError, NotEditable."""
    with database.pool("owner").connection() as conn:
        return restyle.definition(conn, layer, described.library())


def restyled(layer: str, path: Path, author: str) -> RunReport | None:
    """Give an uploaded layer the style in a file; return the run, None when it has that style already.

    The catalogue follows at once. author: e.g. `account:7`. Raises LookupError, EditError, StyleFileError.
    """
    style, lost = restyle.looked(path, restylable(layer))
    return _restyled(restyle.apply, layer, style, author, lost)


def style_before(layer: str, entry: int, author: str) -> RunReport | None:
    """Give an uploaded layer the style that it had until `entry` of the audit log; see `restyled`."""
    return _restyled(restyle.to_past, layer, entry, author)


def _restyled(change: Callable[..., RunReport | None], layer: str, *given: Any) -> RunReport | None:
    with psycopg.connect(config.load().dsn(), autocommit=True, application_name="geoplatform-upload") as conn:
        report = change(conn, config.load(), described.library(), layer, *given)
    if report is not None:
        catalogue.follow(retry_now=True)
    return report


def remove(layer: str, author: str) -> bool:
    """Take an uploaded layer away: its views, table, definition and catalogue record; history stays.

    Returns False when no such layer was uploaded. Raises psycopg.errors.LockNotAvailable when it is being changed.
    """
    with psycopg.connect(config.load().dsn(), autocommit=True, application_name="geoplatform-upload") as conn:
        conn.execute(f"set lock_timeout = {PATIENCE}")
        if uploaded.definition(conn, layer) is None:
            return False
        runs.lock(conn, layer, wait=True)  # goes with the connection
        with conn.transaction():
            publishing.unpublish(conn, layer)
            uploaded.remove(conn, layer, author)
    return True


def _prepared(held: Held, part: Part, choices: Choices, *, overwrite: bool = False) -> tuple[Found | None, Intake]:
    library = described.library()
    upload = Upload(held.folder, held.name, part, choices.crs)
    found = None
    if held.layer is None:
        region = library.municipality.bounds["region"] if library.municipality else None
        found = look(upload, region)
        definition = draft(
            found, library, _taken(library), choices.title or part.title, held.name,
            theme=choices.theme, key=choices.key, bounds=choices.bounds, style=_style(held),
        )  # fmt: skip
    else:
        definition = editable(held.layer)
    intake = Intake(
        upload, definition, library, f"account:{held.account}", pipeline.publisher(library),
        allow_demo=config.load().demo, is_new=held.layer is None, mode="merge" if held.mode == "merge" else "replace",
        overwrite=overwrite, notes=_notes(held, definition) if held.layer is None else (),
    )  # fmt: skip
    return found, intake


def _taken(library: Library) -> set[str]:
    """Return the ids that a new layer can't have."""
    with database.pool("owner").connection() as conn:
        return {*library.layers, *uploaded.definitions(conn), *_known(conn), *publishing.RESERVED, "new"}  # /hub/layers/new/


def _known(conn: Connection) -> list[str]:
    return [layer for (layer,) in conn.execute("select id from registry.layer")]


def _notes(held: Held, definition: LayerDefinition) -> tuple[str, ...]:
    return tuple(f"left out of the style: {loss}" for loss in _styled(held, definition)[1])


def _style(held: Held) -> Style | None:
    path = held.style_path
    return stylefiles.read(path).style if path is not None else None


def _styled(held: Held, definition: LayerDefinition) -> tuple[Style | None, tuple[str, ...]]:
    """Return the style that came with the file as the layer would have it, and what of it is lost.

    Raises StyleFileError, NotEditable when the layer's style is not to be changed here.
    """
    if held.style_path is None:
        return None, ()
    if held.layer is not None:
        definition = restylable(held.layer)
    elif definition.geometry == "none":
        return None, ("the whole style: the table has no geometry",)
    return restyle.looked(held.style_path, definition)
