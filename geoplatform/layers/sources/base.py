"""The contract between a source driver and the sync engine: fetch first, then stream batches of raw records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa


class SourceError(Exception):
    """The source as a whole can't be used: missing, down, not what it claims to be, or broken half-way.

    The message is one line for a person: what was read (file, member or address), where in it, why, and what to do.
    """


@dataclass(frozen=True)
class SourceContext:
    """What a driver may use.

    data_root: root of `data://`, or None; sample_root: root of `sample://`.
    work: a fresh directory for downloads and unpacked files; the engine removes it afterwards.
    max_bytes: the most bytes a download or an unpacked archive may have (against zip bombs and runaway servers).
    timeout: seconds without any byte after which a server counts as down.
    bounds: west, south, east, north in degrees where the layer's features are expected; lets a driver see swapped coordinates.
    """

    data_root: Path | None
    sample_root: Path
    work: Path
    max_bytes: int = 8 * 1024**3
    timeout: float = 60.0
    bounds: tuple[float, float, float, float] | None = None


@dataclass
class Batch:
    """Some consecutive records of a source.

    columns: the wanted source columns that exist in these records, each an Arrow array (text, integer, float, bool, date,
        timestamp); types are the source's and may differ between batches, the engine casts them to the definition's.
    geometry: object array of WKB bytes or None, x = longitude, y = latitude, EPSG:4326, two-dimensional; already a point on the
        surface where the definition says `as_point`.
    first: the number of the first record in the source, from 1.
    problems: index in the batch -> why this record can't be read (its other values are then not looked at).
    """

    columns: dict[str, pa.Array]
    geometry: np.ndarray
    first: int
    problems: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.geometry)


class SourceReader(Protocol):
    """An opened source; used as a context manager, read once."""

    #: SHA-256 over everything the records depend on, or None where it can't be known before reading.
    fingerprint: str | None
    #: As of when the data are, if the source says so.
    date: datetime | None
    #: The CRS that coordinates were in, e.g. "EPSG:5564", for the report.
    crs: str
    #: Names of all columns the source has; of those seen in its first records where the format has no schema (GeoJSON, OSM).
    available: Sequence[str]

    def __enter__(self) -> SourceReader: ...

    def __exit__(self, *exc: object) -> None: ...

    def batches(self) -> Iterator[Batch]:
        """Yield the records in batches of bounded size; raises SourceError when the source breaks half-way."""
        ...
