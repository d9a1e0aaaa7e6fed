"""Records as Python dicts to a Batch: Arrow columns of one type each, whatever mixture the source holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa


def columns_of(records: Sequence[Mapping[str, Any]], wanted: Collection[str]) -> dict[str, pa.Array]:
    """Return an Arrow array for each wanted name that at least one of `records` has.

    A column whose values are all of one simple type keeps it; a mixture becomes text, objects and lists become JSON text.
    """
    arrays = {}
    for name in wanted:
        try:  # most sources give every record every column
            values = [record[name] for record in records]
        except KeyError:
            if not any(name in record for record in records):
                continue
            values = [record.get(name) for record in records]
        if values:
            arrays[name] = column_of(values)
    return arrays


def column_of(values: list[Any]) -> pa.Array:
    """Return `values` (from JSON: None, bool, int, float, str, list, dict) as an Arrow array of one simple type."""
    try:
        array = pa.array(values, from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        array = None
    if array is None or pa.types.is_nested(array.type):
        return pa.array([as_text(value) for value in values], type=pa.string())
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def as_text(value: Any) -> str | None:
    """Return a value of a mixed column as text: strings as they are, everything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits, a date
        return str(value)
