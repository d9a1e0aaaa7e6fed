"""Language of a page, and GeoNode's maintenance and read-only switches without a session for each anonymous visitor."""

from __future__ import annotations

from http import HTTPStatus

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import LocalePrefixPattern, Resolver404, get_resolver
from django.utils import translation
from geonode.base import middleware as stock
from geonode.base.models import Configuration

from geoplatform.hub import problems
from geoplatform.serving.problems import Problem

#: Seconds for which the two switches may be out of date in a process.
SWITCHES_SECONDS = 10
#: After so many seconds a client may ask again whether the maintenance is over.
MAINTENANCE_SECONDS = "300"
_SWITCHES_KEY = "hub:configuration"


def language_of_path(path: str) -> str | None:
    """Return the language that the address itself names: `en` below /en/, the default one for a portal page without a prefix.

    None for GeoNode's own pages, which have one address for all languages.
    """
    prefixed = translation.get_language_from_path(path)
    if prefixed:
        return prefixed
    default = translation.get_supported_language_variant("uk")
    with translation.override(default):
        for resolver in get_resolver().url_patterns:
            if isinstance(resolver.pattern, LocalePrefixPattern) and not resolver.pattern.prefix_default_language:
                try:
                    resolver.resolve(path.lstrip("/"))
                except Resolver404:
                    continue
                return default
    return None


class LanguageMiddleware(LocaleMiddleware):
    """Portal pages speak the language of their address; GeoNode's the visitor's (cookie, then browser), Ukrainian by default.

    Django's own rule would give every address without a prefix the default language as soon as one pattern is written with
    `prefix_default_language=False`.
    """

    def process_request(self, request: HttpRequest) -> None:
        named = language_of_path(request.path_info)
        request.language_by_address = named is not None
        translation.activate(named or translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if getattr(request, "language_by_address", False):
            response.headers.setdefault("Content-Language", translation.get_language())
            return response
        return super().process_response(request, response)


class ProfileLanguageMiddleware(stock.ProfileLanguageMiddleware):
    """A signed-in person's language of their profile, except where the address names one or they have just chosen another."""

    def process_request(self, request: HttpRequest) -> None:
        if getattr(request, "language_by_address", False) or not request.user.is_authenticated:
            return
        super().process_request(request)


def switches() -> dict[str, bool]:
    """Return GeoNode's `read_only` and `maintenance` switches, read from the shared cache."""
    found = cache.get(_SWITCHES_KEY)
    if found is None:
        stored = Configuration.load()
        found = {"read_only": stored.read_only, "maintenance": stored.maintenance}
        cache.set(_SWITCHES_KEY, found, SWITCHES_SECONDS)
    return found


class ReadOnlyMiddleware(stock.ReadOnlyMiddleware):
    """While the hub is read-only, only administrators change anything."""

    def process_view(self, request: HttpRequest, view_func, view_args, view_kwargs) -> HttpResponse | None:
        if request.method not in (*self.FORBIDDEN_HTTP_METHODS, "PATCH") or not switches()["read_only"]:
            return None
        if request.user.is_superuser and request.user.is_active:
            return None
        if request.resolver_match.url_name in self.WHITELISTED_URL_NAMES:
            return None
        if problems.is_for_machines(request):
            what = "The portal can only be read for now; nothing is changed. Its administrators end that: try again later."
            return problems.answer(Problem(HTTPStatus.METHOD_NOT_ALLOWED, what))
        return render(request, "base/read_only_violation.html", status=405)


class MaintenanceMiddleware(stock.MaintenanceMiddleware):
    """While the hub is being maintained, only administrators see its pages."""

    def process_view(self, request: HttpRequest, view_func, view_args, view_kwargs) -> HttpResponse | None:
        if not switches()["maintenance"] or request.user.is_superuser:
            return None
        if request.resolver_match.url_name in (*self.WHITELISTED_URL_NAMES, "account_login"):
            return None
        if problems.is_for_machines(request):
            what = "The portal is being maintained; try again later. What is published can still be read below /ogcapi/."
            return problems.answer(Problem(HTTPStatus.SERVICE_UNAVAILABLE, what, {"Retry-After": MAINTENANCE_SECONDS}))
        return render(request, "base/maintenance.html", status=503)
