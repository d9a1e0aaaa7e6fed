"""The page for a blackout, its data, and the service worker that keeps both on the phone."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg import Connection

from geoplatform import config
from geoplatform.facilities import offline
from geoplatform.portal import assets, facts
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current
from geoplatform.publicmap.views import reads_data

PAGE = "src/offline/offline.ts"
#: What the kept page runs and looks like; the map's own bundle is kept with the map.
SHELL = ("src/site/theme.ts", "src/site/site.ts", PAGE)
MAP, MAP_WORKER = "src/offline/ground.ts", "node_modules/maplibre-gl/src/source/worker.ts"
WORKER = "src/offline/worker.ts"


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the page. It needs no data itself: what it shows comes from `data`, or from what the phone has kept."""
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    settings = {
        "language": language,
        "page": reverse("facilities:offline"),
        "data": reverse("offline_data"),
        "place": reverse("publicmap:map"),
        "community": facts.municipality().bounds["community"],
        "map": sorted({*assets.closure(MAP), *assets.closure(MAP_WORKER)}),
        "words": words(),
    }
    return render_page(request, "facilities/offline.html", {"settings": settings})


@reads_data
def data(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer the document of the critical facilities as JSON; its ETag stays while its content does."""
    found = offline.document(conn, current.layers(conn), config.load())
    tag = f'"{found.tag}"'
    response = get_conditional_response(request, etag=tag) or HttpResponse(found.body, content_type="application/json")
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Answer the service worker: what it keeps, then the script itself. Another build is another script."""
    files = sorted({name for source in SHELL for name in assets.closure(source)} | {assets.emblem()})
    pages = {}
    for language in ("uk", "en"):
        with translation.override(language):
            pages[language] = reverse("facilities:offline")
    shell: dict[str, Any] = {"files": files, "pages": pages, "data": reverse("offline_data")}
    script = assets.text(WORKER)
    shell["version"] = hashlib.sha256((orjson.dumps(shell) + script.encode() + _texts()).strip()).hexdigest()[:16]
    response = HttpResponse(
        f"self.SHELL={orjson.dumps(shell).decode()};\n{script}", content_type="text/javascript; charset=utf-8"
    )
    response["Cache-Control"] = "no-cache"
    return response


def _texts() -> bytes:
    """Return what the kept pages say of their own, so that a new wording reaches the phones."""
    found = []
    for language in ("uk", "en"):
        with translation.override(language):
            found.append(words())
    return orjson.dumps([found, facts.municipality().model_dump(mode="json")])


def words() -> dict[str, str]:
    """Return the texts that the page's script shows."""
    return {
        "loading": _("Reading what this device has kept…"),
        "none": _("This device has not kept any data yet. Open this page once while you are connected."),
        "asof": _("Data as of {time} ({age} ago)."),
        "fresh": _("Compared with the server just now: nothing newer there."),
        "offline": _("There is no connection: this is the last that the device knows. It may have changed."),
        "old": _("These data are old. Ring before you go."),
        "updating": _("Asking the server…"),
        "failed": _("The server does not answer. What the device has kept is shown."),
        "again": _("Waiting for the server. Until it answers, this page stays."),
        "found": _("Places: {count}"),
        "more": _("Show more"),
        "nothing": _("Nothing was found."),
        "demo": _("demonstration data"),
        "unknown": _("The state is not known"),
        "ended": _("The state is not known now"),
        "own": _("as its source says"),
        "known": _("as of {time} ({age} ago)"),
        "stale": _("Told long ago, may have changed."),
        "toldBy": _("Told by: {source}."),
        "until": _("until {time}"),
        "openNow": _("open by its hours until {time}"),
        "opens": _("closed by its hours, opens {time}"),
        "closed": _("closed by its hours"),
        "hours": _("Hours: {hours}"),
        "call": _("Call {phone}"),
        "navigate": _("Open in the navigation app"),
        "entrances": _("Entrances"),
        "stepFree": _("step-free"),
        "steps": _("with steps"),
        "metres": _("{count} m"),
        "kilometres": _("{count} km"),
        "compass": _("north|north-east|east|south-east|south|south-west|west|north-west"),
        "direction": _("{distance} to the {direction}"),
        "locating": _("Finding where you are…"),
        "located": _("The nearest come first."),
        "denied": _("The device did not tell where you are. Allow it in the browser's settings and try again."),
        "wheelchairYes": _("Accessible by wheelchair"),
        "wheelchairLimited": _("Partly accessible by wheelchair"),
        "wheelchairNo": _("Not accessible by wheelchair"),
        "minute": _("{count} min"),
        "hour": _("{count} h"),
        "day": _("{count} d"),
        "noData": _("no data yet – follow the official announcements"),
        "saveMap": _("Keep the map on this device ({size} MB)"),
        "savedMap": _("The map is kept on this device."),
        "saveFailed": _("The map could not be kept: there may be no room on the device."),
        "noMap": _("The map is not on this device. The list has the same places."),
        "map": _("Map of the places in the list. Move it with the arrow keys, zoom with plus and minus."),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "danger": _("Danger:"),
        "warning": _("Warning:"),
        "info": _("Notice:"),
    }
