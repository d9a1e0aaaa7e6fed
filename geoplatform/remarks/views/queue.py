"""The staff's page of remarks: what waits, what was decided, and the decision."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.remarks import intake
from geoplatform.remarks.models import MAX_TEXT, Remark, State

PAGE = 20


@require_safe
@staff_only
def queue(request: HttpRequest) -> HttpResponse:
    """Show the remarks in the state asked for, those that wait by default, the oldest first."""
    state = request.GET.get("state", State.new)
    if state not in State.values:
        state = State.new
    counts = dict(Remark.objects.values_list("state").annotate(Count("pk")))
    found = Remark.objects.filter(state=state).order_by("made_at" if state == State.new else "-decided_at", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page", "1"))
    around = Remark.objects.filter(layer__in={r.layer for r in page}, feature__in={r.feature for r in page})
    by_place: dict[tuple[str, str], list[Remark]] = {}
    for other in around.exclude(state=State.merged).order_by("made_at")[:200]:
        by_place.setdefault((other.layer, other.feature), []).append(other)
    rows = [(remark, [other for other in by_place.get((remark.layer, remark.feature), ()) if other != remark]) for remark in page]
    context = {
        "rows": rows,
        "state": state,
        "waiting": state == State.new,
        "states": [(value, label, counts.get(value, 0)) for value, label in State.choices],
        "page": page.number,
        "pages": [(n, "?" + urlencode({"state": state, "page": n})) for n in page.paginator.page_range]
        if page.paginator.num_pages > 1
        else [],
        "most": MAX_TEXT,
    }
    return render_hub_page(request, "remarks/queue.html", context)


@require_POST
@staff_only
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Accept, reject or merge one remark."""
    given = request.POST
    try:
        remark = intake.decide(
            number,
            given.get("decision", ""),
            account=request.user.pk,
            note=given.get("note", ""),
            answer=given.get("answer", ""),
            into=given.get("into", ""),
        )
    except intake.NotDecided as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("Remark %(number)s: %(state)s.") % {"number": remark.shown_reference, "state": remark.state_title},
        )
    return redirect("remarks:queue")
