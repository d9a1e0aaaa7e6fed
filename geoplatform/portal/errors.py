"""Error pages in the reader's language. The root URL configuration names these as its handlers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from geoplatform.portal.navigation import DEFAULT_LANGUAGE
from geoplatform.portal.pages import render_page

#: Status -> heading and what the reader can do.
WORDS = {
    400: (_("This address can't be read"), _("Part of the address is damaged. Check it, or start again from the map.")),
    403: (_("You can't open this page"), _("The page is for signed-in staff. If you should see it, sign in and try again.")),
    404: (_("Page not found"), _("The page may have moved, or the address has a typing mistake.")),
    503: (_("The data can't be read just now"), _("Try again in a minute. In an emergency call 112.")),
    500: (_("Something went wrong on our side"), _("We have recorded the fault. Try again in a few minutes.")),
}


def error_page(request: HttpRequest, status: int, message: str | None = None) -> HttpResponse:
    """Return the error page for `status` (a key of `WORDS`); `message` tells the reason when it is known."""
    language = translation.get_language_from_path(request.path_info) or DEFAULT_LANGUAGE
    with translation.override(language):
        heading, advice = WORDS[status]
        return render_page(
            request,
            "portal/error.html",
            {"heading": heading, "advice": advice, "reason": message, "status": status},
            status=status,
        )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old (setting CSRF_FAILURE_VIEW)."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return error_page(request, 500)
