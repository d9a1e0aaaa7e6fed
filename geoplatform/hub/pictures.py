"""Pictures of catalogue records in the media folder. Their addresses need no permission but can't be guessed."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction
from geonode.base.models import ResourceBase

FOLDER = "thumbs"


def store(resource: ResourceBase, png: bytes | None) -> None:
    """Make `png` the picture of `resource`, or leave it without one; the old file goes when the change is committed."""
    old = resource.thumbnail_path
    path = url = None
    if png is not None:
        path = f"{FOLDER}/{resource.uuid}-{secrets.token_hex(8)}.png"
        file = Path(settings.MEDIA_ROOT) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png)
        file.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        url = f"{settings.SITEURL.rstrip('/')}{settings.MEDIA_URL}{path}"
    ResourceBase.objects.filter(pk=resource.pk).update(thumbnail_path=path, thumbnail_url=url)
    resource.thumbnail_path, resource.thumbnail_url = path, url
    if old and old != path:
        transaction.on_commit(lambda: _unlink(old))


def remove(resource: ResourceBase) -> None:
    """Delete the picture's file, when it is one of ours."""
    if resource.thumbnail_path:
        path = resource.thumbnail_path
        transaction.on_commit(lambda: _unlink(path))


def _unlink(path: str) -> None:
    file = (Path(settings.MEDIA_ROOT) / path).resolve()
    if file.is_relative_to((Path(settings.MEDIA_ROOT) / FOLDER).resolve()):
        file.unlink(missing_ok=True)
