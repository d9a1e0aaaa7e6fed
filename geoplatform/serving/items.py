"""Answers for features: pages of a collection and single ones, as GeoJSON or JSON-FG straight from PostGIS, or as HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from geoplatform import database
from geoplatform.layers import etag
from geoplatform.serving import downloads, features, pages, parameters, texts
from geoplatform.serving.context import GEOJSON, HTML, JSON_FG, REVALIDATE, Answer, Context
from geoplatform.serving.crs import CRS84
from geoplatform.serving.features import Page
from geoplatform.serving.parameters import ItemsQuery, Profile
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.publication import ServedLayer

#: Format -> media type and the title of links to it.
_FORMATS = {
    "json": (GEOJSON, "This document as GeoJSON"),
    "jsonfg": (JSON_FG, "This document as JSON-FG"),
    "html": ("text/html", "This document as HTML"),
}
_JSON_FG_CLASSES = ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"]


def collection_items(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/items`: a page, or in a format for taking away everything that matches."""
    layer = context.layer(layer_id)
    format_ = context.format(*_FORMATS, *downloads.FORMATS)
    query = parameters.items_query(layer, context.given, json_fg=format_ == "jsonfg")
    if format_ in downloads.FORMATS:
        return downloads.answer(context, layer, query, format_)
    headers = {**context.caching(layer.tag), **_content_crs(layer, query.profile)}
    with database.pool(context.level).connection() as conn:
        found = features.page(conn, layer, query)
    links = _page_links(context, layer, query, found, format_)
    if format_ == "html":
        return Answer(_items_html(context, layer, found, links), HTML, headers=headers)
    counts: dict[str, Any] = {} if found.matched is None else {"numberMatched": found.matched}
    counts |= {"numberReturned": found.returned, "timeStamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "links": links}
    head = orjson.dumps({"type": "FeatureCollection", **_json_fg(layer, query.profile), **counts})
    # PostGIS wrote the features; they are put in before the closing brace as they are
    body = b"".join([head[:-1], b',"features":[', found.features.encode(), b"]}"])
    return Answer(body, _FORMATS[format_][0], headers=headers)


def collection_item(context: Context, layer_id: str, feature_id: str) -> Answer:
    """Answer `/collections/{id}/items/{featureId}`; its ETag begins with the row's version, for a writer's If-Match."""
    layer = context.layer(layer_id)
    context.only("crs", "datetime", "geometry-precision", "profile", "properties", "skipGeometry")
    format_ = context.format(*_FORMATS)
    moment = parameters.moment(layer, context.given["datetime"]) if "datetime" in context.given else []
    profile = parameters.profile(layer, context.given, json_fg=format_ == "jsonfg", states=bool(moment))
    found = None
    if "\0" not in feature_id:
        with database.pool(context.level).connection() as conn:
            found = features.item(conn, layer, feature_id, profile, moment)
    if found is None:
        raise not_found(f"there is no feature {shortened(feature_id)} in {layer.id}")
    text, version = found
    # a past state has no version of its own, but may be cut off by a later one
    described = layer.tag if moment else layer.described
    headers = context.kept(etag.of(version, *context.varieties, described), REVALIDATE) | _content_crs(layer, profile)
    links = _item_links(context, layer, feature_id, format_)
    if format_ == "html":
        return Answer(_item_html(context, layer, orjson.loads(text), links), HTML, headers=headers)
    more = orjson.dumps({"links": links, **_json_fg(layer, profile)})
    return Answer(text[:-1].encode() + b"," + more[1:], _FORMATS[format_][0], headers=headers)


def _content_crs(layer: ServedLayer, profile: Profile) -> dict[str, str]:
    return {"Content-Crs": f"<{profile.crs.uri}>"} if layer.has_geometry else {}


def _json_fg(layer: ServedLayer, profile: Profile) -> dict[str, Any]:
    """Return the members that a JSON-FG document has besides those of GeoJSON."""
    if not profile.json_fg:
        return {}
    members: dict[str, Any] = {"conformsTo": _JSON_FG_CLASSES, "featureType": layer.id}
    if layer.has_geometry:
        members["geometryDimension"] = {"line": 1, "polygon": 2}.get(layer.definition.geometry, 0)
        if profile.crs is not CRS84:
            members["coordRefSys"] = profile.crs.uri
    return members


def _page_links(context: Context, layer: ServedLayer, query: ItemsQuery, found: Page, format_: str) -> list[dict[str, str]]:
    address = f"{context.base}/collections/{layer.id}/items"
    given = {name: value for name, value in context.given.items() if name != "f"}

    def link(rel: str, title: str, as_: str, change: dict[str, str], *leave: str) -> dict[str, str]:
        # a profile is one of JSON-FG's
        leave = leave if as_ == "jsonfg" else (*leave, "profile")
        values = {name: value for name, value in given.items() if name not in leave} | change | {"f": as_}
        return {
            "rel": rel,
            "type": _FORMATS[as_][0],
            "title": texts.link_title(title, context.language),
            "href": f"{address}?{urlencode(values, quote_via=quote, safe=',:/')}",
        }

    links = [link("self" if as_ == format_ else "alternate", title, as_, {}) for as_, (_, title) in _FORMATS.items()]
    if found.next is not None:
        links.append(link("next", "Next page", format_, {"after": found.next}, "offset"))
    if query.offset:
        links.append(link("prev", "Previous page", format_, {"offset": str(max(0, query.offset - query.limit))}))
    elif query.after is not None:
        links.append(link("first", "First page", format_, {}, "after"))
    return [*links, _collection_link(context, layer)]


def _item_links(context: Context, layer: ServedLayer, feature_id: str, format_: str) -> list[dict[str, str]]:
    address = f"{context.base}/collections/{layer.id}/items/{quote(feature_id, safe='')}"
    return [
        {
            "rel": "self" if as_ == format_ else "alternate",
            "type": media_type,
            "title": texts.link_title(title, context.language),
            "href": f"{address}?f={as_}",
        }
        for as_, (media_type, title) in _FORMATS.items()
    ] + [_collection_link(context, layer)]


def _collection_link(context: Context, layer: ServedLayer) -> dict[str, str]:
    title = layer.definition.title.in_language(context.language)
    return {"rel": "collection", "type": "application/json", "title": title, "href": f"{context.base}/collections/{layer.id}"}


def _items_html(context: Context, layer: ServedLayer, found: Page, links: list[dict[str, str]]) -> bytes:
    shown = orjson.loads(f"[{found.features}]")
    names = list(shown[0]["properties"])[:6] if shown else []
    by_rel = {link["rel"]: link["href"] for link in links}
    return pages.render(
        context,
        "items.html",
        title=layer.definition.title.in_language(context.language),
        layer=layer,
        features=shown,
        columns=[(name, pages.property_title(layer, name, context.language)) for name in names],
        matched=found.matched,
        next=by_rel.get("next"),
        previous=by_rel.get("prev") or by_rel.get("first"),
    )


def _item_html(context: Context, layer: ServedLayer, feature: dict[str, Any], links: list[dict[str, str]]) -> bytes:
    rows = [
        (pages.property_title(layer, name, context.language), pages.readable(layer, name, value, context.language))
        for name, value in feature["properties"].items()
    ]
    name = pages.feature_name(layer, feature, context.language)
    return pages.render(context, "item.html", title=name, layer=layer, feature=feature, rows=rows, links=links)
