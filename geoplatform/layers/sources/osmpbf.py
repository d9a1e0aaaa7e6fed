"""OpenStreetMap extracts (.osm.pbf), filtered by tags; areas assembled by osmium, node positions kept on disk."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import osm, records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, transformation
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown

ROWS = 10_000
_NOT_CLOSED = "its ways do not close to an area (incomplete in this extract, or broken)"
_KINDS = {"n": "node", "w": "way", "r": "relation"}


@dataclass(frozen=True)
class TagFilter:
    """One expression of osmium's `tags-filter`: kinds (of n, w, r), a key, its values (None: any; negated: none of them)."""

    kinds: str
    key: str
    values: frozenset[str] | None
    negated: bool

    @classmethod
    def parse(cls, text: str) -> TagFilter:
        """Read `nwr/amenity=pharmacy,clinic`, `shop`, `w/highway!=proposed`; raises ValueError."""
        match = re.fullmatch(r"(?:([nwra]+)/)?([^=!*/\s]+)(?:(!?=)([^\s]+))?", text)
        if match is None:
            raise ValueError(f"tag filter {text!r} is not like nwr/amenity=pharmacy,clinic")
        kinds, key, operator, values = match.groups()
        wanted = None if values in (None, "*") else frozenset(values.split(","))
        return cls((kinds or "nwr").replace("a", "wr"), key, wanted, operator == "!=")

    def matches(self, kind: str, tags: dict[str, str]) -> bool:
        """Return whether an object of `kind` (n, w or r) with `tags` passes."""
        value = tags.get(self.key)
        if kind not in self.kinds or value is None:
            return False
        return self.values is None or (value in self.values) != self.negated


def open_osm_pbf(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a .osm.pbf (or .osm, .osm.bz2).

    `query` holds one or more tag filters as osmium's tags-filter takes them, separated by spaces: an object that passes one is a
    record. Columns are the tags, osm_type, osm_id and osm_ref.
    """
    path = locate_file(source.location, context)
    return PbfReader(path, source, context, columns, shown(source.location))


class PbfReader(FileReader):
    """Streams the objects of an extract."""

    def __init__(self, path: Path, source: Source, context: SourceContext, columns: Collection[str], name: str) -> None:
        """path: a local file. Raises SourceError."""
        self._path, self._columns, self._name = path, columns, name
        if not (source.query or "").split():
            raise SourceError(f"{name}: the driver osm_pbf needs tag filters in `query`, e.g. nwr/amenity=pharmacy,clinic")
        try:
            self._filters = [TagFilter.parse(text) for text in (source.query or "").split()]
        except ValueError as error:
            raise SourceError(f"{name}: {error}") from error
        self._cache = context.work / f"{path.name}.nodes"
        with path.open("rb") as file:
            head = file.read(64)
        self._format = "pbf" if b"OSMHeader" in head else "osm" if head.lstrip()[:5] == b"<?xml" else ""
        if not self._format:
            raise SourceError(f"{name}: not an OpenStreetMap extract (.osm.pbf or .osm)")
        self.fingerprint = fingerprint([path])
        self.date = self._date()
        transform = transformation(source.model_copy(update={"crs": None}), name, "OGC:CRS84", fixed_order=True)
        self.crs = "EPSG:4326"
        self._finisher = Finisher(name, transform, source.as_point)

    @cached_property
    def available(self) -> Sequence[str]:
        """Tags of the first objects that pass, and the identity columns."""
        names = dict.fromkeys(osm.IDENTITY)
        for record, _, _ in islice(self._objects(), 1000):
            names.update(dict.fromkeys(record))
        return list(names)

    def batches(self) -> Iterator[Batch]:
        """Yield the objects that pass a filter; raises SourceError where the extract is damaged."""
        objects = self._objects()
        first = 1
        while part := list(islice(objects, ROWS)):
            shapes = np.array([wkb for _, wkb, _ in part], dtype=object)
            geometry, problems = self._finisher.wkb(shapes)
            problems |= {i: reason for i, (_, _, reason) in enumerate(part) if reason}
            yield Batch(records.columns_of([record for record, _, _ in part], self._columns), geometry, first, problems)
            first += len(part)

    def _objects(self) -> Iterator[tuple[dict[str, Any], bytes | None, str | None]]:
        """Yield columns, WKB and, where there is none, the reason."""
        keys = osmium.filter.KeyFilter(*{tag_filter.key for tag_filter in self._filters})
        self._cache.unlink(missing_ok=True)
        processor = (
            osmium.FileProcessor(osmium.io.File(str(self._path), self._format if self._format == "pbf" else ""))
            .with_locations(f"sparse_file_array,{self._cache}")
            .with_areas(osmium.filter.KeyFilter(*{tag_filter.key for tag_filter in self._filters}))
            .with_filter(keys)
        )
        pending: dict[int, dict[str, str]] = {}
        count = 0
        try:
            for thing in processor:
                found = self._record(thing, pending)
                if found is not None:
                    count += 1
                    yield found
        except RuntimeError as error:
            raise SourceError(f"{self._name}: the extract breaks off after record {count} (truncated?): {error}") from error
        finally:
            self._cache.unlink(missing_ok=True)
        for number, tags in pending.items():
            yield osm.record("relation", number, tags), None, _NOT_CLOSED

    def _record(self, thing: Any, pending: dict[int, dict[str, str]]) -> tuple[dict[str, Any], bytes | None, str | None] | None:
        """Return the record of an object that passes, or None; relations that will come as areas wait in `pending`."""
        tags = {tag.k: tag.v for tag in thing.tags}
        area = thing.is_area()
        number = thing.orig_id() if area else thing.id
        kind = ("w" if thing.from_way() else "r") if area else thing.type_str()
        if not any(tag_filter.matches(kind, tags) for tag_filter in self._filters):
            return None
        if kind == "w" and (area or thing.is_closed()) and osm.is_area(tags) != area:
            return None  # a closed way comes twice: as a line and as an area
        if kind == "r" and not area:
            if tags.get("type") in ("multipolygon", "boundary"):
                pending[number] = tags
                return None
            return osm.record("relation", number, tags), None, f"a relation of type {tags.get('type')!r} has no area"
        if kind == "r":
            pending.pop(number, None)
        record = osm.record(_KINDS[kind], number, tags)
        try:
            return record, bytes.fromhex(_hex(thing, kind, area)), None
        except (RuntimeError, osmium.InvalidLocationError) as error:
            return record, None, _NOT_CLOSED if area else f"its geometry is incomplete in this extract: {error}"

    def _date(self) -> datetime | None:
        try:
            stated = osmium.io.Reader(str(self._path), osmium.osm.NOTHING).header().get("osmosis_replication_timestamp")
        except RuntimeError as error:
            raise SourceError(f"{self._name}: not a sound OpenStreetMap extract: {error}") from error
        return datetime.fromisoformat(stated) if stated else None


_WKB = osmium.geom.WKBFactory()


def _hex(thing: Any, kind: str, area: bool) -> str:
    if area:
        return _WKB.create_multipolygon(thing)
    return _WKB.create_point(thing) if kind == "n" else _WKB.create_linestring(thing)
