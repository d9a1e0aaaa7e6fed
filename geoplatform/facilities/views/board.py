"""The staff page on which the state of facilities is told, many at once, from a phone and without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoplatform import database
from geoplatform.facilities import board, critical, said, statements, wording
from geoplatform.facilities.critical import Facility
from geoplatform.hub import permitted
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import published
from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap.card import full_address
from geoplatform.publicmap.query import normalise

#: Facilities on one page.
PAGE = 100


@dataclass(frozen=True)
class Row:
    """A facility in the list. value: of its check box."""

    facility: Facility
    name: str
    address: str | None
    words: wording.Words
    value: str
    picked: bool


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def states(request: HttpRequest) -> HttpResponse:
    """Show the facilities with their states, and write what is said of the chosen ones."""
    may_edit = board.may_edit(board.principal_of(request.user.pk))
    now = datetime.now(UTC)
    with database.pool("staff").connection() as conn:
        every = published.read(conn, Level.staff)
        seen = permitted.those(request.user, [layer.id for layer in every], "view")
        available = [layer for layer in every if layer.id in seen]
        listed = critical.facilities(conn, available, now)
    layer = statements.layer_of(available)
    read = None
    status = 200
    if request.method == "POST":
        if not may_edit or layer is None:
            raise PermissionDenied
        read = said.read(request.POST, list(statements.terms(layer)), now)
        answer = _write(request, read, listed) if read.change else None
        if answer is not None:
            return answer
        status = 409 if "concurrent" in read.faults else 400
    context = _page(request, available, listed, read, now)
    context |= {"may_edit": may_edit and layer is not None, "layer_there": layer is not None}
    return render_hub_page(request, "facilities/board.html", context, status=status)


@require_POST
@staff_only
def undo(request: HttpRequest) -> HttpResponse:
    """Take one of the last changes back."""
    if not board.may_edit(board.principal_of(request.user.pk)):
        raise PermissionDenied
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    try:
        with database.pool("owner").connection() as conn:
            done = board.undo(conn, f"account:{request.user.pk}", version)
    except (board.Concurrent, board.NotSet):
        return redirect(_address(request, {"undone": "no"}))
    return redirect(_address(request, {"undone": done.count, "left": done.left}))


def _write(request: HttpRequest, read: said.Said, listed: list[Facility]) -> HttpResponse | None:
    """Write the change; None when it can't be, with the reason among the faults of `read`."""
    by_ref = {facility.ref: facility for facility in listed}
    if any(ref not in by_ref for ref in read.chosen):
        read.faults["pick"] = _("One of the facilities is no longer in the data: look at the list again.")
        return None
    if any(by_ref[ref].is_demo for ref in read.chosen):
        read.faults["pick"] = _("A made-up facility of the demonstration has no real state: choose others.")
        return None
    chosen = [(by_ref[ref], version) for ref, version in read.chosen.items()]
    try:
        with database.pool("owner").connection() as conn:
            done = board.set_states(conn, f"account:{request.user.pk}", chosen, read.change)
    except board.Concurrent:
        changed = [by_ref[ref].name or ref[1] for ref, version in read.chosen.items() if _version(by_ref[ref]) != version]
        read.faults["concurrent"] = _("Somebody else has just changed: %(names)s. Nothing was written. Look and press again.") % {
            "names": ", ".join(changed[:5]) or _("one of them")
        }
        return None
    except board.NotSet as error:
        read.faults["pick"] = str(error)
        return None
    return redirect(_address(request, {"done": done.version, "count": done.count}))


def _page(
    request: HttpRequest, available: list[PublishedLayer], listed: list[Facility], read: said.Said | None, now: datetime
) -> dict[str, Any]:
    asked = request.GET
    words = normalise(asked.get("q", "").replace("\x00", ""))[:100]
    layer, state = asked.get("layer", ""), asked.get("state", "")
    shown = [facility for facility in listed if _matches(facility, words.lower(), layer, state)]
    pages = max(1, -(-len(shown) // PAGE))
    number = asked.get("page", "1")
    page = min(int(number), pages) if number.isascii() and number.isdigit() and int(number[:6]) > 0 else 1
    rows = [_row(facility, read, now) for facility in shown[(page - 1) * PAGE : page * PAGE]]
    states = statements.layer_of(available)
    with database.pool("owner").connection() as conn:
        past = board.recent(conn)
    return {
        "rows": rows,
        "can_pick": sum(not row.facility.is_demo for row in rows),
        "total": len(shown),
        "pages": [(n, "?" + urlencode({**_filter(request), "page": n})) for n in range(1, pages + 1)] if pages > 1 else [],
        "page": page,
        "words": words,
        "layers": critical.layers(available),
        "layer": layer,
        "state": state,
        "states": list(statements.terms(states).values()) if states else [],
        "faults": read.faults if read else {},
        "entered": request.POST if read else {},
        "past": _named(past),
        "told": _told(asked),
        "done": asked.get("done", "") if asked.get("done", "").isdigit() else "",
        "action": request.get_full_path(),
        "undo": reverse("facilities:undo"),
        "filter": urlencode(_filter(request)),
    }


def _row(facility: Facility, read: said.Said | None, now: datetime) -> Row:
    category = critical.category_title(facility)
    name = facility.name or facility.name_en or (category.uk if category else facility.id)
    return Row(
        facility,
        name,
        full_address(facility.settlement, facility.address),
        wording.words(facility.told, now),
        said.choice(facility.ref, _version(facility)),
        read is not None and facility.ref in read.chosen,
    )


def _matches(facility: Facility, words: str, layer: str, state: str) -> bool:
    if layer and facility.layer.id != layer:
        return False
    if state == board.UNKNOWN and facility.told.state is not None:
        return False
    if state == "stale" and facility.told.trust not in ("stale", "ended"):
        return False
    if state not in ("", board.UNKNOWN, "stale") and facility.told.state != state:
        return False
    text = normalise(" ".join(filter(None, (facility.name, facility.name_en, facility.settlement, facility.address)))).lower()
    return all(word in text for word in words.split())


def _version(facility: Facility) -> int | None:
    return facility.told.statement.version if facility.told.statement else None


def _filter(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("q", "layer", "state", "page") if request.GET.get(name)}


def _address(request: HttpRequest, more: dict[str, Any]) -> str:
    """Return the page's address with the same filter, which a form of the page carries in its own address or in `filter`."""
    return reverse("facilities:board") + "?" + urlencode({**_filter(request), **more})


def _named(past: list[board.Past]) -> list[dict[str, Any]]:
    """Return the last changes with their authors' names."""
    numbers = {int(p.author.removeprefix("account:")) for p in past if p.author.startswith("account:")}
    people = {person.pk: person.get_full_name() or person.username for person in get_user_model().objects.filter(pk__in=numbers)}
    return [{"version": p.version, "at": wording.moment(p.at), "count": p.count, "who": _author(p.author, people)} for p in past]


def _author(author: str, people: dict[int, str]) -> str:
    number = author.removeprefix("account:")
    return people.get(int(number), author) if number.isdigit() else author


def _told(asked: Any) -> str:
    """Return what the last press of a button did, in words."""
    counts = {name: int(asked[name]) for name in ("count", "undone", "left") if asked.get(name, "").isdigit()}
    if asked.get("undone") == "no":
        return _("It could not be taken back: somebody has changed it since, or it is no longer there.")
    if "undone" in counts:
        told = ngettext("Taken back for %(count)d facility.", "Taken back for %(count)d facilities.", counts["undone"]) % {
            "count": counts["undone"]
        }
        if counts.get("left"):
            told += " " + ngettext(
                "%(count)d was left as it is: others have changed it since.",
                "%(count)d were left as they are: others have changed them since.",
                counts["left"],
            ) % {"count": counts["left"]}
        return told
    if "count" in counts and asked.get("done"):
        if not counts["count"]:
            return _("Nothing had to be changed.")
        return ngettext("Written for %(count)d facility.", "Written for %(count)d facilities.", counts["count"]) % {
            "count": counts["count"]
        }
    return ""
