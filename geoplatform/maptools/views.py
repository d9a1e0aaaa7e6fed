"""Pages and fragments of the map's tools. None of them opens a session or sets a cookie."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from psycopg import Connection

from geoplatform import config as configuration
from geoplatform.maptools import about, links, words
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import page_context, render_page
from geoplatform.portal.visitor import address_of
from geoplatform.publicmap import answer, current, pictures, presentation
from geoplatform.publicmap.photos import photos
from geoplatform.publicmap.query import parse
from geoplatform.publicmap.views import _results as results_context
from geoplatform.publicmap.views import reads_data

TOOLS = ("layers", "own", "draw", "share")
#: Pages of the list that a printed sheet holds: more than these nobody reads on paper.
PRINTED_PAGES = 8


@reads_data
def about_layer(request: HttpRequest, conn: Connection, layer: str) -> HttpResponse:
    """Show what there is to know of one layer: legend, source, licence, freshness, downloads; of a raster its dates."""
    available = current.layers(conn)
    found = next((item for item in available if item.id == layer), None)
    raster = None if found else next((item for item in pictures.published(conn) if item.id == layer), None)
    if raster:
        return render_page(request, "maptools/about_raster.html", {"about": pictures.about(conn, raster, available)})
    if found is None:
        return error_page(request, 404, _("There is no such layer, or it is no longer published."))
    context = {"about": about.about(found), "sources": presentation.sources([found])}
    return render_page(request, "maptools/about.html", context)


@reads_data
def tool(request: HttpRequest, conn: Connection, tool: str) -> HttpResponse:
    """Return a tool's panel as a fragment of HTML, with its words for the client."""
    if tool not in TOOLS:
        raise Http404
    context: dict[str, Any] = {"words": words.of(tool)}
    if tool == "layers":
        available = current.layers(conn)
        query, _notices = parse(request.GET, available)
        drawn = [layer for layer in available if layer.id in query.layers and layer.definition.geometry != "none"]
        context |= {
            "layers": [about.about(layer) for layer in drawn],
            "photos": photos(conn),
            "pictures": [pictures.about(conn, raster, available) for raster in pictures.published(conn)],
        }
    response = HttpResponse(render_to_string(f"maptools/{tool}.html", page_context(request) | context))
    response["Cache-Control"] = "no-cache"
    return response


@reads_data
def base_pictures(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Return the pictures that may lie below the map, as JSON."""
    response = JsonResponse(photos(conn), safe=False, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "no-cache"
    return response


@reads_data
def print_sheet(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show the present view as a sheet for the printer: map, scale, legend, sources and the list."""
    context, status = results_context(request, conn)
    query, found = context["query"], context["answer"]
    pages = [
        found if page == query.page else answer.run(conn, replace(query, page=page), context["available"])
        for page in range(1, min(found.pages, PRINTED_PAGES) + 1)
    ]
    listed = replace(found, items=[item for page in pages for item in page.items])
    drawn = [layer for layer in context["available"] if layer.id in context["query"].layers and layer.feature_count]
    context |= {
        "groups": presentation.groups(query, listed),
        "more": found.total - len(listed.items),
        "legends": [about.about(layer) for layer in drawn if layer.definition.geometry != "none"],
        "words": words.of("print"),
        "client": _client(conn, context),
        "back": reverse("publicmap:map") + context["query"].address(),
    }
    return render_page(request, "maptools/print.html", context, status=status)


@xframe_options_exempt
@reads_data
def embedded(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show the map alone, for other sites' frames: nothing on it needs an account, so a frame can't trick anybody."""
    context, status = results_context(request, conn)
    context["client"] = _client(conn, context)
    context["whole"] = reverse("publicmap:map") + context["query"].address()
    return render_page(request, "maptools/embed.html", context, status=status)


def _client(conn: Connection, context: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the map for a page of its own, with the features that the query found."""
    query, found = context["query"], context["answer"]
    fids = answer.feature_ids(conn, query, context["available"], found.conditions) if query.filtered else {}
    drawn = {"photos": photos(conn), "fids": fids, "catchment": presentation.catchment(conn, found)}
    return presentation.client_settings(context["available"], found) | drawn


@csrf_exempt
@require_POST
def make_link(request: HttpRequest) -> HttpResponse:
    """Make a short link to the view that the form's field `target` names, and tell its address.

    Nothing of the visitor's is used, so there is nothing that a foreign page could misuse: no token is asked for.
    """
    try:
        link = links.make(request.POST.get("target", ""), address_of(request))
    except links.LinkRefused as refused:
        status = {"often": 429, "long": 413, "foreign": 400}[refused.reason]
        return JsonResponse({"error": refused.reason}, status=status)
    path = reverse("short_link", args=[link.code])
    address = configuration.load().site_url + path
    return JsonResponse({"address": address, "picture": reverse("short_link_picture", args=[link.code])})


@require_safe
def follow_link(request: HttpRequest, code: str) -> HttpResponse:
    """Go where a short link leads, which is always a page of this map."""
    link = links.find(code)
    if link is None:
        return error_page(request, 404, _("There is no such short link. Links that nobody used for long are removed."))
    response = HttpResponseRedirect(link.target)
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def link_picture(request: HttpRequest, code: str) -> HttpResponse:
    """Return the short link as a QR code, black on white whatever the page's appearance, so that every camera reads it."""
    if links.find(code) is None:
        raise Http404
    picture = io.BytesIO()
    address = configuration.load().site_url + reverse("short_link", args=[code])
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False
    )
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=86400"
    return response
