"""A GeoTIFF from anybody, checked and made into a cloud-optimised one in EPSG:3857, its overviews on the grid of the tiles.

Run by `geoplatform.layers.rasters.convert` in a process of its own, whose memory and time are bounded.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from pathlib import Path
from typing import Any

from osgeo import gdal, osr
from pyproj import Transformer

from geoplatform.layers import crs as systems
from geoplatform.layers.rasters.definition import RasterError

gdal.UseExceptions()

#: More pixels than this are refused, before and after bringing them to Web Mercator: half a day would be on its way.
MAX_PIXELS = 4_000_000_000
MAX_BANDS = 16
#: A block is decoded whole, however small its bytes in the file: one above this (bytes) is refused.
MAX_BLOCK = 64 * 1024 * 1024
#: Above so many pixels the least and greatest value are taken from a sample.
_EXACT_PIXELS = 25_000_000
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NUMBERS = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int32, gdal.GDT_Float32, gdal.GDT_Float64)
# only this driver and only this file: nothing beside it is looked for, and no other format (VRT, archives) is opened
_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": "128", "GTIFF_IGNORE_READ_ERRORS": "NO",
    "GDAL_PAM_ENABLED": "NO", "GDAL_NUM_THREADS": "1",
}  # fmt: skip


def look(source: Path) -> dict[str, Any]:
    """Return what the GeoTIFF says of itself without reading its pixels: bbox in degrees, width, height, date (or None).

    Raises RasterError when it would not be taken.
    """
    given, warped = _opened(source)
    taken = given.GetMetadataItem("TIFFTAG_DATETIME") or ""
    day = taken[:10].replace(":", "-")
    return {"box": _box(warped), "width": given.RasterXSize, "height": given.RasterYSize, "date": day or None}


def to_cog(source: Path, target: Path) -> dict[str, Any]:
    """Write the GeoTIFF `source` as a COG to the new file `target`; return its bbox (west, south, east, north in degrees).

    Colours are kept (1, 3 or 4 bands of bytes, palettes); other numbers are stretched between their least and greatest value.
    What lies outside the picture or is "no data" becomes transparent. Raises RasterError.
    """
    _, warped = _opened(source, whole=True)
    made = gdal.Translate(
        str(target),
        warped,
        format="COG",
        creationOptions=["TILING_SCHEME=GoogleMapsCompatible", "COMPRESS=DEFLATE", "PREDICTOR=YES", "ADD_ALPHA=NO",
                         "RESAMPLING=BILINEAR", "OVERVIEW_RESAMPLING=AVERAGE", "BIGTIFF=IF_SAFER"],
    )  # fmt: skip
    made.FlushCache()
    return {"box": _box(warped)}  # the file itself is filled up to whole tiles


def _opened(source: Path, *, whole: bool = False) -> tuple[gdal.Dataset, gdal.Dataset]:
    """Return the file and the picture that it makes in Web Mercator, of which nothing is computed yet.

    whole: colours are made ready too, for which pixels may have to be read. Raises RasterError.
    """
    name = source.name
    with source.open("rb") as file:
        if file.read(4) not in _MAGIC:
            raise RasterError(f"{name}: is no TIFF; upload a GeoTIFF")
    try:
        given = gdal.OpenEx(str(source), gdal.OF_RASTER, allowed_drivers=["GTiff"])
        _refuse_unfit(given, name)
        _refuse_cut_off(given, source)
        coloured = _coloured(given) if whole else given
        bands = coloured.RasterCount
        warped = gdal.Warp(
            "",
            coloured,
            format="VRT",
            srcSRS=given.GetSpatialRef().ExportToWkt(),
            dstSRS="EPSG:3857",
            resampleAlg="bilinear" if given.RasterCount > 1 or given.GetRasterBand(1).GetColorTable() is None else "near",
            dstAlpha=coloured.GetRasterBand(bands).GetColorInterpretation() != gdal.GCI_AlphaBand,
            coordinateOperation=_operation(given, name),
            multithread=False,
            warpMemoryLimit=64,
        )
        _refuse_large(warped, name)
    except (RuntimeError, systems.CrsProblem) as error:
        raise _unreadable(name, error) from error
    return given, warped


def _unreadable(name: str, error: Exception) -> RasterError:
    return RasterError(f"{name}: can't be read as a GeoTIFF: {' '.join(str(error).split())[:200]}")


def _refuse_large(image: gdal.Dataset, name: str) -> None:
    if image.RasterXSize * image.RasterYSize > MAX_PIXELS:
        raise RasterError(f"{name}: has {image.RasterXSize} x {image.RasterYSize} pixels, too many; cut it into parts")


def _refuse_unfit(given: gdal.Dataset, name: str) -> None:
    _refuse_large(given, name)
    if not 1 <= given.RasterCount <= MAX_BANDS:
        raise RasterError(f"{name}: has {given.RasterCount} bands; 1 to {MAX_BANDS} are taken")
    if given.GetSpatialRef() is None or given.GetGeoTransform(can_return_null=True) is None:
        raise RasterError(f"{name}: does not say where it lies; save it with a coordinate system (GeoTIFF)")
    bands = [given.GetRasterBand(number + 1) for number in range(given.RasterCount)]
    if any(band.DataType not in _NUMBERS for band in bands):
        raise RasterError(f"{name}: holds complex numbers; save it as bytes or plain numbers")
    width, height = bands[0].GetBlockSize()
    together = given.RasterCount if given.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL" else 1
    if width * height * together * gdal.GetDataTypeSize(bands[0].DataType) // 8 > MAX_BLOCK:
        raise RasterError(f"{name}: is kept in pieces of {width} x {height} pixels, too large to be read; save it tiled")


def _refuse_cut_off(given: gdal.Dataset, source: Path) -> None:
    """Compare where the last pieces of each band should lie with the file's size: a broken upload often begins soundly."""
    size = source.stat().st_size
    for number in range(given.RasterCount):
        band = given.GetRasterBand(number + 1)
        width, height = band.GetBlockSize()
        last = f"{(band.XSize - 1) // width}_{(band.YSize - 1) // height}"
        offset, length = (band.GetMetadataItem(f"BLOCK_{what}_{last}", "TIFF") for what in ("OFFSET", "SIZE"))
        if offset and length and int(offset) + int(length) > size:  # a piece without an offset is empty
            raise RasterError(f"{source.name}: can't be read as a GeoTIFF: it ends before its last piece; upload it again")


def _coloured(given: gdal.Dataset) -> gdal.Dataset:
    """Return the image as 1 to 4 bands of bytes."""
    bands = [given.GetRasterBand(number + 1) for number in range(given.RasterCount)]
    if bands[0].DataType == gdal.GDT_Byte:
        if bands[0].GetColorTable() is not None:
            return gdal.Translate("", given, format="VRT", rgbExpand="rgba")
        if given.RasterCount in (1, 3, 4):
            return given
        chosen = [1, 2, 3] if given.RasterCount > 4 else [1]
        return gdal.Translate("", given, format="VRT", bandList=chosen)
    chosen = [1, 2, 3] if given.RasterCount >= 3 else [1]
    scales = []
    for number in chosen:
        low, high = given.GetRasterBand(number).ComputeRasterMinMax(given.RasterXSize * given.RasterYSize > _EXACT_PIXELS)
        scales.append([low, high if high > low else low + 1, 1, 255])
    empty = None if bands[0].GetNoDataValue() is None else 0
    return gdal.Translate("", given, format="VRT", bandList=chosen, outputType=gdal.GDT_Byte, scaleParams=scales, noData=empty)


def _operation(given: gdal.Dataset, name: str) -> str | None:
    """Return the PROJ pipeline for systems whose datum shift must be the named one (UCS-2000), else None."""
    parsed = systems.parse(given.GetSpatialRef().ExportToWkt())
    way = systems.to_wgs84(parsed, "xy")  # refuses a system without a trustworthy way
    if not way.operation.startswith("EPSG:"):
        return None
    parsed = parsed.source_crs if parsed.is_bound else parsed
    named = {f"EPSG:{used}": (f"EPSG:{code}", used) for code, used in systems.NAMED_OPERATIONS.items()}
    geodetic, operation = named[way.operation]
    # GDAL hands the pipeline coordinates in the order of the system's own axes
    northing_first = [axis.direction for axis in parsed.axis_info[:2]] == ["north", "east"]
    steps = ["step proj=axisswap order=2,1"] if northing_first else []
    if not parsed.is_geographic:
        steps.append(Transformer.from_crs(parsed, geodetic, always_xy=True).definition)
    shift = Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:EPSG::{operation}").definition  # latitude first
    steps += ["step proj=axisswap order=2,1", shift, "step proj=axisswap order=2,1"]
    steps += ["step proj=unitconvert xy_in=deg xy_out=rad step proj=webmerc ellps=WGS84"]
    words = " ".join(steps).replace("proj=pipeline", " ").split()
    return "+proj=pipeline " + " ".join(f"+{word}" for word in words)


def _box(made: gdal.Dataset) -> tuple[float, float, float, float]:
    left, width, _, top, _, height = made.GetGeoTransform()
    metres, degrees = osr.SpatialReference(), osr.SpatialReference()
    metres.ImportFromEPSG(3857)
    degrees.ImportFromEPSG(4326)
    for system in (metres, degrees):
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    way = osr.CoordinateTransformation(metres, degrees)
    west, north, _ = way.TransformPoint(left, top)
    east, south, _ = way.TransformPoint(left + width * made.RasterXSize, top + height * made.RasterYSize)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise RuntimeError("its corners lie outside the world")
    return west, south, east, north


def main(task: str, source: str, target: str, memory: str) -> int:
    """Do `look` or `to_cog` within `memory` bytes; the result, or the reason against it, goes to standard output as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name, value in _OPTIONS.items():
        gdal.SetConfigOption(name, value)
    given = Path(source)
    try:
        answer = look(given) if task == "look" else to_cog(given, Path(target))
    except RasterError as error:
        answer = {"error": str(error)}
    except (RuntimeError, systems.CrsProblem) as error:
        answer = {"error": str(_unreadable(given.name, error))}
    except MemoryError:
        answer = {"error": f"{given.name}: needs more memory than there is for it; save it tiled, or cut it into parts"}
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
