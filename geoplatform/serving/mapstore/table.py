"""Answers MapStore's attribute table: which columns a layer has, and its rows."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson

from geoplatform import database
from geoplatform.serving import features, maps, parameters
from geoplatform.serving.context import GEOJSON, JSON, Answer, Context, json_answer
from geoplatform.serving.mapstore import absent, sentences
from geoplatform.serving.problems import Problem, bad_request, shortened
from geoplatform.serving.publication import ServedLayer

#: Longer requests (bytes) are refused before they are read.
MAX_BODY = 200_000
_TYPES = {
    "text": "string", "integer": "int", "number": "number", "boolean": "boolean", "date": "date", "datetime": "date-time",
    "json": "string", "multiple": "string",
}  # fmt: skip
_GEOMETRIES = {"point": "Point", "multipoint": "MultiPoint", "line": "MultiLineString", "polygon": "MultiPolygon"}


def answer(context: Context, english: str = "") -> Answer:
    """Answer /ows: the WMS, and what the table asks for with SERVICE=WFS; the principal sees what they see elsewhere."""
    query = {name.upper(): value for name, value in context.request.args.items(multi=True)}
    if query.get("SERVICE", "WMS").upper() != "WFS":
        if context.request.method == "POST":
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "maps are asked for by GET", {"Allow": "GET, HEAD, OPTIONS"})
        return maps.web_map(context, english)
    if context.request.method == "POST":
        return _rows(context)
    if query.get("REQUEST", "").lower() == "describefeaturetype":
        return _columns(context, query.get("TYPENAME", query.get("TYPENAMES", "")))
    if query.get("REQUEST", "").lower() == "getcapabilities":
        return absent.capabilities(context)
    raise bad_request(f"REQUEST: {shortened(query.get('REQUEST', ''))} is not answered here; use the OGC API at /ogcapi/")


def _columns(context: Context, name: str) -> Answer:
    layer = context.layer(sentences.layer_name(name))
    columns = [_column(name, _TYPES[kind]) for name, (_, kind) in layer.columns.items() if name != "id"]
    if layer.has_geometry:
        columns.append(_column(sentences.GEOMETRY, _GEOMETRIES[layer.definition.geometry], "gml"))
    document = {
        "elementFormDefault": "qualified",
        "targetNamespace": "geoplatform",
        "targetPrefix": "geoplatform",
        "featureTypes": [{"typeName": layer.id, "properties": columns}],
    }
    return json_answer(document, JSON, context.caching(f"{layer.tag} columns"))


def _column(name: str, kind: str, prefix: str = "xsd") -> dict[str, Any]:
    return {"name": name, "maxOccurs": 1, "minOccurs": 0, "nillable": True, "type": f"{prefix}:{kind}", "localType": kind}


def _rows(context: Context) -> Answer:
    if (context.request.content_length or MAX_BODY + 1) > MAX_BODY:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request is longer than {MAX_BODY} bytes, or says no length")
    name, root = sentences.get_feature(context.request.get_data(cache=False))
    layer = context.layer(name)
    query = parameters.items_query(layer, sentences.parameters(root, layer))
    with database.pool(context.level).connection() as conn:
        found = features.page(conn, layer, query)
    return Answer(_collection(layer, found), GEOJSON, headers={"Cache-Control": "no-store"})


def _collection(layer: ServedLayer, found: features.Page) -> bytes:
    counts = {"totalFeatures": found.matched, "numberMatched": found.matched, "numberReturned": found.returned}
    head = orjson.dumps({"type": "FeatureCollection", "geometry_name": sentences.GEOMETRY, **counts})
    return b"".join([head[:-1], b',"features":[', found.features.encode(), b"]}"])


ROUTES = [("/ows", answer), ("/<any(en):english>/ows", answer)]
