"""The feed of what changes in an area: an Atom document at an address that holds the whole question, without an account."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import reverse
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform import config
from geoplatform.changes import events, following, wording
from geoplatform.changes.events import Event
from geoplatform.layers import published
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal import facts
from geoplatform.portal.errors import error_page
from geoplatform.publicmap import conditions, current
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.views import reads_data

#: A feed tells of so many days, and of so many entries.
DAYS = 30
ENTRIES = 100
#: Seconds that a made feed is kept.
_KEPT = 600
_TYPE = "application/atom+xml; charset=utf-8"
#: No text of XML may hold these, whatever a source wrote.
_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))


@reads_data
def changes(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer what has changed lately where the address says, the newest first."""
    available = current.layers(conn)
    query, notices = following.read(request.GET, available, request.measured_from.origin)
    faults = [notice.message for notice in (*request.measured_from.notices, *notices) if notice.level == "error"]
    if faults:
        return error_page(request, 400, " ".join(faults))
    try:
        asked = following.resolved(conn, query, available)
    except conditions.AreaMissing:
        return error_page(request, 404, _("The area is no longer in the data."))
    layers = following.layers(query, available)
    now = datetime.now(UTC)
    address = config.load().site_url + reverse("changes:feed") + following.address(query)
    state = (address, published.serial(conn, "public"), [(layer.id, layer.version) for layer in layers], f"{now:%Y-%m-%d}")
    etag = f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:24]}"'
    changed = max([layer.changed_at for layer in layers if layer.changed_at], default=now - timedelta(days=DAYS))
    headers = {"ETag": etag, "Last-Modified": http_date(changed.timestamp()), "Cache-Control": "public, max-age=300"}
    if _has(request, etag, changed):
        return HttpResponseNotModified(headers=headers)
    text = cache.get(f"changes:feed:{etag}")
    if text is None:
        found = events.find(asked, layers, now - timedelta(days=DAYS), ENTRIES)
        text = _document(asked, available, layers, found, address, changed)
        cache.set(f"changes:feed:{etag}", text, _KEPT)
    return HttpResponse(text, content_type=_TYPE, headers=headers)


def _has(request: HttpRequest, etag: str, changed: datetime) -> bool:
    """Return whether the reader has this feed already; an ETag decides where both are given."""
    given = request.headers.get("If-None-Match")
    if given is not None:
        return etag in given or given.strip() == "*"
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(changed.timestamp()) <= since


def _document(
    asked: Conditions,
    available: list[PublishedLayer],
    layers: list[PublishedLayer],
    found: list[Event],
    address: str,
    changed: datetime,
) -> str:
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    community = facts.municipality().name.in_language(language)
    title = _("What changes: %(where)s") % {"where": following.where(asked)}
    page = config.load().site_url + reverse("changes:compare") + following.address(asked.query)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss" xml:lang="{language}">',
        f"<id>{_text(address)}</id>",
        f"<title>{_text(title)}</title>",
        f"<subtitle>{_text('. '.join(following.told(asked, available)))}</subtitle>",
        f"<updated>{_moment(found[0].at if found else changed)}</updated>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(address)}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(page)}/>',
        f"<author><name>{_text(community)}</name></author>",
        f"<rights>{_text('; '.join(dict.fromkeys(layer.definition.licence for layer in layers)))}</rights>",
    ]
    entries: list[str] = []
    for event in found:
        entries += _entries(asked, available, event, page)
    return "\n".join([*parts, *entries[:ENTRIES], "</feed>", ""])


def _entries(asked: Conditions, available: list[PublishedLayer], event: Event, page: str) -> list[str]:
    if event.changes:
        return [_entry_of(line, event) for line in wording.lines(asked, event.changes, available)]
    language = get_language() or "uk"
    layer = event.layer.definition.title.in_language(language)
    title = f"{wording.kind_title(event.kind)}: {event.count} – {layer}"
    name = f"{config.load().site_url}/map/?layer={quote(event.layer.id)}#{event.kind}-{_moment(event.at)}"
    return [_entry(name, title, event, page, _("So many places at once are told as a number."), "")]


def _entry_of(line: wording.Line, event: Event) -> str:
    root = config.load().site_url
    change = line.change
    name = f"{root}/map/{quote(change.layer.id)}/{quote(change.id)}/#{event.kind}-{_moment(event.at)}"
    demonstration = _("Demonstration data.") if change.is_demo else ""
    told = [line.category, line.address, line.where.capitalize(), *line.sentences, demonstration]
    place = f"<georss:point>{change.point[1]:.6f} {change.point[0]:.6f}</georss:point>" if change.point else ""
    title = f"{wording.kind_title(event.kind)}: {line.name}"
    return _entry(name, title, event, root + line.href, ". ".join(part.rstrip(".") for part in told if part), place)


def _entry(name: str, title: str, event: Event, href: str, summary: str, place: str) -> str:
    return (
        f"<entry><id>{_text(name)}</id><title>{_text(title)}</title><updated>{_moment(event.at)}</updated>"
        f'<category term="{event.kind}" label={_attribute(wording.kind_title(event.kind))}/>'
        f'<link rel="alternate" type="text/html" href={_attribute(href)}/><summary>{_text(summary)}</summary>{place}</entry>'
    )


def _text(text: str) -> str:
    return escape(text.translate(_FORBIDDEN))


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_FORBIDDEN))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
