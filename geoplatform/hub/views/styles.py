"""Pages on which staff give an uploaded layer another style: looked at first, then applied; earlier ones come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from geoplatform import database
from geoplatform.access import ceilings
from geoplatform.hub import authors, permitted
from geoplatform.hub.uploads import holding, taking
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import described, faults, published, stylefiles
from geoplatform.layers.definition import LayerDefinition, Level, Style
from geoplatform.layers.edits import EditError, NotEditable
from geoplatform.layers.report import RunReport
from geoplatform.layers.stylefiles import StyleFileError
from geoplatform.publishing import restyle, sld, styles
from geoplatform.publishing.styles import LegendEntry

_LARGEST = 2**63 - 1  # of PostgreSQL's bigint


def legend(definition: LayerDefinition, style: Style) -> list[LegendEntry]:
    """Return the legend that the layer has with `style`, in the page's language."""
    styled = definition.model_copy(update={"style": style})
    return styles.legend(styled, described.library().vocabularies, _language())


def seen(user: Any, definition: LayerDefinition, style: Style) -> Style:
    """Return `style` as `user`, who may edit the layer, sees it: what is restricted is for administrators."""
    if user.is_superuser:
        return style
    with database.pool("owner").connection() as conn:
        visible = ceilings.held(conn, definition).visible_attributes(Level.staff)
    return published.style_without(style, {attribute.name for attribute in visible})


def losses(lost: Iterable[str]) -> list[str]:
    """Return what of a style file is left out, in the page's language."""
    return [_told(loss) for loss in lost]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def style(request: HttpRequest, layer: str) -> HttpResponse:
    """The layer's style, the ones before it, and a form for a file with another one."""
    definition = _definition(request, layer)
    problem = None
    if request.method == "POST":
        held, problem = _held(request, definition)
        if held is not None:
            return redirect("hub:style_look", layer=layer, token=held.token)
    with database.pool("owner").connection() as conn:
        past = restyle.past(conn, layer)
    names = authors.names({item.actor for item in past})
    present = seen(request.user, definition, definition.style)
    context = {
        "definition": definition,
        "title": definition.title.in_language(_language()),
        "style": present,
        "present": legend(definition, present),
        "past": [(item, names[item.actor], legend(definition, seen(request.user, definition, item.style))) for item in past],
        "problem": problem,
    }
    return render_hub_page(request, "hub/style.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def look(request: HttpRequest, layer: str, token: str) -> HttpResponse:
    """Show what the file would make of the layer's style; apply it when it is confirmed."""
    definition = _definition(request, layer)
    held = holding.find(token, request.user.pk)
    if held is None or held.mode != holding.STYLE or held.layer != layer:
        raise Http404(_("There is no such upload, or its time is over. Choose the file again."))
    if request.method == "POST":
        try:
            _tell(request, taking.restyled(layer, held.style_path, f"account:{request.user.pk}"))
        except EditError as error:
            messages.error(request, _told(str(error)))
            return redirect("hub:style_look", layer=layer, token=token)
        holding.drop(held)
        return redirect("hub:style", layer=layer)
    found, lost = restyle.looked(held.style_path, definition)
    context = {
        "definition": definition,
        "title": definition.title.in_language(_language()),
        "held": held,
        "style": found,
        "present": legend(definition, seen(request.user, definition, definition.style)),
        "found": legend(definition, found),
        "lost": losses(lost),
        "same": found == definition.style,
    }
    return render_hub_page(request, "hub/style_look.html", context)


@require_POST
@staff_only
def back(request: HttpRequest, layer: str, entry: int) -> HttpResponse:
    """Give the layer back the style that it had until an entry of the log."""
    _definition(request, layer)
    try:
        if entry > _LARGEST:
            raise LookupError(entry)
        _tell(request, taking.style_before(layer, entry, f"account:{request.user.pk}"))
    except LookupError:
        raise Http404(_("There is no such style.")) from None
    except EditError as error:
        messages.error(request, _told(str(error)))
    return redirect("hub:style", layer=layer)


@require_GET
@staff_only
def download(request: HttpRequest, layer: str) -> HttpResponse:
    """The layer's style as SLD 1.1, also what the levels below staff do not see of it."""
    definition = _definition(request, layer)
    definition = definition.model_copy(update={"style": seen(request.user, definition, definition.style)})
    content = sld.sld(definition, described.library().vocabularies, _language())
    response = HttpResponse(content, content_type=sld.MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{definition.id}.sld"'
    return response


def _held(request: HttpRequest, definition: LayerDefinition) -> tuple[holding.Held | None, str | None]:
    """Return the file of the form, held until it is confirmed, or why it is no style for the layer."""
    file = request.FILES.get("style")
    if file is None:
        return None, _("Choose a file.")
    if not file.name.lower().endswith(stylefiles.SUFFIXES):
        return None, _("A style is a file .sld or .qml.")
    if file.size > stylefiles.MAX_BYTES:
        return None, _told(f"the style file is larger than {stylefiles.MAX_BYTES // 1024**2} MB")
    named = (file.name, file.chunks())
    held = holding.hold(request.user.pk, file.name, (), definition.id, holding.STYLE, named)
    try:
        restyle.looked(held.style_path, definition)
    except (StyleFileError, EditError) as error:
        holding.drop(held)
        return None, _told(str(error))
    return held, None


def _definition(request: HttpRequest, layer: str) -> LayerDefinition:
    """Return an uploaded layer's definition. Raises Http404, PermissionDenied."""
    permitted.require(request.user, layer, "edit")
    try:
        definition = taking.restylable(layer)
    except LookupError:
        raise Http404(_("There is no such layer, or it is described in a file and not uploaded.")) from None
    except NotEditable as error:
        raise Http404(_told(str(error))) from None
    if definition.geometry == "none":
        raise Http404(_told(f"layer {layer} has no geometry, hence no style"))
    return definition


def _tell(request: HttpRequest, report: RunReport | None) -> None:
    if report is None:
        messages.info(request, _("The layer has this style already."))
        return
    messages.success(request, _("The style has been changed."))


def _told(text: str) -> str:
    return faults.in_language(text, _language())


def _language() -> str:
    return "en" if (get_language() or "uk").startswith("en") else "uk"
