"""A layer's versions: who changed what and when, two of them compared, and going back to one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import psycopg
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from psycopg import Connection

from geoplatform import config, database
from geoplatform.access import visible
from geoplatform.hub import authors, comparison_map, permitted
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import described, faults, restore
from geoplatform.layers.definition import Attribute, LayerDefinition, Level
from geoplatform.layers.job import ApplyError
from geoplatform.layers.restore import Difference, RestoreError
from geoplatform.publishing import pipeline

VERSIONS_SHOWN = 50
FEATURES_SHOWN = 50
#: Features that the picture shows at most.
PLACES_DRAWN = 2000
_PATIENCE = 10_000  # ms that going back waits for an edit or a run under way
_LARGEST = 2**63 - 1  # of PostgreSQL's bigint

KINDS = {
    "added": pgettext_lazy("what happened to a feature", "added"),
    "changed": pgettext_lazy("what happened to a feature", "changed"),
    "removed": pgettext_lazy("what happened to a feature", "removed"),
}


class _NotANumber(ValueError):
    """A parameter that is no number of a version."""


@require_GET
@staff_only
def versions(request: HttpRequest, layer: str) -> HttpResponse:
    """The layer's versions, newest first, a page at a time; `before` is where the page begins."""
    permitted.require(request.user, layer, "view")
    try:
        before = _number(request, "before") if "before" in request.GET else None
    except _NotANumber as error:
        return _bad(error)
    with database.pool("owner").connection() as conn:
        definition = _definition(conn, layer)
        found = restore.listed(conn, layer, VERSIONS_SHOWN + 1, before)
        newest = restore.listed(conn, layer, 1)
    shown = found[:VERSIONS_SHOWN]
    names = authors.names({item.author for item in shown})
    rows = [
        {"version": item, "who": names[item.author], "previous": found[number + 1].version if number + 1 < len(found) else None}
        for number, item in enumerate(shown)
    ]
    context = {
        "layer": layer,
        "title": definition.title.in_language(_language()),
        "rows": rows,
        "newest": newest[0].version if newest else None,
        "first_page": before is None,
        "older": shown[-1].version if len(found) > VERSIONS_SHOWN else None,
    }
    return render_hub_page(request, "hub/versions.html", context)


@require_GET
@staff_only
def compare(request: HttpRequest, layer: str) -> HttpResponse:
    """What differs between the versions `from` and `to`: counts, a picture and the features, a page at a time (`after`)."""
    permitted.require(request.user, layer, "view")
    try:
        earlier, later = _number(request, "from"), _number(request, "to")
    except _NotANumber as error:
        return _bad(error)
    after = request.GET.get("after")
    if after is not None and "\0" in after:
        return _bad(_("There is no such feature."))
    with database.pool("owner").connection() as conn:
        definition = _definition(conn, layer)
        moments = _moment(conn, layer, earlier), _moment(conn, layer, later)
        counts = _counts(conn, layer, *moments)
        shown_as = visible.as_published(conn, definition, Level.staff)
        shows_features = shown_as.publication.visible_to(Level.staff)
        found = restore.compare(conn, layer, *moments, FEATURES_SHOWN + 1, after) if shows_features else []
        newest = restore.listed(conn, layer, 1)[0].version
    shown = found[:FEATURES_SHOWN]
    more = len(found) > FEATURES_SHOWN
    context = {
        "layer": layer,
        "title": definition.title.in_language(_language()),
        "earlier": earlier,
        "later": later,
        "moments": moments,
        "newest": newest,
        "counts": counts,
        "differs": any(counts.values()),
        "shows_features": shows_features,
        "rows": [_row(item, shown_as) for item in shown],
        "first_page": after is None,
        "next": urlencode({"from": earlier, "to": later, "after": shown[-1].id}) if more else None,
        "picture": _picture_address(layer, earlier, later) if _has_places(shown_as) else None,
        "places_drawn": PLACES_DRAWN if sum(counts.values()) > PLACES_DRAWN else None,
    }
    return render_hub_page(request, "hub/compare.html", context)


@require_GET
@staff_only
def picture(request: HttpRequest, layer: str) -> HttpResponse:
    """The places of what differs between `from` and `to`, as an SVG of its own."""
    permitted.require(request.user, layer, "view")
    try:
        earlier, later = _number(request, "from"), _number(request, "to")
    except _NotANumber as error:
        return _bad(error)
    with database.pool("owner").connection() as conn:
        definition = _definition(conn, layer)
        if not _has_places(visible.as_published(conn, definition, Level.staff)):
            raise Http404(_("Staff may not see the places of this layer."))
        moments = _moment(conn, layer, earlier), _moment(conn, layer, later)
        try:
            found = restore.compare(conn, layer, *moments, PLACES_DRAWN)
        except RestoreError:
            raise Http404(_("There is no such layer.")) from None
    texts = {kind: str(text) for kind, text in KINDS.items()}
    texts["title"] = _("Places that differ between versions %(earlier)s and %(later)s") % {"earlier": earlier, "later": later}
    texts["none"] = _("Nothing that differs has a place.")
    return HttpResponse(comparison_map.draw(found, texts), content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def go_back(request: HttpRequest, layer: str, version: int) -> HttpResponse:
    """Ask whether the layer shall be as it was in `version`; when confirmed (POST), make that its newest version."""
    permitted.require(request.user, layer, "edit")
    with database.pool("owner").connection() as conn:
        definition = _definition(conn, layer)
        moment = _moment(conn, layer, version)
        newest = restore.listed(conn, layer, 1)[0]
        counts = _counts(conn, layer, newest.at, moment)
    if request.method != "POST":
        context = {
            "layer": layer,
            "title": definition.title.in_language(_language()),
            "version": version,
            "moment": moment,
            "newest": newest.version,
            "counts": counts,
            "differs": any(counts.values()),
            "follows_source": not definition.kept_here,
        }
        return render_hub_page(request, "hub/go_back.html", context)
    author = f"account:{request.user.pk}"
    settings = config.load()
    publish = pipeline.publisher(described.library(), author)
    try:
        # a connection of its own: the limit of waiting goes with it
        with psycopg.connect(settings.dsn(), autocommit=True, application_name="geoplatform-restore") as conn:
            conn.execute(f"set lock_timeout = {_PATIENCE}")
            done = restore.restore(conn, definition, moment, author, publish, allow_demo=settings.demo)
    except psycopg.errors.LockNotAvailable:
        messages.error(request, _("The layer is being changed; try again in a moment."))
    except (RestoreError, ApplyError) as error:
        messages.error(
            request, _("The layer stays as it is: %(reason)s") % {"reason": faults.in_language(str(error), _language())}
        )
    else:
        if done.touched:
            counts = {"version": done.version, "added": done.added, "changed": done.changed, "removed": done.removed}
            text = _("Version %(version)s is as it was then: added %(added)s, changed %(changed)s, removed %(removed)s.")
            messages.success(request, text % counts)
        else:
            messages.success(request, _("Nothing differs from that version, so nothing was changed."))
    return redirect("hub:versions", layer=layer)


def _definition(conn: Connection, layer: str) -> LayerDefinition:
    row = conn.execute("select definition from registry.layer where id = %s", [layer]).fetchone()
    if row is None:
        raise Http404(_("There is no such layer."))
    return LayerDefinition.model_validate(row[0])


def _moment(conn: Connection, layer: str, version: int) -> Any:
    if version > _LARGEST:
        raise Http404(_("The layer has no such version."))
    try:
        return restore.moment_of(conn, layer, version)
    except RestoreError:
        raise Http404(_("The layer has no such version.")) from None


def _counts(conn: Connection, layer: str, earlier: Any, later: Any) -> dict[str, int]:
    try:
        return restore.count(conn, layer, earlier, later)
    except RestoreError:
        raise Http404(_("There is no such layer.")) from None


def _number(request: HttpRequest, name: str) -> int:
    """Return the parameter as a number of a version; raises _NotANumber."""
    value = request.GET.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 20) or int(value) > _LARGEST:
        raise _NotANumber(_("Give the parameter %(name)s as the number of a version.") % {"name": name})
    return int(value)


def _bad(reason: object) -> HttpResponse:
    return HttpResponseBadRequest(f"{reason}\n", content_type="text/plain; charset=utf-8")


def _row(item: Difference, definition: LayerDefinition) -> dict[str, Any]:
    """Return one feature that differs, in words; attributes that staff may not see are left out."""
    attributes = {a.name: a for a in definition.attributes}
    changes, hidden = [], False
    for name, (old, new) in item.attributes.items():
        attribute = attributes.get(name)
        if attribute is None or not attribute.publication.visible_to(Level.staff):
            hidden = True
            continue
        change = {"title": attribute.title.in_language(_language()), "old": _value(old, attribute), "new": _value(new, attribute)}
        changes.append(change)
    return {
        "id": item.id,
        "kind": item.kind,
        "kind_text": KINDS[item.kind],
        "changes": changes,
        "hidden": hidden,
        "moved": item.kind == "changed" and item.moved,
    }


def _value(value: Any, attribute: Attribute) -> str:
    """Return a value as people write it, in the page's language."""
    if value is None or value == []:
        return pgettext("value of an attribute", "nothing")
    if isinstance(value, bool):
        return pgettext("value of an attribute", "yes") if value else pgettext("value of an attribute", "no")
    if isinstance(value, list) and attribute.multiple:
        return ", ".join(_value(item, attribute) for item in value)
    vocabulary = described.library().vocabularies.get(attribute.vocabulary or "")
    for term in vocabulary.terms if vocabulary else ():
        if term.code == value:
            return term.title.in_language(_language())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _has_places(definition: LayerDefinition) -> bool:
    """Tell whether staff may see where the layer's features exactly are."""
    exact = "staff" not in definition.publication_geometry
    return definition.geometry != "none" and exact and definition.publication.visible_to(Level.staff)


def _picture_address(layer: str, earlier: int, later: int) -> str:
    return f"{reverse('hub:compare_picture', args=[layer])}?{urlencode({'from': earlier, 'to': later})}"


def _language() -> str:
    return "en" if (get_language() or "uk").startswith("en") else "uk"
