"""GTFS: the stops of a timetable, each with the routes that serve it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import archive
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.delimited import CsvReader
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown

_FILES = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
#: GTFS route_type -> word; extended types (hundreds) are folded to these.
_MODES = {
    0: "tram",
    1: "metro",
    2: "rail",
    3: "bus",
    4: "ferry",
    5: "cable_tram",
    6: "aerialway",
    7: "funicular",
    11: "trolleybus",
}
_EXTENDED = {1: 2, 2: 3, 4: 1, 7: 3, 8: 11, 9: 0, 10: 4, 13: 6, 14: 7}


def open_gtfs(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a GTFS zip; records are the rows of stops.txt.

    Beside its columns there are `routes` (short names of the routes that stop there, separated by `;`) and `route_types`
    (bus, trolleybus, tram, rail...), when the zip holds routes, trips and stop_times.
    """
    path = locate_file(source.location, context)
    name = shown(source.location)
    if not archive.is_zip(path):
        raise SourceError(f"{name}: not a GTFS zip")
    files = {file.name: file for file in archive.unpack(path, name, context, lambda member: member.name.lower() in _FILES)}
    if "stops.txt" not in files:
        raise SourceError(f"{name}: there is no stops.txt; not a GTFS timetable")
    return GtfsReader(files, source, context, columns, name, fingerprint(files[file] for file in _FILES if file in files))


class GtfsReader(FileReader):
    """Streams stops.txt and adds what the other files know of each stop."""

    def __init__(
        self, files: dict[str, Path], source: Source, context: SourceContext, columns: Collection[str], name: str, sha256: str
    ) -> None:
        """files: the unpacked files by name. Raises SourceError."""
        self.fingerprint = sha256
        self._columns = columns
        stops = source.model_copy(
            update={
                "location": f"{name}: stops.txt",
                "options": {"lon": "stop_lon", "lat": "stop_lat", "delimiter": ","},
                "crs": None,
            }
        )
        self._stops = CsvReader(files["stops.txt"], stops, context, {*columns, "stop_id"})
        self.crs = "EPSG:4326"
        self._routes = _routes_of_stops(files, name) if len(files) == len(_FILES) else {}
        self.available = [*self._stops.available, *(("routes", "route_types") if self._routes else ())]

    def batches(self) -> Iterator[Batch]:
        """Yield the stops; raises SourceError where stops.txt is damaged."""
        for batch in self._stops.batches():
            ids = batch.columns["stop_id"].to_pylist()
            for i, column in enumerate(("routes", "route_types")):
                if self._routes and column in self._columns:
                    batch.columns[column] = pa.array([self._routes.get(stop, (None, None))[i] for stop in ids], pa.string())
            if "stop_id" not in self._columns:
                del batch.columns["stop_id"]
            yield batch


def _routes_of_stops(files: dict[str, Path], name: str) -> dict[str, tuple[str, str]]:
    """Return stop -> (route names, modes), each sorted and joined with `;`."""
    routes = {
        row["route_id"]: (
            row.get("route_short_name") or row.get("route_long_name") or row["route_id"],
            _mode(row.get("route_type")),
        )
        for row in _rows(files["routes.txt"], name, ("route_id",))
    }
    route_of_trip = {row["trip_id"]: row["route_id"] for row in _rows(files["trips.txt"], name, ("trip_id", "route_id"))}
    served: dict[str, set[str]] = defaultdict(set)
    for row in _rows(files["stop_times.txt"], name, ("trip_id", "stop_id")):
        route = route_of_trip.get(row["trip_id"])
        if route in routes:
            served[row["stop_id"]].add(route)
    return {
        stop: (
            ";".join(sorted({routes[route][0] for route in at_stop}, key=_by_number)),
            ";".join(sorted({routes[route][1] for route in at_stop})),
        )
        for stop, at_stop in served.items()
    }


def _rows(path: Path, name: str, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file)
            lacking = [column for column in needed if column not in (reader.fieldnames or ())]
            if lacking:
                raise SourceError(f"{name}: {path.name}: the column {', '.join(lacking)} is missing")
            yield from reader
        except (csv.Error, UnicodeDecodeError) as error:
            raise SourceError(f"{name}: {path.name}: not a sound CSV in UTF-8: {error}") from error


def _mode(route_type: str | None) -> str:
    number = int(route_type) if (route_type or "").isdigit() else 3
    return _MODES.get(number) or _MODES.get(_EXTENDED.get(number // 100, 3), "bus")


def _by_number(route: str) -> tuple[int, str]:
    digits = "".join(c for c in route if c.isdigit())
    return (int(digits) if digits else 10**6, route)
