"""The comparison of two dates or layers: a list that is complete without scripts, downloads, and what the swipe map draws."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from typing import Any

import shapely
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.changes import comparing, difference, wording
from geoplatform.changes.comparing import Comparison
from geoplatform.changes.difference import KINDS, Found
from geoplatform.layers.cells import harmless
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal import facts
from geoplatform.portal.errors import error_page
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import conditions, current, filters, parameters, presentation
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.parameters import Notice
from geoplatform.publicmap.past import layers_at
from geoplatform.publicmap.views import reads_data

PAGE_SIZE = 50
#: Changes in one file.
MOST_IN_FILE = 10_000


@dataclass(frozen=True)
class _Asked:
    """A request's comparison, with what it refers to in the data."""

    available: list[PublishedLayer]
    comparison: Comparison
    conditions: Conditions
    notices: list[Notice]


@reads_data
def compare(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show what differs: counts, a page of the list, and a map with two sides where scripts run."""
    asked = _asked(request, conn)
    comparison, notices = asked.comparison, asked.notices
    status = 400 if any(notice.level == "error" for notice in notices) else 200
    page = comparison.query.page
    found = difference.find(asked.conditions, comparison.pairs, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    pages = max(1, -(-found.total // PAGE_SIZE))
    if page > pages:
        notices.append(Notice("warning", _("The list ends at page %(last)d; it is shown.") % {"last": pages}))
        page, status = pages, 404
        found = difference.find(asked.conditions, comparison.pairs, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_page(request, "changes/compare.html", _context(conn, asked, found, page, pages), status=status)


@reads_data
def as_csv(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer the differences as CSV: a row for each attribute that differs, one for what was added or removed."""
    asked, found = _all(request, conn)
    if found is None:
        return error_page(request, 400, _refusal(asked))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["layer", "id", "name", "change", "attribute", "before", "after", "moved_metres", "lon", "lat"])
    for change in found.changes:
        lon, lat = change.point or ("", "")
        head = [change.layer.id, change.id, wording.name(change), change.kind]
        rows = [(a.name, _plain(old), _plain(new)) for a, old, new in change.differing] or [("", "", "")]
        metres = "" if change.metres is None else round(change.metres, 1)
        for attribute, old, new in rows:
            texts = [harmless(text) for text in (*head, attribute, old, new)]
            writer.writerow([*texts, metres, lon, lat])
    return _file(out.getvalue(), "text/csv; charset=utf-8", "changes.csv")


@reads_data
def as_geojson(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer the differences as GeoJSON, each feature with what it was (`before`) and is (`after`)."""
    asked, found = _all(request, conn)
    if found is None:
        return error_page(request, 400, _refusal(asked))
    features = [
        {
            "type": "Feature",
            "id": f"{change.layer.id}.{change.id}",
            "geometry": change.geometry,
            "properties": {
                "layer": change.layer.id,
                "id": change.id,
                "name": wording.name(change),
                "change": change.kind,
                "is_demo": change.is_demo,
                "before": change.earlier,
                "after": change.later,
            },
        }
        for change in found.changes
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, default=str)
    return _file(text, "application/geo+json", "changes.geojson")


def _asked(request: HttpRequest, conn: Connection) -> _Asked:
    available = current.layers(conn)
    measured = request.measured_from
    comparison, notices = comparing.read(request.GET, available, measured.origin)
    notices = [*measured.notices, *notices]
    try:
        found = conditions.resolve(conn, comparison.query, available)
    except conditions.AreaMissing:
        notices.append(Notice("warning", _("The area is no longer in the data; places everywhere are shown.")))
        comparison = replace(comparison, query=replace(comparison.query, area=None, page=1))
        found = conditions.resolve(conn, comparison.query, available)
    return _Asked(available, comparison, found, notices)


def _all(request: HttpRequest, conn: Connection) -> tuple[_Asked, Found | None]:
    """Return everything that differs, None when the request can't be followed or asks for too much."""
    asked = _asked(request, conn)
    if any(notice.level == "error" for notice in asked.notices):
        return asked, None
    found = difference.find(asked.conditions, asked.comparison.pairs, 0, MOST_IN_FILE, shapes=True)
    return asked, found if found.total <= MOST_IN_FILE else None


def _refusal(asked: _Asked) -> str:
    faults = [notice.message for notice in asked.notices if notice.level == "error"]
    too_many = _("More than %(most)d places differ: choose fewer layers, a smaller area or dates nearer to one another.")
    return " ".join(faults) or too_many % {"most": MOST_IN_FILE}


def _context(conn: Connection, asked: _Asked, found: Found, page: int, pages: int) -> dict[str, Any]:
    comparison, language = asked.comparison, get_language() or "uk"
    query, address = comparison.query, comparison.address()
    lines = wording.lines(asked.conditions, found.changes, asked.available)
    two = comparison.other is not None
    groups: list[dict[str, Any]] = []
    for line in lines:
        layer = line.change.layer.definition.title.in_language(language)
        key = (line.change.pair, line.kind)
        if not groups or groups[-1]["key"] != key:
            number = found.pairs.index(line.change.pair)
            title = wording.kind_title(line.kind, two=two)
            groups.append(
                {
                    "key": key,
                    "kind": line.kind,
                    "title": title,
                    "layer": layer,
                    "count": found.count(line.kind, number),
                    "lines": [],
                }
            )
        groups[-1]["lines"].append(line)
    near = query.near
    return {
        "comparison": comparison,
        "query": query,
        "notices": asked.notices,
        "summary": wording.counts(found),
        "found": found,
        "groups": groups,
        "kinds": KINDS,
        "two": two,
        "titles": [layer.definition.title.in_language(language) for layer in comparison.layers],
        "other": comparison.other.definition.title.in_language(language) if comparison.other else "",
        "area": asked.conditions.area,
        "address": near.text if near and near.text else "",
        "near": parameters.degrees(near.lon, near.lat) if near and not near.private and not near.text else "",
        "distances": [filters.Choice(str(m), filters.words.distance(m, language), m == query.within) for m in filters.DISTANCES],
        "areas": filters.area_groups(conn, asked.available, asked.conditions.area, language),
        "themes": current.by_theme(asked.available),
        "choices": [layer for layer in asked.available if layer.feature_count],
        "chosen": set(query.layers),
        "pages": [
            {"number": n, "href": reverse("changes:compare") + comparison.address(n), "current": n == page}
            for n in sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
        ]
        if pages > 1
        else [],
        "csv": reverse("changes:csv") + address,
        "geojson": reverse("changes:geojson") + address,
        "map_link": reverse("publicmap:map") + query.address(page=1),
        "feed_link": reverse("changes:follow") + query.address(page=1),
        "demonstration": any(change.is_demo for change in found.changes),
        "sources": presentation.sources(list(comparison.layers)),
        "client": _client(conn, asked),
        "bbox": parameters.degrees(*query.bbox) if query.bbox else "",
        "words": " ".join(query.words),
    }


def _client(conn: Connection, asked: _Asked) -> dict[str, Any]:
    """Return what the swipe map draws: on the left what was before, or the first layer, on the right what is after."""
    comparison, layers = asked.comparison, list(asked.comparison.layers)
    later = layers_at(conn, layers, comparison.after.at) if comparison.after else layers
    if comparison.other:
        others = [comparison.other]
        left, right = later[:1], layers_at(conn, others, comparison.after.at) if comparison.after else others
        labels = [layer.definition.title.in_language(get_language() or "uk") for layer in (left[0], right[0])]
    else:
        left, right = layers_at(conn, layers, comparison.before.at), later
        labels = [comparison.before.in_words(), comparison.after.in_words() if comparison.after else _("as it is now")]
    return {
        "left": presentation.client_layers(left),
        "right": presentation.client_layers(right),
        "labels": labels,
        "base": presentation.base_layers(asked.available),
        "bounds": _bounds(asked) or facts.municipality().bounds["community"],
        "words": swipe_words(),
    }


def swipe_words() -> dict[str, str]:
    """Return the texts that the map with two sides shows."""
    return {
        "map": _("Map with two sides. Move it with the arrow keys, zoom with plus and minus."),
        "failed": _("The map could not be loaded. The list tells the same."),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "attribution": _("Sources of the data"),
    }


def _bounds(asked: _Asked) -> tuple[float, ...] | None:
    if asked.conditions.area:
        return tuple(shapely.from_wkb(asked.conditions.area.surface).bounds)
    return asked.comparison.query.bbox


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def _file(text: str, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-cache"
    return response
