"""Answers for features: pages of a collection and single ones, as GeoJSON straight from PostGIS or as HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from geoplatform import database
from geoplatform.serving import features, pages, parameters, texts
from geoplatform.serving.context import GEOJSON, HTML, Answer, Context
from geoplatform.serving.crs import CRS84, Crs, named
from geoplatform.serving.features import Page
from geoplatform.serving.parameters import ItemsQuery
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.publication import ServedLayer


def collection_items(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/items`."""
    layer = context.layer(layer_id)
    query = parameters.items_query(layer, context.given)
    format_ = context.format()
    headers = {**context.caching(layer.tag), **_content_crs(layer, query.crs)}
    with database.pool(context.level).connection() as conn:
        found = features.page(conn, layer, query)
    links = _page_links(context, layer, query, found, format_)
    if format_ == "html":
        return Answer(_items_html(context, layer, query, found, links), HTML, headers=headers)
    counts: dict[str, Any] = {} if found.matched is None else {"numberMatched": found.matched}
    counts |= {"numberReturned": found.returned, "timeStamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "links": links}
    head = orjson.dumps({"type": "FeatureCollection", **counts})
    # PostGIS wrote the features; they are put in before the closing brace as they are
    body = b"".join([head[:-1], b',"features":[', found.features.encode(), b"]}"])
    return Answer(body, GEOJSON, headers=headers)


def collection_item(context: Context, layer_id: str, feature_id: str) -> Answer:
    """Answer `/collections/{id}/items/{featureId}`."""
    layer = context.layer(layer_id)
    context.only("crs")
    crs = named(context.given["crs"], "crs") if "crs" in context.given else CRS84
    format_ = context.format()
    headers = {**context.caching(layer.tag), **_content_crs(layer, crs)}
    text = None
    if "\0" not in feature_id:
        with database.pool(context.level).connection() as conn:
            text = features.item(conn, layer, feature_id, crs)
    if text is None:
        raise not_found(f"there is no feature {shortened(feature_id)} in {layer.id}")
    links = _item_links(context, layer, feature_id, format_)
    if format_ == "html":
        return Answer(_item_html(context, layer, orjson.loads(text), links), HTML, headers=headers)
    body = b"".join([text[:-1].encode(), b',"links":', orjson.dumps(links), b"}"])
    return Answer(body, GEOJSON, headers=headers)


def _content_crs(layer: ServedLayer, crs: Crs) -> dict[str, str]:
    return {"Content-Crs": f"<{crs.uri}>"} if layer.has_geometry else {}


def _page_links(context: Context, layer: ServedLayer, query: ItemsQuery, found: Page, format_: str) -> list[dict[str, str]]:
    address = f"{context.base}/collections/{layer.id}/items"
    given = {name: value for name, value in context.given.items() if name != "f"}

    def link(rel: str, title: str, as_: str, change: dict[str, str], *leave: str) -> dict[str, str]:
        values = {name: value for name, value in given.items() if name not in leave} | change | {"f": as_}
        return {
            "rel": rel,
            "type": GEOJSON if as_ == "json" else "text/html",
            "title": texts.link_title(title, context.language),
            "href": f"{address}?{urlencode(values, quote_via=quote, safe=',:/')}",
        }

    links = [
        link("self" if format_ == "json" else "alternate", "This document as GeoJSON", "json", {}),
        link("self" if format_ == "html" else "alternate", "This document as HTML", "html", {}),
    ]
    if found.more:
        if found.last_id is not None:
            links.append(link("next", "Next page", format_, {"after": parameters.cursor(found.last_id)}, "offset"))
        else:
            links.append(link("next", "Next page", format_, {"offset": str(query.offset + query.limit)}))
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
            "type": GEOJSON if as_ == "json" else "text/html",
            "title": texts.link_title(title, context.language),
            "href": f"{address}?f={as_}",
        }
        for as_, title in (("json", "This document as GeoJSON"), ("html", "This document as HTML"))
    ] + [_collection_link(context, layer)]


def _collection_link(context: Context, layer: ServedLayer) -> dict[str, str]:
    title = layer.definition.title.in_language(context.language)
    return {"rel": "collection", "type": "application/json", "title": title, "href": f"{context.base}/collections/{layer.id}"}


def _items_html(context: Context, layer: ServedLayer, query: ItemsQuery, found: Page, links: list[dict[str, str]]) -> bytes:
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
