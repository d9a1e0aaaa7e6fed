"""The public pages of indicators: the list, one indicator with map, chart, table and words, and its downloads."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from psycopg import Connection

from geoplatform.indicators import areas, classes, draw, figures, store, words
from geoplatform.indicators.figures import Figures, Row
from geoplatform.layers.cells import harmless
from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current
from geoplatform.publicmap.views import reads_data

PAGE = 100
#: The table's columns that it may be sorted by; what is not known comes last either way.
SORTS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: None,  # the database gives the areas in this order
    "value": lambda row: row.value,
    "change": lambda row: row.change,
}
KINDS = {
    "count": gettext_lazy("a count"),
    "amount": gettext_lazy("an amount"),
    "share": gettext_lazy("a share"),
    "rate": gettext_lazy("a rate"),
}


@reads_data
def listing(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show which indicators there are."""
    titles = {layer.id: layer.definition.title for layer in current.layers(conn)}
    rows = [
        {
            "shown": shown,
            "kind": KINDS[shown.indicator.kind],
            "areas": titles.get(shown.indicator.areas),
            "years": _span(shown.years),
        }
        for shown in store.shown(conn, Level.public)
    ]
    return render_page(request, "indicators/list.html", {"rows": rows})


@reads_data
def indicator(request: HttpRequest, conn: Connection, indicator: str) -> HttpResponse:
    """Show one indicator; `year`, `method`, `classes`, `area` (its line over the years), `sort`, `order`, `page`."""
    shown, layer = _find(conn, indicator)
    asked = _Asked(request, shown)
    named = areas.named(conn, layer)
    values = store.values(conn, Level.public, shown.indicator.id)
    found = figures.work_out(
        named, values, asked.year, store.bounds(conn, Level.public, shown.indicator.id, asked.year), asked.method, asked.count
    )
    about = words.summary(found, shown.indicator)
    picture = areas.drawn(conn, layer)
    rows = _sorted(found.rows, asked)
    pages = max(1, -(-len(rows) // PAGE))
    page = min(asked.page, pages)
    title = shown.indicator.title.in_language(words.language())
    context = {
        "indicator": shown.indicator,
        "title": title,
        "kind": KINDS[shown.indicator.kind],
        "figures": found,
        "summary": about,
        "layer": layer,
        "changed": shown.changed_at,
        "notices": asked.notices,
        "years": shown.years,
        "area": asked.area if asked.area in named else "",
        "areas": named.values(),
        "methods": words.methods(),
        "method": asked.method or "",
        "counts": range(classes.FEWEST, classes.MOST + 1),
        "count": asked.count or "",
        "why": words.method(found),
        "how": words.kind(shown.indicator),
        "legend": _legend(found, shown.indicator),
        "rows": [_row(row, shown.indicator, len(found.groups)) for row in rows[(page - 1) * PAGE : page * PAGE]],
        "headings": _headings(asked, found),
        "pages": [(n, "?" + urlencode({**asked.kept, "page": n})) for n in range(1, pages + 1)] if pages > 1 else [],
        "page": page,
        "downloads": [
            (pgettext("file", "CSV"), reverse("indicators:csv", args=[shown.indicator.id])),
            (pgettext("file", "CSV, %(year)s") % {"year": asked.year},
             reverse("indicators:csv", args=[shown.indicator.id]) + f"?year={asked.year}"),
            (pgettext("file", "GeoJSON, %(year)s") % {"year": asked.year},
             reverse("indicators:geojson", args=[shown.indicator.id]) + f"?year={asked.year}"),
        ],
        "demonstration": shown.indicator.is_demo or any(area.is_demo for area in named.values()),
        **_pictures(found, shown, picture, title, about, values, asked.area if asked.area in named else ""),
    }  # fmt: skip
    return render_page(request, "indicators/indicator.html", context)


@reads_data
def as_csv(request: HttpRequest, conn: Connection, indicator: str) -> HttpResponse:
    """Return the values as CSV that a spreadsheet opens: of `year`, or of all years."""
    shown, layer = _find(conn, indicator)
    named = areas.named(conn, layer)
    year = _year(request.GET.get("year", ""), shown.years)
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["area", "name", "name_en", "year", "value", "unit", "is_demo"])
    unit = shown.indicator.unit.in_language(words.language())
    for of, found in store.values(conn, Level.public, shown.indicator.id).items():
        if year in (None, of):
            for area in named.values():
                if area.id in found:
                    cells = [harmless(area.id), harmless(area.name), harmless(area.name_en or "")]
                    writer.writerow([*cells, of, found[area.id], harmless(unit), str(shown.indicator.is_demo).lower()])
    return _file(out.getvalue(), "text/csv; charset=utf-8", f"{shown.indicator.id}{f'-{year}' if year else ''}.csv")


@reads_data
def as_geojson(request: HttpRequest, conn: Connection, indicator: str) -> HttpResponse:
    """Return the areas with the values of `year` (the last one if it is not named) as GeoJSON."""
    shown, layer = _find(conn, indicator)
    year = _year(request.GET.get("year", ""), shown.years) or shown.years[-1]
    values = store.values(conn, Level.public, shown.indicator.id)[year]
    places = areas.as_geojson(conn, layer)
    features = [
        '{{"type":"Feature","id":{},"geometry":{},"properties":{}}}'.format(
            json.dumps(area.id, ensure_ascii=False),
            places.get(area.id, "null"),
            json.dumps({"name": area.name, "name_en": area.name_en, "year": year, "value": values.get(area.id),
                        "is_demo": shown.indicator.is_demo or area.is_demo}, ensure_ascii=False),
        )
        for area in areas.named(conn, layer).values()
    ]  # fmt: skip
    about = {
        "title": shown.indicator.title.in_language(words.language()),
        "unit": shown.indicator.unit.in_language(words.language()),
        "source": shown.indicator.source.in_language(words.language()),
        "licence": shown.indicator.licence,
    }
    head = json.dumps({"type": "FeatureCollection", **about}, ensure_ascii=False)[:-1]
    return _file(f'{head},"features":[{",".join(features)}]}}', "application/geo+json", f"{shown.indicator.id}-{year}.geojson")


class _Asked:
    """What the address asks for; what makes no sense is told and left out."""

    def __init__(self, request: HttpRequest, shown: store.Shown) -> None:
        given = {name: value.replace("\x00", "")[:200] for name, value in request.GET.items()}
        self.notices: list[str] = []
        year = _year(given.get("year", ""), shown.years)
        if given.get("year") and year is None:
            self.notices.append(_("There are no values for this year. The last year is shown."))
        self.year = year or shown.years[-1]
        method, count = given.get("method", ""), given.get("classes", "")
        self.method = method if method in classes.METHODS else None
        known = count.isascii() and count.isdigit() and len(count) < 3 and classes.FEWEST <= int(count) <= classes.MOST
        self.count = int(count) if known else None
        if (method and self.method is None) or (count and self.count is None):
            self.notices.append(
                _("The values can't be classed so: choose a method and %(fewest)d to %(most)d classes.")
                % {"fewest": classes.FEWEST, "most": classes.MOST}
            )
        self.area = given.get("area", "")
        self.sort = given.get("sort") if given.get("sort") in SORTS else "value"
        self.order = "asc" if given.get("order") == "asc" or (self.sort == "name" and given.get("order") != "desc") else "desc"
        page = given.get("page", "1")
        self.page = int(page) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1
        self.kept = {
            name: value
            for name, value in (
                ("year", self.year if year else ""), ("method", self.method), ("classes", self.count), ("area", self.area),
                ("sort", self.sort if "sort" in given else ""), ("order", self.order if "order" in given else ""),
            )
            if value
        }  # fmt: skip


def _find(conn: Connection, name: str) -> tuple[store.Shown, PublishedLayer]:
    """Return the indicator and the layer of its areas; raises Http404."""
    shown = next((shown for shown in store.shown(conn, Level.public) if shown.indicator.id == name), None)
    layer = next((layer for layer in current.layers(conn) if shown and layer.id == shown.indicator.areas), None)
    if shown is None or layer is None:
        raise Http404(_("There is no such indicator."))
    return shown, layer


def _pictures(
    found: Figures, shown: store.Shown, picture: areas.Picture | None, title: str, about: list[str], values: dict, area: str
) -> dict[str, Any]:
    told = " ".join(about)
    paint = draw.symbols if shown.indicator.by_symbol else draw.classed
    drawn: dict[str, Any] = {}
    if picture is not None and found.known:
        drawn["map"] = paint(picture, found, _("Map: %(title)s, %(year)s") % {"title": title, "year": found.year}, told)
    if found.known:
        drawn["chart"] = draw.bars(
            found.known, words.name, lambda row: words.number(row.value, shown.indicator.decimals),
            _("Chart: %(title)s, %(year)s") % {"title": title, "year": found.year},
            _("Bars from the highest to the lowest value. The same numbers are in the table."),
        )  # fmt: skip
    if len(found.spread) > 1:
        own = [(year, of[area]) for year, of in values.items() if area in of] if area else []
        drawn["series"] = draw.years(
            found, own, lambda value: words.number(value, shown.indicator.decimals),
            _("Over the years: %(title)s") % {"title": title},
            _("The line is the median, the band reaches from the lowest to the highest value. The table below has the numbers."),
        )  # fmt: skip
        number = shown.indicator.decimals
        drawn["spread"] = [
            (
                year,
                *(words.number(value, number) for value in (low, middle, high)),
                words.number(dict(own)[year], number) if year in dict(own) else "",
            )
            for year, low, middle, high in found.spread
        ]
    return drawn


def _legend(found: Figures, indicator: Any) -> list[dict[str, Any]]:
    if indicator.by_symbol:
        most = max((abs(row.value) for row in found.known), default=0.0)
        return [
            {"symbol": draw.symbol(size), "text": words.with_unit(value, indicator)} for value, size in draw.symbol_sizes(most)
        ]
    several = len(found.groups)
    return [
        {
            "number": place + 1,
            "shade": draw.shade(place, several),
            "low": words.number(group.low, indicator.decimals),
            "high": words.number(group.high, indicator.decimals),
            "count": group.count,
        }
        for place, group in enumerate(found.groups)
    ]


def _row(row: Row, indicator: Any, groups: int) -> dict[str, Any]:
    return {
        "id": row.area.id,
        "name": words.name(row),
        "is_demo": row.area.is_demo,
        "rank": row.rank,
        "value": None if row.value is None else words.number(row.value, indicator.decimals),
        "group": None if row.group is None or indicator.by_symbol else row.group + 1,
        "change": words.change(row, indicator),
    }


def _sorted(rows: list[Row], asked: _Asked) -> list[Row]:
    if asked.sort == "name":
        return rows if asked.order == "asc" else rows[::-1]
    key = SORTS[asked.sort]
    known = [row for row in rows if key(row) is not None]
    return [*sorted(known, key=key, reverse=asked.order == "desc"), *(row for row in rows if key(row) is None)]


def _headings(asked: _Asked, found: Figures) -> list[dict[str, str]]:
    titles = [("name", _("Area")), ("value", _("Value"))]
    if found.before is not None:
        titles.append(("change", _("Change since %(year)s") % {"year": found.before}))
    headings = []
    for name, title in titles:
        now = asked.sort == name
        order = ("asc" if asked.order == "desc" else "desc") if now else ("asc" if name == "name" else "desc")
        headings.append(
            {
                "title": title,
                "sort": {"asc": "ascending", "desc": "descending"}[asked.order] if now else "none",
                "href": "?" + urlencode({**asked.kept, "sort": name, "order": order}) + "#table",
                "numeric": name != "name",
                "name": name,
            }
        )
    return headings


def _year(text: str, years: tuple[int, ...]) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 and int(text) in years else None


def _span(years: tuple[int, ...]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _file(text: str, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-cache"
    return response
