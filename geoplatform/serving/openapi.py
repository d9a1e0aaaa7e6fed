"""Brings pygeoapi's OpenAPI document in line with what is served, and makes it stand alone: no reference to another host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geoplatform.serving.cql2 import LANGUAGES
from geoplatform.serving.crs import SERVED
from geoplatform.serving.openapi_writes import SECURITY_SCHEMES
from geoplatform.serving.parameters import DEFAULT_LIMIT, JSON_FG_PROFILES, MAX_LIMIT, MAX_PRECISION
from geoplatform.serving.publication import Publication, ServedLayer
from geoplatform.serving.tiles import MAX_ZOOM

_CRS_URIS = [crs.uri for crs in SERVED]


def _query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _path(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description}


_TEXT = {"type": "string"}
_NAMES = {"type": "array", "items": _TEXT}
_INDEX = {"type": "integer", "minimum": 0}


def _f(*formats: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(formats), "default": formats[0]}
    return _query("f", schema, "Format; overrides the Accept header.")


_PARAMETERS: dict[str, dict[str, Any]] = {
    "f-items": _f("json", "jsonfg", "html", "csv", "gpkg", "fgb"),
    "f-item": _f("json", "jsonfg", "html"),
    "f-tileset": _f("json", "tilejson", "html"),
    "f-json": _f("json"),
    "f-style": _f("mbs", "sld11"),
    "f-jsonld": _f("jsonld"),
    "f-tile": _f("mvt"),
    "v": _query("v", _TEXT, "Version of the data; with the present one the answer may be kept for ever."),
    "count": _query("count", {"type": "boolean"}, "Whether to count all matches; if not given, where that is cheap."),
    "geometry-precision": _query(
        "geometry-precision",
        {"type": "integer", "minimum": 0, "maximum": MAX_PRECISION},
        "Digits after the point of coordinates, at most those of the CRS.",
    ),
    "profile": _query("profile", {"type": "string", "enum": list(JSON_FG_PROFILES)}, "With f=jsonfg: whether CRS84 comes too."),
    "bom": _query("bom", {"type": "boolean", "default": False}, "With f=csv: begin with the mark of UTF-8 for spreadsheets."),
    "styleId": _path("styleId", _TEXT, "The style's id: a collection's id, or `default` below a collection."),
    "recordId": _path("recordId", _TEXT, "The record's id: a collection's id, or a resource's uuid."),
    "q": _query("q", _NAMES, "Words to search for; records with any of them."),
    "type": _query("type", _NAMES, "Types of records: `dataset`, `document`, `map`, `geostory`..."),
    "ids": _query("ids", _NAMES, "Only these records."),
    "externalIds": _query("externalIds", _NAMES, "Only records of these resources, with or without their scheme in front."),
    "f": _query("f", {"type": "string", "enum": ["json", "html"], "default": "json"}, "Format; overrides the Accept header."),
    "lang": _query("lang", {"type": "string", "enum": ["uk", "en"], "default": "uk"}, "Language; overrides Accept-Language."),
    "limit": _query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "The most features on one page.",
    ),
    "offset": _query("offset", {**_INDEX, "default": 0}, "How many features to pass over; following `next` is faster."),
    "after": _query("after", _TEXT, "Where the page starts: an opaque value from the `next` link."),
    "bbox": _query(
        "bbox",
        {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
        "Only features that meet this box, in the axis order of bbox-crs.",
    ),
    "bbox-crs": _query("bbox-crs", {"type": "string", "format": "uri", "enum": _CRS_URIS}, "CRS of the bbox, CRS84 by default."),
    "crs": _query("crs", {"type": "string", "format": "uri", "enum": _CRS_URIS}, "CRS of the answer; CRS84 if not given."),
    "datetime": _query(
        "datetime", _TEXT, "RFC 3339 date, time or interval: features as they were then; for an interval each of their states."
    ),
    "only": _query(
        "only", _TEXT, "Numbers (`fid`) of features, all of them shown: rising differences in base 36, joined by dots."
    ),
    "instant": _query("datetime", _TEXT, "RFC 3339 date or time: features as they were then."),
    "properties": _query("properties", _NAMES, "Only these properties, separated by commas."),
    "sortby": _query("sortby", _NAMES, "Properties to sort by, separated by commas, descending with a minus in front."),
    "skipGeometry": _query("skipGeometry", {"type": "boolean", "default": False}, "Leave the geometry out."),
    "resulttype": _query(
        "resulttype", {"type": "string", "enum": ["results", "hits"], "default": "results"}, "`hits`: only the number of matches."
    ),
    "filter": _query("filter", _TEXT, "A CQL2 filter."),
    "filter-lang": _query(
        "filter-lang", {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]}, "Form of the filter."
    ),
    "filter-crs": _query("filter-crs", {"type": "string", "format": "uri", "enum": _CRS_URIS}, "CRS of the filter's geometries."),
    "featureId": _path("featureId", _TEXT, "The feature's id."),
    "tileMatrixSetId": _path("tileMatrixSetId", {"type": "string", "enum": ["WebMercatorQuad"]}, "The tile matrix set."),
    "tileMatrix": _path("tileMatrix", {**_INDEX, "maximum": MAX_ZOOM}, "Zoom."),
    "tileRow": _path("tileRow", _INDEX, "Row, from the north."),
    "tileCol": _path("tileCol", _INDEX, "Column, from the west."),
}
_ITEMS = (
    *("f-items", "lang", "limit", "offset", "after", "bbox", "bbox-crs", "crs", "datetime", "properties", "sortby"),
    *("skipGeometry", "geometry-precision", "count", "resulttype", "profile", "bom", "filter", "filter-lang", "filter-crs"),
)
_ITEM = ("featureId", "crs", "datetime", "properties", "skipGeometry", "geometry-precision", "profile", "f-item", "lang")
_RECORDS = ("q", "bbox", "datetime", "type", "ids", "externalIds", "limit", "offset", "f", "lang")

_OBJECT = {"type": "object"}
_PAGES = ("text/html",)
_PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {"title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "code": _TEXT, "description": _TEXT},
}


def _response(description: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _also(response: dict[str, Any], *media_types: str) -> dict[str, Any]:
    """Return the response with further media types, whose content is not described here."""
    more = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {**response, "content": {**response["content"], **more}}


_RESPONSES: dict[str, dict[str, Any]] = {
    "Document": _also(_response("The document.", "application/json", _OBJECT), *_PAGES, "application/vnd.oai.openapi+json"),
    "Schema": _also(_response("A JSON Schema.", "application/schema+json", _OBJECT), *_PAGES),
    "Features": _also(
        _response("Features.", "application/geo+json", {"$ref": "#/components/schemas/FeatureCollection"}),
        *(*_PAGES, "application/vnd.ogc.fg+json", "text/csv", "application/geopackage+sqlite3", "application/flatgeobuf"),
    ),
    "Feature": _also(
        _response("A feature.", "application/geo+json", {"$ref": "#/components/schemas/Feature"}),
        *(*_PAGES, "application/vnd.ogc.fg+json"),
    ),
    "LinkedData": _response("Linked data.", "application/ld+json", _OBJECT),
    "Forbidden": _response("Looking is allowed, downloading is not.", "application/problem+json", _PROBLEM_REFERENCE),
    "NotAcquainted": _response("The token opens nothing.", "application/problem+json", _PROBLEM_REFERENCE),
    "Busy": _response("Too much at once; come again.", "application/problem+json", _PROBLEM_REFERENCE),
    "Tile": _response("A tile.", "application/vnd.mapbox-vector-tile", {"type": "string", "format": "binary"}),
    "EmptyTile": {"description": "Nothing lies in the tile."},
    "Style": _also(
        _response("A style.", "application/vnd.mapbox.style+json", _OBJECT), "application/vnd.ogc.sld+xml", "application/json"
    ),
    "BadRequest": _response("A parameter has no sense.", "application/problem+json", {"$ref": "#/components/schemas/Problem"}),
    "NotFound": _response("There is no such thing.", "application/problem+json", {"$ref": "#/components/schemas/Problem"}),
}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "Problem": _PROBLEM,
    "Feature": {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": _TEXT,
            "geometry": {"type": "object", "nullable": True},
            "properties": _OBJECT,
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "numberMatched": _INDEX,
            "numberReturned": _INDEX,
            "timeStamp": {"type": "string", "format": "date-time"},
            "links": {"type": "array", "items": _OBJECT},
        },
    },
}


def ours(document: dict[str, Any], publication: Publication, language: str) -> dict[str, Any]:
    """Return pygeoapi's OpenAPI `document` with the parameters, answers and methods that this service has."""
    paths: dict[str, Any] = {
        path: _get(described["get"], ["f", "lang"], "Document")
        for path, described in document["paths"].items()
        if path in ("/", "/conformance", "/collections", "/openapi")
    }
    paths["/TileMatrixSets"] = _new("Tile matrix sets", "getTileMatrixSets", ["server"], ["f", "lang"], "Document")
    paths["/TileMatrixSets/{tileMatrixSetId}"] = _new(
        "A tile matrix set", "getTileMatrixSet", ["server"], ["tileMatrixSetId", "f", "lang"], "Document"
    )
    paths |= _catalogue_paths()
    for layer in publication.layers.values():
        paths |= _layer_paths(document["paths"], layer, language)
    tags = [tag for tag in document["tags"] if tag["name"] == "server" or tag["name"] in publication.layers]
    components = {
        "parameters": _PARAMETERS,
        "responses": _RESPONSES,
        "schemas": _SCHEMAS,
        "securitySchemes": SECURITY_SCHEMES,
    }
    # what is public is read without; a token opens the rest
    security = [{}, {"token": []}, {"tokenAsPassword": []}]
    return {**document, "tags": tags, "security": security, "paths": paths, "components": components}


def _catalogue_paths() -> dict[str, Any]:
    """Return the paths of OGC API Records and of the styles at the root."""
    address, tags = "/collections/catalogue", ["server"]
    style = "/styles/{styleId}"
    return {
        address: _new("The catalogue", "getCatalogue", tags, ["f", "lang"], "Document"),
        f"{address}/items": _new("Records of the catalogue", "getRecords", tags, _RECORDS, "Features"),
        f"{address}/items/{{recordId}}": _new("A record", "getRecord", tags, ["recordId", "f", "lang"], "Feature"),
        "/catalogue.jsonld": _new("The catalogue as DCAT-AP", "getCatalogueAsDcat", tags, ["f-jsonld", "lang"], "LinkedData"),
        "/styles": _new("Styles", "getStyles", tags, ["f-json", "lang"], "Document"),
        style: _new("A style", "getStyle", tags, ["styleId", "f-style", "lang", "v"], "Style"),
        f"{style}/metadata": _new("A style's metadata", "getStyleMetadata", tags, ["styleId", "f-json", "lang"], "Document"),
    }


def _layer_paths(paths: dict[str, Any], layer: ServedLayer, language: str) -> dict[str, Any]:
    address = f"/collections/{layer.id}"
    title, tag = layer.definition.title.in_language(language), [layer.id]
    items = _get(paths[f"{address}/items"]["get"], _ITEMS, "Features")
    items["get"]["parameters"] += _filters(layer, language)
    found = {
        address: _get(paths[address]["get"], ["f", "lang"], "Document"),
        f"{address}/schema": _get(paths[f"{address}/schema"]["get"], ["f", "lang"], "Schema"),
        f"{address}/queryables": _get(paths[f"{address}/queryables"]["get"], ["f", "lang"], "Schema"),
        f"{address}/items": items,
        f"{address}/items/{{featureId}}": _get(paths[f"{address}/items/{{featureId}}"]["get"], _ITEM, "Feature"),
    }
    if layer.has_geometry:
        tilesets = f"{address}/tiles"
        tile = ["tileMatrixSetId", "tileMatrix", "tileRow", "tileCol", "f-tile", "v", "instant", "only", "lang"]
        found[tilesets] = _get(paths[tilesets]["get"], ["f", "lang"], "Document")
        found[f"{tilesets}/{{tileMatrixSetId}}"] = _new(
            f"{title}: tiles", f"get.{layer.id}.tileset", tag, ["tileMatrixSetId", "f-tileset", "lang"], "Document"
        )
        found[f"{tilesets}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = _new(
            f"{title}: tile", f"get.{layer.id}.tile", tag, tile, "Tile"
        )
        found[f"{address}/style"] = _new(f"{title}: MapLibre", f"get.{layer.id}.style", tag, ["f-json", "lang", "v"], "Style")
        styles, a_style = f"{address}/styles", f"{address}/styles/{{styleId}}"
        found[styles] = _new(f"{title}: styles", f"get.{layer.id}.styles", tag, ["f-json", "lang"], "Document")
        found[a_style] = _new(f"{title}: style", f"get.{layer.id}.oneStyle", tag, ["styleId", "f-style", "lang", "v"], "Style")
        found[f"{a_style}/metadata"] = _new(
            f"{title}: style metadata", f"get.{layer.id}.styleMetadata", tag, ["styleId", "f-json", "lang"], "Document"
        )
    return found


def _filters(layer: ServedLayer, language: str) -> list[dict[str, Any]]:
    """Return one parameter for each property that may be filtered by its name."""
    types = {"integer": "integer", "number": "number", "boolean": "boolean"}
    parameters = []
    for name, (_, kind) in layer.columns.items():
        if kind == "json" or name in _PARAMETERS:
            continue
        attribute = layer.attributes.get(name)
        title = attribute.title.in_language(language) if attribute else name
        parameters.append(_query(name, {"type": types.get(kind, "string")}, title))
    return parameters


def _get(described: dict[str, Any], parameters: Sequence[str], response: str) -> dict[str, Any]:
    """Return a path with only `get`, pygeoapi's words and our parameters and answers."""
    words = {name: described[name] for name in ("summary", "description", "tags", "operationId") if name in described}
    return {"get": {**words, **_signature(parameters, response)}}


def _new(summary: str, operation_id: str, tags: list[str], parameters: Sequence[str], response: str) -> dict[str, Any]:
    return {"get": {"summary": summary, "tags": tags, "operationId": operation_id, **_signature(parameters, response)}}


def _signature(parameters: Sequence[str], response: str) -> dict[str, Any]:
    answers = {"200": response, "400": "BadRequest", "401": "NotAcquainted", "404": "NotFound", "503": "Busy"}
    if response == "Tile":
        answers["204"] = "EmptyTile"
    if response == "Features":
        answers["403"] = "Forbidden"
    references = {status: {"$ref": f"#/components/responses/{name}"} for status, name in sorted(answers.items())}
    return {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters], "responses": references}
