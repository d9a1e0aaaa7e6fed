"""Overpass JSON: nodes, ways and relations of OpenStreetMap as an Overpass server selects them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import batched
from typing import Any

import numpy as np
import shapely

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import osm, records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.download import Client
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, Problems, transformation
from geoplatform.layers.sources.jsonlist import JsonList
from geoplatform.layers.sources.locate import is_remote, locate_file, shown

ROWS = 10_000


def open_overpass(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Ask an Overpass server, or read an answer that was saved to a file.

    `query` is Overpass QL that ends in `out geom;` or `out center;` (nodes need neither); `{{bbox}}` stands for the option
    `bbox` (south,west,north,east) or the context's bounds. Columns are the tags, osm_type, osm_id and osm_ref.
    """
    name = shown(source.location)
    if is_remote(source.location):
        if not source.query:
            raise SourceError(f"{name}: the driver overpass needs a `query` in Overpass QL")
        path = Client(context).download(source.location, method="POST", data={"data": _query(source, context, name)})
    else:
        path = locate_file(source.location, context)
    return OverpassReader(JsonList(path, name, "elements"), source, columns, name)


class OverpassReader(FileReader):
    """Streams the elements of an answer."""

    def __init__(self, elements: JsonList, source: Source, columns: Collection[str], name: str) -> None:
        """elements: the answer's list. Raises SourceError when the answer is an error or incomplete."""
        self._elements, self._columns, self._name = elements, columns, name
        remark = elements.head.get("remark") or elements.tail.get("remark")
        if remark:  # Overpass answers 200 and what it had when it ran out of time or memory
            raise SourceError(f"{name}: the server broke off: {' '.join(str(remark).split())}")
        if not elements.found:
            raise SourceError(f"{name}: JSON, but no answer of an Overpass server (no `elements`)")
        digest = hashlib.sha256()
        for text, ends in elements.texts():
            digest.update(text[: int(ends[-1]) + 1])
        self.fingerprint = digest.hexdigest()
        self.date = _date(elements.head)
        transform = transformation(source.model_copy(update={"crs": None}), name, "OGC:CRS84", fixed_order=True)
        self.crs = "EPSG:4326"
        self._finisher = Finisher(name, transform, source.as_point)

    @cached_property
    def available(self) -> Sequence[str]:
        """Tags of the first elements, and the identity columns."""
        names = dict.fromkeys(osm.IDENTITY)
        for element in next(self._elements.pieces(), []):
            names.update(dict.fromkeys(_tags(element)))
        return list(names)

    def batches(self) -> Iterator[Batch]:
        """Yield the elements that have tags; raises SourceError where the answer breaks off."""
        first = 1
        for piece in self._elements.pieces():
            for elements in batched([e for e in piece if isinstance(e, ValueError) or _tags(e)], ROWS):
                yield self._batch(elements, first)
                first += len(elements)

    def _batch(self, elements: Sequence[Any], first: int) -> Batch:
        rows: list[dict[str, Any]] = []
        shapes = np.full(len(elements), None, dtype=object)
        problems: Problems = {}
        for i, element in enumerate(elements):
            rows.append({})
            try:
                if isinstance(element, ValueError):
                    raise element
                rows[i] = osm.record(element["type"], element["id"], _tags(element))
                shapes[i] = _shape(element)
            except (KeyError, TypeError, ValueError, shapely.GEOSException) as error:
                problems[i] = f"not a usable element: {error}"
        geometry, more = self._finisher.shapes(shapes)
        return Batch(records.columns_of(rows, self._columns), geometry, first, more | problems)


def _query(source: Source, context: SourceContext, name: str) -> str:
    query = source.query or ""
    if "{{bbox}}" in query:
        bbox = source.options.get("bbox")
        if bbox is None and context.bounds is not None:
            west, south, east, north = context.bounds
            bbox = f"{south},{west},{north},{east}"
        if bbox is None or not re.fullmatch(r"\s*-?[\d.]+(\s*,\s*-?[\d.]+){3}\s*", str(bbox)):
            raise SourceError(f"{name}: the query holds {{{{bbox}}}}; give the option bbox as south,west,north,east")
        query = query.replace("{{bbox}}", str(bbox))
    settings = re.match(r"\s*(\[[^\]]*\]\s*)+;", query)
    if settings is None:
        return f"[out:json];{query}"
    return query if "[out:json]" in settings[0] else query.replace("[", "[out:json][", 1)


def _date(head: dict[str, Any]) -> datetime | None:
    stated = (head.get("osm3s") or {}).get("timestamp_osm_base")
    try:
        return datetime.fromisoformat(stated) if stated else None
    except ValueError:
        return None


def _tags(element: Any) -> dict[str, str]:
    tags = element.get("tags") if isinstance(element, dict) else None
    return tags if isinstance(tags, dict) else {}


def _shape(element: dict[str, Any]) -> Any:
    """Return the shapely geometry of an element; raises ValueError when the answer does not hold it."""
    if element["type"] == "node":
        return shapely.Point(element["lon"], element["lat"])
    if "center" in element:
        return shapely.Point(element["center"]["lon"], element["center"]["lat"])
    if element["type"] == "way":
        if "geometry" not in element:
            raise ValueError("the answer holds no geometry; let the query end in `out geom;` or `out center;`")
        line = _line(element["geometry"])
        return (
            shapely.Polygon(line)
            if len(line) > 3 and line[0] == line[-1] and osm.is_area(_tags(element))
            else shapely.LineString(line)
        )
    return _relation(element)


def _relation(element: dict[str, Any]) -> Any:
    members = [member for member in element.get("members", ()) if member.get("type") == "way"]
    if any("geometry" not in member for member in members) or not members:
        raise ValueError("the answer holds no geometry; let the query end in `out geom;` or `out center;`")
    kind = _tags(element).get("type")
    if kind not in ("multipolygon", "boundary"):
        return shapely.MultiLineString([_line(member["geometry"]) for member in members])
    outer = _rings([m for m in members if m.get("role") in ("outer", "", None)])
    inner = _rings([m for m in members if m.get("role") == "inner"])
    if not outer:
        raise ValueError("its outer ways do not close to a ring")
    return shapely.difference(shapely.union_all(outer), shapely.union_all(inner)) if inner else shapely.union_all(outer)


def _rings(members: list[dict[str, Any]]) -> list[Any]:
    """Return the polygons that the ways of `members` close to; raises ValueError when some are left open."""
    if not members:
        return []
    lines = [shapely.LineString(_line(member["geometry"])) for member in members]
    polygons, cuts, dangles, broken = shapely.polygonize_full(lines)
    if not all(shapely.is_empty(rest) for rest in (cuts, dangles, broken)):
        raise ValueError("its ways do not close to rings")
    return list(shapely.get_parts(polygons))


def _line(geometry: Sequence[dict[str, float] | None]) -> list[tuple[float, float]]:
    if any(point is None for point in geometry):
        raise ValueError("its geometry was cut at a bbox; ask with `out geom;` without a bbox")
    return [(point["lon"], point["lat"]) for point in geometry if point is not None]
