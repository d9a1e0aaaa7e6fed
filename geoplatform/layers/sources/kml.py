"""KML and KMZ, one Placemark at a time; entities and document types are refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import shapely
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import archive, records
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geometry import Finisher, Problems, transformation
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown

ROWS = 5_000
_TEXTS = ("name", "description", "address", "phoneNumber", "visibility")
_GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")


def open_kml(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a .kml or .kmz; `layer` takes only the placemarks of the Folder or Document with that name.

    Columns are name, description, address, phoneNumber, id, and the names of ExtendedData. KML is always EPSG:4326.
    """
    path = locate_file(source.location, context)
    name = shown(source.location)
    sha256 = fingerprint([path])
    if archive.is_zip(path):
        documents = archive.unpack(path, name, context, lambda member: member.suffix.lower() == ".kml")
        if not documents:
            raise SourceError(f"{name}: the archive holds no .kml")
        path = next((document for document in documents if document.name == "doc.kml"), documents[0])
    return KmlReader(path, source, columns, name, sha256)


class KmlReader(FileReader):
    """Streams placemarks."""

    def __init__(self, path: Path, source: Source, columns: Collection[str], name: str, sha256: str) -> None:
        """path: a local .kml. Raises SourceError."""
        self._path, self._columns, self._name, self._folder = path, columns, name, source.layer
        self.fingerprint = sha256
        transform = transformation(source.model_copy(update={"crs": None}), name, "EPSG:4326", fixed_order=True)
        self.crs = transform.name
        self._finisher = Finisher(name, transform, source.as_point)

    @cached_property
    def available(self) -> Sequence[str]:
        """Columns of the first placemarks."""
        names: dict[str, None] = {}
        for record, _ in islice(self._placemarks(), ROWS):
            names.update(dict.fromkeys(record))
        return list(names)

    def batches(self) -> Iterator[Batch]:
        """Yield the placemarks; raises SourceError where the XML breaks off."""
        placemarks = self._placemarks()
        first = 1
        while part := list(islice(placemarks, ROWS)):
            shapes, problems = _shapes([geometry for _, geometry in part])
            geometry, more = self._finisher.shapes(shapes)
            yield Batch(records.columns_of([record for record, _ in part], self._columns), geometry, first, more | problems)
            first += len(part)

    def _placemarks(self) -> Iterator[tuple[dict[str, Any], Any]]:
        count, depth_names, inside = 0, [], 0
        open_elements: list[Element] = []
        try:
            for event, element in iterparse(self._path, events=("start", "end"), forbid_dtd=True):
                tag = _local(element)
                if event == "start":
                    if not open_elements and tag != "kml":
                        raise SourceError(f"{self._name}: not KML: its root is <{tag}>")
                    open_elements.append(element)
                    if tag in ("Folder", "Document"):
                        depth_names.append(False)
                    continue
                open_elements.pop()
                if tag in ("Folder", "Document"):
                    inside -= depth_names.pop()
                elif tag == "name" and depth_names and _local(open_elements[-1]) in ("Folder", "Document"):
                    if (element.text or "").strip() == self._folder:
                        depth_names[-1] = True
                        inside += 1
                elif tag == "Placemark":
                    count += 1
                    if self._folder is None or inside:
                        yield _record(element), _geometry_element(element)
                    open_elements[-1].remove(element)  # so that the tree does not grow
        except ParseError as error:
            raise SourceError(f"{self._name}: not valid XML after record {count}: {error}") from error
        except DefusedXmlException as error:
            raise SourceError(f"{self._name}: XML with entities or a document type is refused") from error


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _record(placemark: Element) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if placemark.get("id"):
        record["id"] = placemark.get("id")
    for child in placemark:
        tag = _local(child)
        if tag in _TEXTS:
            record[tag] = (child.text or "").strip() or None
        elif tag == "ExtendedData":
            for data in child.iter():
                kind = _local(data)
                if kind == "SimpleData" and data.get("name"):
                    record[data.get("name")] = (data.text or "").strip() or None
                elif kind == "Data" and data.get("name"):
                    value = next((part for part in data if _local(part) == "value"), None)
                    record[data.get("name")] = (value.text or "").strip() or None if value is not None else None
    return record


def _geometry_element(placemark: Element) -> Element | None:
    return next((child for child in placemark if _local(child) in _GEOMETRIES), None)


def _shapes(elements: list[Element | None]) -> tuple[np.ndarray, Problems]:
    shapes = np.full(len(elements), None, dtype=object)
    problems: Problems = {}
    for i, element in enumerate(elements):
        if element is None:
            continue
        try:
            shapes[i] = _shape(element)
        except (ValueError, shapely.GEOSException) as error:
            problems[i] = f"its geometry can't be read: {error}"
    return shapes, problems


def _shape(element: Element) -> Any:
    tag = _local(element)
    if tag == "Point":
        return shapely.Point(_coordinates(element)[0])
    if tag in ("LineString", "LinearRing"):
        return shapely.LineString(_coordinates(element))
    if tag == "Polygon":
        outer = [_coordinates(ring) for ring in element if _local(ring) == "outerBoundaryIs"]
        if len(outer) != 1:
            raise ValueError("a polygon without an outer boundary")
        return shapely.Polygon(outer[0], [_coordinates(ring) for ring in element if _local(ring) == "innerBoundaryIs"])
    parts = [_shape(child) for child in element if _local(child) in _GEOMETRIES]
    kinds = {part.geom_type for part in parts}
    if len(kinds) == 1:
        return {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}.get(
            kinds.pop(), shapely.GeometryCollection
        )(parts)
    return shapely.GeometryCollection(parts)


def _coordinates(element: Element) -> list[tuple[float, float]]:
    text = next((part.text for part in element.iter() if _local(part) == "coordinates"), None)
    pairs = [tuple(float(number) for number in group.split(",")[:2]) for group in (text or "").split()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"coordinates expected as lon,lat: {(text or '').strip()[:40]!r}")
    return pairs
