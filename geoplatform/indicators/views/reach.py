"""The page on who is within reach of a kind of facility and who is left out, and its download."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import Connection

from geoplatform.indicators import areas, draw, store, words
from geoplatform.indicators import reach as reached
from geoplatform.indicators.reach import Reach, Reached
from geoplatform.layers.cells import harmless
from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal import facts
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current
from geoplatform.publicmap.views import reads_data

SHOWN = 200


@reads_data
def reach(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show who is within `metres` of `layer` among the people of `areas`."""
    asked = _Asked(request, conn)
    context: dict[str, Any] = {
        "facilities": asked.facilities,
        "places": asked.places,
        "layer": asked.layer,
        "areas": asked.areas,
        "metres": asked.metres,
        "fewest": reached.NEAREST,
        "most": reached.FURTHEST,
        "notices": asked.notices,
        "faults": asked.faults,
    }
    if asked.layer and asked.areas and not asked.faults:
        try:
            found = asked.answer(conn)
        except psycopg.errors.QueryCanceled:
            context["faults"] = {"metres": _("This takes too long to work out. Ask for a shorter distance or other areas.")}
            return render_page(request, "indicators/reach.html", context, status=400)
        context |= _told(conn, asked, found)
    return render_page(request, "indicators/reach.html", context, status=400 if context["faults"] else 200)


@reads_data
def export(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Return every area with how much of it is within reach, as CSV."""
    asked = _Asked(request, conn)
    if asked.faults or not asked.layer or not asked.areas:
        return reach(request)
    try:
        found = asked.answer(conn)
    except psycopg.errors.QueryCanceled:
        return HttpResponse(_("This takes too long to work out. Ask for a shorter distance or other areas."), status=400,
                            content_type="text/plain; charset=utf-8")  # fmt: skip
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    head = ["area", "name", "share_within", "metres_to_nearest", "residents", "residents_left_out", "is_demo", "measured"]
    writer.writerow(head)
    for area in found.areas:
        demo = area.is_demo or (found.people_demo and area.people is not None) or (found.streets_demo and area.on_foot)
        numbers = [f"{area.share:.4f}", _rounded(area.metres), _rounded(area.people), _rounded(area.left_out)]
        facts = [str(demo).lower(), "on_foot" if area.on_foot else "straight"]
        writer.writerow([harmless(area.id), harmless(area.in_language(words.language())), *numbers, *facts])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="reach-{asked.layer.id}-{asked.metres}.csv"'
    response["Cache-Control"] = "no-cache"
    return response


class _Asked:
    """What the address asks for. faults: by field, what must be mended."""

    def __init__(self, request: HttpRequest, conn: Connection) -> None:
        available = current.layers(conn)
        self.facilities, self.places = reached.facilities(available), reached.places(available)
        self.faults: dict[str, str] = {}
        self.notices: list[str] = []
        self.layer = self._one("layer", request, self.facilities)
        self.areas = self._one("areas", request, self.places)
        if self.areas is None and "areas" not in self.faults:
            several = [layer for layer in self.places if layer.feature_count > 1]
            self.areas = next(iter(several or self.places), None)
        text = request.GET.get("metres", "").strip() or str(reached.USUAL)
        self.metres = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
        if not reached.NEAREST <= self.metres <= reached.FURTHEST:
            self.faults["metres"] = _("Give the distance as a whole number of metres from %(least)d to %(most)d.") % {
                "least": reached.NEAREST,
                "most": reached.FURTHEST,
            }
        if self.layer and self.layer.feature_count > reached.MOST_FACILITIES:
            self.faults["layer"] = _("This layer has too many places for such a question. Choose another one.")

    def _one(self, name: str, request: HttpRequest, choices: list[PublishedLayer]) -> PublishedLayer | None:
        wanted = request.GET.get(name, "")
        found = next((layer for layer in choices if layer.id == wanted), None)
        if wanted and found is None:
            self.faults[name] = _("There is no such layer to choose.")
        return found

    def answer(self, conn: Connection) -> Reach:
        assert self.layer is not None and self.areas is not None  # noqa: S101 - both are checked by the callers
        return reached.work_out(
            conn, self.layer, self.metres, self.areas, store.shown(conn, Level.public), facts.municipality().bounds["community"]
        )

    @property
    def query(self) -> str:
        return urlencode({"layer": self.layer.id, "metres": self.metres, "areas": self.areas.id})  # type: ignore[union-attr]


def _told(conn: Connection, asked: _Asked, found: Reach) -> dict[str, Any]:
    outside = found.outside
    summary = _summary(asked, found)
    title = _("Within %(metres)s m of: %(layer)s") % {
        "metres": words.number(asked.metres, 0),
        "layer": asked.layer.definition.title.in_language(words.language()),  # type: ignore[union-attr]
    }
    picture = areas.drawn(conn, asked.areas, [area.id for area in found.areas]) if found.areas else None  # type: ignore[arg-type]
    return {
        "title": title,
        "found": found,
        "summary": summary,
        "caveats": _caveats(asked, found),
        "rows": [_row(area) for area in outside[:SHOWN]],
        "more": max(0, len(outside) - SHOWN),
        "known": bool(found.counted),
        "map": draw.marked(picture, {a.id: _mark(a) for a in found.areas}, title, " ".join(summary)) if picture else "",
        "download": reverse("indicators:reach_csv") + "?" + asked.query,
        "on_map": reverse("publicmap:map") + "?" + urlencode({"layer": asked.layer.id}),  # type: ignore[union-attr]
        "demonstration": bool(found.facilities_demo or found.people_demo or found.streets_demo)
        or any(area.is_demo for area in found.areas),
    }


def _mark(area: Reached) -> tuple[int, str]:
    """Return the step of the ramp and the label: the part within reach in per cent."""
    return round(area.share * (draw.SHADES - 1)), f"{area.share * 100:.0f}"


def _summary(asked: _Asked, found: Reach) -> list[str]:
    if not found.areas:
        return [_("There are no areas where this layer has data.")]
    out = found.outside
    whole, none = len(found.areas) - len(out), sum(area.share == 0 for area in found.areas)
    told = [
        ngettext("%(count)d area was looked at:", "%(count)d areas were looked at:", len(found.areas))
        % {"count": len(found.areas)}
        + " " + _("%(whole)d are wholly within reach, %(part)d in part, %(none)d not at all.")
        % {"whole": whole, "part": len(found.areas) - whole - none, "none": none}
    ]  # fmt: skip
    counted = found.counted
    if counted:
        everyone = sum(area.people or 0 for area in counted)
        left = sum(area.left_out or 0 for area in counted)
        told.append(
            _("Of %(all)s residents about %(within)s are within reach and %(left)s (%(part)s %%) are left out.")
            % {
                "all": words.number(everyone, 0), "within": words.number(everyone - left, 0), "left": words.number(left, 0),
                "part": words.number(100 * left / everyone if everyone else 0.0, 1),
            }
        )  # fmt: skip
    if out:
        told.append(
            _("Left out most: %(names)s.") % {"names": words.listed([area.in_language(words.language()) for area in out])}
        )
    return told


def _caveats(asked: _Asked, found: Reach) -> list[str]:
    told = _measured(found)
    if asked.areas.definition.geometry == "point":  # type: ignore[union-attr]
        told.append(_("A settlement counts as one point, its centre: it is within reach as a whole or not."))
    else:
        along = any(area.on_foot for area in found.areas)
        told.append(
            _("Residents are taken as spread evenly along the streets, since where each lives is not published.")
            if along
            else _("Residents are taken as spread evenly over their area, since where each lives is not published.")
        )
    without = [area.in_language(words.language()) for area in found.areas if area.people is None]
    if not found.counted:
        told.append(_("How many people live in these areas is not published, so only areas are counted."))
    elif without:
        told.append(
            ngettext("The number of residents of %(count)d area is not published: %(names)s. It is not in the sums.",
                     "The numbers of residents of %(count)d areas are not published: %(names)s. They are not in the sums.",
                     len(without))
            % {"count": len(without), "names": words.listed(without)}
        )  # fmt: skip
    if found.local:
        told.append(_("This layer has data of the community only, so only areas in and about it are looked at."))
    return told


def _measured(found: Reach) -> list[str]:
    """Return how distances were measured."""
    straight = found.straight
    if len(straight) == len(found.areas):
        return [_("Distances are straight lines: no street network is loaded to measure along. The way on foot is longer.")]
    told = [_("Distances are those on foot along streets and paths.")]
    if straight:
        told.append(
            ngettext(
                "In %(count)d area not all streets are loaded, so distances are straight there: %(names)s.",
                "In %(count)d areas not all streets are loaded, so distances are straight there: %(names)s.",
                len(straight),
            )
            % {"count": len(straight), "names": words.listed([area.in_language(words.language()) for area in straight])}
        )  # fmt: skip
    if found.astray:
        told.append(
            ngettext("%(count)d place is near no street that is loaded and was left out.",
                     "%(count)d places are near no street that is loaded and were left out.", found.astray)
            % {"count": found.astray}
        )  # fmt: skip
    if found.streets_demo:
        told.append(_("The streets are demonstration data."))
    return told


def _row(area: Reached) -> dict[str, Any]:
    return {
        "name": area.in_language(words.language()),
        "is_demo": area.is_demo,
        "share": f"{words.number(area.share * 100, 0)}\u00a0%",
        "metres": None if area.metres is None else words.number(area.metres, 0),
        "people": None if area.people is None else words.number(area.people, 0),
        "left": None if area.left_out is None else words.number(area.left_out, 0),
    }


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
