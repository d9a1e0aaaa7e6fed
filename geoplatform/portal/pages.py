"""Render a page of the portal without the visitor's session.

The hub's context processors ask for the signed-in user and query the database. A public page needs none of that, so it is
rendered from its own context alone: no session is opened, no cookie set, and a shared cache may keep the answer.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils.translation import get_language

from geoplatform import config as configuration
from geoplatform.facilities import banner
from geoplatform.portal import facts, navigation


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what `portal/base.html` needs. It is also a context processor for pages that are rendered with one."""
    return {
        "language": get_language() or navigation.DEFAULT_LANGUAGE,
        "languages": navigation.language_links(request),
        "navigation": navigation.main_navigation(request),
        "municipality": facts.municipality(),
        "banners": banner.active(),
        "path": quote(request.path, safe="/:@!$&'()*+,;=~"),
        # The installation's own address: what the request says of its host may be a lie, and asking it then raises.
        "site_root": configuration.load().site_url,
    }


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200, max_age: int = 0
) -> HttpResponse:
    """Return the page `template` filled with `context` and `page_context`.

    max_age: seconds for which a browser or a shared cache may keep the page without asking again.
    """
    html = get_template(template).render({**page_context(request), **(context or {})})
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = f"public, max-age={max_age}" if max_age and status == 200 else "no-cache"
    return response
