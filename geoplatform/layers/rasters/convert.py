"""A GeoTIFF from anybody, checked and made into a cloud-optimised one in EPSG:3857, its overviews on the grid of the tiles."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

from osgeo import gdal, osr
from pyproj import Transformer

from geoplatform.layers import crs as systems
from geoplatform.layers.rasters.definition import RasterError

gdal.UseExceptions()

#: More pixels than this are refused: half a terabyte would be on its way before anybody noticed.
MAX_PIXELS = 20_000_000_000
MAX_BANDS = 16
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NUMBERS = (gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int32, gdal.GDT_Float32, gdal.GDT_Float64)


def to_cog(source: Path, target: Path) -> tuple[float, float, float, float]:
    """Write the GeoTIFF `source` as a COG to the new file `target`; return west, south, east, north in degrees.

    Colours are kept (1, 3 or 4 bands of bytes, palettes); other numbers are stretched between their least and greatest value.
    What lies outside the picture or is "no data" becomes transparent. Raises RasterError.
    """
    name = source.name
    with source.open("rb") as file:
        if file.read(4) not in _MAGIC:
            raise RasterError(f"{name}: is no TIFF; upload a GeoTIFF")
    # only this driver and only this file: nothing beside it is looked for, and no other format (VRT, archives) is opened
    options = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": "256", "GTIFF_IGNORE_READ_ERRORS": "NO",
        "GDAL_PAM_ENABLED": "NO", "GDAL_NUM_THREADS": "1",
    }  # fmt: skip
    with _options(options):
        try:
            given = gdal.OpenEx(str(source), gdal.OF_RASTER, allowed_drivers=["GTiff"])
            coloured = _coloured(given, name)
            warped = gdal.Warp(
                "",
                coloured,
                format="VRT",
                srcSRS=given.GetSpatialRef().ExportToWkt(),
                dstSRS="EPSG:3857",
                resampleAlg="bilinear" if given.RasterCount > 1 or given.GetRasterBand(1).GetColorTable() is None else "near",
                dstAlpha=coloured.GetRasterBand(coloured.RasterCount).GetColorInterpretation() != gdal.GCI_AlphaBand,
                coordinateOperation=_operation(given, name),
                multithread=False,
            )
            made = gdal.Translate(
                str(target),
                warped,
                format="COG",
                creationOptions=["TILING_SCHEME=GoogleMapsCompatible", "COMPRESS=DEFLATE", "PREDICTOR=YES", "ADD_ALPHA=NO",
                                 "RESAMPLING=BILINEAR", "OVERVIEW_RESAMPLING=AVERAGE", "BIGTIFF=IF_SAFER"],
            )  # fmt: skip
            box = _box(made)
            made = None
        except (RuntimeError, systems.CrsProblem) as error:
            target.unlink(missing_ok=True)
            raise RasterError(f"{name}: can't be read as a GeoTIFF: {' '.join(str(error).split())[:200]}") from error
    return box


@contextlib.contextmanager
def _options(options: dict[str, str]) -> Iterator[None]:
    """Set GDAL's options for this thread while the block lasts."""
    before = {name: gdal.GetThreadLocalConfigOption(name) for name in options}
    for name, value in options.items():
        gdal.SetThreadLocalConfigOption(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            gdal.SetThreadLocalConfigOption(name, value)


def _coloured(given: gdal.Dataset, name: str) -> gdal.Dataset:
    """Return the image as 1 to 4 bands of bytes; raises RasterError when it has none, no place, or is too large."""
    if given.RasterXSize * given.RasterYSize > MAX_PIXELS:
        raise RasterError(f"{name}: has {given.RasterXSize} x {given.RasterYSize} pixels; cut it into parts")
    if not 1 <= given.RasterCount <= MAX_BANDS:
        raise RasterError(f"{name}: has {given.RasterCount} bands; 1 to {MAX_BANDS} are taken")
    if given.GetSpatialRef() is None or given.GetGeoTransform(can_return_null=True) is None:
        raise RasterError(f"{name}: does not say where it lies; save it with a coordinate system (GeoTIFF)")
    bands = [given.GetRasterBand(number + 1) for number in range(given.RasterCount)]
    if any(band.DataType not in _NUMBERS for band in bands):
        raise RasterError(f"{name}: holds complex numbers; save it as bytes or plain numbers")
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
        low, high = given.GetRasterBand(number).ComputeRasterMinMax(False)
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
