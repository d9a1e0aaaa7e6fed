"""Answers of `/api/search` and `/api/places`: search, suggestions while one types, geocoding both ways."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from geoplatform import config
from geoplatform.places import geocode as geocoding
from geoplatform.places import reverse as reversing
from geoplatform.places.geocode import Place
from geoplatform.places.reverse import Near, Where
from geoplatform.search import request as asked
from geoplatform.search import service, shown, wishes
from geoplatform.search.document import KINDS
from geoplatform.search.request import BadRequest
from geoplatform.serving.context import Answer, Context, json_answer
from geoplatform.serving.problems import bad_request

#: What was just typed by one is typed by others as well; the index follows a change within seconds anyway.
_SHORTLY = 5


def _said(handler: Callable[[Context], Answer]) -> Callable[[Context], Answer]:
    """Turn a parameter that makes no sense into a 400 in the reader's language."""

    @wraps(handler)
    def answered(context: Context) -> Answer:
        try:
            return handler(context)
        except BadRequest as error:
            raise bad_request(f"{error.parameter}: {error.message.in_language(context.language)}") from None

    return answered


@_said
def search(context: Context) -> Answer:
    """Answer `/api/search`."""
    _only(context, *asked.PARAMETERS)
    request = asked.parse(context.request.args.items(multi=True))
    found = service.search(request, context.principal)
    language = context.language
    items = [shown.item(hit, found, language) for hit in found.hits.items]
    total = found.hits.total
    if found.place is not None:
        if not request.offset and _wants_coordinates(request):
            items.insert(0, _coordinates(context, found.place))
        total += int(_wants_coordinates(request))
    document = {
        "total": total,
        "limit": request.limit,
        "offset": request.offset,
        "way": found.way,
        "meant": found.meant or None,
        "facets": shown.facets(found, language),
        "items": items,
    }
    return json_answer(document, headers=_headers(context))


@_said
def suggest(context: Context) -> Answer:
    """Answer `/api/search/suggest`."""
    context.only("q")
    text = context.given.get("q", "")
    asked.text(text, "q")
    found = service.suggest(text, context.principal)
    named = service.titles(context.principal).kinds if found else KINDS
    wished = [shown.wish(wish, context.language) for wish in wishes.begun(text, wishes.published())]
    document = {"items": [*wished, *(shown.suggestion(item, named, context.language) for item in found)][: service.SUGGESTIONS]}
    return json_answer(document, headers=_headers(context))


@_said
def geocode(context: Context) -> Answer:
    """Answer `/api/places/geocode`."""
    context.only("q", "interpolate", "limit")
    text = asked.text(context.given.get("q", ""), "q")
    if not text:
        raise BadRequest("q", "порожньо; напишіть адресу", "is empty; give an address")
    interpolate = context.given.get("interpolate", "false")
    if interpolate not in ("true", "false"):
        raise BadRequest("interpolate", "має бути true або false", "is neither true nor false")
    limit = asked.parse([("limit", context.given.get("limit", "10"))]).limit
    found = geocoding.geocode(text, context.principal, interpolate=interpolate == "true", limit=limit)
    features = [_feature(place, context.language) for place in found]
    return json_answer({"type": "FeatureCollection", "features": features}, "application/geo+json", _headers(context))


@_said
def reverse(context: Context) -> Answer:
    """Answer `/api/places/reverse`."""
    context.only("lon", "lat")
    lon, lat = (asked.number(context.given.get(name, "")[:40], name) for name in ("lon", "lat"))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadRequest("lon", "точка поза Землею", "the point is off the globe")
    found = reversing.reverse(lon, lat, context.principal)
    return json_answer(_where(found, context.language), headers=_headers(context))


def _only(context: Context, *known: str) -> None:
    """Raise BadRequest for a parameter that is not `known`; kinds and collections may be given several times."""
    for name in context.request.args:
        if name not in (*known, "f", "lang"):
            raise BadRequest(name[:40], "тут немає такого параметра", f"there is no such parameter; known are {', '.join(known)}")


def _headers(context: Context) -> dict[str, str]:
    scope = "public" if context.principal.anonymous else "private"
    return {"Cache-Control": f"{scope}, max-age={_SHORTLY}", "Vary": "Accept-Language, Authorization, Cookie"}


def _wants_coordinates(request: asked.Request) -> bool:
    return not request.kinds or "coordinates" in request.kinds


def _coordinates(context: Context, place: tuple[float, float]) -> dict[str, Any]:
    lon, lat = place
    language = context.language
    return {
        "id": f"coordinates/{lat:.6f},{lon:.6f}",
        "kind": "coordinates",
        "collection": "coordinates",
        "url": config.load().site_url + shown.path(geocoding.map_url(lon, lat), language),
        "title": f"{lat:.5f}, {lon:.5f}",
        "subtitle": reversing.reverse(lon, lat, context.principal).text(language),
        "snippet": "",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "score": 1.0,
        "is_demo": False,
    }


def _feature(place: Place, language: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{place.collection}/{place.id}" if place.id else None,
        "geometry": None if place.lon is None else {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {
            "precision": place.precision,
            "title": place.title.in_language(language),
            "subtitle": place.subtitle.in_language(language),
            "former_name": place.former or None,
            "notes": [note.in_language(language) for note in place.notes],
            "url": config.load().site_url + shown.path(place.url, language),
            "is_demo": place.is_demo,
        },
    }


def _where(found: Where, language: str) -> dict[str, Any]:
    def near(item: Near | None) -> dict[str, Any] | None:
        if item is None:
            return None
        return {
            "id": f"{item.layer}/{item.id}",
            "name": item.name.in_language(language),
            "metres": round(item.metres),
            "is_demo": item.is_demo,
        }

    parts = {name: near(getattr(found, name)) for name in ("address", "street", "district", "settlement", "hromada", "raion")}
    return {"lon": found.lon, "lat": found.lat, "text": found.text(language), **parts}


ROUTES: list[tuple[str, Callable[..., Answer]]] = [
    ("/api/search", search),
    ("/api/search/suggest", suggest),
    ("/api/places/geocode", geocode),
    ("/api/places/reverse", reverse),
]
