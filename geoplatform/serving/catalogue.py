"""What there is as OGC API records, from what is published and nothing else; as linked data see `geoplatform.serving.linked`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from geoplatform.serving import entries, iso_codes, texts
from geoplatform.serving.context import GEOJSON
from geoplatform.serving.entries import Entry, Way
from geoplatform.serving.publication import ServedLayer

#: The record collection's id; no layer may be called so (`geoplatform.publishing.publish.RESERVED`).
COLLECTION = "catalogue"
RECORD_CLASSES = ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]

#: Members that a record has also where they say nothing.
_ALWAYS = ("keywords", "themes", "contacts", "formats")
_ISO_639 = {"ukr": "uk", "eng": "en"}
_LANGUAGES = {"uk": {"code": "uk", "name": "Українська"}, "en": {"code": "en", "name": "English"}}


def collection(shown: Sequence[Entry] | None, language: str, base: str) -> dict[str, Any]:
    """Return the description of the record collection.

    shown: what who asks may know of; None where the description is for many, which then tells no number and no place.
    """
    address = f"{base}/collections/{COLLECTION}"
    boxes = [entry.bbox for entry in shown or () if entry.bbox is not None]
    document: dict[str, Any] = {
        "id": COLLECTION,
        "type": "Catalog",
        "itemType": "record",
        "title": texts.CATALOGUE["title"][language],
        "description": texts.CATALOGUE["description"][language],
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "links": [
            _link("self", "application/json", "This document as JSON", f"{address}?f=json", language),
            _link("alternate", "text/html", "This document as HTML", f"{address}?f=html", language),
            _link("items", GEOJSON, "Records", f"{address}/items?f=json", language),
            _link("items", "text/html", "Records", f"{address}/items?f=html", language),
            _link("alternate", "application/ld+json", "Catalogue as DCAT-AP", f"{base}/catalogue.jsonld", language),
        ],
    }
    if shown is not None:
        document["numberItems"] = len(shown)
    if boxes:
        west, south, east, north = zip(*boxes, strict=True)
        box = [min(west), min(south), max(east), max(north)]
        document["extent"] = {"spatial": {"bbox": [box], "crs": document["crs"][0]}}
    return document


def record(entry: Entry, language: str, base: str) -> dict[str, Any]:
    """Return the entry's record (OGC API Records part 1) in `language`."""
    about, note = entry.about, entry.note
    described = about.description.in_language(language) if about.description else None
    properties: dict[str, Any] = {
        "type": entry.kind,
        "title": about.title.in_language(language),
        "description": described,
        "language": _LANGUAGES[language],
        "resourceLanguages": _resource_languages(entry),
        "keywords": [*(keyword.in_language(language) for keyword in about.keywords), *entry.own_words],
        "themes": _themes(entry, language),
        "externalIds": [{"scheme": f"{base}/collections", "value": entry.id}, *_doi(entry)],
        "contacts": _contacts(entry, language),
        "license": about.licence,
        "rights": about.attribution.in_language(language) if about.attribution else None,
        "formats": [{"name": way.name, "mediaType": way.media_type} for way in entry.distributions if way.name],
        "purpose": note.purpose,
        "supplementalInformation": note.supplement,
        "dataQuality": note.quality,
        "maintenanceFrequency": note.frequency,
        "accessConstraints": note.restriction,
        "otherConstraints": note.constraints,
        "regions": [{"code": region.code, "name": region.name} for region in note.regions],
        "updateFrequency": f"P{entry.promise_days}D" if entry.promise_days is not None else None,
        "created": entry.created_at.isoformat() if entry.created_at else None,
        "updated": entry.changed_at.isoformat() if entry.changed_at else None,
    }
    return {
        "id": entry.id,
        "type": "Feature",
        "conformsTo": RECORD_CLASSES,
        "geometry": _polygon(entry.bbox),
        "time": _time(entry),
        "properties": {name: value for name, value in properties.items() if value not in (None, []) or name in _ALWAYS},
        "links": links(entry.ways, language),
    }


def _resource_languages(entry: Entry) -> list[dict[str, str]]:
    if entry.language is None:
        return list(_LANGUAGES.values())
    return [_LANGUAGES.get(_ISO_639.get(entry.language, ""), {"code": entry.language})]


def _themes(entry: Entry, language: str) -> list[dict[str, Any]]:
    """Return the theme of ours and ISO 19115's topic category."""
    found: list[dict[str, Any]] = []
    if entry.about.theme:
        title = entry.theme.in_language(language) if entry.theme else entry.about.theme
        found.append({"concepts": [{"id": entry.about.theme, "title": title}]})
    category = entry.note.category
    if category is not None:
        title = iso_codes.topic_title(category, language)
        found.append({"scheme": iso_codes.TOPICS, "concepts": [{"id": category.code, "title": title}]})
    return found


def _contacts(entry: Entry, language: str) -> list[dict[str, Any]]:
    """Return the owner, and the offices that people named as points of contact."""
    owner = entry.about.owner
    found: list[dict[str, Any]] = [{"name": owner.in_language(language), "roles": ["publisher"]}] if owner else []
    for contact in entry.note.contacts:
        told: dict[str, Any] = {"organization": contact.organisation, "roles": ["pointOfContact"]}
        told |= {"position": contact.position} if contact.position else {}
        told |= {"emails": [{"value": contact.email}]} if contact.email else {}
        found.append(told)
    return found


def _doi(entry: Entry) -> list[dict[str, str]]:
    return [{"scheme": "https://doi.org", "value": entry.note.doi}] if entry.note.doi else []


def links(ways: Iterable[Way], language: str) -> list[dict[str, Any]]:
    """Return the addresses as links in `language`."""
    found = []
    for way in ways:
        link = _link(way.rel, way.media_type, way.title, way.address, language)
        link["title"] += f" {way.detail}" if way.detail else ""
        found.append(link | ({"templated": True} if way.templated else {}))
    return found


def enclosures(layer: ServedLayer, language: str, base: str) -> list[dict[str, Any]]:
    """Return the links to the whole layer in files."""
    return links((way for way in entries.of_layer(layer, base).ways if way.rel == "enclosure"), language)


def archive_links(layer: ServedLayer, language: str, base: str) -> list[dict[str, Any]]:
    """Return the link to the layer's PMTiles archive, if one is kept."""
    from geoplatform.serving import archives

    if not archives.is_archived(layer):
        return []
    site = base.rsplit("/", 1)[0]
    return [
        _link(
            "enclosure", "application/vnd.pmtiles", "All vector tiles as PMTiles", f"{site}/pmtiles/{layer.id}.pmtiles", language
        )
    ]


def _time(entry: Entry) -> dict[str, Any] | None:
    """Return a record's time: a date, or the interval that it tells of."""
    if entry.days is None:
        return None
    first, last = (day or ".." for day in entry.days)
    return {"date": first} if first == last else {"interval": [first, last]}


def _polygon(bbox: tuple[float, float, float, float] | None) -> dict[str, Any] | None:
    if bbox is None:
        return None
    west, south, east, north = bbox
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def _link(rel: str, media_type: str, title: str, href: str, language: str) -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": texts.link_title(title, language), "href": href}
