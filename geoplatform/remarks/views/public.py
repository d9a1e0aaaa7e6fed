"""What everybody may do without an account: say what is wrong at a place, and see by its number what became of it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from psycopg_pool import PoolTimeout

from geoplatform import database
from geoplatform.hub.accounts import is_staff_member
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import render_page
from geoplatform.portal.visitor import address_of
from geoplatform.publicmap import answer, current
from geoplatform.publicmap.card import Card, build
from geoplatform.remarks import intake, limits
from geoplatform.remarks.intake import Said
from geoplatform.remarks.models import MAX_TEXT, Kind

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, layer: str, feature: str) -> HttpResponse:
    """Show the form of a place, and keep what was written into it."""
    try:
        place = _place(layer, feature)
    except (psycopg.Error, PoolTimeout):
        logger.exception("the form of a remark can't read the data")
        return error_page(request, 503)
    if place is None:
        return error_page(request, 404, _("There is no such place in the data: it may have been closed, moved or renamed."))
    if request.method != "POST":
        return _form(request, place, Said("", ""))
    said = intake.read(request.POST)
    if said.faults:
        return _form(request, place, said, status=400)
    staff = _by_staff(request)
    remark = intake.same(place.layer.id, place.id, said)
    if remark is None:
        try:
            if not staff:
                limits.count(address_of(request), proved=limits.proved(request.POST.get("altcha", "")))
        except limits.TooMany as refused:
            said.faults[""] = _refusal(refused.reason)
            return _form(request, place, said, status=429)
        remark = intake.keep(place.layer.id, place.id, place.name, said, staff=staff)
    return redirect(reverse("remarks:status", args=[remark.reference]) + "?new=1")


@require_safe
def challenge(request: HttpRequest) -> HttpResponse:
    """Give the visitor's browser a task; who solves it may send more."""
    response = JsonResponse(limits.challenge())
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """Ask for a remark's number, or go to the remark that has it."""
    given = request.GET.get("number", "")
    if given:
        remark = intake.find(given)
        if remark is not None:
            return redirect(reverse("remarks:status", args=[remark.reference]))
    context = {"given": given[:40].replace("\x00", ""), "lost": bool(given), "days": intake.KEPT.days}
    return _private(render_page(request, "remarks/look_up.html", context, status=404 if given else 200))


@require_safe
def status(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what became of a remark. Its text is not shown: who finds the number learns nothing that was written."""
    remark = intake.find(reference)
    if remark is None:
        lost = _("There is no remark with this number. Remarks are removed half a year after the decision.")
        return _private(error_page(request, 404, lost))
    last = remark.merged_into or remark
    context = {
        "remark": remark,
        "last": last,
        "new": request.GET.get("new") == "1" and remark.state == "new",
        "place_link": reverse("publicmap:feature", args=[remark.layer, remark.feature]),
    }
    return _private(render_page(request, "remarks/status.html", context))


def _form(request: HttpRequest, place: Card, said: Said, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "place": place,
        "place_link": reverse("publicmap:feature", args=[place.layer.id, place.id]),
        "said": said,
        "kinds": [(value, label, value == said.kind) for value, label in Kind.choices],
        "most": MAX_TEXT,
        "challenge": reverse("remarks:challenge"),
        "csrf_token": get_token(request),
        "demonstration": place.is_demo,
    }
    return _private(render_page(request, "remarks/form.html", context, status=status))


def _place(layer_id: str, feature_id: str) -> Card | None:
    if "\x00" in feature_id or len(feature_id) > 500:
        return None
    with database.pool("public").connection() as conn:
        layer = next((layer for layer in current.layers(conn) if layer.id == layer_id), None)
        values = answer.feature(conn, layer, feature_id) if layer else None
    return build(layer, values, datetime.now(UTC)) if layer and values else None


def _by_staff(request: HttpRequest) -> bool:
    """Return whether a signed-in member of staff asks. Without a session's cookie no session is looked for."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and is_staff_member(request.user)


def _refusal(reason: limits.Reason) -> str:
    if reason == "address":
        return _("Many remarks have come from your address today. Thank you! Come back with the rest tomorrow.")
    return _("Very many remarks are coming in just now, so this one was not taken. Copy your text and try again in an hour.")


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
