"""CSV with coordinates in columns or as WKT: encoding and delimiter found, every value kept as the text it is."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown
from geoplatform.layers.sources.tabular import Places

#: Bytes parsed at a time; a single record may not be larger. Arrow reads ahead, so more costs many times as much memory.
BLOCK = 1 << 20
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
_SAMPLE = 1 << 18


def open_csv(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a delimited text file with a header line.

    Options: `encoding` and `delimiter` (a character or comma, semicolon, tab, pipe) when they should not be detected;
    columns of coordinates as in `tabular.Places`.
    """
    path = locate_file(source.location, context)
    return CsvReader(path, source, context, columns)


class CsvReader(FileReader):
    """Streams a delimited text file."""

    def __init__(self, path: Path, source: Source, context: SourceContext, columns: Collection[str]) -> None:
        """path: a local file. Raises SourceError."""
        self._path = path
        self._name = shown(source.location)
        self._columns = columns
        self.fingerprint = fingerprint([path])
        sample = self._sample()
        stated = source.options.get("encoding")
        self._encoding = _known_encoding(str(stated), self._name) if stated else self._detect_encoding()
        lines = sample.decode(self._encoding, errors="replace").removeprefix("\ufeff")
        self._delimiter = _delimiter(str(source.options.get("delimiter", "")), lines, self._name)
        self.available = self._header(lines)
        self._places = Places(source, self._name, self.available, context.bounds)
        self.crs = self._places.crs

    def batches(self) -> Iterator[Batch]:
        """Yield the records; raises SourceError where a line has the wrong number of values or text is in another encoding."""
        wanted = [name for name in self.available if name in self._columns or name in self._places.columns]
        bad_lines: list[str] = []

        def refuse(row: pa.csv.InvalidRow) -> str:
            bad_lines.append(
                f"{row.actual_columns} values where the header has {row.expected_columns}: {(row.text or '')[:80]!r}"
            )
            return "error"

        first = 1
        try:
            with pa.csv.open_csv(
                self._path,
                read_options=pa.csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK,
                    encoding=self._encoding,
                    column_names=self.available,
                    skip_rows_after_names=1,
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=self._delimiter, newlines_in_values=True, ignore_empty_lines=True, invalid_row_handler=refuse
                ),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(self.available, pa.string()),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                    null_values=[""],
                ),
            ) as reader:
                for batch in reader:
                    if batch.num_rows:
                        yield self._batch(batch, first)
                        first += batch.num_rows
        except pa.ArrowInvalid as error:
            raise SourceError(f"{self._name}: after record {first - 1}: {_reason(str(error), bad_lines)}") from error

    def _batch(self, batch: pa.RecordBatch, first: int) -> Batch:
        arrays = {name: batch.column(name) for name in batch.schema.names}
        geometry, problems = self._places.geometry(arrays, batch.num_rows)
        return Batch({name: array for name, array in arrays.items() if name in self._columns}, geometry, first, problems)

    def _sample(self) -> bytes:
        with self._path.open("rb") as file:
            sample = file.read(_SAMPLE)
        begin = sample.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
        if begin.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
            raise SourceError(f"{self._name}: the answer is HTML or XML, not CSV")
        if sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise SourceError(f"{self._name}: not CSV but an archive or a spreadsheet; use the driver xlsx, or unpack it")
        if b"\0" in sample and not sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceError(f"{self._name}: not CSV: it holds zero bytes")
        return sample

    def _detect_encoding(self) -> str:
        """Return utf-8, utf-16 or cp1251 (what Ukrainian office software writes otherwise), by reading the whole file."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._path.open("rb") as file:
            start = file.read(2)
            if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                return "utf-16"
            file.seek(0)
            try:
                while block := file.read(1 << 20):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return "cp1251"
        return "utf-8"

    def _header(self, lines: str) -> list[str]:
        try:
            names = [name.strip() for name in next(csv.reader(lines.splitlines(keepends=True), delimiter=self._delimiter), [])]
        except csv.Error as error:
            raise SourceError(f"{self._name}: line 1: {error}") from error
        if not any(names):
            raise SourceError(f"{self._name}: line 1: there is no header")
        names = [name or f"column_{i}" for i, name in enumerate(names, start=1)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SourceError(f"{self._name}: line 1: column named twice: {', '.join(twice)}")
        return names


def _delimiter(option: str, lines: str, name: str) -> str:
    if option:
        delimiter = _DELIMITERS.get(option, option)
        if len(delimiter) != 1 or not delimiter.isascii():
            raise SourceError(f"{name}: option delimiter={option!r} is not one character; use one, or {', '.join(_DELIMITERS)}")
        return delimiter
    header = lines.splitlines()[0] if lines.strip() else ""
    return max(",;\t|", key=header.count)


def _known_encoding(option: str, name: str) -> str:
    try:
        return codecs.lookup(option).name
    except LookupError as error:
        raise SourceError(f"{name}: option encoding={option!r} is unknown; use utf-8 or cp1251") from error


def _reason(error: str, bad_lines: list[str]) -> str:
    if bad_lines:
        return f"a line has {bad_lines[0]}; quote values that hold the delimiter"
    if "straddling" in error:
        return f"a record is larger than {BLOCK >> 20} MB (or a quotation mark is not closed)"
    if "UTF8" in error:
        return "the text is not in the encoding that the rest is in; name it with the option encoding"
    return " ".join(error.split())[:200]
