"""Coordinates that stand in table columns (CSV, XLSX, GTFS): which columns, which order, decimal commas, swapped ones said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceError
from geoplatform.layers.sources.geometry import Finisher, Problems, transformation

#: Column names that are taken for coordinates when the definition names none, compared without case.
_LONGITUDE = ("lon", "lng", "long", "longitude", "довгота", "stop_lon")
_LATITUDE = ("lat", "latitude", "широта", "stop_lat")
_X = ("x", "х", "coord_x", "point_x", "x_coord")  # Latin and Cyrillic
_Y = ("y", "у", "coord_y", "point_y", "y_coord")
_OPTIONS = ("x", "y", "lon", "lat", "easting", "northing", "wkt")
_WKT = ("wkt", "geom_wkt", "geometry", "geom", "the_geom")


@dataclass(frozen=True)
class _Pair:
    """Two columns of coordinates; `order` is what Finisher gets: as the authority says, or easting first."""

    first: str
    second: str


class Places:
    """Finds the coordinate columns of a table and turns their text into geometry.

    Options of the definition: `x` and `y`, or `lon` and `lat`, or `easting` and `northing`, or `wkt`, each a column's name.
    lon/lat and easting/northing mean what they say. x and y of a projected CRS are its authority's first and second axis
    (UCS-2000: x is the northing) unless `axis_order` is `xy`; of a geographic CRS they are longitude and latitude.
    Without options usual names are looked for; a table without any has no geometry.
    """

    def __init__(
        self, source: Source, shown: str, available: Sequence[str], bounds: tuple[float, float, float, float] | None
    ) -> None:
        """available: the table's columns; bounds: see SourceContext. Raises SourceError."""
        self._shown = shown
        self._bounds = bounds
        self._checked = False
        self._pair, self._wkt, named_order = self._choose(source, available)
        self.columns: tuple[str, ...] = (self._wkt,) if self._wkt else (self._pair.first, self._pair.second) if self._pair else ()
        first = transformation(source, shown, "OGC:CRS84", fixed_order=True)
        geographic = first.geographic
        by_order = named_order or geographic
        transform = first if by_order else transformation(source, shown, "OGC:CRS84", fixed_order=False)
        self.crs = transform.name
        self._finisher = Finisher(shown, transform, source.as_point)

    def geometry(self, arrays: Mapping[str, pa.Array], rows: int) -> tuple[np.ndarray, Problems]:
        """Return WKB and problems of `rows` records; raises SourceError when the columns are swapped."""
        if self._wkt:
            return self._finisher.wkt(arrays[self._wkt].cast(pa.string()).to_numpy(zero_copy_only=False))
        if self._pair is None:
            return np.full(rows, None, dtype=object), {}
        x, x_bad = _numbers(arrays[self._pair.first], self._pair.first)
        y, y_bad = _numbers(arrays[self._pair.second], self._pair.second)
        coordinates = np.column_stack((x, y))
        if not self._checked and np.isfinite(coordinates).all(axis=1).any():
            self._checked = True
            self._finisher.refuse_if_swapped(
                coordinates,
                self._bounds,
                f"exchange the columns {self._pair.first!r} and {self._pair.second!r} in `options`, or set `axis_order: xy`",
            )
        absent = np.array(pc.and_(_empty(arrays[self._pair.first]), _empty(arrays[self._pair.second])))
        geometry, problems = self._finisher.points(coordinates)
        problems = {i: reason for i, reason in problems.items() if not absent[i]}
        return geometry, problems | x_bad | y_bad

    def _choose(self, source: Source, available: Sequence[str]) -> tuple[_Pair | None, str | None, bool]:
        options = {
            key: str(source.options[key])
            for key in ("x", "y", "lon", "lat", "easting", "northing", "wkt")
            if key in source.options
        }
        for key, column in options.items():
            if column not in available:
                there = ", ".join(available)[:300]
                raise SourceError(f"{self._shown}: option {key} names the column {column!r}, which is not among {there}")
        if "wkt" in options:
            return None, options["wkt"], True
        for first, second, named in (("lon", "lat", True), ("easting", "northing", True), ("x", "y", False)):
            if first in options or second in options:
                if first not in options or second not in options:
                    raise SourceError(f"{self._shown}: the options {first} and {second} belong together; one is missing")
                return _Pair(options[first], options[second]), None, named
        by_name = {column.strip().lower(): column for column in reversed(available)}

        def usual(names: Sequence[str]) -> str | None:
            return next((by_name[name] for name in names if name in by_name), None)

        for firsts, seconds, named in ((_LONGITUDE, _LATITUDE, True), (_X, _Y, False)):
            first, second = usual(firsts), usual(seconds)
            if first and second:
                return _Pair(first, second), None, named
        return None, usual(_WKT), True


def _empty(array: pa.Array) -> pa.Array:
    if not pa.types.is_string(array.type):
        return array.is_null()
    return pc.or_(array.is_null(), pc.equal(pc.utf8_trim_whitespace(pc.fill_null(array, "")), ""))


def _numbers(array: pa.Array, column: str) -> tuple[np.ndarray, Problems]:
    """Return a column of coordinates as floats: decimal commas and spaces in thousands are read; the rest is a problem."""
    if not pa.types.is_string(array.type):
        return array.cast(pa.float64()).to_numpy(zero_copy_only=False).astype("float64"), {}
    compact = pc.replace_substring_regex(array, r"[\s\x{00a0}\x{202f}]", "")
    compact = pc.replace_substring(compact, "\u2212", "-")
    compact = pc.replace_substring_regex(compact, r"^([^.,]*),([^.,]*)$", r"\1.\2")
    compact = pc.if_else(pc.equal(compact, ""), pa.scalar(None, pa.string()), compact)
    try:
        return compact.cast(pa.float64()).to_numpy(zero_copy_only=False).astype("float64"), {}
    except pa.ArrowInvalid:
        pass  # some value is no number: find which
    values = np.full(len(array), np.nan)
    problems: Problems = {}
    for i, text in enumerate(compact.to_pylist()):
        try:
            values[i] = np.nan if text is None else float(text)
        except ValueError:
            problems[i] = f"{column} is not a number: {array[i].as_py()[:40]!r}"
    return values, problems
