"""What a phone keeps for a blackout: the critical facilities with all that is known of them, as one compact JSON document.

Only what everybody may see is in it; it is read as the public role. Both languages are in one document, words that many places
share are in it once, and opening hours are told as the open spans of the coming week, since a phone can't evaluate them.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from psycopg import Connection

from geoplatform.config import Config
from geoplatform.facilities import banner, critical, entrances, statements
from geoplatform.facilities.critical import Facility
from geoplatform.layers import published
from geoplatform.layers.definition import Level, Text
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import hours
from geoplatform.serving import archives

#: The document's form; a page that knows another one asks for itself anew.
FORM = 1
#: Seconds after which the document is made anew although nothing was published: the week of opening hours moves on.
MOST_AGE = 300.0
#: Layers whose archives make the offline map, the most needed first, and how many bytes of them a phone is asked to keep.
GROUND = ("community_boundary", "streets", "roads", "city_districts", "green_areas")
MOST_ARCHIVED = 25 * 2**20

_lock = threading.Lock()
_kept: tuple[tuple[str, int], float, Document] | None = None


@dataclass(frozen=True)
class Document:
    """The JSON, and the tag of what is in it: the moment of making is not, so that the same content keeps its tag."""

    body: bytes
    tag: str


def document(conn: Connection, available: Sequence[PublishedLayer], config: Config) -> Document:
    """Return the document, made at most MOST_AGE before. conn: of the public role; available: what it may see."""
    global _kept
    key = (conn.info.dsn, published.serial(conn, Level.public))
    with _lock:
        kept = _kept
    if kept and kept[0] == key and time.monotonic() - kept[1] < MOST_AGE:
        made = kept[2]
    else:
        made = _sealed(content(conn, available, datetime.now(UTC)), datetime.now(UTC))
        with _lock:
            _kept = (key, time.monotonic(), made)
    # announcements and archives change without a publication, and cost nothing to look at
    now = [_banner(found) for found in banner.active()]
    stored = archived(available, config)
    body = b'%s,"banners":%s,"archives":%s}' % (made.body[:-1], orjson.dumps(now), orjson.dumps(stored))
    return Document(body, hashlib.sha256(made.tag.encode() + orjson.dumps([now, stored])).hexdigest()[:32])


def forget() -> None:
    """Make the document anew at the next request."""
    global _kept
    with _lock:
        _kept = None


def content(conn: Connection, available: Sequence[PublishedLayer], now: datetime) -> dict[str, Any]:
    """Return the document's content as of `now` (aware), without announcements and archives.

    `places` holds a row a facility in the order of `columns`; what is not known is null.
    """
    layers = critical.layers(available)
    states = statements.layer_of(available)
    found = critical.facilities(conn, available, now)
    number = {layer.id: position for position, layer in enumerate(layers)}
    shared = _Shared()
    spans = _Spans(now)
    rows = [
        [
            number[facility.layer.id],
            facility.id,
            facility.name,
            facility.name_en if facility.name_en != facility.name else None,
            shared.add(critical.category_title(facility)),
            ", ".join(filter(None, (facility.settlement, facility.address))) or None,
            facility.phone,
            round(facility.point[0], 6) if facility.point else None,
            round(facility.point[1], 6) if facility.point else None,
            spans.add(facility.hours),
            facility.hours,
            facility.wheelchair if facility.wheelchair != "unknown" else None,
            int(facility.is_demo),
            _statement(facility, shared),
        ]
        for facility in found
    ]
    return {
        "form": FORM,
        "columns": [
            *("layer", "id", "name", "name_en", "kind", "address", "phone", "lon", "lat", "open", "hours", "wheelchair", "demo"),
            "state",
        ],
        "layers": [
            {
                "id": layer.id,
                "title": _text(layer.definition.title),
                "note": _text(layer.definition.description) if not layer.feature_count else None,
                "life": layer.definition.life_depends,
                "checked": _epoch(layer.checked_at),
            }
            for layer in layers
        ],
        "words": [_text(text) for text in shared.texts],
        "open": spans.weeks,
        "stale_after": int(statements.stale_after(states).total_seconds()) if states else 0,
        "serving_no": sorted(statements.NOT_SERVING),
        "places": rows,
        "entrances": [
            [
                e.shelter,
                _kind(available, e),
                e.description,
                e.step_free,
                e.door_width,
                round(e.lon, 6),
                round(e.lat, 6),
            ]
            for e in entrances.read(conn, available)
        ],
    }


def archived(available: Sequence[PublishedLayer], config: Config) -> list[dict[str, Any]]:
    """Return the PMTiles archives that make the offline map: layer, geometry, address, bytes; at most MOST_ARCHIVED in all."""
    by_id = {layer.id: layer for layer in available}
    chosen: list[dict[str, Any]] = []
    room = MOST_ARCHIVED
    for name in GROUND:
        layer = by_id.get(name)
        try:
            size = archives.link(config, name).stat().st_size if layer else 0
        except FileNotFoundError:
            continue
        if layer is None or not 0 < size <= room:
            continue
        room -= size
        geometry = layer.definition.geometry
        chosen.append(
            {"layer": name, "geometry": geometry, "url": f"/pmtiles/{name}.pmtiles", "version": layer.version, "bytes": size}
        )
    return chosen


class _Shared:
    """Texts that many places have in common, each once."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self._at: dict[Text, int] = {}

    def add(self, text: Text | None) -> int | None:
        if text is None:
            return None
        if text not in self._at:
            self._at[text] = len(self.texts)
            self.texts.append(text)
        return self._at[text]


class _Spans:
    """The coming week of each way in which hours are written: lists of [from, to) in epoch seconds, open for certain."""

    def __init__(self, now: datetime) -> None:
        self.weeks: list[list[list[int]]] = []
        self._now = now
        self._at: dict[str, int | None] = {}

    def add(self, syntax: str | None) -> int | None:
        if not syntax:
            return None
        if syntax not in self._at:
            read = hours.read(syntax, self._now)
            self._at[syntax] = None if read is None else len(self.weeks)
            if read is not None:
                self.weeks.append(_week(read))
        return self._at[syntax]


def _week(read: hours.Hours) -> list[list[int]]:
    joined: list[list[int]] = []
    for day in read.week:
        following = day.date + timedelta(days=1)
        for span in day.spans:
            if not span.certain:
                continue
            since = int(datetime.combine(day.date.date(), span.since, day.date.tzinfo).timestamp())
            ends = (
                following
                if span.until.hour == span.until.minute == 0
                else datetime.combine(day.date.date(), span.until, day.date.tzinfo)
            )
            if joined and joined[-1][1] == since:
                joined[-1][1] = int(ends.timestamp())
            else:
                joined.append([since, int(ends.timestamp())])
    return joined


def _statement(facility: Facility, shared: _Shared) -> dict[str, Any] | None:
    """Return what was said of the facility's state; `own` alone when only its source says something."""
    told = facility.told
    if told.statement is None:
        return {"own": shared.add(told.own)} if told.own else None
    said = told.statement
    filled = {
        "code": said.state,
        "title": shared.add(said.title),
        "known": _epoch(said.known_at),
        "since": _epoch(said.since),
        "until": _epoch(said.known_until),
        "note": said.note,
        "note_en": said.note_en,
        "source": said.source,
    }
    return {name: value for name, value in filled.items() if value is not None}


def _kind(available: Sequence[PublishedLayer], entrance: entrances.Entrance) -> list[str]:
    return _text(entrances.kind_title(available, entrance.kind))


def _banner(found: banner.Banner) -> dict[str, Any]:
    return {
        "severity": found.severity,
        "title": _text(found.title),
        "text": _text(found.text) if found.text else None,
        "until": _epoch(found.ends_at),
    }


def _sealed(filled: dict[str, Any], now: datetime) -> Document:
    tag = hashlib.sha256(orjson.dumps(filled)).hexdigest()
    return Document(orjson.dumps({"made": int(now.timestamp()), **filled}), tag)


def _text(text: Text) -> list[str]:
    return [text.uk, text.en]


def _epoch(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None
