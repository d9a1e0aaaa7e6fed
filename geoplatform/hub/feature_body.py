"""Bodies of requests that write features: read within bounds, understood as GeoJSON, turned to longitude and latitude."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson
from django.http import HttpRequest

from geoplatform.layers import crs as transformations
from geoplatform.layers.writing import MAX_BODY, MAX_EDITS, PATCHES
from geoplatform.serving.crs import CRS84, Crs, named
from geoplatform.serving.problems import Problem, bad_request, shortened

#: Positions in one request; a body that is small enough could hold a million short ones.
MAX_POSITIONS = 400_000
#: A GeoJSON multipolygon needs 9 levels; an attribute that holds JSON may need some more.
MAX_DEPTH = 40
#: How deep coordinates nest: a multipolygon's are four lists deep.
_MAX_NESTING = 4


def read(request: HttpRequest, types: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON object in the request's body; raises Problem 400, 413, 415."""
    if request.content_type not in types:
        name = "Accept-Patch" if types is PATCHES else "Accept-Post"
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Type: {shortened(request.content_type or '')} is not understood here; use {' or '.join(types)}",
            {name: ", ".join(types)},
        )
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: JSON is written in UTF-8")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding: send the body as it is, not compressed")
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body is larger than {MAX_BODY // 1024**2} MB; send less at once, or upload a file",
        )
    if body.count(b"[") > MAX_POSITIONS:  # each position opens a list; to look before reading costs a millisecond
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body holds more than {MAX_POSITIONS} positions; simplify the geometry, or upload a file",
        )
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"the body is not JSON in UTF-8: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(document, dict):
        raise bad_request("the body must be a JSON object: a GeoJSON Feature")
    _refuse_depth(document)
    return document


def crs_of(request: HttpRequest) -> Crs:
    """Return the CRS that the header Content-Crs names, CRS84 without it; raises Problem 400."""
    header = request.headers.get("Content-Crs", "").strip()
    if not header:
        return CRS84
    return named(header.removeprefix("<").removesuffix(">"), "Content-Crs")


def features(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the feature, or the features of a collection, that a POST sends; raises Problem 422."""
    if document.get("type") == "FeatureCollection":
        found = document.get("features")
        if not isinstance(found, list) or not 1 <= len(found) <= MAX_EDITS:
            raise _unusable(f"features: a list of 1 to {MAX_EDITS} features is expected; send more as a file")
        return [feature(member, f"features[{position}]") for position, member in enumerate(found)]
    return [feature(document, "body")]


def feature(document: Any, where: str) -> Mapping[str, Any]:
    """Return `document` after seeing that it is a GeoJSON Feature; raises Problem 422. where: its place, for the message."""
    if not isinstance(document, dict) or document.get("type") != "Feature":
        raise _unusable(f'{where}: a GeoJSON Feature is expected: {{"type": "Feature", "geometry": …, "properties": …}}')
    for member in ("geometry", "properties"):
        if member not in document:
            raise _unusable(f"{where}: the member {member} is missing; write null for none")
    return _plain(document, where)


def patch(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a merge patch of a feature; raises Problem 422 when it would make it something else."""
    if document.get("type", "Feature") != "Feature":
        raise _unusable("type: a feature stays a Feature")
    return _plain(document, "body")


def identifier(document: Mapping[str, Any]) -> str | None:
    """Return the feature's own `id`, None without one; raises Problem 422 when it is no string or number."""
    found = document.get("id")
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise _unusable("id: a string is expected")
    return str(found)


def geometry(document: Mapping[str, Any], crs: Crs) -> Any:
    """Return the feature's geometry with longitude, latitude in WGS 84, None for none, Ellipsis when it is not named.

    crs: of the coordinates, in the order of its authority's axes. Raises Problem 422.
    """
    found = document.get("geometry", ...)
    if found is None or found is ... or "coordinates" not in found:
        return found
    positions: list[tuple[float, float]] = []
    shape = _walk(found["coordinates"], positions, 0)
    if crs is not CRS84 and positions:
        transform = transformations.to_wgs84(f"EPSG:{crs.srid}", "authority")
        positions = [tuple(pair) for pair in transform(np.array(positions)).tolist()]
        if not np.isfinite(positions).all():
            raise _unusable(f"geometry: coordinates lie outside the domain of {crs.uri}")
    return {**found, "coordinates": _filled(shape, iter(positions))}


def _plain(document: dict[str, Any], where: str) -> dict[str, Any]:
    """Return `document` after seeing that geometry and properties are objects or null; raises Problem 422."""
    for member in ("geometry", "properties"):
        if document.get(member) is not None and not isinstance(document[member], dict):
            raise _unusable(f"{where}: the member {member} must be an object or null")
    return document


def _walk(value: Any, positions: list[tuple[float, float]], depth: int) -> Any:
    """Collect the positions in nested `coordinates`; return their nesting with None for each position."""
    if not isinstance(value, list) or depth > _MAX_NESTING:
        raise _unusable("geometry: coordinates must be numbers in lists, as GeoJSON has them (RFC 7946, 3.1)")
    if value and not isinstance(value[0], list):
        if len(value) not in (2, 3) or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
            raise _unusable("geometry: a position is two numbers (a height is left out)")
        try:
            positions.append((float(value[0]), float(value[1])))
        except OverflowError:
            raise _unusable("geometry: a coordinate is too large") from None
        return None
    return [_walk(part, positions, depth + 1) for part in value]


def _filled(shape: Any, positions: Any) -> Any:
    return list(next(positions)) if shape is None else [_filled(part, positions) for part in shape]


def _refuse_depth(document: Any) -> None:
    """Raise Problem 400 when the document nests deeper than any feature does."""
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise bad_request(f"the body nests deeper than {MAX_DEPTH} levels")


def _unusable(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
