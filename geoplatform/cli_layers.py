"""`geoplatform layers ...`: check definitions, synchronise, see how fresh each layer is, publish and take out."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import NoReturn

import click

# The parts below bring Arrow, GEOS and GDAL; they are imported by the command that needs them, so that `--help` is instant.


@click.group()
def layers() -> None:
    """Layers: check their definitions, bring in their data, see how fresh they are."""


@layers.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--data", is_flag=True, help="Also read each source and check every record; nothing is applied.")
@click.option("--live", is_flag=True, help="With --data: read the real source even in the demo.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a layer file, for editors.")
def check(files: tuple[Path, ...], data: bool, live: bool, schema: bool) -> None:
    """Check layer files (all of the library if no FILES are given)."""
    from geoplatform.layers import definition, sources
    from geoplatform.layers.library import default_root, read_layer_file, read_library

    if schema:
        click.echo(json.dumps(definition.json_schema(), ensure_ascii=False, indent=2))
        return
    root = default_root()
    if files and (files[0].parent / "themes.yaml").is_file():
        root = files[0].parent.resolve()
    library, problems = read_library(root, sources.drivers())
    chosen = list(library.layers.values())
    if files:
        chosen, problems = [], []
        for file in files:
            found, faults = read_layer_file(file, library, sources.drivers())
            problems += faults
            if found is not None:
                chosen.append(found)
    for problem in problems:
        click.echo(str(problem), err=True)
    failed = bool(problems)
    if data:
        failed |= not _check_data(library, chosen, live)
    if failed:
        sys.exit(1)
    click.echo(f"{len(chosen)} layers, no fault found.")


def _check_data(library, chosen, live: bool) -> bool:
    from geoplatform import config as configuration
    from geoplatform.layers.dryrun import check_source
    from geoplatform.publishing.pipeline import choose_source, make_job

    config = configuration.load()
    sound = True
    for definition in chosen:
        source = choose_source(definition, config, live)
        if source is None:
            click.echo(f"{definition.id}: no data here; its source is read only in production or with --live")
            continue
        job = make_job(library, definition, config, source)
        job.work = config.var / "work" / "check" / definition.id
        report = check_source(job)
        click.echo(report.text(), err=not report.ok)
        sound &= report.ok
    return sound


@layers.command()
@click.argument("ids", nargs=-1)
@click.option("--live", is_flag=True, help="Ask the real source even in the demo.")
@click.option("--confirm", is_flag=True, help="Apply even if more features vanish than the layer's loss_limit allows.")
@click.option("--due", is_flag=True, help="Only layers whose source is to be asked again by now.")
@click.option("--wait", is_flag=True, help="Wait for a synchronisation of the same layer that is under way.")
@click.option("--json", "as_json", is_flag=True, help="Print the reports as JSON.")
def sync(ids: tuple[str, ...], live: bool, confirm: bool, due: bool, wait: bool, as_json: bool) -> None:
    """Bring in the data of the layers IDS (all if none is named) and publish what changed."""
    from geoplatform.publishing import pipeline

    progress = _Progress()
    with DatabaseFaults():
        reports = pipeline.sync(
            ids or None,
            live=live,
            confirm=confirm,
            wait=wait,
            due=due,
            started_by=f"cli:{getpass.getuser()}",
            progress=progress,
        )
    progress.clear()
    if as_json:
        click.echo(json.dumps([report.model_dump(mode="json") for report in reports], ensure_ascii=False, indent=2))
    else:
        for report in reports:
            click.echo(report.text())
    # One line for each fault, where a script or a mail from cron looks for it.
    for report in reports:
        if report.error:
            click.echo(f"{report.layer}: {report.error}", err=True)
        elif report.refused:
            click.echo(f"{report.layer}: {report.refused} of {report.read} records were refused (run {report.run})", err=True)
    if not all(report.ok for report in reports):
        sys.exit(1)


class _Progress:
    """One line that is written over, on a terminal only."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def __call__(self, layer: str, phase: str, records: int) -> None:
        if self._terminal:
            click.echo(f"\r\033[K{layer}: {phase} {records or ''}", nl=False, err=True)

    def clear(self) -> None:
        if self._terminal:
            click.echo("\r\033[K", nl=False, err=True)


@layers.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def status(as_json: bool) -> None:
    """Show how fresh each layer is, against what it promises, and how its last run ended."""
    from geoplatform.access import ceilings
    from geoplatform.layers import uploaded
    from geoplatform.layers.freshness import freshness
    from geoplatform.layers.library import read_library

    library, problems = read_library()
    with DatabaseFaults(), _connection() as conn:
        rows = freshness(conn, uploaded.joined(library, conn))
        held = ceilings.pending(conn)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    else:
        columns = ("layer", "state", "features", "demo", "version", "checked", "promise", "last_run", "published")
        table = [columns, *([str(row[column]) for column in columns] for row in rows)]
        widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
        for line in table:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        for waiting in held:
            click.echo(f"{waiting.layer}: {waiting.text()}")
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(1)


@layers.command()
@click.argument("run", type=int)
@click.option("--format", "form", type=click.Choice(["csv", "geojson", "json"]), default="csv", show_default=True)
def refused(run: int, form: str) -> None:
    """Print the records that run RUN refused, with the reasons."""
    from geoplatform.layers import runs

    with DatabaseFaults(), _connection() as conn:
        if conn.execute("select 1 from registry.sync_run where id = %s", (run,)).fetchone() is None:
            _fail(f"there is no run {run}; see geoplatform layers status")
        records = runs.refused_records(conn, run)
    if form == "csv":
        click.echo(runs.as_csv(records), nl=False)
    elif form == "geojson":
        click.echo(runs.as_geojson(records))
    else:
        click.echo(json.dumps(records, ensure_ascii=False, indent=2))


@layers.command()
@click.argument("layer_id", metavar="ID")
def export(layer_id: str) -> None:
    """Print the definition of the layer ID as YAML; an uploaded layer is described by that file once it lies in the library."""
    from geoplatform.layers import uploaded
    from geoplatform.layers.library import read_library

    library, _ = read_library()
    with DatabaseFaults(), _connection() as conn:
        found = uploaded.joined(library, conn).layers.get(layer_id)
    if found is None:
        _fail(f"there is no layer '{layer_id}'; see geoplatform layers status")
    click.echo(uploaded.as_yaml(found), nl=False)


@layers.command()
@click.argument("layer_id", metavar="ID")
def unpublish(layer_id: str) -> None:
    """Take the layer ID out everywhere; its data and history stay."""
    from geoplatform.publishing import pipeline
    from geoplatform.publishing.publish import PublishError

    with DatabaseFaults():
        try:
            pipeline.unpublish(layer_id, actor=f"cli:{getpass.getuser()}")
        except PublishError as error:
            _fail(str(error))
    click.echo(f"{layer_id}: taken out")


@layers.command()
@click.argument("layer_id", metavar="ID")
def publish(layer_id: str) -> None:
    """Publish the layer ID again after it was taken out."""
    from geoplatform.publishing import pipeline
    from geoplatform.publishing.publish import PublishError

    with DatabaseFaults():
        try:
            held = pipeline.publish(layer_id, actor=f"cli:{getpass.getuser()}")
        except PublishError as error:
            _fail(str(error))
    click.echo(f"{layer_id}: published")
    for line in held:
        click.echo(f"{layer_id}: {line}")


def _connection():
    import psycopg

    from geoplatform import config as configuration

    return psycopg.connect(configuration.load().dsn(), autocommit=True, application_name="geoplatform-cli")


class DatabaseFaults:
    """Turns a database that is not there, and settings that make no sense, into one line and exit status 1."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import psycopg

        from geoplatform.config import ConfigError

        if isinstance(error, psycopg.errors.UndefinedTable):
            _fail("the database has no registry yet; start the platform once: geoplatform up")
        if isinstance(error, psycopg.OperationalError):
            _fail(f"the database does not answer ({str(error).strip().splitlines()[0]}); is the platform up?")
        if isinstance(error, ConfigError):
            _fail(str(error))


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(1)
