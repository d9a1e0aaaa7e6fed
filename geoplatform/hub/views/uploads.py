"""Pages on which staff make a layer of a file, bring a layer up to date from one, and take an uploaded layer away."""

from __future__ import annotations

from typing import Any

import psycopg
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from geoplatform import database
from geoplatform.hub import permitted
from geoplatform.hub.uploads import holding, taking
from geoplatform.hub.uploads.taking import Choices
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.hub.views.styles import legend, losses
from geoplatform.layers import described, faults, stylefiles, uploaded
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.edits import EditError, NotEditable
from geoplatform.layers.intake import files
from geoplatform.layers.intake.files import Part
from geoplatform.layers.intake.reading import GENERATED
from geoplatform.layers.sources.base import SourceError

GEOMETRIES = {
    "point": pgettext_lazy("kind of geometry", "points"),
    "multipoint": pgettext_lazy("kind of geometry", "groups of points"),
    "line": pgettext_lazy("kind of geometry", "lines"),
    "polygon": pgettext_lazy("kind of geometry", "areas"),
    "none": pgettext_lazy("kind of geometry", "none: a table"),
}
TYPES = {
    "text": pgettext_lazy("type of an attribute", "text"),
    "integer": pgettext_lazy("type of an attribute", "whole number"),
    "number": pgettext_lazy("type of an attribute", "number"),
    "boolean": pgettext_lazy("type of an attribute", "yes or no"),
    "date": pgettext_lazy("type of an attribute", "date"),
    "datetime": pgettext_lazy("type of an attribute", "date and time"),
    "json": pgettext_lazy("type of an attribute", "JSON"),
}
MODES = ("merge", "replace")
BOUNDS = ("community", "region", "none")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    """Choose a file for a new layer."""
    return _choose(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def update(request: HttpRequest, layer: str) -> HttpResponse:
    """Choose a file that brings a layer up to date."""
    permitted.require(request.user, layer, "edit")
    return _choose(request, _editable(layer))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def held(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the file would make, table by table; take one in when it is confirmed."""
    found = holding.find(token, request.user.pk)
    if found is None or found.mode == holding.STYLE:
        raise Http404(_("There is no such upload, or its time is over. Choose the file again."))
    if found.layer is not None:
        permitted.require(request.user, found.layer, "edit")
    try:
        parts = taking.parts(found)
    except SourceError as error:
        return _refused(request, found, str(error))
    if found.layer is not None and len(parts) > 1:
        return _refused(request, found, _("The file holds several tables. Save the one that belongs to the layer as a file."))
    if request.method == "POST" and request.POST.get("action") == "take":
        answer = _take(request, found, parts)
        if answer is not None:
            return answer
    tables = [_table(request, found, number, part) for number, part in enumerate(parts) if number not in holding.taken(found)]
    context = {
        "held": found,
        "definition": _editable(found.layer) if found.layer else None,
        "tables": tables,
        "themes": [(theme.id, theme.title.in_language(_language())) for theme in described.library().themes],
        "crs_choices": _crs_choices(),
    }
    return render_hub_page(request, "hub/upload_look.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def remove(request: HttpRequest, layer: str) -> HttpResponse:
    """Take an uploaded layer away after asking."""
    permitted.require(request.user, layer, "edit")
    with database.pool("owner").connection() as conn:
        definition = uploaded.definition(conn, layer)
    if definition is None:
        raise Http404(_("There is no such layer, or it is described in a file and not uploaded."))
    if request.method == "POST":
        try:
            taking.remove(layer, f"account:{request.user.pk}")
        except psycopg.errors.LockNotAvailable:
            messages.error(request, _("The layer is being changed; try again in a moment."))
            return redirect("hub:layer", layer=layer)
        messages.success(request, _("The layer has been removed. What it held stays in the history."))
        return redirect("hub:layers")
    context = {"definition": definition, "title": definition.title.in_language(_language())}
    return render_hub_page(request, "hub/upload_remove.html", context)


def _choose(request: HttpRequest, definition: LayerDefinition | None) -> HttpResponse:
    problem = None
    if request.method == "POST":
        file, style = request.FILES.get("file"), request.FILES.get("style")
        if file is None:
            problem = _("Choose a file.")
        elif not file.name.lower().endswith(files.SUFFIXES):
            problem = _("Files of this kind are not taken. Choose one of: %(kinds)s.") % {"kinds": ", ".join(files.SUFFIXES)}
        elif style is not None and not style.name.lower().endswith(stylefiles.SUFFIXES):
            problem = _("A style is a file .sld or .qml.")
        elif style is not None and definition is not None and (refused := _style_stays(definition.id)):
            problem = refused
        else:
            mode = request.POST.get("mode")
            kept = holding.hold(
                request.user.pk,
                file.name,
                file.chunks(),
                definition.id if definition else None,
                mode if mode in MODES else "merge",
                (style.name, style.chunks()) if style else None,
            )
            return redirect("hub:held", token=kept.token)
    context = {
        "definition": definition,
        "title": definition.title.in_language(_language()) if definition else None,
        "problem": problem,
        "suffixes": ", ".join(files.SUFFIXES),
    }
    return render_hub_page(request, "hub/upload_choose.html", context, status=400 if problem else 200)


def _take(request: HttpRequest, found: holding.Held, parts: list[Part]) -> HttpResponse | None:
    """Take the confirmed table in; return where to go on, or None when it was not taken and the page tells why."""
    number = request.POST.get("part", "")
    if not number.isdigit() or int(number) >= len(parts) or int(number) in holding.taken(found):
        raise Http404(_("There is no such table in the file."))
    part = parts[int(number)]
    try:
        accepted = {name: request.POST.get(name) == "1" for name in ("confirm", "overwrite")}
        restyles = request.POST.get("keep_style") != "1"
        layer, report = taking.take(found, part, _choices(request, found), restyles=restyles, **accepted)
    except (SourceError, EditError, ValueError) as error:
        messages.error(request, _shown(error, found))
        return None
    if report.status not in ("applied", "unchanged"):
        messages.error(request, faults.in_language(report.error or report.status, _language()))
        return None
    text = _("Taken in: added %(added)s, changed %(changed)s, removed %(removed)s, refused %(refused)s.")
    counts = {"added": report.added, "changed": report.changed, "removed": report.removed, "refused": report.refused}
    messages.success(request, text % counts)
    holding.mark_taken(found, int(number))
    if len(holding.taken(found)) < len(parts):
        return redirect("hub:held", token=found.token)
    holding.drop(found)
    return redirect("hub:layer", layer=layer)


def _table(request: HttpRequest, found: holding.Held, number: int, part: Part) -> dict[str, Any]:
    """Return what the page shows of one table, or why it can't be taken."""
    own = request.method == "POST" and request.POST.get("part") == str(number)
    choices = _choices(request, found) if own else Choices()
    shown: dict[str, Any] = {"number": number, "title": choices.title or part.title, "choices": choices}
    try:
        looked = taking.looked(found, part, choices)
    except (SourceError, EditError, ValueError) as error:
        return shown | {"error": _shown(error, found)}
    definition, report = looked.intake.definition, looked.report
    shown |= {
        "definition": definition,
        "geometry": GEOMETRIES[definition.geometry],
        "report": report,
        "error": _shown(report.error, found) if report.status in ("failed", "refused") else None,
        "loss": faults.in_language(report.error, _language()) if report.status == "needs_confirmation" else None,
        "stale": any(reason.code in ("stale", "stale_removed") for reason in report.reasons),
        "reasons": [{"attribute": r.attribute, "text": getattr(r, _language()), "count": r.count} for r in report.reasons],
        "examples": [{"position": n.position, "texts": getattr(n, _language())} for n in report.refused_examples],
        "attributes": [(a, TYPES[a.type]) for a in definition.attributes],
        "style": legend(definition, looked.style) if looked.style else None,
        "lost": losses(looked.lost),
        "keeps_style": request.POST.get("keep_style") == "1",
    }
    if looked.found is None:
        return shown
    columns = list(looked.found.columns)
    return shown | {
        "found": looked.found,
        "columns": columns,
        "records": [[record.get(column, "") for column in columns] for record in looked.found.shown],
        "keys": looked.found.keys,
        "key": definition.key[0],
        "generated": GENERATED,
    }


def _choices(request: HttpRequest, found: holding.Held) -> Choices:
    """Return what the form says; what it may not say is left to the file."""
    given = {name: request.POST.get(name, "").strip() or None for name in ("title", "theme", "key", "bounds", "crs")}
    if given["bounds"] not in BOUNDS:
        given["bounds"] = None
    if given["crs"] not in dict(_crs_choices()):
        given["crs"] = None
    return Choices(crs=given["crs"]) if found.layer else Choices(**given)


def _crs_choices() -> list[tuple[str, str]]:
    municipality = described.library().municipality
    local = municipality.local_crs if municipality else []
    named = [(f"EPSG:{code}", f"EPSG:{code} (UCS-2000)") for code in local]
    return [("EPSG:4326", "EPSG:4326 (WGS 84)"), ("EPSG:3857", "EPSG:3857 (Web Mercator)"), *named]


def _refused(request: HttpRequest, found: holding.Held, reason: str) -> HttpResponse:
    """Show why the file as a whole is not taken."""
    context = {"held": found, "problem": _shown(reason, found), "definition": None, "suffixes": ", ".join(files.SUFFIXES)}
    holding.drop(found)
    return render_hub_page(request, "hub/upload_choose.html", context, status=400)


def _shown(error: object, found: holding.Held) -> str:
    """Return an error in the file's own name, on one line, in the page's language."""
    return faults.in_language(" ".join(str(error).replace(f"data://{found.name}", found.name).split()), _language())


def _style_stays(layer: str) -> str | None:
    """Return why the layer's style can't be changed here, None when it can."""
    try:
        taking.restylable(layer)
    except NotEditable as error:
        return faults.in_language(str(error), _language())
    return None


def _editable(layer: str) -> LayerDefinition:
    try:
        return taking.editable(layer)
    except LookupError:
        raise Http404(_("There is no such layer.")) from None
    except NotEditable:
        raise Http404(_("The layer follows its source; change the data there.")) from None


def _language() -> str:
    return "en" if (get_language() or "uk").startswith("en") else "uk"
