"""A person's own tokens for QGIS, scripts and services: made, shown once, listed, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geoplatform import config, database
from geoplatform.access import Principal, audit, grants, tokens
from geoplatform.hub.accounts import level_of
from geoplatform.hub.views.access import signed_in_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import published

#: Days that the form offers.
DAYS = (7, 30, 90, 365)


@require_http_methods(["GET", "POST"])
@signed_in_only
def own(request: HttpRequest) -> HttpResponse:
    """The list with the form; a POST makes a token and shows it, this once."""
    made, fault, status = None, None, 200
    if request.method == "POST":
        made, fault = _make(request)
        status = 200 if made else 400
    with database.pool("owner").connection() as conn:
        mine = tokens.of(conn, request.user.pk)
    context = {
        "tokens": mine,
        "made": made,
        "fault": fault,
        "layers": _layers(request),
        "given": {"name": request.POST.get("name", ""), "layers": request.POST.getlist("layers")} if fault else {},
        "days": DAYS,
        "default_days": 90,
        "most_name": 100,
        "ogcapi": f"{config.load().site_url}/ogcapi/",
        "wms": f"{config.load().site_url}/wms",
    }
    response = render_hub_page(request, "hub/tokens.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@signed_in_only
def revoke(request: HttpRequest) -> HttpResponse:
    """End one of the person's own tokens; it opens nothing two seconds later."""
    with database.pool("owner").connection() as conn, conn.transaction():
        token = request.POST.get("token", "")
        done = tokens.revoke(conn, request.user.pk, token)
        if done:
            audit.note(conn, f"account:{request.user.pk}", "token revoked", token=token)
    if done:
        messages.success(request, _("The token is revoked. It opens nothing any more."))
    else:
        messages.warning(request, _("There is no such token, or it has been revoked before."))
    return redirect("tokens")


def _make(request: HttpRequest) -> tuple[str | None, str | None]:
    """Return the new token and None, or None and what to change."""
    name, limited = request.POST.get("name", ""), request.POST.get("limit") == "some"
    chosen = request.POST.getlist("layers")
    days = request.POST.get("days", "")
    if not days.isascii() or not days.isdecimal() or len(days) > 3 or not 1 <= int(days) <= tokens.MAX_DAYS:
        return None, _("Choose for how long the token is needed, up to a year.")
    if not 1 <= len(" ".join(name.split())) <= 100:
        return None, _("Give the token a name of up to 100 characters, so that you know later what uses it.")
    if limited and not chosen:
        return None, _("Choose at least one layer, or all that you may see.")
    if limited and not set(chosen) <= {layer for layer, _title in _layers(request)}:
        return None, _("Choose layers from the list.")
    try:
        with database.pool("owner").connection() as conn, conn.transaction():
            made = tokens.make(conn, request.user.pk, name, int(days), chosen if limited else None)
            facts = {"name": " ".join(name.split()), "days": int(days), "layers": chosen if limited else None}
            audit.note(conn, f"account:{request.user.pk}", "token made", **facts)
    except tokens.TokenError:
        return None, _("You have as many tokens as one person may have. Revoke one that is no longer used.")
    return made, None


def _layers(request: HttpRequest) -> list[tuple[str, str]]:
    """Return id and title of the layers that the person may see."""
    level = level_of(request.user)
    language = get_language() or "uk"
    with database.pool(str(level)).connection() as conn:
        layers = published.read(conn, level)
        permissions = grants.read(conn, level)
    with database.pool("public").connection() as conn:
        known = conn.execute("select level, groups from access.principal_of_account(%s)", [request.user.pk]).fetchone()
    principal = Principal(level, request.user.pk, frozenset(known[1] if known else ()))
    visible = permissions.visible(principal, [layer.id for layer in layers])
    return [(layer.id, layer.definition.title.in_language(language)) for layer in layers if layer.id in visible]
