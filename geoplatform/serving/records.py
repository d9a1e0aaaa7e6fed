"""Answers of OGC API Records: the catalogue as a collection of records, searched in memory, and as DCAT-AP."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from urllib.parse import quote, urlencode

from geoplatform.layers.catalogued import kind_title
from geoplatform.serving import catalogue, entries, iso_codes, linked, pages, parameters, texts
from geoplatform.serving.context import GEOJSON, HTML, ROOT, Answer, Context, json_answer
from geoplatform.serving.crs import CRS84, Box, boxes
from geoplatform.serving.entries import Entry
from geoplatform.serving.problems import bad_request, not_found, shortened

JSON_LD = "application/ld+json"
_PARAMETERS = ("q", "bbox", "datetime", "type", "ids", "externalIds", "limit", "offset")


def collection(context: Context) -> Answer:
    """Answer `/collections/catalogue`."""
    context.only()
    format_ = context.format()
    headers = context.caching(_tag(context))
    document = catalogue.collection(_entries(context), context.language, context.base)
    if format_ == "html":
        return Answer(pages.render(context, "catalogue.html", title=document["title"], document=document), HTML, headers=headers)
    return json_answer(document, headers=headers)


def items(context: Context) -> Answer:
    """Answer `/collections/catalogue/items`."""
    context.only(*_PARAMETERS)
    format_ = context.format()
    limit = min(parameters.integer(context.given, "limit", parameters.DEFAULT_LIMIT, 1), parameters.MAX_LIMIT)
    offset = parameters.integer(context.given, "offset", 0, 0)
    matching = _matching(context)
    headers = context.caching(_tag(context))
    shown = [catalogue.record(entry, context.language, context.base) for entry in matching[offset : offset + limit]]
    links = _page_links(context, format_, limit, offset, len(matching))
    if format_ == "html":
        by_rel = {link["rel"]: link["href"] for link in links}
        body = pages.render(
            context,
            "records.html",
            title=texts.CATALOGUE["title"][context.language],
            records=shown,
            kind_title=kind_title,
            matched=len(matching),
            next=by_rel.get("next"),
            previous=by_rel.get("prev"),
        )
        return Answer(body, HTML, headers=headers)
    document = {"type": "FeatureCollection", "numberMatched": len(matching), "numberReturned": len(shown)}
    return json_answer({**document, "features": shown, "links": links}, GEOJSON, headers)


def item(context: Context, record_id: str) -> Answer:
    """Answer `/collections/catalogue/items/{recordId}`."""
    found = entries.entry(context.publication, context.principal, record_id, context.base)
    if found is None:
        raise not_found(f"there is no record {shortened(record_id)}")
    context.only()
    format_ = context.format()
    headers = context.caching(found.tag)
    document = catalogue.record(found, context.language, context.base)
    address = f"{context.base}/collections/{catalogue.COLLECTION}"
    own = f"{address}/items/{found.id}"
    document["links"] = [
        _link(context, "self" if format_ == "json" else "alternate", GEOJSON, "This document as GeoJSON", f"{own}?f=json"),
        _link(context, "self" if format_ == "html" else "alternate", "text/html", "This document as HTML", f"{own}?f=html"),
        _link(context, "collection", "application/json", "Catalogue", address),
        *document["links"],
    ]
    if format_ == "html":
        described = linked.schema_org(found, context.language, context.base)
        title = found.about.title.in_language(context.language)
        shown = {"record": document, "described": described, "entry": found, "kind": kind_title(found.kind)}
        body = pages.render(context, "record.html", title=title, **shown, codes=iso_codes)
        return Answer(body, HTML, headers=headers)
    return json_answer(document, GEOJSON, headers)


def dcat(context: Context) -> Answer:
    """Answer `/catalogue.jsonld`: the catalogue as DCAT-AP."""
    context.only()
    context.format("jsonld")
    headers = context.caching(_tag(context))
    return json_answer(linked.dcat(_entries(context), context.base), JSON_LD, headers)


ROUTES = [
    (f"{ROOT}/collections/{catalogue.COLLECTION}", collection),
    (f"{ROOT}/collections/{catalogue.COLLECTION}/items", items),
    (f"{ROOT}/collections/{catalogue.COLLECTION}/items/<record_id>", item),
    (f"{ROOT}/catalogue.jsonld", dcat),
]


def _tag(context: Context) -> str:
    """Return what an answer about everything depends on."""
    others = entries.others(context.publication, context.principal, context.base)
    return f"{context.publication.tag}-{others.tag}"


def _entries(context: Context) -> list[Entry]:
    return list(entries.entries(context.publication, context.principal, context.base))


def _matching(context: Context) -> list[Entry]:
    """Return the entries whose records the query asks for, in the catalogue's order; raises Problem 400."""
    given, found = context.given, _entries(context)
    if "type" in given:
        kinds = given["type"].split(",")
        found = [entry for entry in found if entry.kind in kinds]
    for name in ("ids", "externalIds"):
        if name in given:
            # an external id may come with its scheme in front
            wanted = {part.rpartition(":")[2] if name == "externalIds" else part for part in given[name].split(",")}
            found = [entry for entry in found if entry.id in wanted]
    if "q" in given:
        terms = [entries.folded(term) for term in given["q"].split(",") if term.strip()]
        found = [entry for entry in found if any(term in entry.words for term in terms)] if terms else found
    if "bbox" in given:
        areas = boxes(given["bbox"], CRS84)
        found = [entry for entry in found if entry.bbox and any(_meets(entry.bbox, area) for area in areas)]
    if "datetime" in given:
        first, last = _period(given["datetime"])
        found = [entry for entry in found if _within(entry, first, last)]
    return found


def _meets(bbox: tuple[float, float, float, float], area: Box) -> bool:
    west, south, east, north = area.bounds
    return bbox[0] <= east and bbox[2] >= west and bbox[1] <= north and bbox[3] >= south


def _period(text: str) -> tuple[datetime | None, datetime | None]:
    start, slash, end = text.partition("/")
    if not slash:
        return parameters.instant(start, time.min), parameters.instant(start, time.max)
    first = None if start in ("", "..") else parameters.instant(start, time.min)
    last = None if end in ("", "..") else parameters.instant(end, time.max)
    if not (start or end) or (first is not None and last is not None and first > last):
        raise bad_request("datetime: an interval needs an end, and its start before that")
    return first, last


def _within(entry: Entry, first: datetime | None, last: datetime | None) -> bool:
    """Return whether a record is of the period; one without a date is of any (OGC API Records, 8.4)."""
    periods = [entry.extent] if entry.is_period_noted else entry.periods
    return not periods or any(
        (first is None or until is None or until >= first) and (last is None or since is None or since <= last)
        for since, until in periods
    )


def _page_links(context: Context, format_: str, limit: int, offset: int, matched: int) -> list[dict[str, Any]]:
    address = f"{context.base}/collections/{catalogue.COLLECTION}"
    given = {name: value for name, value in context.given.items() if name != "f"}

    def page(rel: str, title: str, as_: str, **change: str) -> dict[str, Any]:
        query = urlencode(given | change | {"f": as_}, quote_via=quote, safe=",:/")
        return _link(context, rel, GEOJSON if as_ == "json" else "text/html", title, f"{address}/items?{query}")

    links = [
        page("self" if format_ == "json" else "alternate", "This document as GeoJSON", "json"),
        page("self" if format_ == "html" else "alternate", "This document as HTML", "html"),
        _link(context, "collection", "application/json", "Catalogue", address),
    ]
    if offset + limit < matched:
        links.append(page("next", "Next page", format_, offset=str(offset + limit)))
    if offset:
        links.append(page("prev", "Previous page", format_, offset=str(max(0, offset - limit))))
    return links


def _link(context: Context, rel: str, media_type: str, title: str, href: str) -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": texts.link_title(title, context.language), "href": href}
