"""Staff pages: describe an indicator, look at a table, take it in when it is confirmed, take an indicator away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from geoplatform import config, database
from geoplatform.hub.uploads import holding
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.indicators import classes, numbers, shipped, store, words
from geoplatform.indicators.definition import Indicator
from geoplatform.indicators.table import MOST_BYTES, SUFFIXES, SourceError, TableError
from geoplatform.indicators.views.public import KINDS
from geoplatform.layers import published
from geoplatform.layers.definition import Level, Role

#: Rows that can't be taken are shown up to this many.
_SHOWN = 50
_TEXTS = ("title", "description", "unit", "source")


@require_http_methods(["GET", "HEAD"])
@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    """Show all indicators with what may be done to them."""
    with database.pool("owner").connection() as conn:
        found = store.kept(conn)
    return render_hub_page(request, "indicators/staff_list.html", {"kept": found})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Describe a new indicator."""
    faults: dict[str, str] = {}
    if request.method == "POST":
        indicator, faults = _described(request)
        if indicator is not None:
            with database.pool("owner").connection() as conn:
                known = conn.execute("select 1 from indicators.indicator where id = %s", [indicator.id]).fetchone()
                if known is None:
                    store.write(conn, indicator, {}, f"account:{request.user.pk}")
            if known is None:
                return redirect("indicators:upload", indicator=indicator.id)
            faults["id"] = _("There is an indicator of this name already.")
    context = {
        "faults": faults,
        "entered": request.POST,
        "layers": _areas(),
        "kinds": KINDS.items(),
        "levels": [("public", _("everybody")), ("registered", _("signed-in people")), ("staff", _("staff"))],
    }
    return render_hub_page(request, "indicators/staff_new.html", context, status=400 if faults else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def upload(request: HttpRequest, indicator: str) -> HttpResponse:
    """Choose a table for an indicator."""
    definition = _kept(indicator).indicator
    problem = ""
    if request.method == "POST":
        file, year = request.FILES.get("file"), request.POST.get("year", "").strip()
        if file is None:
            problem = _("Choose a file.")
        elif not file.name.lower().endswith(tuple(SUFFIXES)):
            problem = words.trouble("kind_of_file", {"kinds": ", ".join(SUFFIXES)})
        elif file.size > MOST_BYTES:
            problem = words.trouble("too_large", {"size": str(file.size >> 20), "most": str(MOST_BYTES >> 20)})
        elif year and not _is_year(year):
            problem = _("“%(year)s” is not a year.") % {"year": year[:30]}
        else:
            held = holding.hold(request.user.pk, file.name, file.chunks(), layer=f"indicator:{indicator}")
            return redirect(reverse("indicators:held", args=[held.token]) + "?" + urlencode({"year": year}))
    context = {"indicator": definition, "problem": problem, "suffixes": ", ".join(SUFFIXES), "most": MOST_BYTES >> 20}
    return render_hub_page(request, "indicators/staff_upload.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def held(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a table would bring; take it in when that is confirmed."""
    found = holding.find(token, request.user.pk)
    prefix, _colon, name = (found.layer or "").partition(":") if found else ("", "", "")
    if found is None or prefix != "indicator":
        raise Http404(_("There is no such upload, or its time is over. Choose the file again."))
    definition = _kept(name).indicator
    year = request.GET.get("year", "")
    context: dict[str, Any] = {"indicator": definition, "file": found.name}
    try:
        with database.pool("owner").connection() as conn:
            report = shipped.look(conn, definition, found.folder / found.name, year if _is_year(year) else "")
            if request.method == "POST":
                shipped.check_may_take(report, request.POST.get("leave") == "1")
                if definition.is_demo and not config.load().demo:
                    raise TableError("demo")
                # scikit-learn stays out of the processes that answer requests
                store.write(conn, definition, report.values, f"account:{request.user.pk}", classes.elsewhere)
                holding.drop(found)
                messages.success(request, _("Taken in: %(count)d values.") % {"count": len(report.values)})
                return redirect("indicators:staff")
    except TableError as error:
        if request.method != "POST" or error.code not in ("grave_left", "unmatched_left", "nothing_to_take"):
            return _refused(request, definition, found, words.trouble(error.code, {k: str(v) for k, v in error.facts.items()}))
        context["problem"] = words.trouble(error.code, {k: str(v) for k, v in error.facts.items()})
    except SourceError as error:
        return _refused(request, definition, found, words.source_fault(error, found.name))
    context |= {
        "report": report,
        "grave": [words.trouble(t.code, t.facts) for t in report.grave[:_SHOWN]],
        "unmatched": [words.trouble(t.code, t.facts) for t in report.unmatched[:_SHOWN]],
        "missing": words.listed(report.missing),
        "may_take": bool(report.values) and not report.grave,
        "shown": _SHOWN,
    }
    return render_hub_page(request, "indicators/staff_held.html", context, status=400 if context.get("problem") else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def remove(request: HttpRequest, indicator: str) -> HttpResponse:
    """Take an indicator away after asking."""
    kept = _kept(indicator)
    if request.method == "POST":
        with database.pool("owner").connection() as conn:
            store.remove(conn, indicator, f"account:{request.user.pk}")
        messages.success(request, _("The indicator has been removed."))
        return redirect("indicators:staff")
    return render_hub_page(request, "indicators/staff_remove.html", {"kept": kept, "indicator": kept.indicator})


def _refused(request: HttpRequest, definition: Indicator, found: holding.Held, problem: str) -> HttpResponse:
    holding.drop(found)
    context = {"indicator": definition, "problem": problem, "suffixes": ", ".join(SUFFIXES), "most": MOST_BYTES >> 20}
    return render_hub_page(request, "indicators/staff_upload.html", context, status=400)


def _described(request: HttpRequest) -> tuple[Indicator | None, dict[str, str]]:
    """Return the indicator that the form describes, or None and by field what is wrong with it."""
    given = {name: value.replace("\x00", "").strip()[:2000] for name, value in request.POST.items()}
    document: dict[str, Any] = {name: given.get(name, "") for name in ("id", "kind", "areas", "licence")}
    for name in _TEXTS:
        uk = given.get(name, "")
        document[name] = {"uk": uk, "en": given.get(f"{name}_en", "") or uk}
    document |= {
        "decimals": given.get("decimals") or 0,
        "publication": given.get("publication") or "public",
        "population": given.get("population") == "1",
        "source_url": given.get("source_url") or None,
    }
    try:
        indicator = Indicator.model_validate(document)
    except ValidationError as error:
        return None, {str(e["loc"][0]): _fault(str(e["loc"][0])) for e in error.errors()}
    if indicator.areas not in {layer.id for layer, _title in _areas()}:
        return None, {"areas": _("Choose the layer of areas.")}
    return indicator, {}


def _fault(field: str) -> str:
    return {
        "id": _("The short name has Latin small letters, digits and underscores, and begins with a letter."),
        "title": _("Give the title."),
        "description": _("Say what the indicator tells."),
        "unit": _("Give the unit."),
        "source": _("Say where the figures come from."),
        "source_url": _("The address of the source begins with https://."),
        "licence": _("Give the licence."),
        "kind": _("Choose what kind of figures these are."),
        "areas": _("Choose the layer of areas."),
        "decimals": _("The number of decimals is from 0 to 6."),
    }.get(field, _("This can't be taken."))


def _areas() -> list[tuple[Any, str]]:
    """Return the layers that values may belong to, with their titles."""
    with database.pool("staff").connection() as conn:
        available = published.read(conn, Level.staff)
    return [
        (layer, layer.definition.title.in_language(words.language())) for layer in available
        if layer.definition.geometry in ("polygon", "point") and layer.definition.gazetteer
        and layer.definition.with_role(Role.name)
    ]  # fmt: skip


def _kept(name: str) -> store.Kept:
    with database.pool("owner").connection() as conn:
        found = next((kept for kept in store.kept(conn) if kept.indicator.id == name), None)
    if found is None:
        raise Http404(_("There is no such indicator."))
    return found


def _is_year(text: str) -> bool:
    try:
        numbers.year(text)
    except ValueError:
        return False
    return True
