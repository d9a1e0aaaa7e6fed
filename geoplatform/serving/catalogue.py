"""What there is, described for machines: OGC API records, DCAT-AP and schema.org, from what is published and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from geoplatform.serving import entries, texts
from geoplatform.serving.context import GEOJSON
from geoplatform.serving.entries import Entry, Way
from geoplatform.serving.publication import ServedLayer

#: The record collection's id; no layer may be called so (`geoplatform.publishing.publish.RESERVED`).
COLLECTION = "catalogue"
RECORD_CLASSES = ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]

_LANGUAGES = {"uk": {"code": "uk", "name": "Українська"}, "en": {"code": "en", "name": "English"}}


def collection(shown: Sequence[Entry], language: str, base: str) -> dict[str, Any]:
    """Return the description of the record collection as `/collections` lists it."""
    address = f"{base}/collections/{COLLECTION}"
    boxes = [entry.bbox for entry in shown if entry.bbox is not None]
    document: dict[str, Any] = {
        "id": COLLECTION,
        "type": "Catalog",
        "itemType": "record",
        "title": texts.CATALOGUE["title"][language],
        "description": texts.CATALOGUE["description"][language],
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "numberItems": len(shown),
        "links": [
            _link("self", "application/json", "This document as JSON", f"{address}?f=json", language),
            _link("alternate", "text/html", "This document as HTML", f"{address}?f=html", language),
            _link("items", GEOJSON, "Records", f"{address}/items?f=json", language),
            _link("items", "text/html", "Records", f"{address}/items?f=html", language),
            _link("alternate", "application/ld+json", "Catalogue as DCAT-AP", f"{base}/catalogue.jsonld", language),
        ],
    }
    if boxes:
        west, south, east, north = zip(*boxes, strict=True)
        box = [min(west), min(south), max(east), max(north)]
        document["extent"] = {"spatial": {"bbox": [box], "crs": document["crs"][0]}}
    return document


def record(entry: Entry, language: str, base: str) -> dict[str, Any]:
    """Return the entry's record (OGC API Records part 1) in `language`."""
    about = entry.about
    concept = {"id": about.theme, "title": entry.theme.in_language(language) if entry.theme else about.theme}
    properties: dict[str, Any] = {
        "type": "dataset",
        "title": about.title.in_language(language),
        "description": about.description.in_language(language),
        "language": _LANGUAGES[language],
        "resourceLanguages": list(_LANGUAGES.values()),
        "keywords": [keyword.in_language(language) for keyword in about.keywords],
        "themes": [{"concepts": [concept]}],
        "externalIds": [{"scheme": f"{base}/collections", "value": entry.id}],
        "contacts": [{"name": about.owner.in_language(language), "roles": ["publisher"]}],
        "license": about.licence,
        "rights": about.attribution.in_language(language),
        "formats": [{"name": way.name, "mediaType": way.media_type} for way in entry.distributions],
    }
    if entry.promise_days is not None:
        properties["updateFrequency"] = f"P{entry.promise_days}D"
    if entry.changed_at is not None:
        properties["updated"] = entry.changed_at.isoformat()
    return {
        "id": entry.id,
        "type": "Feature",
        "conformsTo": RECORD_CLASSES,
        "geometry": _polygon(entry.bbox),
        "time": _time(entry),
        "properties": properties,
        "links": links(entry.ways, language),
    }


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


def dcat(shown: Iterable[Entry], base: str) -> dict[str, Any]:
    """Return the whole catalogue as DCAT-AP in JSON-LD, texts in both languages."""
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "locn": "http://www.w3.org/ns/locn#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{base}/collections/{COLLECTION}",
        "@type": "dcat:Catalog",
        "dct:title": _both(texts.CATALOGUE["title"]),
        "dct:description": _both(texts.CATALOGUE["description"]),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(texts.SERVICE["provider"])},
        "dct:language": [{"@id": f"http://publications.europa.eu/resource/authority/language/{code}"} for code in ("UKR", "ENG")],
        "dcat:dataset": [_dataset(entry) for entry in shown],
    }


def _dataset(entry: Entry) -> dict[str, Any]:
    about, rights = entry.about, "PUBLIC" if entry.public else "RESTRICTED"
    found: dict[str, Any] = {
        "@id": entry.address,
        "@type": "dcat:Dataset",
        "dct:identifier": entry.id,
        "dct:title": _texts(about.title),
        "dct:description": _texts(about.description),
        "dcat:keyword": [text for keyword in about.keywords for text in _texts(keyword)],
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _texts(about.owner)},
        "dcat:landingPage": {"@id": entry.page},
        "dct:accessRights": {"@id": f"http://publications.europa.eu/resource/authority/access-right/{rights}"},
        "dcat:distribution": [_distribution(entry, way) for way in entry.distributions],
    }
    if entry.changed_at is not None:
        found["dct:modified"] = {"@value": entry.changed_at.isoformat(), "@type": "xsd:dateTime"}
    if entry.bbox is not None:
        west, south, east, north = entry.bbox
        box = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
        literal = {"@value": box, "@type": "http://www.opengis.net/ont/geosparql#wktLiteral"}
        found["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": literal}
    if len(entry.periods) > 1:
        first, last = ({"@value": day, "@type": "xsd:date"} for day in _ends(entry))
        found["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
    return found


def _distribution(entry: Entry, way: Way) -> dict[str, Any]:
    found = {
        # several datasets are in one service
        "@id": way.address if way.rel != "service" else f"{entry.address}#{way.name.lower()}",
        "@type": "dcat:Distribution",
        "dct:title": way.name,
        "dcat:accessURL": {"@id": way.address},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{way.media_type.partition(';')[0]}"},
        "dct:license": {"@id": f"https://spdx.org/licenses/{entry.about.licence}"},
        "dct:rights": _texts(entry.about.attribution),
    }
    if way.rel == "service":
        endpoint = {"dcat:endpointURL": {"@id": way.address}, "dcat:servesDataset": {"@id": entry.address}}
        found["dcat:accessService"] = {"@type": "dcat:DataService", "dct:title": way.name, **endpoint}
    return found


def schema_org(entry: Entry, language: str, base: str) -> dict[str, Any]:
    """Return the entry as a schema.org Dataset, for search engines."""
    about = entry.about
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": entry.address,
        "name": about.title.in_language(language),
        "description": about.description.in_language(language),
        "url": entry.page,
        "identifier": entry.id,
        "inLanguage": language,
        "keywords": [keyword.in_language(language) for keyword in about.keywords],
        "license": f"https://spdx.org/licenses/{about.licence}",
        "creditText": about.attribution.in_language(language),
        "creator": {"@type": "Organization", "name": about.owner.in_language(language)},
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{base}/collections/{COLLECTION}"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": way.media_type, "contentUrl": way.address} for way in entry.distributions
        ],
    }
    if entry.changed_at is not None:
        found["dateModified"] = entry.changed_at.isoformat()
    if len(entry.periods) > 1:
        found["temporalCoverage"] = "/".join(_ends(entry))
    if entry.bbox is not None:
        west, south, east, north = entry.bbox
        found["spatialCoverage"] = {"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}}
    return found


def _ends(entry: Entry) -> tuple[str, str]:
    """Return the first and the last day that it shows."""
    return f"{entry.periods[0][0]:%Y-%m-%d}", f"{entry.periods[-1][1]:%Y-%m-%d}"


def _time(entry: Entry) -> dict[str, Any] | None:
    """Return a record's time: a date, or the interval between several."""
    if not entry.periods:
        return None
    first, last = _ends(entry)
    return {"date": first} if first == last else {"interval": [first, last]}


def _polygon(bbox: tuple[float, float, float, float] | None) -> dict[str, Any] | None:
    if bbox is None:
        return None
    west, south, east, north = bbox
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def _link(rel: str, media_type: str, title: str, href: str, language: str) -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": texts.link_title(title, language), "href": href}


def _both(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": words[language], "@language": language} for language in ("uk", "en")]


def _texts(text: Any) -> list[dict[str, str]]:
    return _both({"uk": text.uk, "en": text.en})
