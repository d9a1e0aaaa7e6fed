"""`geoplatform tiles ...`: draw raster tiles before anybody asks, count them, remove them, check the external base maps."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator

import click


@click.group()
def tiles() -> None:
    """Raster tiles: draw them beforehand, count and remove them."""


@tiles.command()
def check() -> None:
    """Check the external base maps in mapconfigs/."""
    from geoplatform.publishing import basemaps

    found, faults = basemaps.read(basemaps.directory())
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(1)
    click.echo(f"{len(found)} base maps, no fault found.")


@tiles.command()
def status() -> None:
    """Say how many tiles of each layer are stored and what they take."""
    from geoplatform import config

    root = config.load().var / "tiles"
    for folder in sorted(root.glob("*/*")):
        edition = folder / "current"
        found = (edition if edition.is_symlink() else folder).rglob("*.*")
        stored = [path for path in found if path.suffix in (".png", ".mvt") and not path.is_symlink()]
        size = sum(path.stat().st_size for path in stored)
        click.echo(f"{folder.parent.name:<12}{folder.name:<32}{len(stored):>9} tiles {size / 2**20:>9.1f} MB")
    click.echo(f"{shutil.disk_usage(config.load().var).free // 2**20} MB are free")


@tiles.command()
@click.argument("layers", nargs=-1, metavar="[LAYER]...")
def clean(layers: tuple[str, ...]) -> None:
    """Remove the stored tiles of the LAYERs (all if none is named); they are drawn again when asked for."""
    from geoplatform import config

    removed = 0
    for folder in sorted((config.load().var / "tiles").glob("*/*")):
        if layers and folder.name not in layers:
            continue
        for level in (
            *folder.glob("*/[0-9]*"),
            *folder.glob("*/mvt/*/[0-9]*"),
        ):  # the editions stay, and with them what nginx follows
            if "current" not in level.relative_to(folder).parts:
                shutil.rmtree(level, ignore_errors=True)  # a tile may be stored meanwhile
                removed += 1
    click.echo(f"{removed} zoom levels removed")


@tiles.command()
@click.argument("layer")
@click.option("--zoom", "zooms", default="0-14", show_default=True, help="Zoom levels, like 10-15 or 12.")
@click.option("--bbox", help="west,south,east,north in degrees; the layer's own extent if not given.")
@click.option("--level", type=click.Choice(["public", "registered", "staff"]), default="public", show_default=True)
def seed(layer: str, zooms: str, bbox: str | None, level: str) -> None:
    """Draw the tiles of LAYER beforehand. Interrupted, it goes on with what is missing when it is started again."""
    import httpx

    from geoplatform import config as configuration
    from geoplatform.serving.rastertiles import edition as editions
    from geoplatform.serving.rastertiles import mapproxy
    from geoplatform.serving.wms import drawing

    config = configuration.load()
    first, last = _zooms(zooms)
    found = _drawable(layer, level)
    box = _box(bbox) if bbox else found.bbox
    if box is None:
        click.echo(f"{layer} is empty: there is nothing to draw.")
        return
    edition = mapproxy.write(config, found)
    root = editions.directory(config, edition)
    address = f"http://127.0.0.1:{config.port_of('mapproxy')}/{edition.application}/tiles/{mapproxy.LAYER}/{mapproxy.GRID}"
    wanted = list(_addresses(box, first, last))
    drawn = 0
    with (
        httpx.Client(headers={drawing.SECRET_HEADER: drawing.secret(config)}, timeout=120, trust_env=False) as client,
        click.progressbar(wanted, label=f"{layer}, zoom {first}-{last}") as progress,
    ):
        for tile in progress:
            if (root / f"{tile}.png").exists():
                continue
            try:
                answer = client.get(f"{address}/{tile}.png")
            except httpx.HTTPError as error:
                raise click.ClickException(f"MapProxy does not answer ({type(error).__name__}); is the platform up?") from error
            if answer.status_code != 200:
                raise click.ClickException(
                    f"tile {tile}: MapProxy answers {answer.status_code}; see the output of geoplatform up"
                )
            drawn += 1
    click.echo(f"{len(wanted)} tiles are there, {drawn} requests were needed")


#: More tiles than this are not drawn in one go: somebody has mistaken a zoom level.
MOST = 2_000_000


def _addresses(box: tuple[float, float, float, float], first: int, last: int) -> Iterator[str]:
    from geoplatform.serving.rastertiles import grid

    ranges = [(zoom, *grid.tiles_of(box, zoom)) for zoom in range(first, last + 1)]
    count = sum((right - left + 1) * (bottom - top + 1) for _, left, top, right, bottom in ranges)
    if count > MOST:
        raise click.ClickException(f"that would be {count} tiles; name fewer zoom levels or a smaller --bbox")
    for zoom, left, top, right, bottom in ranges:
        for column in range(left, right + 1):
            for row in range(top, bottom + 1):
                yield f"{zoom}/{column}/{row}"


def _drawable(name: str, level: str):
    import psycopg

    from geoplatform import config
    from geoplatform.layers import published
    from geoplatform.layers.rasters import published as rasters
    from geoplatform.publishing.drawable import drawables

    try:
        with psycopg.connect(config.load().dsn(level)) as conn:
            found = {each.id: each for each in drawables(published.read(conn, level), rasters.read(conn, level))}
    except psycopg.OperationalError as error:
        raise click.ClickException(f"the database does not answer ({str(error).splitlines()[0]}); is the platform up?") from error
    if name not in found:
        raise click.ClickException(f"there is no layer {name} on the map at level {level}; there are {', '.join(sorted(found))}")
    return found[name]


def _zooms(text: str) -> tuple[int, int]:
    from geoplatform.serving.rastertiles.edition import MAX_ZOOM

    match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", text)
    if match is None or not int(match[1]) <= int(match[2] or match[1]) <= MAX_ZOOM:
        raise click.BadParameter(f"{text!r} is not like 10-15; zoom levels go from 0 to {MAX_ZOOM}", param_hint="--zoom")
    return int(match[1]), int(match[2] or match[1])


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not four numbers separated by commas", param_hint="--bbox") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise click.BadParameter(f"{text!r} is not west,south,east,north in degrees", param_hint="--bbox")
    return west, south, east, north
