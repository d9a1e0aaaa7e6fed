"""Which of GeoNode's addresses are served, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import URLPattern, URLResolver

#: Names of GeoNode's views that are taken out.
REMOVED_NAMES = {
    "home": "the portal's home page is at /",
    "roles": "for GeoServer: lists every group, to anybody who has no key set",
    "users": "for GeoServer: lists every account",
    "adminRole": "for GeoServer",
    "version": "tells the exact version to everybody",
}


def kept(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Return GeoNode's `patterns` without what has no place here.

    Out go the views of REMOVED_NAMES and the tastypie API (`/api/`, version 1), which needs GeoServer's style resource and
    answers anonymous visitors more than the screens do.
    """
    return [pattern for pattern in patterns if getattr(pattern, "name", None) not in REMOVED_NAMES and not _is_tastypie(pattern)]


def _is_tastypie(pattern: URLPattern | URLResolver) -> bool:
    from geonode.api.urls import api

    if not isinstance(pattern, URLResolver) or not isinstance(pattern.urlconf_name, list):
        return False
    return any(getattr(inner, "name", None) == f"api_{api.api_name}_top_level" for inner in pattern.urlconf_name)
