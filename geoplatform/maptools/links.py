"""Make, find and bound short links; the rules of what may be shortened."""

from __future__ import annotations

import base64
import hashlib
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.core.cache import caches
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils import translation

from geoplatform.maptools.models import ShortLink

#: A view with every layer, filter and display setting stays well below this; a text unique in PostgreSQL may hold 2700 bytes.
MAX_LENGTH = 2500
MAX_LINKS = 200_000
#: New links that one address may ask for in an hour.
PER_HOUR = 60
CODE_LENGTH = 10
#: The pages whose views may be shortened, by their names.
PAGES = {"publicmap:map", "publicmap:feature", "maptools:about"}


class LinkRefused(Exception):
    """The address can't be shortened. reason: `foreign`, `long` or `often`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make(target: str, visitor: str) -> ShortLink:
    """Return the short link to `target`, a path of the map with query and fragment; the same target has the same link.

    visitor: the address that asks, for the limit; it is kept as a hash for an hour. Raises LinkRefused.
    """
    target = _checked(target)
    existing = ShortLink.objects.filter(target=target).first()
    if existing is not None:
        return existing
    _count(visitor)
    digest = base64.b32encode(hashlib.sha256(target.encode()).digest()).decode().lower()
    with transaction.atomic():
        _make_room()
        # Two targets with the same 50 bits: the later one gets a longer name.
        for length in range(CODE_LENGTH, 17):
            link, _new = ShortLink.objects.get_or_create(
                code=digest[:length], defaults={"target": target, "used_on": date.today()}
            )
            if link.target == target:
                return link
    raise AssertionError("seventeen characters of a hash are not enough")


def find(code: str) -> ShortLink | None:
    """Return the link called `code`, noting that it was used; None when there is none."""
    link = ShortLink.objects.filter(code=code).first()
    if link is not None and link.used_on < date.today() - timedelta(days=1):
        ShortLink.objects.filter(code=code).update(used_on=date.today())
    return link


def _checked(target: str) -> str:
    if len(target.encode("utf-8", "surrogatepass")) > MAX_LENGTH:
        raise LinkRefused("long")
    # What a browser would read as another host, or the database can't hold, is no address of ours.
    if not target.startswith("/") or target.startswith("//") or "\\" in target:
        raise LinkRefused("foreign")
    if any(ord(character) < 0x21 or ord(character) == 0x7F or 0xD800 <= ord(character) < 0xE000 for character in target):
        raise LinkRefused("foreign")
    path = urlsplit(target).path
    try:
        with translation.override("en" if path.startswith("/en/") else "uk"):
            page = resolve(path)
    except Resolver404 as error:
        raise LinkRefused("foreign") from error
    if page.view_name not in PAGES:
        raise LinkRefused("foreign")
    return target


def _count(visitor: str) -> None:
    key = "shortlinks:" + hashlib.sha256(visitor.encode()).hexdigest()[:32]
    cache = caches["limits"]  # the default one is emptied now and then, and with it what was counted
    cache.add(key, 0, timeout=3600)
    try:
        asked = cache.incr(key)
    except ValueError:  # it ended between the two
        return
    if asked > PER_HOUR:
        raise LinkRefused("often")


def _make_room() -> None:
    if ShortLink.objects.count() >= MAX_LINKS:
        oldest = ShortLink.objects.order_by("used_on").values_list("code", flat=True)[: MAX_LINKS // 100]
        ShortLink.objects.filter(code__in=list(oldest)).delete()
