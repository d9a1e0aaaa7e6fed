"""Who asks, as far as a limit against floods needs to know it."""

from __future__ import annotations

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address as nginx tells it: it writes the last entry itself, whatever the visitor claims."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
