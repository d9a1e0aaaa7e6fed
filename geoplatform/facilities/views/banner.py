"""The staff page on which an emergency is announced to everybody and the announcement ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoplatform import database
from geoplatform.facilities import banner, board, said, wording
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers.definition import Text

SEVERITIES = {
    "danger": gettext_lazy("Danger: act at once"),
    "warning": gettext_lazy("Warning: be careful"),
    "info": gettext_lazy("Notice"),
}
#: How long an announcement may last, in hours, to choose from.
HOURS = (1, 3, 6, 12, 24, 72, 168)
_LENGTHS = {"title_uk": 120, "title_en": 120, "text_uk": 600, "text_en": 600}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def banners(request: HttpRequest) -> HttpResponse:
    """Show what is and was announced, and announce."""
    may_edit = board.may_edit(board.principal_of(request.user.pk))
    faults: dict[str, str] = {}
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        wanted, faults = _read(request.POST, datetime.now(UTC))
        if wanted is not None:
            with database.pool("owner").connection() as conn:
                banner.announce(conn, f"account:{request.user.pk}", **wanted)
            return redirect(reverse("facilities:banners") + "?done=set")
    with database.pool("owner").connection() as conn:
        listed = banner.listed(conn)
    context = {
        "may_edit": may_edit,
        "faults": faults,
        "entered": request.POST if faults else {},
        "severities": SEVERITIES,
        "severity": request.POST.get("severity", "warning"),
        "hours": [(hours, _hours(hours)) for hours in HOURS],
        "hours_chosen": request.POST.get("hours", "6"),
        "listed": [_row(kept, datetime.now(UTC)) for kept in listed],
        "told": _TOLD.get(request.GET.get("done", ""), ""),
        "set": reverse("facilities:banners"),
        "end": reverse("facilities:banner_end"),
    }
    return render_hub_page(request, "facilities/banners.html", context, status=400 if faults else 200)


@require_POST
@staff_only
def end(request: HttpRequest) -> HttpResponse:
    """End an announcement now, or bring it back."""
    if not board.may_edit(board.principal_of(request.user.pk)):
        raise PermissionDenied
    numbers = [request.POST.get(name, "") for name in ("id", "version")]
    done = "changed"
    if all(text.isascii() and text.isdigit() and len(text) < 10 for text in numbers):
        back = request.POST.get("back") == "1"
        try:
            with database.pool("owner").connection() as conn:
                banner.withdraw(conn, f"account:{request.user.pk}", int(numbers[0]), int(numbers[1]), back=back)
            done = "back" if back else "ended"
        except banner.Changed:
            pass  # told on the page
    return redirect(reverse("facilities:banners") + f"?done={done}")


_TOLD = {
    "set": gettext_lazy("It is on every page within five seconds."),
    "ended": gettext_lazy("The announcement has ended."),
    "back": gettext_lazy("The announcement is shown again."),
    "changed": gettext_lazy("Nothing was changed: somebody else has changed it, or it is over."),
}


def _read(form: QueryDict, now: datetime) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """Return what to announce, or None with what is wrong, field by field."""
    faults: dict[str, str] = {}
    texts = {name: " ".join(form.get(name, "").replace("\x00", "").split()) for name in _LENGTHS}
    for name, most in _LENGTHS.items():
        if len(texts[name]) > most:
            faults[name] = _("Too long: at most %(most)d characters.") % {"most": most}
        elif name.startswith("title") and len(texts[name]) < 3:
            faults[name] = _("Write a heading: people read it in both languages.")
    for one, other in (("text_uk", "text_en"), ("text_en", "text_uk")):
        if texts[other] and not texts[one]:
            faults[one] = _("Write the text in both languages, or in none.")
    severity = form.get("severity", "")
    if severity not in SEVERITIES:
        faults["severity"] = _("Choose how grave it is.")
    starts, fault = said.moment_of(form.get("starts_at", ""))
    if fault:
        faults["starts_at"] = fault
    starts = starts or now
    hours = form.get("hours", "")
    ends, fault = said.moment_of(form.get("ends_at", ""))
    if fault:
        faults["ends_at"] = fault
    if ends is None:
        if hours.isascii() and hours.isdigit() and int(hours[:5]) in HOURS:
            ends = starts + timedelta(hours=int(hours))
        else:
            faults["hours"] = _("Choose when it ends.")
    if ends is not None and ends <= max(starts, now):
        faults["ends_at"] = _("The end must come after the beginning, and after now.")
    elif ends is not None and ends - starts > timedelta(hours=banner.MOST_HOURS):
        faults["ends_at"] = _("An announcement lasts a month at most.")
    if faults:
        return None, faults
    text = Text(uk=texts["text_uk"], en=texts["text_en"]) if texts["text_uk"] else None
    title = Text(uk=texts["title_uk"], en=texts["title_en"])
    return {"severity": severity, "title": title, "text": text, "starts_at": starts, "ends_at": ends}, {}


def _row(kept: banner.Kept, now: datetime) -> dict[str, Any]:
    over = kept.ends_at <= now
    state = _("over") if over else _("ended by hand") if kept.withdrawn_at else _("shown now")
    if not over and not kept.withdrawn_at and kept.starts_at > now:
        state = _("still to come")
    return {
        "banner": kept,
        "state": state,
        "severity": SEVERITIES[kept.severity],
        "over": over,
        "starts": wording.moment(kept.starts_at),
        "ends": wording.moment(kept.ends_at),
    }


def _hours(hours: int) -> str:
    if hours < 24:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}
