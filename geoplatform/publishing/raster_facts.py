"""What one of our raster files tells of itself: how fine it is, how much ground it covers, colours or greys. Knows no Django."""

from __future__ import annotations

import functools
import logging
import math
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal

logger = logging.getLogger(__name__)

#: The mask is read from an overview of at most so many pixels a side.
_SIDE = 512


@dataclass(frozen=True)
class RasterFacts:
    """metres: of a pixel on the ground in the middle; square_metres: the ground that has a picture; coloured: not grey."""

    metres: float
    square_metres: float
    coloured: bool


def of(path: Path, box: tuple[float, float, float, float]) -> RasterFacts | None:
    """Return the facts of the COG at `path`, which is one of ours (EPSG:3857, the last band alpha); None if it can't be read.

    box: of its picture, west, south, east, north in degrees. A file never changes, so it is read once.
    """
    try:
        return _read(path, box)
    except RuntimeError as error:
        logger.warning("%s can't be read: %s", path.name, error)
        return None


@functools.lru_cache(maxsize=500)
def _read(path: Path, box: tuple[float, float, float, float]) -> RasterFacts:
    gdal.UseExceptions()
    made = gdal.OpenEx(str(path), gdal.OF_RASTER, allowed_drivers=["GTiff"])
    shrunk = math.cos(math.radians((box[1] + box[3]) / 2))  # a metre of Web Mercator is shorter on the ground
    metres = abs(made.GetGeoTransform()[1]) * shrunk
    scale = min(1.0, _SIDE / max(made.RasterXSize, made.RasterYSize))
    width, height = max(1, round(made.RasterXSize * scale)), max(1, round(made.RasterYSize * scale))
    share = 1.0
    if made.RasterCount in (2, 4):
        mask = made.GetRasterBand(made.RasterCount).ReadAsArray(buf_xsize=width, buf_ysize=height)
        share = float((mask > 0).mean())
    area = share * made.RasterXSize * made.RasterYSize * metres**2
    return RasterFacts(metres, area, made.RasterCount > 2)
