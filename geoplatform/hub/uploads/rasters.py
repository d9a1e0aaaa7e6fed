"""An uploaded GeoTIFF into a raster: looked at, taken in as a new raster or as another date of one, and taken away again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
from django.utils import timezone

from geoplatform import config, database
from geoplatform.layers import described, uploaded
from geoplatform.layers.definition import Level, Text
from geoplatform.layers.intake.names import identifier
from geoplatform.layers.rasters import convert
from geoplatform.layers.rasters.convert import Looked
from geoplatform.layers.rasters.definition import RasterDefinition, RasterError
from geoplatform.publishing import catalogue
from geoplatform.publishing import publish as publishing
from geoplatform.publishing import rasters as published

SUFFIXES = (".tif", ".tiff", ".geotiff", ".geotif")


def look(path: Path) -> Looked:
    """Return what the file says of itself. Raises RasterError when it would not be taken, or lies outside of the region."""
    found = convert.look(path)
    municipality = described.library().municipality
    region = municipality.bounds["region"] if municipality else (-180.0, -90.0, 180.0, 90.0)
    west, south, east, north = found.box
    if west > region[2] or east < region[0] or south > region[3] or north < region[1]:
        raise RasterError(
            f"{path.name}: lies outside of the region ({west:.3f}, {south:.3f} … {east:.3f}, {north:.3f});"
            " check its coordinate system"
        )
    return found


def take(path: Path, account: int, *, raster: str | None, title: str | None, day: date | None) -> tuple[str, bool]:
    """Take the file in, as an image of `raster` or as a new raster; return its id and whether anything changed.

    title: of a new raster, the file's name if None. day: when the picture was taken; None for what the file says, else today.
    A new raster is for staff only. The catalogue follows at once. Raises RasterError, psycopg.Error.
    """
    found = look(path)
    day = day or found.day or timezone.localdate()
    actor = f"account:{account}"
    # a connection of its own: taking in holds it as long as the file is converted
    with psycopg.connect(config.load().dsn(), application_name="geoplatform-upload") as conn:
        definition = _known(conn, raster) if raster else _draft(conn, path, title)
        changed = published.accept(conn, config.load(), definition, path, day, actor=actor)
    catalogue.follow(retry_now=True)
    return definition.id, changed


def remove(raster: str, author: str) -> bool:
    """Take an uploaded raster away with all its dates; return False when none of this name was uploaded."""
    with psycopg.connect(config.load().dsn(), application_name="geoplatform-upload") as conn:
        row = conn.execute("select uploaded_by from registry.raster where id = %s for update", [raster]).fetchone()
        if row is None or row[0] is None:
            return False
        published.remove(conn, config.load(), raster, actor=author)
    return True


def dates(raster: str) -> list[date]:
    """Return the days of the raster's images, oldest first."""
    with database.pool("owner").connection() as conn:
        rows = conn.execute("select date from registry.raster_image where raster = %s order by date", [raster])
        return [day for (day,) in rows]


def _known(conn: psycopg.Connection, raster: str) -> RasterDefinition:
    row = conn.execute("select definition, asked from registry.raster where id = %s", [raster]).fetchone()
    if row is None:
        raise RasterError(f"{raster}: there is no such raster")
    return RasterDefinition.model_validate({**row[0], "publication": row[1]})


def _draft(conn: psycopg.Connection, path: Path, title: str | None) -> RasterDefinition:
    library = described.library()
    title = " ".join((title or path.stem).replace("_", " ").split())[:200] or path.stem
    known = conn.execute("select id from registry.layer union all select id from registry.raster").fetchall()
    taken = {*library.layers, *uploaded.definitions(conn), *(name for (name,) in known), *publishing.RESERVED, "new"}
    # a removed raster's name keeps its decisions about who may see it; another picture must not inherit them
    taken |= {name for (name,) in conn.execute("select layer from access.ceiling where what = ''")}
    owner = library.municipality.name if library.municipality else Text(uk="Громада", en="The community")
    return RasterDefinition(
        id=identifier(title, taken, "raster", 47),
        title=Text(uk=title, en=title),
        description=Text(uk=f"Завантажено з файлу {path.name}.", en=f"Uploaded from the file {path.name}."),
        theme=library.themes[-1].id,
        publication=Level.staff,
        owner=owner,
        licence="not_specified",
        attribution=owner,
    )
