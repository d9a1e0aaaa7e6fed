"""The search page: everything that can be found, in pages with filters by kind; works without JavaScript."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.http import HttpRequest, HttpResponse
from django.urls import reverse as address_of
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from geoplatform.access import ANONYMOUS, Principal, Unauthorized, principal_of
from geoplatform.places import geocode, reverse
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import render_page
from geoplatform.search import request as asked
from geoplatform.search import service, shown, wishes
from geoplatform.search.request import BadRequest, Request
from geoplatform.search.service import Answer

logger = logging.getLogger(__name__)

#: Pages that are linked beside the current one.
_NEIGHBOURS = 2


@dataclass(frozen=True)
class Link:
    """A link of the page; `current` when it leads to what is shown."""

    title: str
    href: str
    count: int = 0
    current: bool = False


def _reads_search(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 503 when the data can't be read."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except (psycopg.Error, PoolTimeout):
            logger.exception("search can't read the data")
            return error_page(request, 503)

    return require_safe(wrapped)


@_reads_search
def search(request: HttpRequest) -> HttpResponse:
    """Show the search page; without words, only the form."""
    try:
        principal = principal_of(request.META)
    except Unauthorized:
        return error_page(request, 403)
    language = get_language() or "uk"
    try:
        wanted = asked.parse((name, value) for name, values in request.GET.lists() for value in values)
    except BadRequest as error:
        context = {
            "words": request.GET.get("q", "")[: asked.MAX_LENGTH].replace("\0", ""),
            "fault": error.message.in_language(language),
        }
        return _page(request, principal, context, 400)
    context: dict[str, Any] = {"words": wanted.q, "kinds": wanted.kinds, "collections": wanted.collections}
    if wanted.q:
        context |= _results(wanted, principal, language)
    return _page(request, principal, context, 200)


def _page(request: HttpRequest, principal: Principal, context: dict[str, Any], status: int) -> HttpResponse:
    response = render_page(request, "portal/search.html", context, status=status)
    if principal is not ANONYMOUS:
        response["Cache-Control"] = "private, no-store"
    response["Vary"] = "Cookie, Authorization"
    return response


def _results(wanted: Request, principal: Principal, language: str) -> dict[str, Any]:
    wish = wishes.read(wanted.q, wishes.published())
    # «найближча відкрита аптека»: the pharmacies themselves are found by their own word
    found = service.search(replace(wanted, q=wish.words) if wish else wanted, principal)
    items = [
        {
            "title": hit.title.in_language(language),
            "href": shown.path(hit.url, language),
            "kind": shown.titled(found.titles.kinds, hit.kind, language),
            "subtitle": hit.subtitle.in_language(language),
            "passage": shown.passage(hit, found, language).parts(),
            "is_demo": hit.is_demo,
        }
        for hit in found.hits.items
    ]
    total = found.hits.total + (found.place is not None)
    return {
        "found": found,
        "wish": _wish(wish, language) if wish else None,
        "total": total,
        "items": items,
        "place": _place(found, principal, language),
        "kind_links": _kind_links(wanted, found, language),
        "pages": _pages(wanted, found.hits.total),
        "demonstration": any(hit.is_demo for hit in found.hits.items),
        "near_names": _near_names(wanted, principal, language) if not total else [],
    }


def _wish(wish: wishes.Wish, language: str) -> dict[str, Any]:
    """Return what is shown of a wish for the nearest or open places of a kind: where the map answers it."""
    return {
        "title": wish.title(language),
        "href": shown.path(wish.address(), language),
        "place": wish.place,
        "fields": wish.pairs(),
    }


def _place(found: Answer, principal: Principal, language: str) -> dict[str, str] | None:
    """Return what is shown of coordinates that were typed."""
    if found.place is None:
        return None
    lon, lat = found.place
    return {
        "title": f"{lat:.5f}, {lon:.5f}",
        "href": shown.path(geocode.map_url(lon, lat), language),
        "where": reverse.reverse(lon, lat, principal).text(language),
    }


def _kind_links(wanted: Request, found: Answer, language: str) -> list[Link]:
    """Return the filters by kind, everything first; none when there is only one kind."""
    counts = shown.facets(found, language)["kind"]
    if len(counts) < 2:
        return []
    everything = Link(_("Everything"), _address(wanted, kinds=()), sum(item["count"] for item in counts), not wanted.kinds)
    return [
        everything,
        *(
            Link(item["title"], _address(wanted, kinds=(item["value"],)), item["count"], wanted.kinds == (item["value"],))
            for item in counts
        ),
    ]


def _pages(wanted: Request, total: int) -> dict[str, Any] | None:
    """Return links to the pages about the current one; None when there is only one page."""
    last = min(-(-total // wanted.limit), asked.MAX_OFFSET // wanted.limit + 1)
    if last < 2:
        return None
    current = wanted.offset // wanted.limit + 1
    near = sorted({1, last, *range(max(1, current - _NEIGHBOURS), min(last, current + _NEIGHBOURS) + 1)})

    def link(number: int) -> Link:
        return Link(str(number), _address(wanted, offset=(number - 1) * wanted.limit), current=number == current)

    numbered: list[Link | None] = []
    for before, number in zip([0, *near], near, strict=False):
        numbered += [None, link(number)] if number > before + 1 else [link(number)]
    return {
        "links": numbered,
        "previous": link(current - 1).href if 1 < current <= last else None,
        "next": link(current + 1).href if current < last else None,
    }


def _near_names(wanted: Request, principal: Principal, language: str) -> list[Link]:
    """Return names that may have been meant when nothing was found: those that begin as the words do."""
    for length in range(len(wanted.q), max(2, len(wanted.q) - 6), -1):
        found = service.suggest(wanted.q[:length], principal, limit=5)
        if found:
            titles = dict.fromkeys(item.title.in_language(language) for item in found)
            return [Link(title, _address(Request(q=title))) for title in titles]
    return []


def _address(wanted: Request, **changes: Any) -> str:
    """Return this page's address for `wanted` with `changes`; another filter begins at the first page."""
    values = {"kinds": wanted.kinds, "offset": 0, **changes}
    pairs = [("q", wanted.q), *(("kind", kind) for kind in values["kinds"])]
    pairs += [("collection", name) for name in wanted.collections]
    if wanted.bbox:
        pairs.append(("bbox", ",".join(f"{number:g}" for number in wanted.bbox)))
    pairs += [(name, day.isoformat()) for name, day in (("from", wanted.since), ("to", wanted.until)) if day]
    if wanted.limit != asked.DEFAULT_LIMIT:
        pairs.append(("limit", str(wanted.limit)))
    if values["offset"]:
        pairs.append(("offset", str(values["offset"])))
    return f"{address_of('portal:search')}?{urlencode(pairs)}"
