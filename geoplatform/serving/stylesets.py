"""Answers of OGC API Styles: each layer's style as MapLibre and as SLD, at the collection and at the root, with metadata."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from geoplatform.publishing import sld
from geoplatform.serving import texts, tilesets
from geoplatform.serving.context import ROOT, Answer, Context, json_answer
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.publication import ServedLayer

#: The only style of a collection.
DEFAULT = "default"
MAPLIBRE = "application/vnd.mapbox.style+json"


def style_list(context: Context) -> Answer:
    """Answer `/styles`: a style for each layer that is drawn, called by its id."""
    context.only()
    context.format("json")
    headers = context.caching(context.publication.tag)
    drawn = [layer for layer in context.publication.layers.values() if layer.has_geometry]
    listed = [_entry(context, layer, layer.id, f"{context.base}/styles/{layer.id}") for layer in drawn]
    return json_answer({"styles": listed, "links": [_link(context, "self", f"{context.base}/styles?f=json")]}, headers=headers)


def collection_styles(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/styles`."""
    layer = tilesets.drawn(context, layer_id)
    context.only()
    context.format("json")
    headers = context.caching(layer.tag)
    address = f"{context.base}/collections/{layer.id}/styles"
    listed = [_entry(context, layer, DEFAULT, f"{address}/{DEFAULT}")]
    links = [_link(context, "self", f"{address}?f=json")]
    return json_answer({"default": DEFAULT, "styles": listed, "links": links}, headers=headers)


def style(context: Context, style_id: str) -> Answer:
    """Answer `/styles/{styleId}`."""
    return _style(context, _styled(context, style_id))


def collection_style(context: Context, layer_id: str, style_id: str) -> Answer:
    """Answer `/collections/{id}/styles/{styleId}`."""
    return _style(context, _of_collection(context, layer_id, style_id))


def metadata(context: Context, style_id: str) -> Answer:
    """Answer `/styles/{styleId}/metadata`."""
    return _metadata(context, _styled(context, style_id), style_id, f"{context.base}/styles/{style_id}")


def collection_style_metadata(context: Context, layer_id: str, style_id: str) -> Answer:
    """Answer `/collections/{id}/styles/{styleId}/metadata`."""
    layer = _of_collection(context, layer_id, style_id)
    return _metadata(context, layer, style_id, f"{context.base}/collections/{layer.id}/styles/{style_id}")


def _styled(context: Context, style_id: str) -> ServedLayer:
    layer = context.publication.layers.get(style_id)
    if layer is None or not layer.has_geometry:
        raise not_found(f"there is no style {shortened(style_id)}")
    return layer


def _of_collection(context: Context, layer_id: str, style_id: str) -> ServedLayer:
    layer = tilesets.drawn(context, layer_id)
    if style_id != DEFAULT:
        raise not_found(f"{layer.id} has no style {shortened(style_id)}; it has {DEFAULT}")
    return layer


def _style(context: Context, layer: ServedLayer) -> Answer:
    context.only("v")
    format_ = context.format("mbs", "sld11")
    headers = context.caching(layer.tag)
    if format_ == "sld11":
        body = sld.sld(layer.definition, layer.layer.vocabularies, context.language)
        return Answer(body, sld.MEDIA_TYPE, headers=headers)
    return json_answer(tilesets.maplibre(context, layer), MAPLIBRE, headers)


def _metadata(context: Context, layer: ServedLayer, style_id: str, address: str) -> Answer:
    context.only()
    context.format("json")
    headers = context.caching(layer.tag)
    definition, language = layer.definition, context.language
    document: dict[str, Any] = {
        "id": style_id,
        "title": definition.title.in_language(language),
        "description": definition.description.in_language(language),
        "keywords": [keyword.in_language(language) for keyword in definition.keywords],
        "license": definition.licence,
        "attribution": definition.attribution.in_language(language),
        "scope": "style",
        "stylesheets": [
            {"title": "MapLibre", "version": "8", "native": True, "link": _sheet(context, address, "mbs", MAPLIBRE)},
            {"title": "SLD", "version": "1.1.0", "native": False, "link": _sheet(context, address, "sld11", sld.MEDIA_TYPE)},
        ],
        "layers": [
            {
                "id": layer.id,
                "type": {"line": "line", "polygon": "polygon"}.get(definition.geometry, "point"),
                "sampleData": _link(context, "data", f"{context.base}/collections/{layer.id}"),
            }
        ],
        "links": [_link(context, "self", f"{address}/metadata?f=json"), _legend(context, layer)],
    }
    if layer.layer.changed_at is not None:
        document["updated"] = layer.layer.changed_at.isoformat()
    return json_answer(document, headers=headers)


def _entry(context: Context, layer: ServedLayer, style_id: str, address: str) -> dict[str, Any]:
    return {
        "id": style_id,
        "title": layer.definition.title.in_language(context.language),
        "links": [
            _sheet(context, address, "mbs", MAPLIBRE),
            _sheet(context, address, "sld11", sld.MEDIA_TYPE),
            _link(context, "describedby", f"{address}/metadata?f=json"),
            _legend(context, layer),
        ],
    }


def _sheet(context: Context, address: str, format_: str, media_type: str) -> dict[str, str]:
    title = "Map style (MapLibre)" if format_ == "mbs" else "Map style (SLD 1.1)"
    return {
        "rel": "stylesheet",
        "type": media_type,
        "title": texts.link_title(title, context.language),
        "href": f"{address}?f={format_}&lang={context.language}",
    }


def _legend(context: Context, layer: ServedLayer) -> dict[str, str]:
    """Return the link to the legend as a picture, which the WMS draws."""
    query = {"service": "WMS", "version": "1.3.0", "request": "GetLegendGraphic", "format": "image/png", "layer": layer.id}
    site = context.base.rsplit("/", 1)[0]
    prefix = "/en" if context.language == "en" else ""
    return {
        "rel": "http://www.opengis.net/def/rel/ogc/1.0/legend",
        "type": "image/png",
        "title": texts.link_title("Legend", context.language),
        "href": f"{site}{prefix}/wms?{urlencode(query)}",
    }


def _link(context: Context, rel: str, href: str) -> dict[str, str]:
    title = texts.link_title("This document as JSON" if rel == "self" else "Metadata", context.language)
    return {"rel": rel, "type": "application/json", "title": title, "href": href}


ROUTES = [
    (f"{ROOT}/styles", style_list),
    (f"{ROOT}/styles/<style_id>", style),
    (f"{ROOT}/styles/<style_id>/metadata", metadata),
    (f"{ROOT}/collections/<layer_id>/styles", collection_styles),
    (f"{ROOT}/collections/<layer_id>/styles/<style_id>", collection_style),
    (f"{ROOT}/collections/<layer_id>/styles/<style_id>/metadata", collection_style_metadata),
]
