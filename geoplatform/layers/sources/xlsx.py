"""XLSX sheets with coordinates in columns, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pyarrow as pa

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import archive, records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown
from geoplatform.layers.sources.tabular import Places

ROWS = 5_000


def open_xlsx(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a sheet whose first row (or row `header`, counted from 1) names the columns.

    Options: `sheet` (or the definition's `layer`; else the first sheet), `header`, columns of coordinates as in `tabular.Places`.
    """
    path = locate_file(source.location, context)
    name = shown(source.location)
    if not archive.is_zip(path):
        raise SourceError(f"{name}: not an XLSX workbook (save an old .xls as .xlsx)")
    archive.check(path, name, context)
    return XlsxReader(path, source, context, columns, name)


class XlsxReader(FileReader):
    """Streams the rows of a sheet."""

    def __init__(self, path: Path, source: Source, context: SourceContext, columns: Collection[str], name: str) -> None:
        """path: a local workbook. Raises SourceError."""
        self._name, self._columns = name, columns
        self.fingerprint = fingerprint([path])
        try:
            self._book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except (BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:  # SyntaxError: XML that does not parse
            raise SourceError(f"{name}: not a sound XLSX workbook: {error}") from error
        self._rows = self._open_sheet(source)
        self.available = self._header(source)
        self._places = Places(source, name, self.available, context.bounds)
        self.crs = self._places.crs

    def __exit__(self, *exc: object) -> None:
        self._book.close()

    def batches(self) -> Iterator[Batch]:
        """Yield the rows that are not empty; raises SourceError where the workbook is damaged."""
        first = 1
        while part := list(islice(self._records(), ROWS)):
            arrays = records.columns_of(part, {*self._columns, *self._places.columns})
            for column in self._places.columns:
                arrays.setdefault(column, pa.nulls(len(part), pa.string()))
            geometry, problems = self._places.geometry(arrays, len(part))
            yield Batch({name: array for name, array in arrays.items() if name in self._columns}, geometry, first, problems)
            first += len(part)

    def _records(self) -> Iterator[dict[str, Any]]:
        try:
            for row in self._rows:
                record = {name: _value(value) for name, value in zip(self.available, row, strict=False)}
                if any(value is not None for value in record.values()):
                    yield record
        except (BadZipFile, ValueError, SyntaxError, EOFError) as error:
            raise SourceError(f"{self._name}: the sheet is damaged: {error}") from error

    def _open_sheet(self, source: Source) -> Iterator[tuple[Any, ...]]:
        wanted = source.options.get("sheet") or source.layer
        if wanted is not None and wanted not in self._book.sheetnames:
            raise SourceError(f"{self._name}: it has no sheet {wanted!r}; it has {', '.join(self._book.sheetnames)}")
        sheet = self._book[str(wanted)] if wanted is not None else self._book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is often wrong
        return sheet.iter_rows(values_only=True)

    def _header(self, source: Source) -> list[str]:
        number = source.options.get("header", 1)
        if not isinstance(number, int) or number < 1:
            raise SourceError(f"{self._name}: option header={number!r} is not the number of a row")
        row = next(islice(self._rows, number - 1, None), ())
        names = [str(value).strip() if value is not None else "" for value in row]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise SourceError(f"{self._name}: row {number} is empty; say with option `header` which row names the columns")
        names = [name or f"column_{i}" for i, name in enumerate(names, start=1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SourceError(f"{self._name}: column named twice: {', '.join(twice)}")
        return names


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, (bool, int, float, date, datetime)) or value is None else str(value)
