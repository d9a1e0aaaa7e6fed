"""Uploaded pictures that pages show. Only these folders: uploads themselves are given out by the API, after asking who may."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve

#: Folders of MEDIA_ROOT that hold nothing but pictures for pages.
OPEN_FOLDERS = ("thumbs", "avatars", "people_group", "img")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse:
    """Give out a picture; anything else below the media folder does not exist for strangers (404)."""
    if path.split("/", 1)[0] not in OPEN_FOLDERS or not path.lower().endswith(PICTURES):
        raise Http404
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response["Cache-Control"] = "public, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response
