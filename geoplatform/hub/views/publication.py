"""The staff page of the two-person rule: what waits for approval, who approved what and why, and the audit log."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from geoplatform import database
from geoplatform.access import approvals, audit, ceilings
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import described
from geoplatform.publishing.publish import PublishError, republish

#: Lines of the audit log on the page; `geoplatform access audit` shows all.
SHOWN = 50

LEVELS = {
    "public": pgettext_lazy("level of publication", "everybody"),
    "registered": pgettext_lazy("level of publication", "signed-in people"),
    "staff": pgettext_lazy("level of publication", "staff"),
    "restricted": pgettext_lazy("level of publication", "nobody"),
}
ACTIONS = {
    "published": gettext_lazy("published"),
    "unpublished": gettext_lazy("taken back"),
    "raised": gettext_lazy("opened wider"),
    "narrowed": gettext_lazy("narrowed"),
    "permissions": gettext_lazy("permissions changed"),
    "geometry": gettext_lazy("exactness of places changed"),
    "approved": gettext_lazy("approved"),
    "approval withdrawn": gettext_lazy("approval withdrawn"),
    "token made": gettext_lazy("token made"),
    "token revoked": gettext_lazy("token revoked"),
    "downloaded": gettext_lazy("downloaded"),
    "states": gettext_lazy("state of facilities told"),
    "banner": gettext_lazy("emergency announcement"),
    "remark": gettext_lazy("remark on a place decided"),
    "image": gettext_lazy("image taken in"),
    "removed": gettext_lazy("removed"),
    "indicator": gettext_lazy("figures of an indicator"),
    "style": gettext_lazy("style changed"),
}


@require_GET
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """What waits, and the newest lines of the log."""
    with database.pool("owner").connection() as conn:
        waiting = [_shown(conn, held, request.user.pk) for held in ceilings.pending(conn)]
        log = [_line(entry) for entry in audit.read(conn, limit=SHOWN)]
    return render_hub_page(request, "hub/publication.html", {"waiting": waiting, "log": log, "needed": ceilings.APPROVALS})


@require_POST
@staff_only
def approve(request: HttpRequest) -> HttpResponse:
    """Record this person's approval; the last one needed publishes the layer anew at once."""
    asked = tuple(request.POST.get(name, "") for name in ("layer", "what", "to"))
    person = request.user
    try:
        with database.pool("owner").connection() as conn, conn.transaction():
            held = next((h for h in ceilings.pending(conn) if (h.layer, h.what, str(h.to)) == asked), None)
            if held is None:
                messages.warning(request, _("Nothing of the kind waits for approval any more."))
                return redirect("hub:publication")
            name = person.get_full_name() or person.username
            if request.POST.get("withdraw") == "1":
                approvals.withdraw(conn, held, person.pk)
                messages.success(request, _("Your approval is withdrawn."))
            elif approvals.approve(conn, held, person.pk, name, request.POST.get("reason", "")):
                republish(conn, held.layer, described.library(), actor=f"account:{person.pk}")
                messages.success(request, _("That was the last approval needed: it is open now."))
            else:
                messages.success(request, _("Your approval is recorded; another person must approve it too."))
    except approvals.ApprovalError:
        messages.warning(request, _("Not recorded: say why in 3 to 2000 characters, and approve only once."))
    except PublishError as error:
        messages.error(request, str(error))
    return redirect("hub:publication")


def _line(entry: audit.Entry) -> dict[str, Any]:
    """Return an entry as the page shows it; the styles that it may hold are shown, as legends, on the layer's own page."""
    detail = {} if entry.action == "style" else entry.detail
    return {**entry._asdict(), "detail": detail, "action_text": ACTIONS[entry.action]}


def _shown(conn: Any, held: ceilings.Held, account: int) -> dict[str, Any]:
    standing = approvals.standing(conn, held.layer, held.what)
    return {
        "held": held,
        "stays": LEVELS[held.stays],
        "to": LEVELS[held.to],
        "approvals": standing,
        "is_mine": any(item.approver == account and item.to_level == held.to for item in standing),
    }
