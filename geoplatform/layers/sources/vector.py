"""Vector files that GDAL reads as an Arrow stream: GeoPackage, Shapefile, KML. The driver is named, never guessed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from osgeo import gdal, ogr

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, transformation
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown

#: Records in a batch.
ROWS = 20_000


def open_gpkg(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a layer of a GeoPackage; `layer` is needed when it has several."""
    path = locate_file(source.location, context)
    name = shown(source.location)
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\0":
            raise SourceError(f"{name}: not a GeoPackage (it is not an SQLite database)")
    return VectorReader(path, "GPKG", source, columns, name, fingerprint([path]))


class VectorReader(FileReader):
    """Streams one layer of a file through a named GDAL driver."""

    def __init__(
        self,
        path: Path,
        driver: str,
        source: Source,
        columns: Collection[str],
        name: str,
        sha256: str,
        *,
        open_options: Sequence[str] = (),
        default_crs: str | None = None,
    ) -> None:
        """driver: GDAL's short name; default_crs: for a file that states none. Raises SourceError."""
        self.fingerprint = sha256
        self._name = name
        self._dataset = None
        with Quiet() as said:
            self._dataset = gdal.OpenEx(str(path.absolute()), gdal.OF_VECTOR | gdal.OF_READONLY, [driver], list(open_options), [])
        if self._dataset is None:
            raise SourceError(f"{name}: can't be read as {driver}: {said.text or 'damaged or another format'}")
        self._layer = self._choose_layer(source.layer)
        schema = self._layer.GetLayerDefn()
        self.available = [schema.GetFieldDefn(i).GetName() for i in range(schema.GetFieldCount())]
        self._columns = [column for column in self.available if column in columns]
        has_geometry = schema.GetGeomFieldCount() > 0 and schema.GetGeomType() != ogr.wkbNone
        stated = self._stated_crs() or default_crs if has_geometry else "OGC:CRS84"
        transform = transformation(source, name, stated, fixed_order=True)
        self.crs = transform.name
        self._finisher = Finisher(name, transform, source.as_point)
        self._booleans = [
            column
            for column in self._columns
            if schema.GetFieldDefn(schema.GetFieldIndex(column)).GetSubType() == ogr.OFSTBoolean
        ]
        self._geometry = (self._layer.GetGeometryColumn() or "wkb_geometry") if has_geometry else None
        self._expected = -1
        if driver == "GPKG":
            self._layer = self._selected(has_geometry)
        else:
            self._expected = self._layer.GetFeatureCount(0)
            self._layer.SetIgnoredFields([column for column in self.available if column not in columns])

    def __exit__(self, *exc: object) -> None:
        self._layer = self._dataset = None

    def batches(self) -> Iterator[Batch]:
        """Yield the layer's records; raises SourceError where GDAL can't go on."""
        first = 1
        stream = self._layer.GetArrowStream(["INCLUDE_FID=NO", f"MAX_FEATURES_IN_BATCH={ROWS}"])
        exported = stream.GetSchema()  # held by name: its memory is freed with it
        schema = pa.DataType._import_from_c(exported._getPtr())
        while True:
            record_batch = None
            with Quiet() as said:
                record_batch = stream.GetNextRecordBatch()
            if said.failed:
                raise SourceError(f"{self._name}: breaks off after record {first - 1}: {said.text}")
            if record_batch is None:
                break
            rows = pa.Array._import_from_c(record_batch._getPtr(), schema)
            if len(rows):
                yield self._batch(rows, first)
                first += len(rows)
        if first - 1 < self._expected:
            raise SourceError(f"{self._name}: breaks off after record {first - 1} of {self._expected} (damaged)")

    def _batch(self, rows: Any, first: int) -> Batch:
        fields = {field.name: i for i, field in enumerate(rows.type)}
        flat = rows.flatten()
        arrays = {column: flat[fields[column]] for column in self._columns}
        for column in self._booleans:
            arrays[column] = arrays[column].cast(pa.bool_())
        if self._geometry is None:
            return Batch(arrays, np.full(len(rows), None, dtype=object), first)
        geometry, problems = self._finisher.wkb(flat[fields[self._geometry]].to_numpy(zero_copy_only=False))
        return Batch(arrays, geometry, first, problems)

    def _selected(self, has_geometry: bool) -> Any:
        """Return the wanted columns as a query, booleans as integers.

        Straight from the table, the Arrow stream of GDAL 3.6 gives wrong booleans, and wrong shapes when no column is wanted.
        """
        layer = self._layer
        names = [f"cast({_quoted(c)} as integer) as {_quoted(c)}" if c in self._booleans else _quoted(c) for c in self._columns]
        names = names or ["1 as no_column"]
        if has_geometry:
            names.insert(0, _quoted(self._geometry))
        selected = None
        with Quiet() as said:
            selected = self._dataset.ExecuteSQL(f"select {', '.join(names)} from {_quoted(layer.GetName())}")  # noqa: S608 - quoted
        if selected is None:
            raise SourceError(f"{self._name}: layer {layer.GetName()!r} can't be read: {said.text}")
        return selected

    def _choose_layer(self, wanted: str | None) -> Any:
        names = [self._dataset.GetLayer(i).GetName() for i in range(self._dataset.GetLayerCount())]
        if not names:
            raise SourceError(f"{self._name}: it holds no layer with features")
        if wanted is None and len(names) > 1:
            raise SourceError(f"{self._name}: it holds several layers, name one with `layer`: {', '.join(names)}")
        if wanted is not None and wanted not in names:
            raise SourceError(f"{self._name}: it has no layer {wanted!r}; it has {', '.join(names)}")
        return self._dataset.GetLayerByName(wanted) if wanted is not None else self._dataset.GetLayer(0)

    def _stated_crs(self) -> str | None:
        reference = self._layer.GetSpatialRef()
        if reference is None or not reference.GetName() or reference.GetName().startswith("Undefined"):
            return None
        authority, code = reference.GetAuthorityName(None), reference.GetAuthorityCode(None)
        return f"{authority}:{code}" if authority and code else reference.ExportToWkt(["FORMAT=WKT2_2019"])


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


class Quiet:
    """Keeps GDAL's messages from the terminal and remembers the first error.

    Whether GDAL raises is a switch of the process, and GeoNode turns it on: an exception of GDAL's ends the block and is
    remembered like a message, so that what the block was to assign must have a value before it.
    """

    def __init__(self) -> None:
        self.text = ""
        self.failed = False

    def __enter__(self) -> Quiet:
        gdal.PushErrorHandler(self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        gdal.PopErrorHandler()
        if kind is None or not issubclass(kind, RuntimeError):
            return False
        self.failed, self.text = True, self.text or " ".join(str(error).split())
        return True

    def _hear(self, severity: int, _number: int, message: str) -> None:
        if severity >= gdal.CE_Failure:
            self.failed = True
        if severity >= gdal.CE_Warning and not self.text:
            self.text = " ".join(str(message).split())
