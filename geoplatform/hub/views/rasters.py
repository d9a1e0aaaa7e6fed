"""The staff hub's pages of rasters: their dates, who sees them, who changed what; taking one out, opening it, removing it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from geonode.layers.models import Dataset
from psycopg import Connection
from psycopg.rows import dict_row

from geoplatform import config, database
from geoplatform.access import audit
from geoplatform.access.names import RASTER_STORE, WORKSPACE
from geoplatform.hub import authors, permitted
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.hub.views.publication import ACTIONS, LEVELS
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.rasters import files
from geoplatform.layers.rasters.definition import RasterDefinition, RasterError
from geoplatform.publishing import rasters
from geoplatform.publishing.drawable import dated_id

#: Lines of the audit log on the page.
LINES = 30
#: The longer side of a date's picture (pixels).
_PICTURE = 400
_PATIENCE = 10_000  # ms that a change waits for an image that is being taken in
_ROW = """
select r.id, r.definition, r.asked, r.publication, r.narrowed_to, r.version, r.changed_at, r.uploaded_by,
       array_agg(i.date order by i.date desc) filter (where i.date is not null) as dates
  from registry.raster r left join registry.raster_image i on i.raster = r.id
 where %(id)s::text is null or r.id = %(id)s group by r.id order by r.id
"""


def listed(conn: Connection) -> list[dict[str, Any]]:
    """Return what the list of layers shows of each raster. conn: of the owner role."""
    return [_shown(row) for row in _rows(conn, None)]


@require_GET
@staff_only
def raster(request: HttpRequest, raster: str) -> HttpResponse:
    """One raster: its dates with pictures, its services, who sees it and what was done with it."""
    permitted.require(request.user, raster, "view")
    with database.pool("owner").connection() as conn:
        shown = _one(conn, raster)
        images = _images(conn, raster)
        log = audit.read(conn, layer=raster, limit=LINES)
    names = authors.names({entry.actor for entry in log} | {shown["uploaded_by"] or "system"})
    dataset = Dataset.objects.filter(workspace=WORKSPACE, store=RASTER_STORE, name=raster).first()
    staff_see = "staff" in shown["reached"]
    context = {
        "row": shown,
        "images": [_image(raster, image, staff_see) for image in images],
        "age": (timezone.localdate() - shown["dates"][0]).days if shown["dates"] else None,
        "uploader": names[shown["uploaded_by"]] if shown["uploaded_by"] else None,
        "log": [{"at": e.at, "who": names[e.actor], "what": ACTIONS[e.action], "detail": e.detail} for e in log],
        "dataset": dataset,
        "services": _services(raster) if shown["reached"] else None,
        "download": reverse("dataset_download", args=[dataset.alternate])
        if dataset and staff_see and permitted.may(request.user, raster, "download")
        else None,
        "may_edit": _may_edit(request, shown),
        "levels": [(str(level), LEVELS[level]) for level in (*SERVED_LEVELS, Level.restricted)],
    }
    return render_hub_page(request, "hub/raster.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def level(request: HttpRequest, raster: str) -> HttpResponse:
    """Set who may see an uploaded raster; take any raster out of all services, after asking (`level=restricted`)."""
    shown = _editable(request, raster)
    if request.method != "POST":
        return render_hub_page(request, "hub/raster_ask.html", {"row": shown, "removes": False})
    wanted = request.POST.get("level")
    if wanted not in list(Level) or (wanted != Level.restricted and not shown["uploaded_by"]):
        return render_hub_page(request, "hub/raster_ask.html", {"row": shown, "removes": False}, status=400)
    with _patiently(request) as conn:
        held = rasters.open_to(conn, raster, Level(wanted), actor=f"account:{request.user.pk}")
        conn.commit()
        if held:
            messages.warning(request, _("Opening what was restricted needs the approval of two people; it waits for them."))
        elif wanted == Level.restricted:
            messages.success(request, _("The raster has been taken out of all services."))
        else:
            messages.success(request, _("It is seen now by: %(level)s.") % {"level": LEVELS[wanted]})
    return redirect("hub:raster", raster=raster)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def remove(request: HttpRequest, raster: str) -> HttpResponse:
    """Remove an uploaded raster with all its dates, after asking."""
    shown = _editable(request, raster)
    if not shown["uploaded_by"]:
        raise Http404(_("There is no such raster, or it is described in a file and not uploaded."))
    if request.method != "POST":
        return render_hub_page(request, "hub/raster_ask.html", {"row": shown, "removes": True})
    with _patiently(request) as conn:
        rasters.remove(conn, config.load(), raster, actor=f"account:{request.user.pk}")
        conn.commit()
        messages.success(request, _("The raster has been removed with all its dates."))
        return redirect("hub:layers")
    return redirect("hub:raster", raster=raster)


@contextlib.contextmanager
def _patiently(request: HttpRequest) -> Iterator[Connection]:
    """Give a connection of its own that waits only so long; tell the person when that was too long."""
    try:
        with psycopg.connect(config.load().dsn(), application_name="geoplatform-raster") as conn:
            conn.execute(f"set lock_timeout = {_PATIENCE}")
            yield conn
    except psycopg.errors.LockNotAvailable:
        messages.error(request, _("The raster is being changed; try again in a moment."))
    except RasterError:
        raise Http404(_("There is no such raster.")) from None


def _editable(request: HttpRequest, name: str) -> dict[str, Any]:
    """Return the raster; raises Http404, PermissionDenied."""
    permitted.require(request.user, name, "view")
    with database.pool("owner").connection() as conn:
        shown = _one(conn, name)
    if not _may_edit(request, shown):
        raise PermissionDenied
    return shown


def _may_edit(request: HttpRequest, shown: dict[str, Any]) -> bool:
    # of one that nobody sees no permission is known, but who uploaded it may go on
    return shown["uploaded_by"] == f"account:{request.user.pk}" or permitted.may(request.user, shown["id"], "edit")


def _rows(conn: Connection, name: str | None) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_ROW, {"id": name}).fetchall()


def _one(conn: Connection, name: str) -> dict[str, Any]:
    rows = _rows(conn, name)
    if not rows:
        raise Http404(_("There is no such raster."))
    return _shown(rows[0])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    definition = RasterDefinition.model_validate({**row["definition"], "publication": row["asked"]})
    reached = rasters.reached(Level(row["publication"]), row["narrowed_to"])
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    return {
        **row,
        "dates": row["dates"] or [],
        "title": definition.title.in_language(language),
        "description": definition.description.in_language(language),
        "licence": definition.licence,
        "owner": definition.owner.in_language(language),
        "reached": reached,
        # the widest level that sees it
        "level": reached[0] if reached else "restricted",
        "level_text": LEVELS[reached[0] if reached else "restricted"],
        "waits": Level(row["asked"]).rank < Level(row["publication"]).rank,
        "asked_text": LEVELS[row["asked"]],
        "narrowed_text": LEVELS[row["narrowed_to"]] if row["narrowed_to"] else None,
    }


def _images(conn: Connection, name: str) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select date, file, west, south, east, north, added_at from registry.raster_image where raster = %s"
            " order by date desc",
            [name],
        ).fetchall()


def _image(name: str, image: dict[str, Any], seen: bool) -> dict[str, Any]:
    """Return what the page shows of one date. seen: whether staff may see it; where a restricted image lies nobody is told."""
    path = files.directory(config.load()) / image["file"]
    box = [image[side] for side in ("west", "south", "east", "north")]
    return {
        **image,
        "box": box if seen else None,
        "size": path.stat().st_size if path.exists() else None,
        "picture": _picture(name, image["date"], box) if seen else None,
        "tiles": f"{config.load().site_url}/tiles/{dated_id(name, image['date'])}/{{z}}/{{x}}/{{y}}.png" if seen else None,
    }


def _picture(name: str, day: date, box: list[float]) -> dict[str, Any]:
    """Return the address of a picture of the whole image, drawn by the map service for whoever asks, and its size."""
    west, south, east, north = box
    wide, high = (east - west) or 1e-9, (north - south) or 1e-9
    # degrees of longitude are shorter up here
    shape = wide * math.cos(math.radians((south + north) / 2)) / high
    width, height = (_PICTURE, max(1, round(_PICTURE / shape))) if shape >= 1 else (max(1, round(_PICTURE * shape)), _PICTURE)
    query = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": dated_id(name, day), "STYLES": "", "CRS": "CRS:84",
        "BBOX": f"{west},{south},{east},{north}", "WIDTH": width, "HEIGHT": height, "FORMAT": "image/png", "TRANSPARENT": "TRUE",
    }  # fmt: skip
    return {"address": f"/wms?{urlencode(query, safe=',:/')}", "width": width, "height": height}


def _services(name: str) -> dict[str, str]:
    site = config.load().site_url
    return {
        "wms": f"{site}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetCapabilities",
        "wmts": f"{site}/wmts/1.0.0/WMTSCapabilities.xml",
        "xyz": f"{site}/tiles/{name}/{{z}}/{{x}}/{{y}}.png",
        "record": f"{site}/ogcapi/collections/catalogue/items/{name}?f=html",
    }
