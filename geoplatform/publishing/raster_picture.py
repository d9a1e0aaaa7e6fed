"""A small picture of a raster, read from an overview of its file. Knows no Django."""

from __future__ import annotations

import io
from pathlib import Path

from osgeo import gdal
from PIL import Image

from geoplatform.publishing.thumbnail import SIZE

_BACKGROUND = "#f4f1ea"


def draw(path: Path, size: tuple[int, int] = SIZE) -> bytes:
    """Return a PNG of `size` pixels of the whole COG at `path`, which is one of ours (bytes, the last band alpha)."""
    gdal.UseExceptions()
    made = gdal.OpenEx(str(path), gdal.OF_RASTER, allowed_drivers=["GTiff"])
    scale = min(size[0] / made.RasterXSize, size[1] / made.RasterYSize)
    width, height = max(1, round(made.RasterXSize * scale)), max(1, round(made.RasterYSize * scale))
    bands = [made.GetRasterBand(number + 1).ReadAsArray(buf_xsize=width, buf_ysize=height) for number in range(made.RasterCount)]
    colours = bands[:3] if len(bands) >= 4 else bands[:1] * 3
    image = Image.merge("RGB", [Image.fromarray(band) for band in colours])
    picture = Image.new("RGB", size, _BACKGROUND)
    place = ((size[0] - width) // 2, (size[1] - height) // 2)
    picture.paste(image, place, Image.fromarray(bands[-1]) if len(bands) in (2, 4) else None)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
