"""Render a page of the hub in the portal's frame, with what a signed-in person needs: messages, account, CSRF token."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from geoplatform.hub.accounts import is_staff_member
from geoplatform.portal.pages import page_context


def render_hub_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return `template` filled with `context`; the context processors of GeoNode, with their queries, are left out.

    The engine adds the CSRF token itself, since it is given the request.
    """
    filled = {
        **page_context(request),
        "messages": messages.get_messages(request),
        "account": request.user if request.user.is_authenticated else None,
        "is_staff_member": is_staff_member(request.user),
        **context,
    }
    html = get_template(template).template.render(_context(request, filled))
    return HttpResponse(html, status=status)


def _context(request: HttpRequest, filled: dict[str, Any]):
    from django.middleware.csrf import get_token
    from django.template import Context

    return Context({**filled, "request": request, "csrf_token": get_token(request)})
