"""What tables an uploaded file holds, and which source driver reads each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import openpyxl
from osgeo import gdal

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import archive
from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.vector import Quiet

#: Suffix -> driver, for files that hold one table.
_SINGLE = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojsonseq",
    ".ndjson": "geojsonseq",
    ".kml": "kml",
    ".kmz": "kml",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}
#: What can be uploaded as a layer of features.
SUFFIXES = (*_SINGLE, ".gpkg", ".zip", ".xlsx")


@dataclass(frozen=True)
class Part:
    """One table of a file. layer: its name inside the file, None when there is only one; title: for people."""

    driver: str
    layer: str | None
    title: str


@dataclass(frozen=True)
class Upload:
    """One table of an uploaded file, and how it is to be read.

    folder: holds the file and nothing else; name: the file's name there. crs, options: as in `definition.Source`.
    """

    folder: Path
    name: str
    part: Part
    crs: str | None = None
    options: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        """The source that reads the table; its location shows no path of the server's."""
        return Source(
            driver=self.part.driver, location=f"data://{self.name}", layer=self.part.layer, crs=self.crs, options=self.options
        )

    def context(self, bounds: tuple[float, float, float, float] | None = None) -> SourceContext:
        """Return what the driver may use; bounds: west, south, east, north in degrees where the features are expected."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        return SourceContext(data_root=self.folder, sample_root=self.folder, work=work, bounds=bounds)


def parts_of(folder: Path, name: str) -> list[Part]:
    """Return the tables in the file `name` of `folder`; raises SourceError when it is none that can be read."""
    path = folder / name
    suffix, stem = path.suffix.lower(), path.stem
    if path.stat().st_size == 0:
        raise SourceError(f"{name}: the file is empty")
    if suffix in _SINGLE:
        return [Part(_SINGLE[suffix], None, stem)]
    if suffix == ".gpkg":
        return _geopackage(path)
    if suffix == ".zip":
        return _shapefiles(path, folder)
    if suffix == ".xlsx":
        return _sheets(path, folder)
    raise SourceError(f"{name}: files of this kind are not taken; upload one of {', '.join(SUFFIXES)}")


def _geopackage(path: Path) -> list[Part]:
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise SourceError(f"{path.name}: not a GeoPackage (it is not an SQLite database)")
    dataset = None
    with Quiet():
        dataset = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_READONLY, ["GPKG"])
    if dataset is None:
        raise SourceError(f"{path.name}: can't be read as a GeoPackage; it is damaged or holds no layer")
    names = [dataset.GetLayer(i).GetName() for i in range(dataset.GetLayerCount())]
    names = [found for found in names if found != "layer_styles"]  # QGIS keeps styles there
    if not names:
        raise SourceError(f"{path.name}: the GeoPackage holds no layer")
    return [Part("gpkg", found, found) for found in names]


def _shapefiles(path: Path, folder: Path) -> list[Part]:
    if not archive.is_zip(path):
        raise SourceError(f"{path.name}: not a zip archive")
    members = archive.check(path, path.name, SourceContext(data_root=folder, sample_root=folder, work=folder))
    shapes = [PurePosixPath(member.filename.replace("\\", "/")) for member in members]
    stems = sorted({shape.stem for shape in shapes if shape.suffix.lower() == ".shp" and not shape.name.startswith("._")})
    if not stems:
        raise SourceError(f"{path.name}: the archive holds no Shapefile (.shp); send other formats unpacked")
    return [Part("shapefile", stem.lower() if len(stems) > 1 else None, stem) for stem in stems]


def _sheets(path: Path, folder: Path) -> list[Part]:
    if not archive.is_zip(path):
        raise SourceError(f"{path.name}: not an XLSX workbook (save an old .xls as .xlsx)")
    archive.check(path, path.name, SourceContext(data_root=folder, sample_root=folder, work=folder))
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers meet in a damaged workbook
        raise SourceError(f"{path.name}: not a sound XLSX workbook: {' '.join(str(error).split())[:120]}") from error
    try:
        filled = [
            sheet.title for sheet in book.worksheets if any(any(row) for row in sheet.iter_rows(max_row=2, values_only=True))
        ]
    finally:
        book.close()
    if not filled:
        raise SourceError(f"{path.name}: every sheet is empty")
    return [Part("xlsx", title, path.stem if len(filled) == 1 else title) for title in filled]
