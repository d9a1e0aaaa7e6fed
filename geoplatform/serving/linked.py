"""The catalogue as linked data: DCAT-AP of all of it, schema.org of one thing for its page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from geoplatform.serving import iso_codes, texts
from geoplatform.serving.catalogue import COLLECTION
from geoplatform.serving.entries import Entry, Way, doi_address

_EU = "http://publications.europa.eu/resource/authority"
#: Kind of a thing -> its class of schema.org; the rest are creative works.
_SCHEMA_ORG = {"dataset": "Dataset", "document": "DigitalDocument", "map": "Map"}


def dcat(shown: Iterable[Entry], base: str) -> dict[str, Any]:
    """Return the whole catalogue as DCAT-AP in JSON-LD, texts in both languages; what is no dataset is a resource of it."""
    entries = list(shown)
    return {
        "@context": {
            "adms": "http://www.w3.org/ns/adms#",
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "locn": "http://www.w3.org/ns/locn#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{base}/collections/{COLLECTION}",
        "@type": "dcat:Catalog",
        "dct:title": _both(texts.CATALOGUE["title"]),
        "dct:description": _both(texts.CATALOGUE["description"]),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(texts.SERVICE["provider"])},
        "dct:language": [{"@id": f"{_EU}/language/{code}"} for code in ("UKR", "ENG")],
        "dcat:dataset": [_thing(entry) for entry in entries if entry.kind == "dataset"],
        "dcat:resource": [_thing(entry) for entry in entries if entry.kind != "dataset"],
    }


def _thing(entry: Entry) -> dict[str, Any]:
    about, note, rights = entry.about, entry.note, "PUBLIC" if entry.public else "RESTRICTED"
    is_dataset = entry.kind == "dataset"
    found: dict[str, Any] = {
        "@id": entry.address,
        "@type": "dcat:Dataset" if is_dataset else ["dcat:Resource", "foaf:Document"],
        "dct:identifier": entry.id,
        "dct:title": _texts(about.title),
        "dct:description": _texts(about.description),
        "dcat:keyword": [*(text for keyword in about.keywords for text in _texts(keyword)), *entry.own_words],
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _texts(about.owner)} if about.owner else None,
        "dcat:contactPoint": [_contact(contact) for contact in note.contacts],
        "dcat:landingPage": {"@id": entry.page},
        "dct:accessRights": {"@id": f"{_EU}/access-right/{rights}"},
        "dcat:distribution": [_distribution(entry, way) for way in entry.distributions],
        "dct:subject": _address(iso_codes.topic_address(note.category) if note.category else None),
        "dct:accrualPeriodicity": _address(iso_codes.frequency_address(note.frequency) if note.frequency else None),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": note.quality} if note.quality else None,
        "rdfs:comment": [text for text in (note.purpose, note.supplement) if text],
        "dct:rights": {"@type": "dct:RightsStatement", "rdfs:label": note.constraints} if note.constraints else None,
        "dct:issued": _moment(entry.created_at),
        "dct:modified": _moment(entry.changed_at),
        "dct:spatial": _places(entry),
    }
    if note.doi:
        found["adms:identifier"] = {"@type": "adms:Identifier", "skos:notation": doi_address(note.doi)}
    if entry.days is not None and (entry.is_period_noted or len(entry.periods) > 1):
        first, last = ({"@value": day, "@type": "xsd:date"} if day else None for day in entry.days)
        period = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
        found["dct:temporal"] = {name: value for name, value in period.items() if value}
    return {name: value for name, value in found.items() if value or name in ("dcat:keyword", "dcat:distribution")}


def _address(address: str | None) -> dict[str, str] | None:
    return {"@id": address} if address else None


def _moment(moment: datetime | None) -> dict[str, str] | None:
    return {"@value": moment.isoformat(), "@type": "xsd:dateTime"} if moment else None


def _contact(contact: Any) -> dict[str, Any]:
    found = {"@type": "vcard:Organization", "vcard:fn": contact.organisation, "vcard:title": contact.position}
    if contact.email:
        found["vcard:hasEmail"] = {"@id": f"mailto:{contact.email}"}
    return {name: value for name, value in found.items() if value}


def _places(entry: Entry) -> list[dict[str, Any]]:
    found = []
    if entry.bbox is not None:
        west, south, east, north = entry.bbox
        box = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
        literal = {"@value": box, "@type": "http://www.opengis.net/ont/geosparql#wktLiteral"}
        found.append({"@type": "dct:Location", "dcat:bbox": literal})
    return found + [{"@type": "dct:Location", "skos:prefLabel": region.name} for region in entry.note.regions]


def _distribution(entry: Entry, way: Way) -> dict[str, Any]:
    found = {
        # several datasets are in one service
        "@id": way.address if way.rel != "service" else f"{entry.address}#{way.name.lower()}",
        "@type": "dcat:Distribution",
        "dct:title": way.name or way.title,
        "dcat:accessURL": {"@id": way.address},
        "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{way.media_type.partition(';')[0]}"},
        "dct:license": _address(entry.licence_address),
        "dct:rights": _texts(entry.about.attribution),
    }
    if way.rel == "service":
        endpoint = {"dcat:endpointURL": {"@id": way.address}, "dcat:servesDataset": {"@id": entry.address}}
        found["dcat:accessService"] = {"@type": "dcat:DataService", "dct:title": way.name, **endpoint}
    return {name: value for name, value in found.items() if value}


def schema_org(entry: Entry, language: str, base: str) -> dict[str, Any]:
    """Return the entry in schema.org's words, for search engines."""
    about, note = entry.about, entry.note
    noted = {"purpose": note.purpose, "supplement": note.supplement, "quality": note.quality}
    titles = texts.page_texts(language)
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": _SCHEMA_ORG.get(entry.kind, "CreativeWork"),
        "@id": entry.address,
        "name": about.title.in_language(language),
        "description": about.description.in_language(language) if about.description else None,
        "url": entry.page,
        "identifier": [entry.id, doi_address(note.doi)] if note.doi else entry.id,
        "inLanguage": entry.language or language,
        "keywords": [*(keyword.in_language(language) for keyword in about.keywords), *entry.own_words],
        "license": entry.licence_address or about.licence,
        "usageInfo": note.constraints,
        "creditText": about.attribution.in_language(language) if about.attribution else None,
        "creator": {"@type": "Organization", "name": about.owner.in_language(language)} if about.owner else None,
        "contributor": [_office(contact) for contact in note.contacts],
        "about": {"@type": "DefinedTerm", **_topic(entry, language)} if note.category else None,
        "comment": [{"@type": "Comment", "name": titles[name], "text": text} for name, text in noted.items() if text],
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{base}/collections/{COLLECTION}"},
        "dateCreated": entry.created_at.isoformat() if entry.created_at else None,
        "dateModified": entry.changed_at.isoformat() if entry.changed_at else None,
        "spatialCoverage": _coverage(entry),
    }
    files = [
        {"@type": "DataDownload", "encodingFormat": way.media_type, "contentUrl": way.address} for way in entry.distributions
    ]
    found["distribution" if entry.kind == "dataset" else "encoding"] = files
    if entry.days is not None and (entry.is_period_noted or len(entry.periods) > 1):
        found["temporalCoverage"] = "/".join(day or ".." for day in entry.days)
    return {name: value for name, value in found.items() if value not in (None, [])}


def _office(contact: Any) -> dict[str, Any]:
    point = {"@type": "ContactPoint", "contactType": contact.position, "email": contact.email}
    told = {name: value for name, value in point.items() if value}
    return {"@type": "Organization", "name": contact.organisation, **({"contactPoint": told} if len(told) > 1 else {})}


def _topic(entry: Entry, language: str) -> dict[str, Any]:
    category = entry.note.category
    told = {"name": iso_codes.topic_title(category, language), "termCode": category.code}
    address = iso_codes.topic_address(category)
    return told | ({"@id": address} if address else {})


def _coverage(entry: Entry) -> list[dict[str, Any]] | dict[str, Any] | None:
    places: list[dict[str, Any]] = []
    if entry.bbox is not None:
        west, south, east, north = entry.bbox
        places.append({"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}})
    places += [{"@type": "Place", "name": region.name} for region in entry.note.regions]
    return places[0] if len(places) == 1 else places or None


def _both(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": words[language], "@language": language} for language in ("uk", "en")]


def _texts(text: Any) -> list[dict[str, str]]:
    return _both({"uk": text.uk, "en": text.en}) if text else []
