"""Answers for vector tiles and styles: the list of tilesets, a tileset's metadata, TileJSON, tiles, MapLibre styles."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from geoplatform import config as configuration
from geoplatform import database
from geoplatform.publishing import styles
from geoplatform.serving import pages, parameters, stored, texts, tiles
from geoplatform.serving.context import HTML, IMMUTABLE, REVALIDATE, Answer, Context, json_answer
from geoplatform.serving.problems import bad_request, not_found, shortened
from geoplatform.serving.publication import ServedLayer

_OGC = "http://www.opengis.net/def/rel/ogc/1.0"
_STYLE_TYPE = "application/vnd.mapbox.style+json"


def tileset_list(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/tiles`."""
    layer = drawn(context, layer_id)
    context.only()
    format_ = context.format()
    headers = context.caching(layer.tag)
    if format_ == "html":
        return Answer(_html(context, layer), HTML, headers=headers)
    return json_answer({"links": _links(context, layer, "tiles"), "tilesets": [_tileset(context, layer)]}, headers=headers)


def tileset(context: Context, layer_id: str, matrix_set: str) -> Answer:
    """Answer `/collections/{id}/tiles/{tileMatrixSetId}`, as tileset metadata or as TileJSON."""
    layer = drawn(context, layer_id)
    _known(matrix_set)
    context.only()
    format_ = context.format("json", "tilejson", "html")
    headers = context.caching(layer.tag)
    if format_ == "html":
        return Answer(_html(context, layer), HTML, headers=headers)
    if format_ == "tilejson":
        return json_answer(_tilejson(context, layer), headers=headers)
    return json_answer(_tileset(context, layer), headers=headers)


def tile(context: Context, layer_id: str, matrix_set: str, z: str, y: str, x: str) -> Answer:
    """Answer `/collections/{id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`.

    With the layer's present version as `v` the answer may be kept for ever: a new version has a new address.
    With `datetime` it shows what was true then, with `only` the features of these numbers and none of them left out.
    """
    layer = drawn(context, layer_id)
    _known(matrix_set)
    context.only("v", "datetime", "only")
    moment = parameters.state_at(layer, context.given["datetime"]) if "datetime" in context.given else None
    only = parameters.numbers(context.given["only"]) if "only" in context.given else None
    if context.given.get("f", "mvt") != "mvt":
        raise bad_request(f"f: {shortened(context.given['f'])} is not offered here; use mvt")
    zoom, row, column = tiles.address(z, y, x)
    lasting = context.given.get("v") == str(layer.version)
    headers = context.caching(layer.tag, IMMUTABLE if lasting else REVALIDATE)
    with database.pool(context.level).connection() as conn:
        body = tiles.tile(conn, layer, zoom, row, column, moment, only=only)
    if lasting and moment is None and only is None and context.principal.anonymous:
        stored.keep(configuration.load(), layer, zoom, row, column, body)
    return Answer(body, tiles.MEDIA_TYPE, HTTPStatus.OK if body else HTTPStatus.NO_CONTENT, headers)


def style(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/style`: a MapLibre style of the layer's vector tiles."""
    layer = drawn(context, layer_id)
    context.only("v")
    if context.given.get("f", "json") != "json":
        raise bad_request(f"f: {shortened(context.given['f'])} is not offered here; use json")
    headers = context.caching(layer.tag)
    return json_answer(maplibre(context, layer), _STYLE_TYPE, headers)


def maplibre(context: Context, layer: ServedLayer) -> dict[str, Any]:
    """Return the layer's MapLibre style."""
    return styles.maplibre(
        layer.definition,
        layer.layer.vocabularies,
        context.language,
        tiles=tile_address(context, layer),
        max_zoom=tiles.SOURCE_MAX_ZOOM,
        bounds=layer.layer.bbox,
    )


def tile_address(context: Context, layer: ServedLayer) -> str:
    """Return the address of the layer's tiles in their present version, with {z}, {y} and {x}."""
    address = f"{context.base}/collections/{layer.id}/tiles/{tiles.MATRIX_SET}"
    return f"{address}/{{z}}/{{y}}/{{x}}?f=mvt&v={layer.version}"


def drawn(context: Context, layer_id: str) -> ServedLayer:
    """Return the collection, which must have a geometry; raises Problem 404."""
    layer = context.layer(layer_id)
    if not layer.has_geometry:
        raise not_found(f"{layer.id} has no geometry, hence no tiles and no style")
    return layer


def _known(matrix_set: str) -> None:
    if matrix_set != tiles.MATRIX_SET:
        raise not_found(f"there are no tiles in {shortened(matrix_set)}; use {tiles.MATRIX_SET}")


def _links(context: Context, layer: ServedLayer, path: str) -> list[dict[str, str]]:
    address = f"{context.base}/collections/{layer.id}/{path}"
    return [
        _link(context, "self", "application/json", "This document as JSON", f"{address}?f=json"),
        _link(context, "alternate", "text/html", "This document as HTML", f"{address}?f=html"),
    ]


def _link(context: Context, rel: str, media_type: str, title: str, href: str, **more: Any) -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": texts.link_title(title, context.language), "href": href, **more}


def _tileset(context: Context, layer: ServedLayer) -> dict[str, Any]:
    """Return the tileset's metadata (OGC Two Dimensional Tile Matrix Set 2.0)."""
    address = f"{context.base}/collections/{layer.id}/tiles/{tiles.MATRIX_SET}"
    template = f"{address}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt&v={layer.version}"
    document: dict[str, Any] = {
        "title": layer.definition.title.in_language(context.language),
        "description": layer.definition.description.in_language(context.language),
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{tiles.MATRIX_SET}",
        "layers": [
            {
                "id": layer.id,
                "dataType": "vector",
                "geometryDimension": {"line": 1, "polygon": 2}.get(layer.definition.geometry, 0),
                "propertiesSchema": {"type": "object", "properties": {name: {"type": "string"} for name in _names(layer)}},
            }
        ],
        "links": [
            *_links(context, layer, f"tiles/{tiles.MATRIX_SET}"),
            _link(context, "item", tiles.MEDIA_TYPE, "Vector tiles", template, templated=True),
            _link(context, "describedby", "application/json", "TileJSON", f"{address}?f=tilejson"),
            _link(
                context,
                f"{_OGC}/tiling-scheme",
                "application/json",
                "Tile matrix set",
                f"{context.base}/TileMatrixSets/{tiles.MATRIX_SET}?f=json",
            ),
        ],
    }
    if layer.layer.bbox is not None:
        west, south, east, north = layer.layer.bbox
        document["boundingBox"] = {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        }
    return document


def _tilejson(context: Context, layer: ServedLayer) -> dict[str, Any]:
    """Return the layer's TileJSON 3.0."""
    fields = {name: pages.property_title(layer, name, context.language) for name in _names(layer) if name != "id"}
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.definition.title.in_language(context.language),
        "description": layer.definition.description.in_language(context.language),
        "attribution": layer.definition.attribution.in_language(context.language),
        "version": f"{layer.version}.0.0",
        "scheme": "xyz",
        "tiles": [tile_address(context, layer)],
        "minzoom": 0,
        "maxzoom": tiles.SOURCE_MAX_ZOOM,
        "vector_layers": [{"id": layer.id, "fields": {"id": "id", **fields}}],
    }
    if layer.layer.bbox is not None:
        document["bounds"] = list(layer.layer.bbox)
    return document


def _names(layer: ServedLayer) -> list[str]:
    return ["id", "is_demo", *tiles.attribute_names(layer)]


def _html(context: Context, layer: ServedLayer) -> bytes:
    title = layer.definition.title.in_language(context.language)
    return pages.render(
        context, "tiles.html", title=title, layer=layer, tileset=_tileset(context, layer), tiles=tile_address(context, layer)
    )
