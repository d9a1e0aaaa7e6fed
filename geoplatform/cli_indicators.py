"""`geoplatform indicators ...`: check tables of figures, take them in, list what is there."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from geoplatform.indicators.definition import Indicator
    from geoplatform.indicators.intake import Report


@click.group()
def indicators() -> None:
    """Figures by area and year: check tables, take them in, list them."""


@indicators.command()
@click.argument("indicator", required=False)
@click.argument("table", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", default="", help="The year of all rows, where the table does not name it.")
def check(indicator: str | None, table: Path | None, year: str) -> None:
    """Say what TABLE would bring to INDICATOR; without them, whether the described indicators are sound. Changes nothing."""
    if indicator is None:
        from geoplatform.indicators import shipped

        found, faults = shipped.described()
        for fault in faults:
            click.echo(fault, err=True)
        click.echo(f"{len(found)} indicators are sound.")
        sys.exit(1 if faults else 0)
    report = _look(indicator, table, year)[1]
    sys.exit(1 if report.troubles else 0)


@indicators.command()
@click.argument("indicator", required=False)
@click.argument("table", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", default="", help="The year of all rows, where the table does not name it.")
@click.option("--leave-unmatched", is_flag=True, help="Leave out rows about unknown areas instead of refusing the table.")
def load(indicator: str | None, table: Path | None, year: str, leave_unmatched: bool) -> None:
    """Take TABLE into INDICATOR; the years that it holds are replaced. Without them: what is described and new."""
    import psycopg

    from geoplatform import config
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.indicators import shipped, store, wording
    from geoplatform.indicators.table import TableError

    settings = config.load()
    actor = f"cli:{getpass.getuser()}"
    if indicator is None:
        with DatabaseFaults(), psycopg.connect(settings.dsn(), autocommit=True) as conn:
            lines = shipped.load(conn, demo=settings.demo, actor=actor)
        click.echo("\n".join(lines) or "Nothing is new.")
        return
    definition, report = _look(indicator, table, year)
    try:
        if definition.is_demo and not settings.demo:
            raise TableError("demo")
        shipped.check_may_take(report, leave_unmatched)
    except TableError as error:
        raise click.ClickException(wording.english(error.code, error.facts)) from error
    with DatabaseFaults(), psycopg.connect(settings.dsn(), autocommit=True) as conn:
        store.write(conn, definition, report.values, actor)
    click.echo(f"Taken in: {len(report.values)} values of {len(report.years)} years.")


@indicators.command("list")
def list_indicators() -> None:
    """List the indicators with their years and how many values they have."""
    import psycopg

    from geoplatform import config
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.indicators import store

    with DatabaseFaults(), psycopg.connect(config.load().dsn()) as conn:
        found = store.kept(conn)
    for kept in found:
        years = f"{kept.years[0]}-{kept.years[-1]}" if kept.years else "no values"
        demo = "  demonstration" if kept.indicator.is_demo else ""
        click.echo(f"{kept.indicator.id:<28}{kept.indicator.kind:<8}{kept.indicator.areas:<20}{years:<12}{kept.values:>8}{demo}")
    if not found:
        click.echo("There are no indicators yet.")


def _look(name: str, table: Path | None, year: str) -> tuple[Indicator, Report]:
    """Return the indicator called `name` and what the table would bring, after telling it; ends the command when it can't."""
    import psycopg

    from geoplatform import config
    from geoplatform.cli_layers import DatabaseFaults
    from geoplatform.indicators import shipped, store, wording
    from geoplatform.indicators.table import SourceError, TableError

    if table is None:
        raise click.UsageError("Name the table besides the indicator.")
    with DatabaseFaults(), psycopg.connect(config.load().dsn()) as conn:
        known = {kept.indicator.id: kept.indicator for kept in store.kept(conn)}
        known |= {found: indicator for found, (indicator, _path) in shipped.described()[0].items()}
        if name not in known:
            raise click.ClickException(f"There is no indicator {name!r}; known are: {', '.join(sorted(known)) or 'none'}.")
        try:
            report = shipped.look(conn, known[name], table, year)
        except TableError as error:
            raise click.ClickException(wording.english(error.code, error.facts)) from error
        except SourceError as error:
            raise click.ClickException(str(error).replace(f"data://{table.name}", table.name)) from error
    for trouble in report.troubles:
        click.echo(wording.english(trouble.code, trouble.facts), err=True)
    click.echo(
        f"{len(report.values)} values for {report.areas} areas, years {', '.join(map(str, report.years)) or 'none'}; "
        f"{report.by_name} found by name, {report.empty} empty, {len(report.troubles)} not usable, "
        f"{len(report.missing)} areas without a value."
    )
    return known[name], report
