"""Pages of the public map: the map with its list, a feature's page, and the fragments that the client asks for."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg import Connection
from psycopg_pool import PoolTimeout

from geoplatform import database
from geoplatform.facilities import entrances, statements
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import page_context, render_page
from geoplatform.publicmap import answer, card, conditions, current, origins, pictures, presentation, profiles, whereabouts
from geoplatform.publicmap.asof import AsOf, read_asof
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.past import layers_at
from geoplatform.publicmap.past_notices import notices_of_the_past
from geoplatform.publicmap.query import Notice, Query, parse

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]


def reads_data(view: View) -> View:
    """Like `with_data`, for a page that is only read."""
    return require_safe(with_data(view))


def with_data(view: View) -> View:
    """Give `view` a connection of the public role after the request; when the data can't be read, say so with 503.

    All that the view reads is of one moment, so that list, map and summary can't tell of different states. The request says in
    `measured_from` (`origins.Asked`) from where the reader measures; that is found out before a connection is held.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            request.measured_from = origins.find(request)
            with database.pool("public").connection() as conn, conn.transaction():
                conn.execute("set transaction isolation level repeatable read, read only")
                return view(request, conn, *args, **kwargs)
        except (psycopg.Error, PoolTimeout):
            logger.exception("the public map can't read the data")
            return error_page(request, 503)

    return wrapped


@reads_data
def public_map(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show the map page: the whole state is in the address, and the list is there without JavaScript."""
    context, status = _results(request, conn)
    query: Query = context["query"]
    if query.place:
        opened = _card(conn, context["available"], *query.place, query.asof)
        if opened is not None:
            where = whereabouts.of(context["answer"].conditions, context["available"], opened)
            context |= presentation.card_context(opened, where, query)
            context |= profiles.card_context(conn, query.profile, opened.layer, opened.id, context["available"])
        else:
            lost = _no_place(query.asof) if query.asof else _("This place is no longer in the data.")
            context["notices"].append(Notice("warning", lost))
    context["client"] = presentation.client_settings(context["available"], context["answer"])
    return render_page(request, "publicmap/map.html", context, status=status)


@reads_data
def results(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Return what the page shows after a change of the query: the list as HTML, and for the map what to draw."""
    context, status = _results(request, conn)
    context |= page_context(request)
    found: answer.Answer = context["answer"]
    document = {
        "address": context["query"].address(),
        "instead": context["query"].address() or "?" if context["wished"] else None,
        "summary": context["summary"],
        "chosen": _("%(chosen)s of %(all)s") % {"chosen": len(context["query"].layers), "all": len(context["available"])},
        "html": render_to_string("publicmap/results.html", context),
        "categories": render_to_string("publicmap/categories.html", context),
        "filters": render_to_string("publicmap/filters.html", context) + render_to_string("publicmap/time.html", context),
        "layers": list(context["query"].layers),
        "fids": answer.feature_ids(conn, context["query"], context["available"], found.conditions),
        # what lies about a device must not get into the tiles' addresses
        "private": bool(context["query"].near and context["query"].near.private),
        "catchment": presentation.catchment(conn, found),
        "bounds": found.bounds,
        "demonstration": bool(found.demo),
        "published": presentation.client_layers(context["available"]),
    }
    return _kept_by_nobody(request, JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False}))


@reads_data
def feature(request: HttpRequest, conn: Connection, layer: str, feature: str) -> HttpResponse:
    """Show one feature's page, as of the moment that the address may name."""
    notices: list[Notice] = []
    available, then = layers_asked(request, conn, notices)
    if notices:
        return error_page(request, 400, notices[0].message)
    opened = _card(conn, available, layer, feature, then)
    if opened is None:
        return error_page(request, 404, _no_place(then))
    query, _ignored = parse(request.GET, available, origin=request.measured_from.origin)
    where = whereabouts.of(Conditions(conn, query, None), available, opened)
    context = presentation.card_context(opened, where, query) | {
        "demonstration": opened.is_demo,
        "sources": presentation.sources([opened.layer]),
    }
    context |= profiles.card_context(conn, request.GET.get("profile", ""), opened.layer, opened.id, available)
    return render_page(request, "publicmap/feature.html", context)


@reads_data
def card_fragment(request: HttpRequest, conn: Connection, layer: str, feature: str) -> HttpResponse:
    """Return one feature's card as a fragment of HTML for the map."""
    available, then = layers_asked(request, conn, [])
    opened = _card(conn, available, layer, feature, then)
    if opened is None:
        lost = _no_place(then) if then else _("This place is no longer in the data.")
        return HttpResponse(lost, status=404, content_type="text/plain; charset=utf-8")
    query, _ignored = parse(request.GET, available, origin=request.measured_from.origin)
    where = whereabouts.of(_conditions(conn, query, available), available, opened)
    context = presentation.card_context(opened, where, query) | {"on_map": True}
    context |= profiles.card_context(conn, request.GET.get("profile", ""), opened.layer, opened.id, available)
    return _kept_by_nobody(request, HttpResponse(render_to_string("publicmap/card.html", page_context(request) | context)))


def _conditions(conn: Connection, query: Query, available: list[PublishedLayer]) -> Conditions:
    """Return the query with its ways on foot as the list beside a card measures them."""
    try:
        return conditions.resolve(conn, query, available) if query.walk else Conditions(conn, query, None)
    except conditions.AreaMissing:  # the list leaves that out too
        return conditions.resolve(conn, replace(query, area=None), available)


def _kept_by_nobody(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return `response` marked so that what was measured from the reader’s own position is kept nowhere."""
    origin = request.measured_from.origin
    response["Cache-Control"] = "no-store" if origin and origin.private else "no-cache"
    response["Vary"] = origins.HEADER
    return response


def layers_asked(request: HttpRequest, conn: Connection, notices: list[Notice]) -> tuple[list[PublishedLayer], AsOf | None]:
    """Return the layers that everybody may see, as they were at the moment that the address names, and that moment."""
    available = current.layers(conn)
    then = read_asof(request.GET.getlist("asof"), datetime.now(UTC), notices)
    return (layers_at(conn, available, then.at) if then else available), then


def _no_place(then: AsOf | None) -> str:
    if then:
        return _("On %(moment)s this place was not in the data.") % {"moment": then.in_words()}
    return _("There is no such place in the data: it may have been closed, moved or renamed.")


def _card(
    conn: Connection, available: list[PublishedLayer], layer_id: str, feature_id: str, then: AsOf | None = None
) -> card.Card | None:
    layer = next((layer for layer in available if layer.id == layer_id), None)
    if layer is None or "\x00" in feature_id or len(feature_id) > 500:
        return None
    values = answer.feature(conn, layer, feature_id)
    if not values:
        return None
    now = then.clock(datetime.now(UTC)) if then else datetime.now(UTC)
    told = statements.of_places(conn, available, [(layer, values["id"])], now)
    found = entrances.read(conn, available, [values["id"]]) if layer.id == entrances.SHELTERS else []
    kinds = tuple((entrance, entrances.kind_title(available, entrance.kind)) for entrance in found)
    return replace(card.build(layer, values, now), told=told.get((layer.id, values["id"])), entrances=kinds)


def _results(request: HttpRequest, conn: Connection) -> tuple[dict[str, Any], int]:
    """Return the context that the page and its fragment share, and the status of the answer."""
    available, then = layers_asked(request, conn, [])
    asked: origins.Asked = request.measured_from
    query, notices = parse(request.GET, available, origin=asked.origin)
    notices = [*asked.notices, *notices, *(notices_of_the_past(conn, available, query) if then else ())]
    status = 400 if any(notice.level == "error" for notice in notices) else 200
    try:
        found = answer.run(conn, query, available)
    except conditions.AreaMissing:
        notices.append(Notice("warning", _("The area is no longer in the data; places everywhere are shown.")))
        query = replace(query, area=None, page=1)
        found = answer.run(conn, query, available)
    except answer.PageMissing as missing:
        notices.append(Notice("warning", _("The list ends at page %(last)d; it is shown.") % {"last": missing.last}))
        query, status = replace(query, page=missing.last), 404
        found = answer.run(conn, query, available)
    context = presentation.results_context(conn, available, found, notices, asked)
    context["pictures"] = pictures.published(conn)
    # the words were read as a wish: the address that they mean is another than the one that was asked
    context["wished"] = bool(request.GET.get("q", "").strip()) and not query.words
    return context, status
