"""Reads a CQL2 filter, as text or as JSON, into CQL2's JSON form. Knows no layer and no SQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from geoplatform.serving import slow_imports
from geoplatform.serving.problems import Problem, bad_request, shortened

#: Longer filters are refused before they are read.
MAX_LENGTH = 20_000

LANGUAGES = ("cql2-text", "cql2-json")

_INSTANT_FUNCTIONS = {"date": "date", "timestamp": "timestamp"}
_OPERATOR_FUNCTIONS = frozenset(
    ["casei"]
    + [f"s_{name}" for name in ["intersects", "equals", "disjoint", "touches", "within", "overlaps", "crosses", "contains"]]
    + [f"t_{name}" for name in ["after", "before", "during", "equals", "intersects", "disjoint"]]
    + [f"a_{name}" for name in ["equals", "contains", "containedby", "overlaps"]]
)
_CAMEL = {"a_containedby": "a_containedBy"}


def parse(text: str, language: str) -> Any:
    """Return the filter as CQL2 JSON; raises Problem 400 when it is not CQL2 or too long."""
    if len(text) > MAX_LENGTH:
        raise bad_request(f"filter: longer than {MAX_LENGTH} characters; ask for less at once")
    return _parse_json(text) if language == "cql2-json" else _parse_text(text)


def _parse_json(text: str) -> Any:
    try:
        parsed = json.loads(text, parse_constant=_refuse_constant)
        if "\\u" in text:  # an escape may stand for half a character or for NUL, which no text in the database holds
            _refuse_strange(json.dumps(parsed, ensure_ascii=False))
        return parsed
    except (ValueError, RecursionError) as error:
        raise bad_request(f"filter: not JSON: {error}") from None


def _refuse_strange(text: str) -> None:
    if "\\u0000" in text:
        raise ValueError("holds a NUL character")
    text.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _parse_text(text: str) -> Any:
    parser = _text_parser()
    from lark.exceptions import LarkError, UnexpectedInput, VisitError

    try:
        return parser.parse(text)
    except UnexpectedInput as error:
        column = error.column if isinstance(error.column, int) and error.column > 0 else len(text)
        rest = text[column - 1 :]
        raise bad_request(f"filter: not CQL2 from character {column} on: {shortened(rest or 'end of the filter')}") from None
    except VisitError as error:
        if isinstance(error.orig_exc, Problem):
            raise error.orig_exc from None
        raise
    except (LarkError, RecursionError):
        raise bad_request(f"filter: not CQL2: {shortened(text)}") from None


@cache
def _text_parser() -> Any:
    """Return the parser of CQL2 text."""
    with slow_imports.LOCK:
        from lark import Lark

    return Lark(Path(__file__).with_suffix(".lark").read_text(), parser="lalr", transformer=_transformer())


def _transformer() -> Any:
    from lark import Transformer, v_args

    def operation(op: str, *args: Any) -> dict[str, Any]:
        return {"op": op, "args": list(args)}

    def negated(value: dict[str, Any]) -> dict[str, Any]:
        return operation("not", value)

    @v_args(inline=True)
    class ToJson(Transformer):
        """Makes CQL2 JSON of each rule of cql2.lark; the methods are named after the rules."""

        def or_(self, *args: Any) -> Any:
            return operation("or", *args)

        def and_(self, *args: Any) -> Any:
            return operation("and", *args)

        def not_(self, value: Any) -> Any:
            return negated(value)

        def compare(self, left: Any, op: Any, right: Any) -> Any:
            return operation(str(op), left, right)

        def between(self, value: Any, low: Any, high: Any) -> Any:
            return operation("between", value, low, high)

        def not_between(self, *args: Any) -> Any:
            return negated(self.between(*args))

        def like(self, value: Any, pattern: Any) -> Any:
            return operation("like", value, pattern)

        def not_like(self, *args: Any) -> Any:
            return negated(self.like(*args))

        def in_(self, value: Any, options: Any) -> Any:
            return operation("in", value, options)

        def not_in(self, *args: Any) -> Any:
            return negated(self.in_(*args))

        def is_null(self, value: Any) -> Any:
            return operation("isNull", value)

        def is_not_null(self, value: Any) -> Any:
            return negated(self.is_null(value))

        def arithmetic(self, left: Any, op: Any, right: Any) -> Any:
            return operation(str(op).lower(), left, right)

        def signed(self, sign: Any, value: Any) -> Any:
            if sign == "+":
                return value
            if isinstance(value, int | float) and not isinstance(value, bool):
                return -value
            return operation("-", 0, value)

        def number(self, token: Any) -> Any:
            return int(token) if token.isdigit() else float(token)

        def string(self, token: Any) -> Any:
            return str(token[1:-1]).replace("''", "'")

        def true(self, token: Any) -> Any:
            return True

        def false(self, token: Any) -> Any:
            return False

        def name(self, token: Any) -> Any:
            return {"property": str(token)}

        def quoted_name(self, token: Any) -> Any:
            return {"property": str(token[1:-1])}

        def array(self, *items: Any) -> Any:
            return list(items)

        def arguments(self, *items: Any) -> Any:
            return list(items)

        def function(self, token: Any, arguments: Any) -> Any:
            name = str(token).lower()
            if name in _INSTANT_FUNCTIONS and len(arguments) == 1:
                return {_INSTANT_FUNCTIONS[name]: arguments[0]}
            if name == "interval" and len(arguments) == 2:
                return {"interval": arguments}
            if name == "bbox" and len(arguments) in (4, 6):
                return {"bbox": arguments}
            if name in _OPERATOR_FUNCTIONS:
                return operation(_CAMEL.get(name, name), *arguments)
            raise bad_request(f"filter: there is no function {shortened(str(token))}")

        def signed_number(self, *tokens: Any) -> Any:
            return float("".join(tokens))

        def coordinate(self, *numbers: Any) -> Any:
            return list(numbers)

        def part(self, *items: Any) -> Any:
            return list(items)

        def geometry(self, token: Any, part: Any) -> Any:
            return _geojson(str(token).upper().removesuffix("Z").strip(), part)

    return ToJson()


_GEOJSON_TYPES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}


def _geojson(kind: str, part: list[Any]) -> dict[str, Any]:
    """Return the GeoJSON of a WKT geometry whose brackets became nested lists; PostGIS judges the nesting."""
    if kind == "GEOMETRYCOLLECTION":
        return {"type": "GeometryCollection", "geometries": part}
    if kind == "POINT":
        coordinates = part[0] if len(part) == 1 else part
    elif kind == "MULTIPOINT":  # both MULTIPOINT(1 2, 3 4) and MULTIPOINT((1 2), (3 4)) are in use
        coordinates = [item[0] if isinstance(item[0], list) else item for item in part]
    else:
        coordinates = part
    return {"type": _GEOJSON_TYPES[kind], "coordinates": coordinates}


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)


def read_date(text: Any, where: str) -> date:
    """Return the date of an RFC 3339 text; raises Problem 400 that names `where`."""
    if isinstance(text, str) and _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise bad_request(f"{where}: {shortened(str(text))} is not a date such as 2026-01-31")


def read_timestamp(text: Any, where: str) -> datetime:
    """Return the moment of an RFC 3339 text, in UTC when it names no zone; raises Problem 400 that names `where`."""
    if isinstance(text, str) and _TIMESTAMP.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text.upper().replace(" ", "T"))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except ValueError:
            pass
    raise bad_request(f"{where}: {shortened(str(text))} is not a time such as 2026-01-31T12:00:00Z")
