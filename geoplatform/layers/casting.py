"""Turns a source's columns into an attribute's type, a batch at a time; what can't be turned is marked, never guessed."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geoplatform.layers.definition import Attribute
from geoplatform.layers.vocabulary import Vocabulary

#: What a time without a zone means, when it comes as text. Arrow's own timestamps without a zone are UTC.
LOCAL_ZONE = ZoneInfo("Europe/Kyiv")

#: Arrow type in which each attribute type goes to the staging table; json and `multiple` travel as text.
ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}

_TRUE = {"true", "t", "yes", "y", "1", "так", "є", "наявний", "наявна", "наявне"}
_FALSE = {"false", "f", "no", "n", "0", "ні", "немає", "відсутній", "відсутня", "відсутнє"}

# Cyrillic in UTF-8 read as Windows-1251 ("РџРѕР»…"), as Latin-1 ("ÐŸÐ¾Ð»…"), and Windows-1251 read as Latin-1 ("Ïîëòàâà").
_UTF8_AS_1251 = "(?:[РС][\u0402-\u040f\u0452-\u045f\u0490\u0491°±Ііµ¶·№»јЅѕї‚„…†‡€‰‹‘’“”•–—™¤¦§©«¬®]){3}"
_UTF8_AS_LATIN = "(?:[ÐÑ][\u0080-\u00bf\u0152-\u0178\u2013-\u203a€™ƒˆ˜]){2}"
_1251_AS_LATIN = "[À-ÿ]{4}"
MISREAD = f"\ufffd|{_UTF8_AS_1251}|{_UTF8_AS_LATIN}|{_1251_AS_LATIN}"


@dataclass
class Fault:
    """Values of one attribute that can't be used: which rows, and why (a code of `reasons`)."""

    rows: np.ndarray  # bool, one for each row of the batch
    code: str
    detail: str = ""


@dataclass
class Cast:
    """An attribute's values in its Arrow type (None where absent or faulty) and the faults found."""

    values: pa.Array
    faults: list[Fault]


def cast(attribute: Attribute, columns: list[pa.Array], length: int, vocabulary: Vocabulary | None) -> Cast:
    """Return the attribute's values out of the source's `columns`, in order of preference, each of `length` rows.

    vocabulary: the attribute's, when it has one.
    """
    target = pa.string() if attribute.multiple else ARROW_TYPES[attribute.type]
    values: pa.Array | None = None
    faults: list[Fault] = []
    for column in columns:
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        found = _one(attribute, column, vocabulary)
        if values is None:
            values, faults = found.values, found.faults
            continue
        open_rows = as_mask(pc.is_null(values))
        for fault in faults:
            open_rows &= ~fault.rows  # a value that can't be used is a fault, not an absence
        values = pc.if_else(pa.array(open_rows), found.values, values)
        faults += [Fault(f.rows & open_rows, f.code, f.detail) for f in found.faults if (f.rows & open_rows).any()]
    return Cast(pa.nulls(length, target) if values is None else values, faults)


def as_mask(array: pa.Array) -> np.ndarray:
    """Return a boolean Arrow array as numpy, None as False."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if array.null_count:
        array = pc.fill_null(array, False)
    return array.to_numpy(zero_copy_only=False)


def as_text(column: pa.Array) -> pa.Array:
    """Return any source column as trimmed text, empty text as None; whole floats without their ".0"."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else _number_text(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        joined = [None if v is None else ";".join("" if i is None else str(i) for i in v) for v in column.to_pylist()]
        column = pa.array(joined, pa.string())
    elif pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_nested(kind) or pa.types.is_decimal(kind):
        column = pa.array([_plain(v) for v in column.to_pylist()], pa.string())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        column = pa.array([None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()], pa.string())
    elif not pa.types.is_string(kind):
        column = column.cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(column)
    empty = pc.equal(trimmed, "")
    return pc.if_else(empty, None, trimmed) if pc.any(empty).as_py() else trimmed


def _number_text(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)


def _plain(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)


def _one(attribute: Attribute, column: pa.Array, vocabulary: Vocabulary | None) -> Cast:
    if attribute.type == "integer" and pa.types.is_integer(column.type) and column.type != pa.uint64():
        return Cast(column.cast(pa.int64()), [])
    if attribute.type == "integer" and pa.types.is_floating(column.type):
        return _whole(column)
    if attribute.type == "number" and (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return _number(column)
    if attribute.type == "boolean" and pa.types.is_boolean(column.type):
        return Cast(column, [])
    if attribute.type in ("date", "datetime") and (pa.types.is_date(column.type) or pa.types.is_timestamp(column.type)):
        return _moment(attribute.type, column)
    text = as_text(column)
    faults = text_faults(text, attribute.max_length)
    for fault in faults:
        text = pc.if_else(pa.array(fault.rows), None, text)
    if attribute.vocabulary and vocabulary is not None:
        found = _by_value(text, pa.string(), _term_finder(attribute, vocabulary), "vocabulary", vocabulary.id)
    elif attribute.multiple:
        found = _by_value(text, pa.string(), _array_literal, "type_text")
    elif attribute.type == "text":
        return Cast(text, faults)
    elif (plain := _plainly_written(text, attribute.type)) is not None:
        return Cast(plain, faults)
    else:
        found = _by_value(text, ARROW_TYPES[attribute.type], _PARSERS[attribute.type], f"type_{attribute.type}")
    return Cast(found.values, faults + found.faults)


def text_faults(text: pa.Array, max_length: int) -> list[Fault]:
    """Return what is wrong with the characters of `text`: too long, NUL, read in the wrong encoding."""
    faults = []
    long = as_mask(pc.greater(pc.utf8_length(text), max_length))
    if long.any():
        faults.append(Fault(long, "too_long", str(max_length)))
        text = pc.if_else(pa.array(long), None, text)
    nul = as_mask(pc.match_substring(text, "\0"))
    if nul.any():
        faults.append(Fault(nul, "nul"))
    if not pc.all(pc.string_is_ascii(text)).as_py():
        misread = as_mask(pc.match_substring_regex(text, MISREAD))
        if misread.any():
            faults.append(Fault(misread, "encoding"))
    return faults


#: How the common case looks, in which Arrow parses a whole column at once, with the same outcome as `_PARSERS`.
_PLAIN = {
    "integer": r"^-?[0-9]{1,18}$",
    "number": r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$",
    "date": r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$",
}


def _plainly_written(text: pa.Array, kind: str) -> pa.Array | None:
    """Return the parsed column when every value is written in the common way, else None."""
    pattern = _PLAIN.get(kind)
    if pattern is None or not pc.all(pc.match_substring_regex(text, pattern), min_count=0).as_py():
        return None
    try:
        return text.cast(ARROW_TYPES[kind])
    except pa.ArrowInvalid:  # a day that no calendar has; found again, with its row, one by one
        return None


def _by_value(text: pa.Array, target: pa.DataType, convert: Callable[[str], object], code: str, detail: str = "") -> Cast:
    """Convert each distinct text once; `convert` raises ValueError for what can't be used."""
    encoded = pc.dictionary_encode(text)
    results: list[object] = []
    bad = []
    for value in encoded.dictionary.to_pylist():
        try:
            results.append(convert(value))
            bad.append(False)
        except (ValueError, OverflowError, RecursionError):
            results.append(None)
            bad.append(True)
    values = pa.array(results, target).take(encoded.indices)
    if not any(bad):
        return Cast(values, [])
    return Cast(values, [Fault(as_mask(pa.array(bad).take(encoded.indices)), code, detail)])


def _number(column: pa.Array) -> Cast:
    values = column.cast(pa.float64(), safe=False)
    finite = pc.is_finite(values)
    infinite = as_mask(pc.is_inf(values))
    values = pc.if_else(finite, values, None)  # NaN is how tables without nulls say "no value"
    return Cast(values, [Fault(infinite, "type_number")] if infinite.any() else [])


def _whole(column: pa.Array) -> Cast:
    number = column.to_numpy(zero_copy_only=False)
    absent = np.isnan(number)
    bad = ~absent & ~((np.abs(number) < 2.0**53) & (np.floor(number) == number))
    values = pa.array(np.where(absent | bad, 0, number).astype(np.int64), mask=absent | bad)
    return Cast(values, [Fault(bad, "type_integer")] if bad.any() else [])


def _moment(kind: str, column: pa.Array) -> Cast:
    # Years that Python can't hold come from broken files; they would break whoever reads the value.
    if kind == "date":
        if pa.types.is_timestamp(column.type) and column.type.tz:
            column = pc.local_timestamp(column.cast(pa.timestamp("us", tz=LOCAL_ZONE.key)))
        values = column.cast(pa.date32(), safe=False)
        low, high = pa.scalar(date(1, 1, 1)), pa.scalar(date(9999, 12, 30))
    else:
        values = column.cast(pa.timestamp("us"), safe=False) if pa.types.is_date(column.type) else column
        if values.type.tz is None:
            values = values.cast(pa.timestamp("us"), safe=False).cast(pa.timestamp("us", tz="UTC"))
        values = values.cast(pa.timestamp("us", tz="UTC"), safe=False)
        low, high = (pa.scalar(datetime(y, 1, 2, tzinfo=UTC), values.type) for y in (1, 9999))
    out = as_mask(pc.or_(pc.less(values, low), pc.greater(values, high)))
    if not out.any():
        return Cast(values, [])
    return Cast(pc.if_else(pa.array(out), None, values), [Fault(out, f"type_{kind}")])


_INTEGER = re.compile(r"[+-]?\d{1,18}(?:\.0+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)", re.ASCII)


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text.split(".")[0])


def _real(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    value = float(text.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise ValueError(text)
    return word in _TRUE


def _datetime(text: str) -> datetime:
    day_first = _DAY_FIRST.match(text)
    if day_first:
        day, month, year = day_first.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{text[day_first.end() :]}"
    value = datetime.fromisoformat(text.replace(" +", "+"))
    return value.replace(tzinfo=LOCAL_ZONE).astimezone(UTC) if value.tzinfo is None else value.astimezone(UTC)


def _date(text: str) -> date:
    day_first = _DAY_FIRST.fullmatch(text)
    if day_first:
        day, month, year = day_first.groups()
        return date(int(year), int(month), int(day))
    if len(text) <= 10:
        return date.fromisoformat(text.replace("/", "-"))
    return _datetime(text).astimezone(LOCAL_ZONE).date()


def _json(text: str) -> str:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    value = json.loads(text, parse_constant=refuse)
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if "\\u0000" in canonical or re.search("[\ud800-\udfff]", canonical):
        raise ValueError("a character that PostgreSQL can't hold")
    return canonical


_PARSERS: dict[str, Callable[[str], object]] = {
    "integer": _integer,
    "number": _real,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "json": _json,
}


def _items(text: str) -> list[str]:
    """Return the items of "a; b" or of a JSON list (which is how drivers hand on a list), each once, in their order."""
    if text.startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            listed = json.loads(text)
            if isinstance(listed, list):
                return list(dict.fromkeys(str(item).strip() for item in listed if item not in (None, "")))
    return list(dict.fromkeys(item for item in (part.strip() for part in text.split(";")) if item))


def _quoted(items: list[str]) -> str | None:
    """Return a PostgreSQL array literal, or None when there is no item."""
    escaped = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in escaped) + "}" if items else None


def _array_literal(text: str) -> str | None:
    return _quoted(_items(text))


def _term_finder(attribute: Attribute, vocabulary: Vocabulary) -> Callable[[str], str | None]:
    """Return a function from a source's value to a term's code (or an array literal of codes); ValueError when unknown."""
    codes: dict[str, str] = {}
    for term in vocabulary.terms:
        for word in (term.code, *term.matches):
            codes.setdefault(" ".join(word.casefold().split()), term.code)

    def code(value: str) -> str:
        found = codes.get(" ".join(value.casefold().split())) or attribute.vocabulary_other
        if found is None:
            raise ValueError(value)
        return found

    def literal(text: str) -> str | None:
        return _quoted(list(dict.fromkeys(code(item) for item in _items(text))))

    return literal if attribute.multiple else code
