"""Reading a source in a test: all of its batches put together."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import open_source
from geoplatform.layers.sources.base import SourceContext


@dataclass
class Read:
    """What a source gave: rows of wanted columns, shapely geometries, problems by record number, and what the reader says."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    problems: dict[int, str] = field(default_factory=dict)
    fingerprint: str | None = None
    crs: str = ""
    available: list[str] = field(default_factory=list)
    date: Any = None

    def column(self, name: str) -> list[Any]:
        """Values of a column; None where a record has none."""
        return [row.get(name) for row in self.rows]

    @property
    def lon_lat(self) -> list[tuple[float, float] | None]:
        """Coordinates of points, rounded to 1e-7 degrees (1 cm)."""
        return [shape and (round(shape.x, 7), round(shape.y, 7)) for shape in self.shapes]


def context(work: Path, **changes: Any) -> SourceContext:
    """A context whose roots are `work` itself."""
    return SourceContext(**({"data_root": work, "sample_root": work, "work": work, "timeout": 2.0} | changes))


def read_source(
    driver: str, location: Path | str, columns: str = "", *, within: dict[str, Any] | None = None, **source: Any
) -> Read:
    """Read a whole source; `columns` are separated by spaces, `within` changes the context, the rest belongs to Source."""
    read = Read()
    with tempfile.TemporaryDirectory() as work:
        definition = Source(driver=driver, location=str(location), **source)
        with open_source(definition, context(Path(work), **(within or {})), columns.split()) as reader:
            read.fingerprint, read.crs, read.date = reader.fingerprint, reader.crs, reader.date
            for batch in reader.batches():
                assert batch.first == len(read.rows) + 1
                values = {name: array.to_pylist() for name, array in batch.columns.items()}
                assert all(len(column) == len(batch) for column in values.values())
                read.problems |= {batch.first + i: reason for i, reason in batch.problems.items()}
                read.rows += [{name: column[i] for name, column in values.items()} for i in range(len(batch))]
                read.shapes += list(shapely.from_wkb(batch.geometry))
            read.available = list(reader.available)
    return read
