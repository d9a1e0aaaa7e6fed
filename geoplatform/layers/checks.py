"""Checks records a batch at a time: what is good goes on to staging, the rest is refused with every reason found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geoplatform.layers import casting, geometry
from geoplatform.layers.definition import Attribute, LayerDefinition, Source
from geoplatform.layers.reasons import Reason, shortened
from geoplatform.layers.sources.base import Batch, SourceError
from geoplatform.layers.vocabulary import Vocabulary

#: Longest id, in characters; it stands in addresses and in indexes.
MAX_ID_LENGTH = 200

#: The source's column that says of each record whether it is demonstration data.
DEMO_COLUMN = "is_demo"

#: The same set as `definition.unsafe_in_id`, for RE2.
_UNSAFE = r"[\s\p{Z}/?#%\\\x00-\x1f\x85]|^\.{1,2}$"


# Not validated, because the model keeps this name from the attributes of a definition.
_DEMO = Attribute.model_construct(name=DEMO_COLUMN, type="boolean", max_length=10)


@dataclass
class RefusedRecord:
    """A record that is not applied: its number in the source, its key if it has one, why, and what it held."""

    position: int
    feature: str | None
    reasons: list[Reason]
    record: dict[str, Any]


@dataclass
class CheckedBatch:
    """One batch after the checks.

    good: the rows to stage, in the columns of `RecordChecker.columns`.
    kept: positions and ids of refused records that have a key; the feature's last good state stays.
    mended: position, id and why for geometries that were mended.
    """

    good: pa.Table
    kept: list[tuple[int, str]]
    refused: list[RefusedRecord]
    mended: list[tuple[int, str, Reason]]


@dataclass
class RecordChecker:
    """Holds what the records of one layer are checked against.

    bounds: west, south, east, north in degrees, or None.
    allow_demo: whether demonstration data may be loaded here.
    """

    definition: LayerDefinition
    source: Source
    vocabularies: Mapping[str, Vocabulary]
    bounds: geometry.Bounds | None
    allow_demo: bool
    warnings: list[str] = field(default_factory=list)

    @property
    def wanted(self) -> set[str]:
        """The source's columns that are read."""
        return {name for a in self.definition.attributes for name in a.source_columns} | {DEMO_COLUMN}

    @property
    def columns(self) -> list[str]:
        """The columns of `CheckedBatch.good`."""
        names = ["position", "id", "is_demo", *(a.name for a in self.definition.attributes)]
        return names if self.definition.geometry == "none" else [*names, "geom"]

    def check_columns(self, available: Sequence[str]) -> None:
        """Raise SourceError when the source lacks what every record needs; note what else it lacks in `warnings`."""
        there = set(available)
        for attribute in self.definition.attributes:
            if there.intersection(attribute.source_columns):
                continue
            lacking = " / ".join(attribute.source_columns)
            if attribute.required or attribute.name in self.definition.key:
                shown = ", ".join(sorted(there)[:30]) or "no columns"
                use = "key" if attribute.name in self.definition.key else "required"
                raise SourceError(f"attribute {attribute.name} ({use}): the source has no column {lacking}; it has {shown}")
            self.warnings.append(f"attribute {attribute.name}: the source has no column {lacking}")

    def check(self, batch: Batch) -> CheckedBatch:
        """Check one batch."""
        length = len(batch)
        reasons: dict[int, list[Reason]] = {row: [Reason("unreadable", detail=why)] for row, why in batch.problems.items()}
        unread = set(batch.problems)

        def refuse(rows: np.ndarray, code: str, attribute: str = "", detail: str = "", values: pa.Array | None = None) -> None:
            for row in np.flatnonzero(rows):
                if row not in unread:
                    value = "" if values is None else shortened(values[int(row)].as_py())
                    reasons.setdefault(int(row), []).append(Reason(code, attribute, value, detail))

        values: dict[str, pa.Array] = {}
        for attribute in self.definition.attributes:
            values[attribute.name] = self._attribute(attribute, batch, length, refuse)
        ids = self._ids(values, length, refuse)
        demo = self._demo(batch, length, refuse)
        mended: dict[int, Reason] = {}
        shapes = None
        if self.definition.geometry != "none":
            checked = geometry.check(batch.geometry, self.definition.geometry, self.bounds, self.source.as_point, unread)
            shapes, mended = checked.shapes, checked.mended
            for row, reason in checked.faults.items():
                reasons.setdefault(row, []).append(reason)

        good = np.ones(length, bool)
        good[list(reasons)] = False
        positions = np.arange(batch.first, batch.first + length, dtype=np.int64)
        columns = {"position": pa.array(positions), "id": ids, "is_demo": demo, **values}
        table = pa.table(columns)
        if reasons:
            table = table.filter(pa.array(good))
        if shapes is not None:
            table = table.append_column("geom", geometry.as_ewkb_hex(shapes[good] if reasons else shapes))
        refused = [
            RefusedRecord(batch.first + row, ids[row].as_py(), reasons[row], _record(batch, row)) for row in sorted(reasons)
        ]
        return CheckedBatch(
            good=table.select(self.columns),
            kept=[(r.position, r.feature) for r in refused if r.feature],
            refused=refused,
            mended=[(batch.first + row, ids[row].as_py() or "", why) for row, why in sorted(mended.items()) if good[row]],
        )

    def _attribute(self, attribute: Attribute, batch: Batch, length: int, refuse: Any) -> pa.Array:
        columns = [batch.columns[name] for name in attribute.source_columns if name in batch.columns]
        cast = casting.cast(attribute, columns, length, self.vocabularies.get(attribute.vocabulary or ""))
        faulty = np.zeros(length, bool)
        for fault in cast.faults:
            faulty |= fault.rows
            refuse(fault.rows, fault.code, attribute.name, fault.detail, _first_value(columns))
        in_key = attribute.name in self.definition.key
        if (attribute.required or in_key) and cast.values.null_count:
            absent = casting.as_mask(pc.is_null(cast.values)) & ~faulty
            refuse(absent, "key_missing" if in_key else "required", attribute.name)
        return cast.values

    def _ids(self, values: dict[str, pa.Array], length: int, refuse: Any) -> pa.Array:
        parts = [casting.as_text(values[name]) for name in self.definition.key]
        ids = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, ".")
        if isinstance(ids, pa.ChunkedArray):
            ids = ids.combine_chunks()
        unsafe = casting.as_mask(pc.match_substring_regex(ids, _UNSAFE))
        if unsafe.any():
            refuse(unsafe, "key_unsafe", ", ".join(self.definition.key), values=ids)
        long = casting.as_mask(pc.greater(pc.utf8_length(ids), MAX_ID_LENGTH))
        if long.any():
            refuse(long, "key_too_long", ", ".join(self.definition.key), str(MAX_ID_LENGTH))
        if not (unsafe | long).any():
            return ids
        return pc.if_else(pa.array(unsafe | long), None, ids)

    def _demo(self, batch: Batch, length: int, refuse: Any) -> pa.Array:
        column = batch.columns.get(DEMO_COLUMN)
        default = pa.array(np.full(length, self.source.demo))
        if column is None:
            demo = default
        else:
            attribute = Attribute.model_construct(
                name=DEMO_COLUMN, type="boolean", max_length=10, multiple=False, vocabulary=None
            )
            cast = casting.cast(attribute, [column], length, None)
            for fault in cast.faults:
                refuse(fault.rows, fault.code, DEMO_COLUMN, fault.detail, column)
            demo = pc.if_else(pc.is_null(cast.values), default, cast.values)
        if not (self.allow_demo and not self.definition.life_depends):
            refuse(casting.as_mask(demo), "demo")
        return demo


def _first_value(columns: list[pa.Array]) -> pa.Array | None:
    """Return the values to show in a reason: the first column's, else the next one's."""
    if not columns:
        return None
    texts = [casting.as_text(column) if len(columns) > 1 else column for column in columns]
    return texts[0] if len(texts) == 1 else pc.coalesce(*texts)


def _record(batch: Batch, row: int) -> dict[str, Any]:
    """Return what the record held, each value short, for people to find and mend it."""
    record: dict[str, Any] = {}
    for name, column in batch.columns.items():
        value = column[row].as_py()
        if value is not None:
            record[name] = value if isinstance(value, bool | int) else shortened(value, 300)
    wkb = batch.geometry[row]
    if wkb is not None and row not in batch.problems:
        shape = shapely.from_wkb(wkb, on_invalid="ignore")
        if shape is not None and shapely.get_num_coordinates(shape) <= 200:
            record["geometry"] = shapely.to_wkt(shape, rounding_precision=7)
    return record
