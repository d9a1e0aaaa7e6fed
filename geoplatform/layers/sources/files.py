"""What readers of local files have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from geoplatform.layers.sources.base import Batch


class FileReader:
    """A SourceReader over local files: nothing to close unless a driver says so."""

    fingerprint: str | None = None
    date: datetime | None = None
    crs: str = "OGC:CRS84"
    available: Sequence[str] = ()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def batches(self) -> Iterator[Batch]:
        """Yield the records; see SourceReader."""
        raise NotImplementedError
