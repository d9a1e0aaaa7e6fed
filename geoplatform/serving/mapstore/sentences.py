"""Reads MapStore's GetFeature in XML into the query parameters of the OGC API's items. Knows no SQL."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from geoplatform.serving.problems import bad_request, shortened
from geoplatform.serving.publication import ServedLayer

#: The workspace that GeoNode's catalogue writes before a layer's name (geoplatform.hub.permissions.WORKSPACE).
PREFIX = "geoplatform:"
GEOMETRY = "geom"
_MAX_DEPTH = 40
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
#: How MapStore names a CRS -> parameter of the OGC API; degrees come as longitude, latitude, as the API has them by itself.
_CRS = re.compile(
    r"^(?:EPSG:|urn:ogc:def:crs:EPSG::|urn:ogc:def:crs:EPSG:[0-9.]*:|http://www.opengis.net/gml/srs/epsg.xml#)([0-9]+)$"
)
COMPARISONS = {
    "PropertyIsEqualTo": "=", "PropertyIsNotEqualTo": "<>", "PropertyIsLessThan": "<", "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThan": ">", "PropertyIsGreaterThanOrEqualTo": ">=",
}  # fmt: skip
SPATIAL = {"Intersects": "s_intersects", "Within": "s_within", "Contains": "s_contains", "Disjoint": "s_disjoint",
            "BBOX": "s_intersects"}  # fmt: skip


def layer_name(text: str) -> str:
    """Return the layer that MapStore calls by `text`."""
    return text.strip().removeprefix(PREFIX)


def get_feature(body: bytes) -> tuple[str, ET.Element]:
    """Return the layer's name and the root of a GetFeature in XML; raises Problem 400."""
    if b"<!" in body:  # no DTD, no entities: nothing can grow
        raise bad_request("the request holds a document type or a comment; send plain GetFeature XML")
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities are refused above, the size is bounded by the caller
    except (ET.ParseError, ValueError) as error:
        raise bad_request(f"the request is not XML: {error}") from None
    queries = [part for part in root if _name(part) == "Query"]
    if _name(root) != "GetFeature" or len(queries) != 1:
        raise bad_request("only a GetFeature with one Query is answered here")
    return layer_name(queries[0].get("typeName", "")), root


def parameters(root: ET.Element, layer: ServedLayer) -> dict[str, str]:
    """Return what the GetFeature asks for as query parameters of the layer's items; raises Problem 400."""
    query = next(part for part in root if _name(part) == "Query")
    given = {"count": "true", "offset": root.get("startIndex", "0"), "limit": root.get("maxFeatures", "1000")}
    if root.get("resultType", "results") == "hits":
        given["resulttype"] = "hits"
    chosen = [_text(part) for part in query if _name(part) == "PropertyName"]
    if chosen:
        given["properties"] = ",".join(name for name in chosen if name != GEOMETRY)
        if GEOMETRY not in chosen:
            given["skipGeometry"] = "true"
    order = [_sorted_by(part) for part in query.iter() if _name(part) == "SortProperty"]
    if order:
        given["sortby"] = ",".join(order)
    srs = _epsg(query.get("srsName", ""))
    if srs not in (None, "4326"):
        given["crs"] = _EPSG + srs
    filters = [part for part in query if _name(part) == "Filter"]
    if filters and len(filters[0]):
        reader = _Filter(layer)
        given["filter"] = json.dumps(reader.all_of(filters[0]), ensure_ascii=False)
        given["filter-lang"] = "cql2-json"
        if reader.epsg not in (None, "4326"):
            given["filter-crs"] = _EPSG + reader.epsg
    return given


def _sorted_by(element: ET.Element) -> str:
    words = {_name(part): _text(part) for part in element}
    return ("-" if words.get("SortOrder", "A").upper().startswith("D") else "") + words.get("PropertyName", "")


class _Filter:
    """Turns OGC Filter 1.1 into CQL2's JSON form. epsg: of the geometries in it, one for all."""

    def __init__(self, layer: ServedLayer):
        self._layer = layer
        self.epsg: str | None = None

    def all_of(self, element: ET.Element) -> Any:
        """Return the condition that all of the element's children hold."""
        identifiers = [part.get("fid", "") for part in element if _name(part) in ("FeatureId", "GmlObjectId")]
        if identifiers:
            # MapStore gives back the ids that it was given
            return {"op": "in", "args": [{"property": "id"}, identifiers]}
        return self._joined("and", list(element), 0)

    def _joined(self, op: str, parts: list[ET.Element], depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise bad_request("filter: nested too deeply")
        conditions = [self._condition(part, depth + 1) for part in parts]
        if not conditions:
            raise bad_request("filter: holds an empty condition")
        return conditions[0] if len(conditions) == 1 else {"op": op, "args": conditions}

    def _condition(self, element: ET.Element, depth: int) -> Any:
        name = _name(element)
        if name in ("And", "Or"):
            return self._joined(name.lower(), list(element), depth)
        if name == "Not":
            return {"op": "not", "args": [self._joined("and", list(element), depth)]}
        prop = next((_text(part) for part in element if _name(part) in ("PropertyName", "ValueReference")), GEOMETRY)
        if name in SPATIAL:
            return {"op": SPATIAL[name], "args": [{"property": GEOMETRY}, self._geometry(element)]}
        if prop not in self._layer.columns:
            raise bad_request(f"filter: there is no property {shortened(prop)}")
        kind = self._layer.columns[prop][1]
        if name == "PropertyIsNull":
            return {"op": "isNull", "args": [{"property": prop}]}
        literals = [_text(part) for part in element.iter() if _name(part) == "Literal"]
        if name == "PropertyIsLike" and len(literals) == 1:
            return _like(element, prop, kind, literals[0])
        if name == "PropertyIsBetween" and len(literals) == 2:
            return {"op": "between", "args": [{"property": prop}, *(_value(prop, kind, text) for text in literals)]}
        if name in COMPARISONS and len(literals) == 1:
            return {"op": COMPARISONS[name], "args": [{"property": prop}, _value(prop, kind, literals[0])]}
        raise bad_request(f"filter: {shortened(name)} is not answered here")

    def _geometry(self, element: ET.Element) -> Any:
        for part in element:
            kind = _name(part)
            if kind in ("Polygon", "MultiPolygon", "MultiSurface", "Point", "Envelope", "LineString"):
                self._same_crs(part)
                if kind == "Envelope":
                    low, high = (_pairs(inner)[0] for inner in part)
                    return {"bbox": [*low, *high]}
                if kind == "Point":
                    return {"type": "Point", "coordinates": _pairs(part)[0]}
                if kind == "LineString":
                    return {"type": "LineString", "coordinates": _pairs(part)}
                areas = [_rings(area) for area in part.iter() if _name(area) == "Polygon"]
                return {"type": "MultiPolygon", "coordinates": areas}
        raise bad_request("filter: holds no geometry that is understood; draw an area, a line or a point")

    def _same_crs(self, element: ET.Element) -> None:
        epsg = _epsg(element.get("srsName", "EPSG:4326"))
        if epsg is None or self.epsg not in (None, epsg):
            raise bad_request("filter: its geometries must have one coordinate system, EPSG:<number>")
        self.epsg = epsg


def _like(element: ET.Element, prop: str, kind: str, text: str) -> Any:
    many, one, escape = element.get("wildCard", "*"), element.get("singleChar", "."), element.get("escapeChar", "!")
    pattern, letters = "", iter(text)
    for letter in letters:
        if letter == escape:
            letter = next(letters, "")
        elif letter in (many, one):
            pattern += "%" if letter == many else "_"
            continue
        pattern += f"\\{letter}" if letter in "%_\\" else letter
    if kind == "multiple":  # a list of codes: the one that is written
        return {"op": "=", "args": [{"property": prop}, text.strip(many)]}
    if kind != "text":
        raise bad_request(f"filter: {prop} is not text and has no pattern")
    sides: list[Any] = [{"property": prop}, pattern]
    if element.get("matchCase", "true").lower() == "false":
        sides = [{"op": "casei", "args": [side]} for side in sides]
    return {"op": "like", "args": sides}


def _value(prop: str, kind: str, text: str) -> Any:
    try:
        if kind == "integer":
            return int(text) if re.fullmatch(r"[+-]?[0-9]{1,30}", text) else float(text)
        if kind == "number":
            return float(text)
    except ValueError:
        raise bad_request(f"filter: {prop}: {shortened(text)} is not a number") from None
    if kind == "boolean":
        return text.lower() in ("true", "1")
    return text


def _rings(polygon: ET.Element) -> list[list[list[float]]]:
    return [_pairs(ring) for ring in polygon.iter() if _name(ring) == "LinearRing"]


def _pairs(element: ET.Element) -> list[list[float]]:
    """Return the coordinates below `element` as pairs, x = east first, as MapStore writes them."""
    words = [word for part in element.iter() for word in re.split(r"[\s,]+", (part.text or "").strip()) if word]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise bad_request("filter: a coordinate is not a number") from None
    if not numbers or len(numbers) % 2:
        raise bad_request("filter: coordinates come in pairs")
    return [numbers[index : index + 2] for index in range(0, len(numbers), 2)]


def _epsg(text: str) -> str | None:
    found = _CRS.match(text)
    return found[1] if found else None


def _name(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: ET.Element) -> str:
    return (element.text or "").strip().removeprefix(PREFIX)
