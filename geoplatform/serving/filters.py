"""Makes parametrised SQL of a CQL2 filter: every value is a parameter, every name is looked up among the level's columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geoplatform.serving import geojson
from geoplatform.serving.cql2 import read_date, read_timestamp
from geoplatform.serving.crs import Crs
from geoplatform.serving.problems import Problem, bad_request, shortened

#: Names by which a filter may call the geometry.
GEOMETRY_NAMES = ("geometry", "geom")

_MAX_DEPTH = 60
_COMPARISONS = frozenset(["=", "<>", "<", "<=", ">", ">="])
_ARITHMETIC = frozenset(["+", "-", "*", "/", "%", "div", "^"])
_SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_equals": "ST_Equals",
    "s_disjoint": "ST_Disjoint",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
    "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses",
    "s_contains": "ST_Contains",
}
_ARRAYS = {"a_equals": "=", "a_contains": "@>", "a_containedBy": "<@", "a_overlaps": "&&"}


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL with its parameters. kind: text, number, boolean, date, datetime, array or geometry."""

    sql: str
    parameters: tuple[Any, ...]
    kind: str
    literal: bool = False


def condition(filter_: Any, columns: Mapping[str, tuple[str, str]], geometry: bool, crs: Crs) -> tuple[str, list[Any]]:
    """Return SQL and its parameters for a filter in CQL2's JSON form.

    columns: what the level may see, name -> (SQL of the column, kind); a name that is not among them is unknown.
    geometry: whether the layer has a geometry; crs: of the geometries in the filter.
    Raises Problem 400 that says what is wrong with the filter.
    """
    try:
        fragment = _Compiler(columns, geometry, crs).boolean(filter_, 0)
    except RecursionError:
        raise bad_request("filter: nested too deeply") from None
    return fragment.sql, list(fragment.parameters)


class _Compiler:
    def __init__(self, columns: Mapping[str, tuple[str, str]], geometry: bool, crs: Crs):
        self.columns = columns
        self.has_geometry = geometry
        self.crs = crs

    def boolean(self, node: Any, depth: int) -> Fragment:
        """Return the fragment of a condition."""
        fragment = self.expression(node, depth)
        if fragment.kind != "boolean":
            raise bad_request(f"filter: a condition is expected, not {shortened(_text(node))}")
        return fragment

    def expression(self, node: Any, depth: int) -> Fragment:
        """Return the fragment of any expression; dispatches on what kind of JSON `node` is."""
        if depth > _MAX_DEPTH:
            raise bad_request("filter: nested too deeply")
        if isinstance(node, bool):
            return Fragment("%s::boolean", (node,), "boolean", literal=True)
        if isinstance(node, int | float):
            return _number(node)
        if isinstance(node, str):
            return Fragment("%s::text", (node,), "text", literal=True)
        if isinstance(node, list):
            return _array(node)
        if isinstance(node, dict):
            return self._object(node, depth)
        raise _no_sense(node)

    def _object(self, node: dict[str, Any], depth: int) -> Fragment:
        if "op" in node:
            return self._operation(node, depth)
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return Fragment("%s::date", (read_date(node["date"], "filter"),), "date", literal=True)
        if "timestamp" in node:
            return Fragment("%s::timestamptz", (read_timestamp(node["timestamp"], "filter"),), "datetime", literal=True)
        if "bbox" in node or "coordinates" in node or "geometries" in node:
            return self._geometry(node)
        raise _no_sense(node)

    def _property(self, name: Any) -> Fragment:
        if name in GEOMETRY_NAMES:
            if not self.has_geometry:
                raise bad_request("filter: this collection has no geometry")
            return Fragment("geom", (), "geometry")
        if not isinstance(name, str) or name not in self.columns:
            raise bad_request(f"filter: there is no property {shortened(str(name))}")
        column, kind = self.columns[name]
        if kind == "json":
            raise bad_request(f"filter: property {name} holds a structure and can't be filtered")
        return Fragment(column, (), {"integer": "number", "multiple": "array"}.get(kind, kind))

    def _operation(self, node: dict[str, Any], depth: int) -> Fragment:
        op, arguments = node["op"], node.get("args")
        if not isinstance(op, str) or not isinstance(arguments, list):
            # the standard's early drafts let "not" and "isNull" take one bare argument
            if op in ("not", "isNull") and isinstance(arguments, dict):
                arguments = [arguments]
            else:
                raise bad_request("filter: an operation needs a name in op and a list in args")
        if op in ("and", "or"):
            return self._junction(op, arguments, depth)
        if op in _COMPARISONS:
            return self._comparison(op, *self._pair(op, arguments, depth))
        if op in _ARITHMETIC:
            return self._arithmetic(op, *self._pair(op, arguments, depth))
        if op in _SPATIAL:
            return self._spatial(op, *self._pair(op, arguments, depth))
        if op in _ARRAYS:
            return self._arrays(op, *self._pair(op, arguments, depth))
        if op in _TEMPORAL:
            return self._temporal(op, arguments, depth)
        handler = getattr(self, f"_op_{op}", None) if op in _OTHER else None
        if handler is None:
            raise bad_request(f"filter: there is no operation {shortened(op)}")
        return handler(arguments, depth + 1)

    def _pair(self, op: str, arguments: list[Any], depth: int) -> tuple[Fragment, Fragment]:
        if len(arguments) != 2:
            raise bad_request(f"filter: {op} takes two arguments")
        return self.expression(arguments[0], depth + 1), self.expression(arguments[1], depth + 1)

    def _junction(self, op: str, arguments: list[Any], depth: int) -> Fragment:
        if len(arguments) < 2:
            raise bad_request(f"filter: {op} takes two or more conditions")
        parts = [self.boolean(argument, depth + 1) for argument in arguments]
        return _joined("(" + f" {op} ".join(part.sql for part in parts) + ")", "boolean", *parts)

    def _op_not(self, arguments: list[Any], depth: int) -> Fragment:
        inner = self.boolean(_only(arguments, "not"), depth)
        return _joined(f"(not {inner.sql})", "boolean", inner)

    def _op_isNull(self, arguments: list[Any], depth: int) -> Fragment:
        inner = self.expression(_only(arguments, "isNull"), depth)
        return _joined(f"({inner.sql} is null)", "boolean", inner)

    def _op_between(self, arguments: list[Any], depth: int) -> Fragment:
        if len(arguments) == 2 and isinstance(arguments[1], list):  # [value, [low, high]], the form of earlier drafts
            arguments = [arguments[0], *arguments[1]]
        if len(arguments) != 3:
            raise bad_request("filter: between takes a value, a lower and an upper bound")
        value, low, high = (self.expression(argument, depth) for argument in arguments)
        return self._junction_of(self._comparison(">=", value, low), self._comparison("<=", value, high))

    @staticmethod
    def _junction_of(*parts: Fragment) -> Fragment:
        return _joined("(" + " and ".join(part.sql for part in parts) + ")", "boolean", *parts)

    def _op_like(self, arguments: list[Any], depth: int) -> Fragment:
        value, pattern = self._pair("like", arguments, depth)
        if (value.kind, pattern.kind) != ("text", "text"):
            raise bad_request("filter: LIKE compares text with a pattern")
        return _joined(f"({value.sql} like {pattern.sql})", "boolean", value, pattern)

    def _op_in(self, arguments: list[Any], depth: int) -> Fragment:
        if len(arguments) != 2 or not isinstance(arguments[1], list) or not arguments[1]:
            raise bad_request("filter: IN takes a value and a list of values")
        value = self.expression(arguments[0], depth)
        equal = [self._comparison("=", value, self.expression(option, depth)) for option in arguments[1]]
        return _joined("(" + " or ".join(part.sql for part in equal) + ")", "boolean", *equal)

    def _op_casei(self, arguments: list[Any], depth: int) -> Fragment:
        inner = self.expression(_only(arguments, "CASEI"), depth)
        if inner.kind != "text":
            raise bad_request("filter: CASEI takes text")
        return _joined(f"lower({inner.sql})", "text", inner)

    def _comparison(self, op: str, left: Fragment, right: Fragment) -> Fragment:
        left, right = _coerced(left, right), _coerced(right, left)
        for one, other in ((left, right), (right, left)):
            if one.kind == "array" and other.kind == "text" and op in ("=", "<>"):
                # a property with several values is compared by whether it holds the value
                test = f"({other.sql} = any({one.sql}))" if op == "=" else f"(not {other.sql} = any({one.sql}))"
                return _joined(test, "boolean", other, one)
        if not _comparable(left.kind, right.kind):
            raise bad_request(f"filter: {op} compares {left.kind} with {right.kind}")
        return _joined(f"({left.sql} {op} {right.sql})", "boolean", left, right)

    def _arithmetic(self, op: str, left: Fragment, right: Fragment) -> Fragment:
        if (left.kind, right.kind) != ("number", "number"):
            raise bad_request(f"filter: {op} takes numbers")
        sql = f"({left.sql}::double precision {op} {right.sql}::double precision)"
        if op == "div":
            sql = f"div({left.sql}::numeric, {right.sql}::numeric)::double precision"
        elif op == "%":
            sql = f"mod({left.sql}::numeric, {right.sql}::numeric)::double precision"
        return _joined(sql, "number", left, right)

    def _spatial(self, op: str, left: Fragment, right: Fragment) -> Fragment:
        if (left.kind, right.kind) != ("geometry", "geometry"):
            raise bad_request(f"filter: {op} takes geometries")
        return _joined(f"{_SPATIAL[op]}({left.sql}, {right.sql})", "boolean", left, right)

    def _geometry(self, node: dict[str, Any]) -> Fragment:
        """Return the geometry in degrees; coordinates come in the axis order of the filter's CRS."""
        if "bbox" in node:
            return self._envelope(node["bbox"])
        text = json.dumps(geojson.checked(node, "filter"))
        sql = "ST_Force2D(ST_GeomFromGeoJSON(%s))"
        return Fragment(self._in_degrees(sql), (text,), "geometry", literal=True)

    def _envelope(self, numbers: Any) -> Fragment:
        if not isinstance(numbers, list) or len(numbers) not in (4, 6) or not all(map(geojson.is_finite, numbers)):
            raise bad_request("filter: a bbox is four (or six) finite numbers")
        if len(numbers) == 6:
            numbers = [*numbers[0:2], *numbers[3:5]]
        return Fragment(self._in_degrees("ST_MakeEnvelope(%s, %s, %s, %s)"), tuple(map(float, numbers)), "geometry", literal=True)

    def _in_degrees(self, sql: str) -> str:
        flipped = f"ST_FlipCoordinates({sql})" if self.crs.northing_first else sql
        referenced = f"ST_SetSRID({flipped}, {self.crs.srid})"
        return referenced if self.crs.srid == 4326 else f"ST_Transform({referenced}, 4326)"

    def _arrays(self, op: str, left: Fragment, right: Fragment) -> Fragment:
        # CQL2 text can't write a list of one: ('x') is 'x'
        left, right = (_array([f.parameters[0]]) if f.literal and f.kind == "text" else f for f in (left, right))
        if (left.kind, right.kind) != ("array", "array"):
            raise bad_request(f"filter: {op} takes lists of text")
        return _joined(f"({left.sql} {_ARRAYS[op]} {right.sql})", "boolean", left, right)

    def _temporal(self, op: str, arguments: list[Any], depth: int) -> Fragment:
        """Return the relation of two instants or intervals, each taken as [start, end]."""
        if len(arguments) != 2:
            raise bad_request(f"filter: {op} takes two arguments")
        left, right = (self._span(argument, depth) for argument in arguments)
        return _TEMPORAL[op](left, right)

    def _span(self, node: Any, depth: int) -> tuple[Fragment, Fragment]:
        """Return start and end of an instant or interval, as times."""
        if isinstance(node, dict) and "interval" in node:
            ends = node["interval"]
            if not isinstance(ends, list) or len(ends) != 2:
                raise bad_request("filter: an interval has two ends")
            return self._end(ends[0], "-infinity", depth), self._end(ends[1], "infinity", depth)
        instant = self._end(node, None, depth)
        return instant, instant

    def _end(self, node: Any, open_end: str | None, depth: int) -> Fragment:
        if node == ".." and open_end is not None:
            return Fragment(f"'{open_end}'::timestamptz", (), "datetime")
        fragment = self.expression(node, depth + 1)
        if fragment.kind == "text" and fragment.literal:
            fragment = _instant(fragment.parameters[0])
        if fragment.kind not in ("date", "datetime"):
            raise bad_request("filter: a date or time is expected")
        return Fragment(f"({fragment.sql})::timestamptz", fragment.parameters, "datetime")


_OTHER = frozenset(["not", "isNull", "between", "like", "in", "casei"])


def _related(*tests: tuple[Fragment, str, Fragment]) -> Fragment:
    parts = [_joined(f"({left.sql} {op} {right.sql})", "boolean", left, right) for left, op, right in tests]
    return _joined("(" + " and ".join(part.sql for part in parts) + ")", "boolean", *parts)


def _negated(fragment: Fragment) -> Fragment:
    return _joined(f"(not {fragment.sql})", "boolean", fragment)


Span = tuple[Fragment, Fragment]
_TEMPORAL: dict[str, Callable[[Span, Span], Fragment]] = {
    "t_after": lambda a, b: _related((a[0], ">", b[1])),
    "t_before": lambda a, b: _related((a[1], "<", b[0])),
    "t_during": lambda a, b: _related((a[0], ">", b[0]), (a[1], "<", b[1])),
    "t_equals": lambda a, b: _related((a[0], "=", b[0]), (a[1], "=", b[1])),
    "t_intersects": lambda a, b: _related((a[0], "<=", b[1]), (a[1], ">=", b[0])),
    "t_disjoint": lambda a, b: _negated(_related((a[0], "<=", b[1]), (a[1], ">=", b[0]))),
}


def _joined(sql: str, kind: str, *parts: Fragment) -> Fragment:
    """Return `sql`, in which the parts stand in this order, with all their parameters."""
    return Fragment(sql, tuple(value for part in parts for value in part.parameters), kind)


def _number(value: int | float) -> Fragment:
    if not geojson.is_finite(value):
        raise bad_request("filter: a number is too large")
    if isinstance(value, int):  # exact also beyond 2^53, and no column is turned into numeric row by row where bigint will do
        return Fragment("%s::bigint" if -(2**63) <= value < 2**63 else "%s::numeric", (value,), "number", literal=True)
    return Fragment("%s::double precision", (value,), "number", literal=True)


def _array(items: list[Any]) -> Fragment:
    if not all(isinstance(item, str) for item in items):
        raise bad_request("filter: a list holds text")
    return Fragment("%s::text[]", (list(items),), "array", literal=True)


def _instant(text: str) -> Fragment:
    if "T" in text.upper():
        return Fragment("%s::timestamptz", (read_timestamp(text, "filter"),), "datetime", literal=True)
    return Fragment("%s::date", (read_date(text, "filter"),), "date", literal=True)


def _coerced(fragment: Fragment, other: Fragment) -> Fragment:
    """Return a text literal as the date or time that it is compared with."""
    if fragment.literal and fragment.kind == "text" and other.kind in ("date", "datetime"):
        return _instant(fragment.parameters[0])
    return fragment


def _comparable(left: str, right: str) -> bool:
    instants = ("date", "datetime")
    return (left == right and left not in ("geometry", "array")) or (left in instants and right in instants)


def _only(arguments: list[Any], op: str) -> Any:
    if len(arguments) != 1:
        raise bad_request(f"filter: {op} takes one argument")
    return arguments[0]


def _no_sense(node: Any) -> Problem:
    return bad_request(f"filter: {shortened(_text(node))} has no sense here")


def _text(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False, default=str)
