"""What one level may know about the published rasters; read by the serving plane and the tiles' keeper. No Django."""

from __future__ import annotations

from datetime import date, datetime

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import LayerId, Level, Model, Text, Zoom


class RasterImage(Model):
    """One date of a raster.

    file: below the directory of rasters, a cloud-optimised GeoTIFF in EPSG:3857; bbox: west, south, east, north in degrees.
    """

    date: date
    file: str
    bbox: tuple[float, float, float, float]


class PublishedRaster(Model):
    """A raster as one level sees it now.

    version: goes up with each change; changed_at: when that was. images: one at least, oldest first.
    """

    id: LayerId
    level: Level
    version: int
    changed_at: datetime
    title: Text
    description: Text
    theme: str
    licence: str
    owner: Text
    attribution: Text
    keywords: list[Text]
    zoom: Zoom
    images: tuple[RasterImage, ...]

    def image_at(self, day: date | None) -> RasterImage:
        """Return the newest image that is not later than `day` (None: the newest), else the oldest: as WMS's TIME."""
        before = [image for image in self.images if day is None or image.date <= day]
        return before[-1] if before else self.images[0]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north (degrees) around all images."""
        west, south, east, north = zip(*(image.bbox for image in self.images), strict=True)
        return min(west), min(south), max(east), max(north)


def read(conn: Connection, level: Level | str) -> list[PublishedRaster]:
    """Return the rasters published at `level` that have an image, by id. `conn` belongs to the level's role."""
    query = sql.SQL("select document, version, changed_at, images from {} order by id").format(
        sql.Identifier(f"pub_{Level(level)}", "rasters")
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    return [PublishedRaster.model_validate({**row.pop("document"), **row, "level": level}) for row in rows]
