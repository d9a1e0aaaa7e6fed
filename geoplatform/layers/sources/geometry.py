"""The last step of every driver: coordinates or shapes in the source's CRS to WKB in EPSG:4326, or the reason why not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geoplatform.layers.crs import CrsProblem, ToWgs84, to_wgs84
from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceError

Problems = dict[int, str]


class Finisher:
    """Turns what a driver read into the geometry of a Batch.

    shown: the source's name in messages; as_point: see `Source.as_point`.
    """

    def __init__(self, shown: str, transformation: ToWgs84, as_point: bool) -> None:
        self.shown = shown
        self.transformation = transformation
        self.as_point = as_point

    def points(self, coordinates: np.ndarray) -> tuple[np.ndarray, Problems]:
        """Return WKB points and problems of an (n, 2) array in the source's CRS; a row with NaN or infinity is a problem."""
        problems = {
            int(i): "its coordinates are not finite numbers" for i in np.flatnonzero(~np.isfinite(coordinates).all(axis=1))
        }
        lon_lat = self.transformation(coordinates)
        finite = np.isfinite(lon_lat).all(axis=1)
        for i in np.flatnonzero(~finite):
            problems.setdefault(int(i), self._outside())
        wkb = np.full(len(lon_lat), None, dtype=object)
        wkb[finite] = shapely.to_wkb(shapely.points(lon_lat[finite]))
        return wkb, problems

    def shapes(self, shapes: np.ndarray) -> tuple[np.ndarray, Problems]:
        """Return WKB and problems of an object array of shapely geometries or None, in the source's CRS; empty becomes None."""
        problems: Problems = {}
        if self.transformation.identity:
            done = shapely.force_2d(shapes)
        else:
            done = self.transformation.geometries(shapes)
        done = np.where(shapely.is_empty(done), None, done)
        there = ~shapely.is_missing(done)
        if there.any():
            per_coordinate, owner = shapely.get_coordinates(done, return_index=True)
            for i in np.unique(owner[~np.isfinite(per_coordinate).all(axis=1)]):
                before = np.isfinite(shapely.get_coordinates(shapes[i])).all()
                problems[int(i)] = self._outside() if before else "its coordinates are not finite numbers"
                done[i] = None
        if self.as_point:
            done = self._on_surface(done, problems)
        return shapely.to_wkb(done), problems

    def wkb(self, values: Sequence[bytes | None]) -> tuple[np.ndarray, Problems]:
        """Return WKB and problems of WKB in the source's CRS; what GEOS can't read (curves, damaged) is a problem."""
        raw = np.array(values, dtype=object)
        try:
            shapes = shapely.from_wkb(raw, on_invalid="ignore")
        except NotImplementedError:  # shapely knows no curves, and one fails the whole array
            shapes = np.array([_straight(value) for value in raw], dtype=object)
        unread = {int(i): "its geometry can't be read (damaged, or a curve)" for i in _missing(raw, shapes)}
        done, problems = self.shapes(shapes)
        return done, problems | unread

    def wkt(self, values: Sequence[str | None]) -> tuple[np.ndarray, Problems]:
        """Return WKB and problems of WKT in the source's CRS."""
        raw = np.array(values, dtype=object)
        shapes = shapely.from_wkt(raw, on_invalid="ignore")
        unread = {int(i): f"its geometry is not WKT: {str(raw[i])[:40]!r}" for i in _missing(raw, shapes)}
        done, problems = self.shapes(shapes)
        return done, problems | unread

    def refuse_if_swapped(self, coordinates: np.ndarray, bounds: tuple[float, float, float, float] | None, advice: str) -> None:
        """Raise SourceError when `coordinates` lie where they should only with x and y exchanged; `advice`: what to change."""
        if self.transformation.looks_swapped(coordinates, bounds):
            first = coordinates[np.isfinite(coordinates).all(axis=1)][0]
            pair = f"{first[0]:.6f}, {first[1]:.6f} in {self.transformation.name}"
            raise SourceError(f"{self.shown}: record 1: the coordinates look swapped ({pair}): {advice}")

    def _outside(self) -> str:
        return f"its coordinates are outside what {self.transformation.name} can express"

    def _on_surface(self, shapes: np.ndarray, problems: Problems) -> np.ndarray:
        try:
            return shapely.point_on_surface(shapes)
        except shapely.GEOSException:
            pass  # one broken polygon fails the whole array: find it
        for i in np.flatnonzero(~shapely.is_missing(shapes)):
            try:
                shapes[i] = shapely.point_on_surface(shapely.make_valid(shapes[i]))
            except shapely.GEOSException as error:
                problems[int(i)] = f"no point on its surface can be found: {error}"
                shapes[i] = None
        return shapes


def transformation(source: Source, shown: str, found: str | None, *, fixed_order: bool) -> ToWgs84:
    """Return the transformation for a source.

    found: the CRS that the source itself states (any text `crs.parse` takes); the definition's `crs` goes before it.
    fixed_order: the format itself fixes the order as easting, northing (GeoPackage, GeoJSON...): `axis_order` has no say.
    Raises SourceError when neither names a CRS, or it can't be used.
    """
    text = source.crs or found
    if not text:
        raise SourceError(f"{shown}: it does not say its coordinate system; name it with `crs`, e.g. EPSG:4326")
    try:
        return to_wgs84(text, "xy" if fixed_order else source.axis_order)
    except CrsProblem as error:
        raise SourceError(f"{shown}: {error}") from error


def _straight(value: bytes | None) -> object:
    try:
        return shapely.from_wkb(value, on_invalid="ignore")
    except NotImplementedError:
        return None


def _missing(raw: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return the indices where there was a value and no shape came of it."""
    return np.flatnonzero(shapely.is_missing(shapes) & np.array([value is not None for value in raw], dtype=bool))
