"""Tables of renamed streets, as councils publish them: a line may name several old names and the part of a street it is about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.delimited import CsvReader
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.locate import locate_file

#: The columns that each record has.
COLUMNS = ("code", "old_name", "name", "part", "act", "act_date")

#: A comma begins another name only before a word that says what is named.
_NEXT_NAME = re.compile(r",\s*(?=(?:вулиц|провул|проспект|площ|бульвар|проїзд|шосе|набережн|узвіз|тупик|алея|майдан)\w*)")
_PART = re.compile(r"\(([^()]*)\)")


def open_renames(source: Source, context: SourceContext, columns: Collection[str]) -> RenamesReader:
    """Open a CSV with a renaming a line.

    Options: `old`, `new`, `act`, `date`, the names of its columns (old_uk, new_uk, act_uk, act_date). Raises SourceError.
    """
    return RenamesReader(source, context, columns)


class RenamesReader(FileReader):
    """Gives a record for each old name, with a code made of old name, part, new name and date."""

    available = COLUMNS

    def __init__(self, source: Source, context: SourceContext, columns: Collection[str]) -> None:
        """See `open_renames`."""
        given = (("old", "old_uk"), ("new", "new_uk"), ("act", "act_uk"), ("date", "act_date"))
        names = {name: str(source.options.get(name, usual)) for name, usual in given}
        table = source.model_copy(update={"options": {k: v for k, v in source.options.items() if k in ("encoding", "delimiter")}})
        self._table = CsvReader(locate_file(source.location, context), table, context, frozenset(names.values()))
        lacking = [name for name in (names["old"], names["new"]) if name not in self._table.available]
        if lacking:
            raise SourceError(f"{source.location}: no table of renamings, it has no column {', '.join(lacking)}")
        self._names, self._columns = names, frozenset(columns)
        self.fingerprint = self._table.fingerprint

    def batches(self) -> Iterator[Batch]:
        """Yield the records; see SourceReader."""
        position = 1
        for batch in self._table.batches():
            values = {name: batch.columns[column].to_pylist() for name, column in self._names.items() if column in batch.columns}
            records = [record for row in range(len(batch)) for record in _records({k: v[row] or "" for k, v in values.items()})]
            arrays = {name: pa.array([record[name] for record in records], pa.string()) for name in self._columns & {*COLUMNS}}
            yield Batch(arrays, np.full(len(records), None, dtype=object), position)
            position += len(records)


def _records(row: dict[str, str]) -> Iterator[dict[str, str | None]]:
    """Yield a record for each old name of a line."""
    part = "; ".join(found.strip() for found in _PART.findall(row["old"]))
    new = " ".join(_PART.sub(" ", row["new"]).split())
    old = " ".join(_PART.sub(" ", row["old"]).split())
    for name in _NEXT_NAME.split(old):
        what = "|".join((name, part, new, row.get("date", "")))
        yield {
            "code": "r" + hashlib.sha256(what.encode()).hexdigest()[:12],
            "old_name": name.strip() or None,
            "name": new or None,
            "part": part or None,
            "act": row.get("act") or None,
            "act_date": row.get("date") or None,
        }
