"""To follow by feed or e-mail: the page that offers both, and the pages that the links of letters lead to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from psycopg import Connection

from geoplatform import config
from geoplatform.changes import following, letters, sealing, subscribing
from geoplatform.changes.models import Follower, Frequency
from geoplatform.changes.subscribing import Wish
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import render_page
from geoplatform.portal.visitor import address_of
from geoplatform.publicmap import conditions, current
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.views import with_data
from geoplatform.remarks import limits

#: An address of the map that asks for more is no wish of a person.
_LONGEST = 2000


@dataclass
class _Said:
    """What the form holds, and its faults by field."""

    email: str = ""
    frequency: str = Frequency.daily
    faults: dict[str, str] = field(default_factory=dict)


@require_http_methods(["GET", "HEAD", "POST"])
@with_data
def follow(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Offer to follow what the address says; keep what the form says and have a letter sent."""
    available = current.layers(conn)
    measured = request.measured_from
    query, notices = following.read(request.GET, available, measured.origin)
    notices = [*measured.notices, *notices]
    try:
        asked = following.resolved(conn, query, available)
    except conditions.AreaMissing:
        return error_page(request, 404, _("The area is no longer in the data."))
    followed = following.layers(query, available)
    wrong = any(notice.level == "error" for notice in notices) or len(following.address(query)) > _LONGEST
    said, status = _Said(), 400 if wrong else 200
    if request.method == "POST":
        said = _read(request)
        if not subscribing.mail_is_set_up():
            status = 503
        elif wrong or said.faults or not followed:
            status = 400
        else:
            status = _count(request, said)
        if status == 200:
            near = query.near
            place = (near.lon, near.lat, near.text) if near else (None, None, "")
            language = "en" if (get_language() or "uk").startswith("en") else "uk"
            subscribing.follow(Wish(said.email, said.frequency, language, following.address(query), *place))
            return redirect(reverse("changes:sent"))
    context = _context(asked, followed) | {"notices": notices, "said": said, "csrf_token": get_token(request)}
    return _private(render_page(request, "changes/follow.html", context, status=status))


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Say what happens next: the same to everybody, so that nobody learns who follows what."""
    return _private(render_page(request, "changes/sent.html", {"hours": int(subscribing.PENDING.total_seconds() // 3600)}))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@with_data
def confirm(request: HttpRequest, conn: Connection, token: str) -> HttpResponse:
    """Ask to confirm with a button, for programs that read letters follow links; confirmed (POST), begin to follow.

    The link itself is the permission: no cookie and no token of a form is asked for.
    """
    follower = subscribing.find("confirm", token)
    if follower is not None and request.method == "POST":
        follower = subscribing.confirm(follower, conn)
    if follower is None:
        lost = _("This link is no longer good: it works until you stop following, and for two days if you do not confirm.")
        return _private(error_page(request, 404, lost))
    context = _of_follower(conn, follower) | {
        "leave": reverse("changes:leave", args=[sealing.token("leave", follower.reference)])
    }
    return _private(render_page(request, "changes/confirm.html", context))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Ask with a button whether to stop; by POST, which mail programs send themselves (RFC 8058), stop and forget the address."""
    follower = subscribing.find("leave", token)
    if request.method == "POST":
        if follower is not None:
            subscribing.leave(follower)
        elif sealing.reference_of("leave", token) is None:
            return _private(error_page(request, 404, _("This link is damaged: copy the whole of it from the letter.")))
        return _private(render_page(request, "changes/left.html", {"done": True}))
    if follower is None:
        return _private(render_page(request, "changes/left.html", {"done": True, "before": True}, status=404))
    return _private(render_page(request, "changes/left.html", {"done": False}))


def _read(request: HttpRequest) -> _Said:
    said = _Said(request.POST.get("email", "").strip()[:300], request.POST.get("frequency", ""))
    if not subscribing.valid_address(said.email):
        said.faults["email"] = _("Write one e-mail address, like name@example.com.")
    if said.frequency not in Frequency.values:
        said.faults["frequency"] = _("Choose how often letters shall come.")
    if request.POST.get("homepage"):
        said.faults["homepage"] = _("The last field must stay empty: only programs fill it in.")
    return said


def _count(request: HttpRequest, said: _Said) -> int:
    """Count the form against floods; return the status of the answer."""
    try:
        limits.count_form("following:", address_of(request), proved=limits.proved(request.POST.get("altcha", "")))
    except limits.TooMany as refused:
        often = _("Many such forms have come from your address today. Try again tomorrow, or follow by feed.")
        many = _("Very many such forms are coming in just now. Try again in an hour, or follow by feed.")
        said.faults[""] = often if refused.reason == "address" else many
        return 429
    return 200


def _context(asked: Conditions, followed: list[Any]) -> dict[str, Any]:
    available = current.layers(asked.conn)
    address = following.address(asked.query)
    return {
        "what": following.told(asked, available),
        "followed": followed,
        "feed": config.load().site_url + reverse("changes:feed") + address,
        "compare": reverse("changes:compare") + address,
        "map_link": reverse("publicmap:map") + address,
        "action": reverse("changes:follow") + address,
        "mail": subscribing.mail_is_set_up(),
        "frequencies": Frequency.choices,
        "challenge": reverse("remarks:challenge"),
    }


def _of_follower(conn: Connection, follower: Follower) -> dict[str, Any]:
    """Return what a page tells of what is followed; the address is not shown."""
    try:
        asked, _layers = letters.asked_of(conn, sealing.unseal(follower.sealed))
        what = following.told(asked, current.layers(conn))
    except (sealing.Unreadable, conditions.AreaMissing):
        what = []
    return {"what": what, "confirmed": follower.confirmed_at is not None, "frequency": Frequency(follower.frequency).label}


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
