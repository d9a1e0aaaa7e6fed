"""Reads a table of values, CSV or XLSX, in which each row is an area and a year, or an area with a column for each year."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from geoplatform.layers import casting, sources
from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceContext, SourceError

#: A table of figures is small: what is larger is something else.
MOST_BYTES = 15 << 20
MOST_UNPACKED = 200 << 20
MOST_ROWS = 200_000
MOST_COLUMNS = 300
SUFFIXES = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx"}

_CODES = ("katottg", "katotth", "код катоттг", "код", "code", "area", "area_code", "id", "катоттг")
_NAMES = ("name", "назва", "territory", "територія", "громада", "район", "area_name", "населений пункт", "назва території")
_YEARS = ("year", "рік", "період", "period", "date", "дата")
_VALUES = ("value", "значення", "показник", "values", "obs_value", "кількість", "частка")
_YEAR_COLUMN = re.compile(r"\D{0,12}(1[89]\d\d|2[01]\d\d)(\.0)?\D{0,6}")


@dataclass(frozen=True)
class Cell:
    """One value as the table has it. row: as a spreadsheet counts, the header being 1; column: where the value stands."""

    row: int
    column: str
    code: str
    name: str
    year: str
    value: str


class TableError(Exception):
    """The table as a whole can't be used. code: a key of `wording.REASONS`; facts: what its sentence names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def read(path: Path, year: str = "", sheet: str | None = None) -> list[Cell]:
    """Return the cells with values of the table in `path`. year: stands for all rows of a table without a year.

    Raises TableError, and SourceError from what reads the file.
    """
    driver = SUFFIXES.get(path.suffix.lower())
    if driver is None:
        raise TableError("kind_of_file", kinds=", ".join(SUFFIXES))
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise TableError("too_large", size=size >> 20, most=MOST_BYTES >> 20)
    if not size:
        raise TableError("empty")
    source = Source(driver=driver, location=f"data://{path.name}", layer=sheet)
    with tempfile.TemporaryDirectory() as work:
        context = SourceContext(path.parent, path.parent, Path(work), max_bytes=MOST_UNPACKED)
        with sources.open_source(source, context, frozenset()) as reader:
            names = list(reader.available)
        if len(names) > MOST_COLUMNS:
            raise TableError("columns", count=len(names), most=MOST_COLUMNS)
        columns = _Columns(names, bool(year))
        cells: list[Cell] = []
        with sources.open_source(source, context, frozenset(names)) as reader:
            for batch in reader.batches():
                texts = {
                    name: casting.as_text(batch.columns[name]).to_pylist() if name in batch.columns else [None] * len(batch)
                    for name in names
                }
                for index in range(len(batch)):
                    cells += columns.cells(
                        {name: column[index] or "" for name, column in texts.items()}, batch.first + index + 1, year
                    )
                if batch.first + len(batch) > MOST_ROWS or len(cells) > MOST_ROWS:
                    raise TableError("rows", most=MOST_ROWS)
    if not cells:
        raise TableError("no_rows")
    return cells


class _Columns:
    """Which column says what."""

    def __init__(self, names: list[str], year_given: bool) -> None:
        plain = {name.strip().lower().removeprefix("\ufeff"): name for name in reversed(names)}
        self.code = _first(plain, _CODES)
        self.name = _first(plain, _NAMES)
        if self.code is None and self.name is None:
            raise TableError("no_area_column", columns=", ".join(names)[:200])
        self.year = _first(plain, _YEARS)
        value = _first(plain, _VALUES)
        taken = {self.code, self.name, self.year}
        wide = {n: m[1] for n in names if n not in taken and (m := _YEAR_COLUMN.fullmatch(n.strip()))}
        if value is None and self.year is None and wide:
            if len(set(wide.values())) < len(wide):
                raise TableError("year_columns_twice")
            self.values = wide
            return
        rest = [name for name in names if name not in taken]
        if value is None and len(rest) == 1:
            value = rest[0]
        if value is None:
            raise TableError("no_value_column", columns=", ".join(names)[:200])
        if self.year is None and not year_given:
            raise TableError("no_year")
        self.values = {value: ""}

    def cells(self, record: dict[str, str], row: int, year: str) -> list[Cell]:
        code, name = (record[column] if column else "" for column in (self.code, self.name))
        if not any(record.values()):
            return []
        said = record[self.year] if self.year else year
        return [Cell(row, column, code, name, own or said, record[column]) for column, own in self.values.items()]


def _first(plain: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((plain[name] for name in wanted if name in plain), None)


__all__ = ["MOST_BYTES", "SUFFIXES", "Cell", "SourceError", "TableError", "read"]
