"""`geoplatform rasters ...`: check and bring in the rasters that layers/rasters/*.yaml describe, add images, take out."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path

import click


@click.group()
def rasters() -> None:
    """Rasters: aerial photographs and other GeoTIFFs on the map."""


def _described(ids: tuple[str, ...]) -> list[tuple[Path, object]]:
    from geoplatform.layers.library import default_root
    from geoplatform.layers.rasters import definition

    found, faults = definition.described(default_root())
    found = [(path, raster) for path, raster in found if not ids or path.stem in ids]
    present = {path.stem for path, _ in found}
    faults += [f"layers/rasters/{name}.yaml: is not there" for name in ids if name not in present and not faults]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        sys.exit(1)
    return found


@rasters.command()
def check() -> None:
    """Check the descriptions in layers/rasters/."""
    click.echo(f"{len(_described(()))} rasters, no fault found.")


@rasters.command()
@click.argument("ids", nargs=-1)
def sync(ids: tuple[str, ...]) -> None:
    """Bring in the images of the rasters IDS (all if none is named); what did not change is left alone."""
    for path, definition in _described(ids):
        for image in definition.images:
            _accept(definition, path.parent / image.location, image.date)


@rasters.command()
@click.argument("raster", metavar="ID")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day that the picture shows.")
def add(raster: str, file: Path, day: datetime) -> None:
    """Add FILE, a GeoTIFF, as the image of one date to the raster ID that layers/rasters/ID.yaml describes."""
    (_, definition), *_ = _described((raster,))
    _accept(definition, file, day.date())


@rasters.command()
def status() -> None:
    """List the rasters with their dates and who may see them."""
    with _connection() as conn:
        for name, publication, narrowed, dates in conn.execute(
            "select r.id, r.publication, r.narrowed_to, array_agg(i.date::text order by i.date) filter (where i.date is not null)"
            "  from registry.raster r left join registry.raster_image i on i.raster = r.id group by r.id order by r.id"
        ):
            click.echo(f"{name:<24}{narrowed or publication:<12}{', '.join(dates or ['no image'])}")


@rasters.command()
@click.argument("raster", metavar="ID")
def remove(raster: str) -> None:
    """Remove the raster ID with all its images."""
    from geoplatform import config
    from geoplatform.layers.rasters.definition import RasterError
    from geoplatform.publishing import rasters as published

    with _connection() as conn:
        try:
            published.remove(conn, config.load(), raster, actor=f"cli:{getpass.getuser()}")
        except RasterError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{raster}: removed")


def _accept(definition, file: Path, day) -> None:
    from geoplatform import config
    from geoplatform.layers.rasters.definition import RasterError
    from geoplatform.publishing.rasters import accept

    with _connection() as conn:
        try:
            changed = accept(conn, config.load(), definition, file, day, actor=f"cli:{getpass.getuser()}")
        except (RasterError, OSError) as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{definition.id} {day}: {'taken in' if changed else 'unchanged'}")


def _connection():
    import psycopg

    from geoplatform import config

    try:
        return psycopg.connect(config.load().dsn(), application_name="geoplatform-cli")
    except psycopg.OperationalError as error:
        raise click.ClickException(f"the database does not answer ({str(error).splitlines()[0]}); is the platform up?") from error
