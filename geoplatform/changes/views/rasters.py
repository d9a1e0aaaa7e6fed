"""Two pictures of the same ground side by side: two images with all that is told of them, and a swipe where scripts run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.changes import picturing, windows
from geoplatform.changes.picturing import NotThere, Offered, Pictures, Side
from geoplatform.changes.views.compare import swipe_words
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current, origins, parameters, picture_words, pictures, presentation
from geoplatform.publicmap.parameters import Notice
from geoplatform.publicmap.photos import photos
from geoplatform.publicmap.views import reads_data
from geoplatform.publishing import basemaps

#: How many times larger than on the page the picture is that is offered as a file.
_FILE = 4


@reads_data
def rasters(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show a raster beside another date of it, another raster, a layer or another map; 404 for what is not everybody's."""
    available, shown = current.layers(conn), pictures.published(conn)
    if not shown and not request.GET.get("raster"):
        return render_page(request, "changes/no_rasters.html")
    drawn = [layer for layer in available if layer.definition.geometry != "none" and layer.feature_count]
    external, _faults = basemaps.read(basemaps.directory())
    offered, measured = Offered(shown, drawn, list(external.values())), request.measured_from
    try:
        asked, notices = picturing.read(request.GET, offered, measured.origin)
    except NotThere:
        return error_page(request, 404, _("There is no such picture or layer, or it is no longer published."))
    notices = [*measured.notices, *notices, *_undrawn(asked)]
    status = 400 if any(notice.level == "error" for notice in notices) else 200
    context = _form(request, asked, offered) | _shown(conn, asked, available) | {"notices": notices}
    return render_page(request, "changes/rasters.html", context, status=status)


def _undrawn(asked: Pictures) -> list[Notice]:
    """Say of a side that is drawn only nearer by or farther away why it is empty."""
    found = []
    for side, title in zip((asked.left, asked.right), asked.titles(), strict=True):
        if side.zoom and not asked.window.drawn_at(side.zoom):
            nearer = asked.window.zoom < side.zoom.min
            told = _("“%(title)s” is drawn only closer by.") if nearer else _("“%(title)s” is drawn only from farther away.")
            found.append(Notice("note", told % {"title": title}))
    return found


def _form(request: HttpRequest, asked: Pictures, offered: Offered) -> dict[str, Any]:
    """Return what can be chosen."""
    measured, kept = request.measured_from, [("raster", asked.raster.id)]
    return {
        "asked": asked,
        "rasters": offered.rasters,
        "right_dates": list(reversed((asked.right.raster or asked.raster).images)),
        "left_dates": list(reversed(asked.raster.images)),
        "other": "" if asked.dates else asked.right.name,
        "own_map": picturing.OWN_MAP,
        "other_rasters": [raster for raster in offered.rasters if raster.id != asked.raster.id],
        "themes": current.by_theme(list(offered.layers)),
        "bases": offered.bases,
        "typed": measured.typed,
        "others": [
            {"title": place.title.in_language(get_language() or "uk"), "href": origins.link_to(place, request.path, kept)}
            for place in measured.others
            if place.lon is not None and place.lat is not None
        ],
        "bbox": parameters.degrees(*asked.bounds) if asked.bounds else "",
    }


def _shown(conn: Connection, asked: Pictures, available: list[PublishedLayer]) -> dict[str, Any]:
    """Return the two pictures, what is told of them, and the links."""
    titles, language = asked.titles(), get_language() or "uk"
    ground, extent = picturing.ground(available), picture_words.extent(asked.window.box)
    both = [(side, title) for side, title in zip((asked.left, asked.right), titles, strict=True)]
    abouts = {side.raster.id: pictures.about(conn, side.raster, available) for side, _title in both if side.raster}
    return {
        "titles": titles,
        "title": asked.raster.title.in_language(language),
        "description": asked.raster.description.in_language(language),
        "sentences": _sentences(conn, asked, extent, available),
        "sides": [
            {
                "title": title,
                "side": side,
                "about": abouts[side.raster.id].image(side.image.date) if side.raster and side.image else None,
                "raster": abouts.get(side.raster.id) if side.raster else None,
                "alt": _("%(title)s, seen from above: %(extent)s") % {"title": title, "extent": extent},
                "picture": _picture(side, asked.window, ground),
                "file": _picture(side, asked.window, ground, _FILE),
                "on_map": _on_map(side, asked.window),
            }
            for side, title in both
        ],
        "abouts": list(abouts.values()),
        "width": windows.WIDTH,
        "height": windows.HEIGHT,
        "steps": _steps(asked),
        "changes_link": _changes(asked),
        "map_link": reverse("publicmap:map"),
        "sources": _sources(asked),
        "client": _client(conn, asked, available),
    }


def _sentences(conn: Connection, asked: Pictures, extent: str, available: list[PublishedLayer]) -> list[str]:
    """Return what the two pictures show, in words."""
    left, right = asked.titles()
    told = [_("On the left: %(left)s, on the right: %(right)s") % {"left": left, "right": right}]
    if asked.left.image and asked.right.image and asked.left.image.date != asked.right.image.date:
        days = sorted((asked.left.image.date, asked.right.image.date))
        told.append(_("Time between them: %(time)s") % {"time": picture_words.between(*days)})
    told.append(_("Shown is a rectangle: %(extent)s") % {"extent": extent})
    if names := pictures.below(conn, asked.window.box, available):
        told.append(_("It lies in: %(names)s") % {"names": picture_words.named(names)})
    # a date and other words may end in a full stop of their own: «2019 р.»
    return [f"{sentence.rstrip('.')}." for sentence in told]


def _sources(asked: Pictures) -> list[dict[str, str]]:
    """Return attribution and licence of both sides, the same ones once."""
    left, right = asked.left.source, asked.right.source
    return [source for source in (left, right if right != left else None) if source]


def _picture(side: Side, window: windows.Window, ground: list[str], times: int = 1) -> str:
    """Return the address of the side's picture of the window; "" where WMS has none."""
    names = side.wms(ground)
    query = {
        "SERVICE": "WMS",
        "VERSION": "1.3.0",
        "REQUEST": "GetMap",
        "LAYERS": names,
        "STYLES": "",
        "CRS": "EPSG:3857",
        "BBOX": ",".join(f"{metres:.2f}" for metres in window.mercator),
        "WIDTH": windows.WIDTH * times,
        "HEIGHT": windows.HEIGHT * times,
        "FORMAT": "image/png",
    }
    language = "/en" if (get_language() or "uk").startswith("en") else ""
    return f"{language}/wms?{urlencode(query, safe=',:/')}" if names else ""


def _on_map(side: Side, window: windows.Window) -> str:
    """Return the address of the public map with this picture below it, or with this layer."""
    west, south, east, north = window.box
    # MapLibre counts zoom levels by tiles of 512 pixels
    view = f"#map={max(window.zoom - 1, 0):.2f}/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}"
    layer = f"?layer={side.layer.id}" if side.layer else ""
    base = f"&base={side.client_base}" if side.client_base != "auto" else ""
    return f"{reverse('publicmap:map')}{layer}{view}{base}"


def _steps(asked: Pictures) -> list[tuple[str, str]]:
    """Return the links that show the ground closer by, farther away and beside; what scripts do with the map itself."""
    window, path = asked.window, reverse("changes:rasters")
    found = [
        (_("Closer"), window.wider(0.5)),
        (_("Farther"), window.wider(2)),
        (_("North"), window.step(0, 0.5)),
        (_("South"), window.step(0, -0.5)),
        (_("West"), window.step(-0.5, 0)),
        (_("East"), window.step(0.5, 0)),
    ]
    links = [(title, path + asked.at(there)) for title, there in found if there]
    return [*links, (_("The whole picture"), path + asked.address(bbox=""))]


def _changes(asked: Pictures) -> str:
    """Return the address of what the data say has changed here between the two dates; "" where there are not two."""
    if not (asked.left.image and asked.right.image) or asked.left.image.date == asked.right.image.date:
        return ""
    before, after = sorted((asked.left.image.date, asked.right.image.date))
    query = {"before": before.isoformat(), "after": after.isoformat(), "bbox": parameters.degrees(*asked.window.box)}
    return f"{reverse('changes:compare')}?{urlencode(query, safe=',')}"


def _client(conn: Connection, asked: Pictures, available: list[PublishedLayer]) -> dict[str, Any]:
    """Return what the swipe map draws."""
    sides = (asked.left, asked.right)
    names = {side.client_base for side in sides}
    used = [each for each in photos(conn) if any(name.startswith(f"photo:{each['id']}") for name in names)]
    left, right = (presentation.client_layers([side.layer] if side.layer else []) for side in sides)
    return {
        "left": left,
        "right": right,
        "labels": asked.titles(),
        "base": presentation.base_layers(available),
        "bases": [side.client_base for side in sides],
        "photos": used,
        "bounds": asked.bounds or asked.window.box,
        "words": swipe_words() | {"failed": _("The map could not be loaded. The two pictures show the same.")},
    }
