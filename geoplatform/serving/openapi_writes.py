"""What the OpenAPI document tells of changing features (OGC API Features part 4) to who may do so; the control plane answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geoplatform.layers.writing import GEOJSON, MAX_BODY, MAX_EDITS, PATCHES
from geoplatform.serving import texts
from geoplatform.serving.publication import ServedLayer

#: A session in a browser writes only with its CSRF token; who has a token of their own needs no session.
SECURITY_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of your own."},
    "tokenAsPassword": {"type": "http", "scheme": "basic", "description": "A token of your own as the password, any user name."},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The session of who signed in."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken", "description": "The session's cookie `csrftoken`."},
}
_SECURITY = [{"token": []}, {"tokenAsPassword": []}, {"session": [], "csrf": []}]

_TEXT = {"type": "string"}
_IF_MATCH = {
    "name": "If-Match", "in": "header", "required": True, "schema": _TEXT,
    "description": "The feature's ETag as it was answered, so that nobody's change is lost; `*` overwrites whatever is there.",
}  # fmt: skip
_CONTENT_CRS = {
    "name": "Content-Crs", "in": "header", "required": False, "schema": _TEXT,
    "description": "`<URI>` of the CRS of the body's coordinates, in the order of its axes; CRS84 if not given.",
}  # fmt: skip
_PARAMETERS = {"If-Match": _IF_MATCH, "Content-Crs": _CONTENT_CRS}

_ETAG = {"ETag": {"description": "The feature's new state, for the next If-Match.", "schema": _TEXT}}


def _problem(description: str, schema: str = "Problem", **headers: str) -> dict[str, Any]:
    described = {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    if headers:
        described["headers"] = {name.replace("_", "-"): {"description": text, "schema": _TEXT} for name, text in headers.items()}
    return described


_RESPONSES: dict[str, dict[str, Any]] = {
    "Created": {
        "description": "The features are there.",
        "headers": {"Location": {"description": "Of a single feature: its address.", "schema": _TEXT}, **_ETAG},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Created"}}},
    },
    "Done": {"description": "It is done."},
    "Updated": {"description": "It is done.", "headers": _ETAG},
    "NotRead": _problem("The body is no JSON object in UTF-8, or a header has no sense."),
    "NotSignedIn": _problem("No token, or one that opens nothing.", WWW_Authenticate="How to sign in."),
    "NotAllowed": _problem("You may not edit this collection, or the session's CSRF token is missing."),
    "Conflict": _problem("There is such a feature already, or its key would change."),
    "Stale": _problem("The feature has changed since you read it."),
    "TooLarge": _problem(f"The body is larger than {MAX_BODY // 1024**2} MB or holds too many positions."),
    "NotUnderstood": _problem("The media type is not one of those that are read here."),
    "Refused": _problem("Features that can't be stored, each with its reasons; none of the request is.", "Refusal"),
    "Unconditional": _problem("The header If-Match is missing."),
}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "Created": {
        "type": "object",
        "required": ["created"],
        "properties": {"created": {"type": "array", "items": {"type": "string", "format": "uri"}}},
    },
    "Refusal": {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "properties": {"reasons": {"type": "array", "items": {"$ref": "#/components/schemas/Reason"}}}},
        ]
    },
    "Reason": {
        "type": "object",
        "required": ["feature", "attribute", "code", "detail"],
        "properties": {
            "feature": {"type": "integer", "minimum": 0, "description": "The feature's place in the request."},
            "attribute": {"type": "string", "nullable": True},
            "code": _TEXT,
            "detail": _TEXT,
        },
    },
}
#: What may come of any write, and of those besides that send a body or change what is there.
_ALWAYS = {"400": "NotRead", "401": "NotSignedIn", "403": "NotAllowed", "404": "NotFound", "503": "Busy"}
_WITH_BODY = {"409": "Conflict", "413": "TooLarge", "415": "NotUnderstood", "422": "Refused"}
_CONDITIONAL = {"412": "Stale", "428": "Unconditional"}

_POSITION = {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "number"}}


def _many(items: dict[str, Any], least: int = 1) -> dict[str, Any]:
    return {"type": "array", "minItems": least, "items": items}


_LINE, _POLYGON = _many(_POSITION, 2), _many(_many(_POSITION, 4))
#: A definition's geometry -> GeoJSON type and coordinates of what is taken for it.
_GEOMETRIES = {
    "point": {"Point": _POSITION},
    "multipoint": {"Point": _POSITION, "MultiPoint": _many(_POSITION)},
    "line": {"LineString": _LINE, "MultiLineString": _many(_LINE)},
    "polygon": {"Polygon": _POLYGON, "MultiPolygon": _many(_POLYGON)},
}


def added(
    document: Mapping[str, Any], editable: Iterable[tuple[ServedLayer, Mapping[str, Any]]], language: str
) -> dict[str, Any]:
    """Return the OpenAPI `document` with the operations that change features of `editable` layers.

    editable: each layer with the JSON Schemas of its properties. The document itself is left as it is.
    """
    paths, schemas = dict(document["paths"]), {**document["components"]["schemas"], **_SCHEMAS}
    for layer, properties in editable:
        address = f"/collections/{layer.id}/items"
        schemas |= _bodies(layer, properties)
        paths[address] = {**paths[address], "post": _operation(layer, "create", language)}
        item = f"{address}/{{featureId}}"
        more = {method: _operation(layer, kind, language) for method, kind in _ON_ITEM.items()}
        paths[item] = {**paths[item], **more}
    components = document["components"]
    components = {
        **components,
        "parameters": {**components["parameters"], **_PARAMETERS},
        "responses": {**components["responses"], **_RESPONSES},
        "schemas": schemas,
    }
    return {**document, "paths": paths, "components": components}


_ON_ITEM = {"put": "replace", "patch": "update", "delete": "delete"}


def _operation(layer: ServedLayer, kind: str, language: str) -> dict[str, Any]:
    """Return one operation; kind: create, replace, update or delete."""
    parameters, answers = [], dict(_ALWAYS)
    if kind != "create":
        parameters += ["featureId", "If-Match"]
        answers |= _CONDITIONAL
    if kind != "delete":
        parameters.append("Content-Crs")
        answers |= _WITH_BODY
    answers |= {"201": "Created"} if kind == "create" else {"204": "Updated" if kind == "update" else "Done"}
    operation: dict[str, Any] = {
        "summary": f"{layer.definition.title.in_language(language)}: {texts.WRITES[kind][language]}",
        "tags": [layer.id],
        "operationId": f"{kind}.{layer.id}.feature",
        "security": _SECURITY,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in parameters],
        "responses": {status: {"$ref": f"#/components/responses/{name}"} for status, name in sorted(answers.items())},
    }
    if kind != "delete":
        schema = {"create": "created", "replace": "feature", "update": "patch"}[kind]
        content = {"schema": {"$ref": f"#/components/schemas/{layer.id}.{schema}"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(PATCHES if kind == "update" else GEOJSON, content)}
    return operation


def _bodies(layer: ServedLayer, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of what is sent to change features of the layer: a whole one, a new one or several, a merge patch."""
    attributes = {name: attribute for name, attribute in layer.attributes.items() if name in properties}
    keys = layer.definition.key
    needed = [name for name, attribute in attributes.items() if attribute.required or name in keys]
    told = {
        "is_demo": {"type": "boolean", "description": "Answered with every feature; what is sent is not looked at."},
        **{name: dict(properties[name]) if name in needed else _or_null(properties[name]) for name in attributes},
    }
    # a single key may be left out: it is the address's, the feature's `id`, or made by the server
    required = [name for name in needed if [name] != keys]
    values = {"type": "object", "properties": told, "additionalProperties": False}
    whole = {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"type": "string", "description": "The key, where it is one attribute and not among the properties."},
        "geometry": _geometry(layer),
        "properties": {**values, "required": required} if required else {**values, "nullable": True},
    }
    feature = f"#/components/schemas/{layer.id}.feature"
    several = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "minItems": 1, "maxItems": MAX_EDITS, "items": {"$ref": feature}},
        },
    }
    # RFC 7396: what is not named stays as it is, null takes away
    change = {"type": whole["type"], "id": whole["id"], "geometry": {"type": "object"}, "properties": values}
    return {
        f"{layer.id}.feature": {"type": "object", "required": ["type", "geometry", "properties"], "properties": whole},
        f"{layer.id}.created": {"oneOf": [{"$ref": feature}, several]},
        f"{layer.id}.patch": {"type": "object", "properties": change},
    }


def _geometry(layer: ServedLayer) -> dict[str, Any]:
    kinds = _GEOMETRIES.get(layer.definition.geometry)
    if kinds is None:
        return {"type": "object", "nullable": True, "description": "null: the features have no geometry."}
    return {"oneOf": [_one_geometry(name, coordinates) for name, coordinates in kinds.items()]}


def _one_geometry(name: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"type": "string", "enum": [name]}, "coordinates": coordinates},
    }


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an attribute that may have no value."""
    values: Sequence[Any] | None = schema.get("enum")
    return {**schema, "nullable": True, **({} if values is None else {"enum": [*values, None]})}
