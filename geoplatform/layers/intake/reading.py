"""Readers of uploaded tables: never taken for "the same bytes as before", and with an id for each record that has none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

import pyarrow as pa

from geoplatform.layers import casting, sources
from geoplatform.layers.definition import BASED_ON, Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceReader
from geoplatform.layers.stale import Bases

#: The key of layers whose file brings none: made from each record's content, so that the same record gets the same id again.
GENERATED = "feature_id"


def opener(generate: bool) -> Callable[[Source, SourceContext, set[str]], SourceReader]:
    """Return what opens an uploaded table for the engine. generate: give ids to records without one."""

    def open_upload(source: Source, context: SourceContext, columns: set[str]) -> SourceReader:
        return Uploaded(sources.open_source(source, context, {*columns, BASED_ON}), generate)

    return open_upload


class Uploaded:
    """A SourceReader over another one."""

    #: What is in the layer may have been edited since, so the same file is read again.
    fingerprint: str | None = None

    def __init__(self, reader: SourceReader, generate: bool) -> None:
        self._reader, self._generate = reader, generate
        #: What the rows are based on, known when all batches were read.
        self.bases = Bases()

    @property
    def date(self) -> datetime | None:
        return self._reader.date

    @property
    def crs(self) -> str:
        return self._reader.crs

    @property
    def available(self) -> list[str]:
        names = list(self._reader.available)
        return [*names, GENERATED] if self._generate and GENERATED not in names else names

    def __enter__(self) -> Uploaded:
        self._reader.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._reader.__exit__(*exc)

    def batches(self) -> Iterator[Batch]:
        """Yield the records; see SourceReader."""
        seen: Counter[str] = Counter()
        for batch in self._reader.batches():
            if (based_on := batch.columns.pop(BASED_ON, None)) is not None:
                self.bases.gather(based_on, batch.first)
            yield _identified(batch, seen) if self._generate else batch


def _identified(batch: Batch, seen: Counter[str]) -> Batch:
    """Return the batch with an id in each record; seen: how often each content was met."""
    given = batch.columns.get(GENERATED)
    ids: list[str | None] = [None] * len(batch) if given is None else casting.as_text(given).to_pylist()
    names = sorted(name for name in batch.columns if name != GENERATED)
    texts = [casting.as_text(batch.columns[name]).to_pylist() for name in names]
    for row, known in enumerate(ids):
        if known:
            continue
        digest = hashlib.blake2b(batch.geometry[row] or b"", digest_size=10)
        for name, column in zip(names, texts, strict=True):
            if column[row] is not None:
                digest.update(f"\0{name}\0{column[row]}".encode())
        name = digest.hexdigest()
        seen[name] += 1
        ids[row] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return Batch({**batch.columns, GENERATED: pa.array(ids, pa.string())}, batch.geometry, batch.first, batch.problems)
