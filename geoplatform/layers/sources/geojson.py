"""GeoJSON (RFC 7946) and GeoJSON text sequences (RFC 8142 and one feature a line), read in pieces of bounded size."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
import shapely

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, Problems, transformation
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown

#: Bytes read at a time: some 12,000 features; larger pieces are not faster and cost memory.
PIECE = 4 << 20
#: A single feature may not be larger than this (a detailed coastline is 10 MB).
LONGEST_FEATURE = 256 << 20
#: Everything before the first feature (name, crs, metadata) must fit into this.
LONGEST_HEAD = 1 << 20

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_DEPTH = np.zeros(256, dtype=np.int8)
_DEPTH[[ord("{"), ord("[")]] = 1
_DEPTH[[ord("}"), ord("]")]] = -1


def open_geojson(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a FeatureCollection, a single Feature or a bare geometry."""
    path = locate_file(source.location, context)
    return GeoJSONReader(path, source, columns, shown(source.location), fingerprint([path]))


def open_geojsonseq(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a text sequence: features separated by the RS character or by line ends."""
    path = locate_file(source.location, context)
    return GeoJSONSeqReader(path, source, columns, shown(source.location), fingerprint([path]))


class GeoJSONReader(FileReader):
    """Reads the members of `features` without ever holding the whole document."""

    def __init__(self, path: Path, source: Source, columns: Collection[str], name: str, sha256: str | None) -> None:
        """path: a local file; columns: the wanted property names; name: for messages. Raises SourceError."""
        self._path, self._columns, self._name = path, columns, name
        self.fingerprint = sha256
        self._start, stated = self._read_head()
        transform = transformation(source, name, stated or "OGC:CRS84", fixed_order=True)
        self._finisher = Finisher(name, transform, source.as_point)
        self.crs = transform.name

    @cached_property
    def available(self) -> Sequence[str]:
        """Names of the properties in the first piece of the document."""
        for features in self._pieces():
            return names_of(features)
        return []

    def batches(self) -> Iterator[Batch]:
        """Yield a Batch for each piece; raises SourceError where the document breaks off or is no GeoJSON."""
        first = 1
        for features in self._pieces():
            yield batch_of(features, self._columns, first, self._finisher)
            first += len(features)

    def _read_head(self) -> tuple[int, str | None]:
        """Return where the first feature starts and the CRS that the document states, if it does."""
        with self._path.open("rb") as file:
            head = file.read(LONGEST_HEAD)
            file.seek(max(0, self._path.stat().st_size - (64 << 10)))
            end = file.read()
        skip = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        self._refuse_other_formats(head[skip:])
        start = _start_of_features(head)
        if start is None:
            return self._single_object(skip), None
        before = head[skip : start[0]].rstrip().removesuffix(b",") + b"}"
        members = self._members(before, "before its features")
        stated = _stated_crs(members)
        after = end[end.rfind(b"]") + 1 :].lstrip().removeprefix(b",")
        if stated is None and b'"crs"' in after:
            stated = _stated_crs(self._members(b"{" + after, "after its features"))
        return start[1], stated

    def _members(self, text: bytes, where: str) -> dict[str, Any]:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{self._name}: not valid JSON {where}: {error}") from error

    def _refuse_other_formats(self, head: bytes) -> None:
        text = head.lstrip()
        if text[:1] == b"<":
            raise SourceError(f"{self._name}: the answer is HTML or XML, not GeoJSON; it begins {_quoted(text)}")
        if text[:1] != b"{":
            raise SourceError(f"{self._name}: not GeoJSON; it begins {_quoted(text)}")

    def _single_object(self, skip: int) -> int:
        """Check that a document without `features` is itself a Feature or geometry; return where it starts."""
        if self._path.stat().st_size > LONGEST_FEATURE:
            raise SourceError(f"{self._name}: no `features` in its first {LONGEST_HEAD:,} bytes, and too large for one feature")
        try:
            document = orjson.loads(self._path.read_bytes()[skip:])
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{self._name}: not valid JSON: {error}") from error
        if document.get("type") != "Feature" and "coordinates" not in document and "geometries" not in document:
            said = orjson.dumps(document)[:120].decode(errors="replace")
            raise SourceError(f"{self._name}: JSON, but not GeoJSON: neither features nor a geometry in {said}")
        return skip

    def _pieces(self) -> Iterator[list[Any]]:
        """Yield lists of parsed features; what is not JSON comes as a ValueError in the list."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            yield from self._split(file)

    def _split(self, file: IO[bytes]) -> Iterator[list[Any]]:
        rest, count, size = b"", 0, PIECE
        while True:
            block = file.read(size)
            text = rest + block
            ends, closed = _feature_ends(text)
            if ends.size:
                features = _parse(text, ends)
                count += len(features)
                yield features
                rest = text[int(ends[-1]) + 1 :]
                size = PIECE
            else:
                rest = text
                size = min(2 * size, 8 * PIECE)
            if closed or (not block and not rest.strip(b" \t\r\n,]}") and self._is_single):
                return
            if not block:
                raise SourceError(
                    f"{self._name}: the document breaks off in record {count + 1} (truncated, or an incomplete answer)"
                )
            if len(rest) > LONGEST_FEATURE:
                raise SourceError(f"{self._name}: record {count + 1} is larger than {LONGEST_FEATURE >> 20} MB")

    @cached_property
    def _is_single(self) -> bool:
        """Whether the document is one Feature or geometry, so that no bracket closes the list."""
        return self._start in (0, 3)


class GeoJSONSeqReader(GeoJSONReader):
    """Reads one feature after another, separated by RS or line ends."""

    def _read_head(self) -> tuple[int, str | None]:
        with self._path.open("rb") as file:
            head = file.read(4096)
        self._refuse_other_formats(head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n"))
        self._separator = b"\x1e" if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"\x1e" else b"\n"
        return (3 if head.startswith(b"\xef\xbb\xbf") else 0), None

    def _split(self, file: IO[bytes]) -> Iterator[list[Any]]:
        rest, count = b"", 0
        while True:
            block = file.read(PIECE)
            *whole, rest = (rest + block).split(self._separator) if block else (rest, b"")
            texts = [text for text in whole if text.strip()]
            if texts:
                yield _parse_each(texts)
                count += len(texts)
            if not block:
                return
            if len(rest) > LONGEST_FEATURE:
                raise SourceError(f"{self._name}: record {count + 1} is larger than {LONGEST_FEATURE >> 20} MB")


def batch_of(features: list[Any], columns: Collection[str], first: int, finisher: Finisher) -> Batch:
    """Return the Batch of parsed features (a ValueError stands for one that is not JSON); `first` is the first one's number."""
    problems: Problems = {}
    properties: list[dict[str, Any]] = []
    geometries: list[Any] = []
    for i, feature in enumerate(features):
        if isinstance(feature, dict) and feature.get("type") == "Feature":
            own = feature.get("properties")
            properties.append(own if isinstance(own, dict) else {})
            geometries.append(feature.get("geometry"))
            continue
        bare = isinstance(feature, dict) and ("coordinates" in feature or "geometries" in feature)
        properties.append({})
        geometries.append(feature if bare else None)
        if isinstance(feature, ValueError):
            problems[i] = f"not valid JSON: {feature}"
        elif not bare:
            problems[i] = "not a GeoJSON feature"
    arrays = records.columns_of(properties, columns)
    if "id" in columns and "id" not in arrays:
        ids = [feature.get("id") if isinstance(feature, dict) else None for feature in features]
        if any(value is not None for value in ids):
            arrays["id"] = records.column_of(ids)
    geometry, bad = _geometry(geometries, finisher)
    return Batch(arrays, geometry, first, bad | problems)


def names_of(features: list[Any]) -> list[str]:
    """Return the property names in `features`, in the order they first appear, and `id` where features have one."""
    names: dict[str, None] = {}
    for feature in features:
        if isinstance(feature, dict):
            names.update(dict.fromkeys(feature.get("properties") or ()))
            if "id" in feature:
                names["id"] = None
    return list(names)


def _geometry(geometries: list[Any], finisher: Finisher) -> tuple[np.ndarray, Problems]:
    try:  # a column of plain points needs no GEOS parser
        if all(geometry["type"] == "Point" for geometry in geometries):
            coordinates = np.array([geometry["coordinates"][:2] for geometry in geometries], dtype="float64")
            if coordinates.ndim == 2 and coordinates.shape[1] == 2:
                return finisher.points(coordinates)
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


def _start_of_features(head: bytes) -> tuple[int, int] | None:
    """Return where the key `features` and its first member start, looking at the top level only."""
    depth = 0
    for token in _TOKEN.finditer(head):
        text = token[0]
        if text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and text == b'"features"':
            opening = re.compile(rb"\s*:\s*\[").match(head, token.end())
            if opening:
                return token.start(), opening.end()
    return None


def _stated_crs(members: dict[str, Any]) -> str | None:
    """Return the CRS of the old (2008) `crs` member, or of OGC's JSON-FG `coordRefSys`."""
    old = members.get("crs")
    if isinstance(old, dict) and isinstance(old.get("properties"), dict):
        return old["properties"].get("name")
    new = members.get("coordRefSys")
    return new if isinstance(new, str) else None


def _feature_ends(text: bytes) -> tuple[np.ndarray, bool]:
    """Return the positions of the bytes that close a member of the list `text` begins in, and whether the list itself closes.

    Exact: quotes that a backslash escapes are told apart, braces inside strings do not count.
    """
    codes = np.frombuffer(text, dtype=np.uint8)
    quotes = np.flatnonzero(codes == ord('"'))
    if b"\\" in text:
        quotes = quotes[~_escaped(codes, quotes)]
    braces = np.flatnonzero(_DEPTH[codes])
    braces = braces[(np.searchsorted(quotes, braces) & 1) == 0]
    depth = np.cumsum(_DEPTH[codes[braces]], dtype=np.int64)
    below = np.flatnonzero(depth < 0)
    closed = below.size > 0
    if closed:
        braces, depth = braces[: below[0]], depth[: below[0]]
    return braces[depth == 0], closed


def _escaped(codes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return which of `positions` follow an odd run of backslashes."""
    is_backslash = codes == ord("\\")
    escaped = np.zeros(len(positions), dtype=bool)
    for i in np.flatnonzero(is_backslash[positions - 1] & (positions > 0)):
        start = positions[i]
        while start > 0 and is_backslash[start - 1]:
            start -= 1
        escaped[i] = (positions[i] - start) % 2 == 1
    return escaped


def _parse(text: bytes, ends: np.ndarray) -> list[Any]:
    try:
        return orjson.loads(b"[" + text[: int(ends[-1]) + 1].lstrip(b" \t\r\n,") + b"]")
    except orjson.JSONDecodeError:
        starts = [0, *(ends[:-1] + 1).tolist()]
        return _parse_each([text[a : b + 1].lstrip(b" \t\r\n,") for a, b in zip(starts, ends.tolist(), strict=True)])


def _parse_each(texts: list[bytes]) -> list[Any]:
    try:
        return orjson.loads(b"[" + b",".join(texts) + b"]")
    except orjson.JSONDecodeError:
        return [_parse_one(text) for text in texts]


def _parse_one(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(text)  # NaN, which many programs write, is refused below by its place, not as broken JSON
        except (ValueError, RecursionError):
            return ValueError(str(error))


def _quoted(text: bytes) -> str:
    return repr(text[:60].decode("utf-8", errors="replace"))
