"""GeoJSON (RFC 7946) and GeoJSON text sequences (RFC 8142 and one feature a line), read in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, Problems, transformation
from geoplatform.layers.sources.jsonlist import LONGEST_MEMBER, PIECE, JsonList, parse_each, refuse_other_formats
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown


def open_geojson(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a FeatureCollection, a single Feature or a bare geometry."""
    path = locate_file(source.location, context)
    name = shown(source.location)
    features = JsonList(path, name, "features")
    stated = _stated_crs(features.head) or _stated_crs(features.tail)
    pieces = features.pieces if features.found else _SingleObject(path, name).pieces
    return FeatureReader(pieces, source, columns, name, fingerprint([path]), stated)


def open_geojsonseq(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a text sequence: features separated by the RS character or by line ends."""
    path = locate_file(source.location, context)
    name = shown(source.location)
    return FeatureReader(FeatureLines(path, name).pieces, source, columns, name, fingerprint([path]))


class FeatureReader(FileReader):
    """Turns lists of parsed features into batches."""

    def __init__(
        self,
        pieces: Callable[[], Iterator[list[Any]]],
        source: Source,
        columns: Collection[str],
        name: str,
        sha256: str,
        stated_crs: str | None = None,
        *,
        fixed_order: bool = True,
    ) -> None:
        """pieces: starts reading from the beginning; columns: the wanted properties; name: for messages. Raises SourceError."""
        self._pieces, self._columns = pieces, columns
        self.fingerprint = sha256
        transform = transformation(source, name, stated_crs or "OGC:CRS84", fixed_order=fixed_order)
        self._finisher = Finisher(name, transform, source.as_point)
        self.crs = transform.name

    @cached_property
    def available(self) -> Sequence[str]:
        """Names of the properties in the first piece of the document."""
        return _names_of(next(self._pieces(), []))

    def batches(self) -> Iterator[Batch]:
        """Yield a Batch for each piece; raises SourceError where the document breaks off."""
        first = 1
        for features in self._pieces():
            yield batch_of(features, self._columns, first, self._finisher)
            first += len(features)


class FeatureLines:
    """One feature after another in a file, separated by RS or line ends."""

    def __init__(self, path: Path, name: str) -> None:
        """Raises SourceError when the file does not begin with a JSON object."""
        self._path, self._name = path, name
        with path.open("rb") as file:
            head = file.read(4096)
        self._skip = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        begin = head[self._skip :].lstrip()
        refuse_other_formats(begin.removeprefix(b"\x1e"), name)
        self._separator = b"\x1e" if begin.startswith(b"\x1e") else b"\n"

    def pieces(self) -> Iterator[list[Any]]:
        """Yield lists of parsed features; a ValueError stands for one that is not JSON."""
        with self._path.open("rb") as file:
            file.seek(self._skip)
            rest, count = b"", 0
            while True:
                block = file.read(PIECE)
                *whole, rest = (rest + block).split(self._separator) if block else (rest, b"")
                texts = [text for text in whole if text.strip()]
                if texts:
                    yield parse_each(texts)
                    count += len(texts)
                if not block:
                    return
                if len(rest) > LONGEST_MEMBER:
                    raise SourceError(f"{self._name}: record {count + 1} is larger than {LONGEST_MEMBER >> 20} MB")


class _SingleObject:
    """A document that is itself one Feature or geometry."""

    def __init__(self, path: Path, name: str) -> None:
        if path.stat().st_size > LONGEST_MEMBER:
            raise SourceError(f"{name}: no `features` near its beginning, and too large for one feature")
        try:
            self._document = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{name}: not valid JSON: {error}") from error
        if self._document.get("type") != "Feature" and not _is_geometry(self._document):
            said = orjson.dumps(self._document)[:120].decode(errors="replace")
            raise SourceError(f"{name}: JSON, but not GeoJSON: neither features nor a geometry in {said}")

    def pieces(self) -> Iterator[list[Any]]:
        yield [self._document]


def batch_of(features: list[Any], columns: Collection[str], first: int, finisher: Finisher) -> Batch:
    """Return the Batch of parsed features (a ValueError stands for one that is not JSON); `first` is the first one's number."""
    properties, geometries, problems = _taken_apart(features)
    arrays = records.columns_of(properties, columns)
    if "id" in columns and "id" not in arrays:
        ids = [feature.get("id") if isinstance(feature, dict) else None for feature in features]
        if any(value is not None for value in ids):
            arrays["id"] = records.column_of(ids)
    geometry, bad = _geometry(geometries, finisher)
    return Batch(arrays, geometry, first, bad | problems)


def _names_of(features: list[Any]) -> list[str]:
    """Return the property names in `features`, in the order they first appear, and `id` where features have one."""
    names: dict[str, None] = {}
    for feature in features:
        if isinstance(feature, dict):
            names.update(dict.fromkeys(feature.get("properties") or ()))
            if "id" in feature:
                names["id"] = None
    return list(names)


def _taken_apart(features: list[Any]) -> tuple[list[dict[str, Any]], list[Any], Problems]:
    """Return the properties and geometry of each feature, and what is no feature."""
    try:  # the usual case, without looking at each feature by itself
        properties = [feature["properties"] for feature in features]
        geometries = [feature["geometry"] for feature in features]
        if {feature["type"] for feature in features} == {"Feature"} and set(map(type, properties)) == {dict}:
            return properties, geometries, {}
    except (TypeError, KeyError):
        pass  # something is missing somewhere: one by one
    properties, geometries, problems = [], [], {}
    for i, feature in enumerate(features):
        member = feature if isinstance(feature, dict) else {}
        own = member.get("properties")
        properties.append(own if isinstance(own, dict) else {})
        bare = _is_geometry(member)
        geometries.append(member if bare else member.get("geometry"))
        if isinstance(feature, ValueError):
            problems[i] = f"not valid JSON: {feature}"
        elif member.get("type") != "Feature" and not bare:
            problems[i] = "not a GeoJSON feature"
    return properties, geometries, problems


def _is_geometry(member: dict[str, Any]) -> bool:
    return "coordinates" in member or "geometries" in member


def _geometry(geometries: list[Any], finisher: Finisher) -> tuple[np.ndarray, Problems]:
    try:  # a column of plain points needs no GEOS parser
        if {geometry["type"] for geometry in geometries} == {"Point"}:
            coordinates = np.array([geometry["coordinates"] for geometry in geometries], dtype="float64")
            if coordinates.ndim == 2 and coordinates.shape[1] in (2, 3):
                return finisher.points(coordinates[:, :2])
    except (TypeError, KeyError, ValueError):
        pass  # something else than points with two numbers: the careful way below says what
    texts = np.array([None if geometry is None else _dumped(geometry) for geometry in geometries], dtype=object)
    there = np.array([text is not None for text in texts], dtype=bool)
    shapes = np.full(len(texts), None, dtype=object)
    shapes[there] = shapely.from_geojson(texts[there], on_invalid="ignore")
    done, problems = finisher.shapes(shapes)
    for i in np.flatnonzero(there & shapely.is_missing(shapes)):
        problems[int(i)] = f"its geometry is not valid GeoJSON: {texts[i][:80]}"
    return done, problems


def _dumped(geometry: Any) -> str:
    # NaN and Infinity, which json lets through and JSON does not know, become null and are then refused
    return orjson.dumps(geometry).decode()


def _stated_crs(members: dict[str, Any]) -> str | None:
    """Return the CRS of the old (2008) `crs` member, or of OGC's JSON-FG `coordRefSys`."""
    old = members.get("crs")
    if isinstance(old, dict) and isinstance(old.get("properties"), dict):
        return old["properties"].get("name")
    new = members.get("coordRefSys")
    return new if isinstance(new, str) else None
