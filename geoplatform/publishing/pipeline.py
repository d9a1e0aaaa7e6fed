"""The whole way of the data in one call: library, source by mode, engine, publishing; the CLI, tasks and tests use it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import Connection

from geoplatform import config as configuration
from geoplatform.config import Config
from geoplatform.layers import engine, sources, uploaded
from geoplatform.layers.definition import PLATFORM, LayerDefinition, Source
from geoplatform.layers.job import ApplyError, Job
from geoplatform.layers.library import Library, Problem, read_library
from geoplatform.layers.report import RunReport
from geoplatform.publishing import publish as publishing

logger = logging.getLogger(__name__)

Progress = Callable[[str, str, int], None]


def _silent(layer: str, phase: str, records: int) -> None:
    """Tell nobody about the progress."""


def choose_source(definition: LayerDefinition, config: Config, live: bool = False) -> tuple[Source, str] | None:
    """Return the source to read and its kind (source or sample), or None when there is none: no data yet, or kept here.

    In production, and with `live`, it is always the real one. In the demo, real data that lie below GEOPLATFORM_DATA come
    first, then the bundled sample; a server elsewhere is not asked.
    """
    source = definition.source
    if source.driver == PLATFORM:
        return None
    if live or not config.demo:
        return source, "source"
    if source.location.startswith("data://"):
        if config.data is not None and (config.data / source.location.removeprefix("data://")).exists():
            return source, "source"
    elif definition.sample is None and not source.location.startswith(("http://", "https://")):
        return source, "source"
    return None if definition.sample is None else (definition.sample, "sample")


def make_job(
    library: Library,
    definition: LayerDefinition,
    config: Config,
    chosen: tuple[Source, str],
    *,
    started_by: str = "system",
    progress: Progress = _silent,
    publish: engine.Publish | None = None,
) -> Job:
    """Return the engine's job for `definition`, to be read from the `chosen` source."""
    source, kind = chosen
    return Job(
        definition=definition,
        source=source,
        source_kind=kind,
        open_source=sources.open_source,
        data_root=config.data,
        sample_root=library.sample_root,
        work=config.var / "work" / "sync" / definition.id,
        vocabularies=library.vocabularies_of(definition),
        theme=library.theme(definition.theme),
        bounds=library.bounds_of(definition),
        allow_demo=config.demo,
        publish=publish,
        progress=progress,
        started_by=started_by,
    )


def sync(
    ids: Sequence[str] | None = None,
    *,
    live: bool = False,
    confirm: bool = False,
    wait: bool = False,
    due: bool = False,
    started_by: str = "system",
    progress: Progress = _silent,
    root: Path | None = None,
) -> list[RunReport]:
    """Synchronise and publish the layers `ids` (all of the library if None); return a report for each.

    live: ask the real source even in the demo. confirm: accept a loss above the layer's limit. wait: for a run under way.
    due: only those whose `source.refresh` has passed. root: the library's directory.

    A broken layer file or source makes a failed report; the other layers go on. Raises ConfigError, and
    psycopg.OperationalError when the database can't be reached.
    """
    config = configuration.load()
    library, problems = read_library(root, sources.drivers())
    reports = [_broken(problem) for problem in problems if ids is None or _stem(problem) in ids or not _is_layer(problem)]
    with _connection(config) as conn:
        library = uploaded.joined(library, conn)
        if ids is None:
            chosen = sorted(library.layers.values(), key=lambda layer: (layer.order, layer.id))
        else:
            broken = {_stem(problem) for problem in problems}
            reports += [_unknown(name) for name in ids if name not in library.layers and name not in broken]
            chosen = [library.layers[name] for name in dict.fromkeys(ids) if name in library.layers]
        if due:
            chosen = [definition for definition in chosen if _is_due(conn, definition)]
    for definition in chosen:
        # A connection for each layer: if one breaks, the next ones do not suffer.
        with _connection(config) as conn:
            reports.append(_sync_one(conn, library, definition, config, live, confirm, wait, started_by, progress))
    return reports


def publish(layer_id: str, root: Path | None = None, *, actor: str = "system") -> list[str]:
    """Publish again a layer that was taken out; return what waits for approvals.

    actor: who is named in the audit log. Raises PublishError when there is no such layer or it can't be published, also when
    its definition is another one than the data were synchronised by: a synchronisation brings both together, and may refuse.
    """
    config = configuration.load()
    library, _ = read_library(root)
    with _connection(config) as conn, conn.transaction():
        library = uploaded.joined(library, conn)
        definition = library.layers.get(layer_id)
        if definition is None:
            raise publishing.PublishError(f"{layer_id}: there is no such layer in {library.root}")
        statement = "update registry.layer set withdrawn = false where id = %s returning definition_hash"
        row = conn.execute(statement, (layer_id,)).fetchone()
        if row is None:
            raise publishing.PublishError(f"{layer_id}: was never synchronised; run: geoplatform layers sync {layer_id}")
        if row[0] != make_job(library, definition, config, (definition.source, "source")).definition_hash():
            raise publishing.PublishError(
                f"{layer_id}: its definition has changed since the last synchronisation; run: geoplatform layers sync {layer_id},"
                " then publish it"
            )
        return publishing.publish(conn, definition, library, actor=actor)


def unpublish(layer_id: str, *, actor: str = "system") -> None:
    """Take a layer out everywhere until `publish`; its data and history stay. Raises PublishError when there is none.

    actor: who is named in the audit log.
    """
    with _connection(configuration.load()) as conn, conn.transaction():
        if not conn.execute("update registry.layer set withdrawn = true where id = %s", (layer_id,)).rowcount:
            raise publishing.PublishError(f"{layer_id}: there is no such layer")
        publishing.unpublish(conn, layer_id, actor=actor)


def publisher(library: Library, actor: str = "system") -> engine.Publish:
    """Return what publishes a layer in the engine's transaction, unless it was taken out; it raises ApplyError.

    actor: who is named in the audit log.
    """

    def publish_it(conn: Connection, definition: LayerDefinition) -> list[str]:
        if conn.execute("select withdrawn from registry.layer where id = %s", (definition.id,)).fetchone()[0]:
            return []
        try:
            return publishing.publish(conn, definition, library, actor=actor)
        except publishing.PublishError as error:
            raise ApplyError(str(error)) from error

    return publish_it


def _sync_one(
    conn: Connection,
    library: Library,
    definition: LayerDefinition,
    config: Config,
    live: bool,
    confirm: bool,
    wait: bool,
    started_by: str,
    progress: Progress,
) -> RunReport:
    source = choose_source(definition, config, live)
    keeps_real = source is not None and source[1] == "sample" and _holds_real_data(conn, definition.id)
    if keeps_real:
        source = None
    job = make_job(
        library, definition, config, source or (definition.source, "source"),
        started_by=started_by, progress=progress, publish=publisher(library, started_by),
    )  # fmt: skip
    try:
        if source is not None:
            return engine.sync(conn, job, confirm=confirm, wait=wait)
        report = engine.establish(conn, job)
    except Exception as error:
        # A fault of ours in one layer must not keep the others from their data; the trace goes to the log.
        logger.exception("layer %s", definition.id)
        return RunReport(layer=definition.id, status="failed", error=f"internal error, see the log: {type(error).__name__}")
    if keeps_real:
        report.warnings.append("the real data stay: its source is not here now, and the sample never replaces real data")
    elif report.before == 0 and not definition.kept_here:
        report.warnings.append("no data yet: the real source is asked only in production or with --live")
    return report


def _connection(config: Config) -> Connection:
    return psycopg.connect(config.dsn(), autocommit=True, application_name="geoplatform-sync")


def _holds_real_data(conn: Connection, layer_id: str) -> bool:
    """Return whether the layer's features came from its real source (a data root taken away, or a sync with --live)."""
    query = "select source_kind = 'source' and feature_count > 0 from registry.layer where id = %s"
    row = conn.execute(query, (layer_id,)).fetchone()
    return row is not None and row[0]


def _is_due(conn: Connection, definition: LayerDefinition) -> bool:
    interval = refresh_interval(definition.source.refresh)
    if interval is None:
        return False
    (last,) = conn.execute("select max(started_at) from registry.sync_run where layer = %s", (definition.id,)).fetchone()
    return last is None or datetime.now(UTC) - last >= interval


def refresh_interval(refresh: str | None) -> timedelta | None:
    """Return a definition's `refresh` (P1D, PT6H, PT15M) as a time span, None for "only by hand"."""
    match = re.fullmatch(r"P(?:(\d+)D|T(\d+)([HM]))", refresh or "")
    if match is None:
        return None
    days, number, unit = match.groups()
    return timedelta(days=int(days)) if days else timedelta(**{"hours" if unit == "H" else "minutes": int(number)})


def _stem(problem: Problem) -> str:
    return Path(problem.file).stem


def _is_layer(problem: Problem) -> bool:
    path = Path(problem.file)
    return path.parent.name != "vocabularies" and path.stem not in ("themes", "municipality") and path.suffix == ".yaml"


def _broken(problem: Problem) -> RunReport:
    return RunReport(layer=_stem(problem), status="failed", error=str(problem))


def _unknown(name: str) -> RunReport:
    return RunReport(layer=name, status="failed", error=f"there is no layer '{name}'; see geoplatform layers status")
