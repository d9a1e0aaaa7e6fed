"""What there is, described for machines: OGC API records, DCAT-AP and schema.org, from what is published and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from geoplatform.serving import texts
from geoplatform.serving.context import FLATGEOBUF, GEOJSON, GEOPACKAGE
from geoplatform.serving.publication import Publication, ServedLayer

#: The record collection's id; no layer may be called so (`geoplatform.publishing.publish.RESERVED`).
COLLECTION = "catalogue"
RECORD_CLASSES = ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]

_OGC = "http://www.opengis.net/def/rel/ogc/1.0"
_LANGUAGES = {"uk": {"code": "uk", "name": "Українська"}, "en": {"code": "en", "name": "English"}}
_DOWNLOADS = (
    ("csv", "text/csv", "All features as CSV", "CSV"),
    ("gpkg", GEOPACKAGE, "All features as GeoPackage", "GeoPackage"),
    ("fgb", FLATGEOBUF, "All features as FlatGeobuf", "FlatGeobuf"),
)


def collection(publication: Publication, language: str, base: str) -> dict[str, Any]:
    """Return the description of the record collection as `/collections` lists it."""
    address = f"{base}/collections/{COLLECTION}"
    boxes = [layer.layer.bbox for layer in publication.layers.values() if layer.layer.bbox is not None]
    document: dict[str, Any] = {
        "id": COLLECTION,
        "type": "Catalog",
        "itemType": "record",
        "title": texts.CATALOGUE["title"][language],
        "description": texts.CATALOGUE["description"][language],
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
        "numberItems": len(publication.layers),
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


def record(layer: ServedLayer, language: str, base: str) -> dict[str, Any]:
    """Return the layer's record (OGC API Records part 1) in `language`."""
    definition, known = layer.definition, layer.layer
    concept = {"id": definition.theme, "title": known.theme.title.in_language(language) if known.theme else definition.theme}
    formats = [("GeoJSON", GEOJSON), *((name, media) for _, media, _, name in _downloads(layer))]
    properties: dict[str, Any] = {
        "type": "dataset",
        "title": definition.title.in_language(language),
        "description": definition.description.in_language(language),
        "language": _LANGUAGES[language],
        "resourceLanguages": list(_LANGUAGES.values()),
        "keywords": [keyword.in_language(language) for keyword in definition.keywords],
        "themes": [{"concepts": [concept]}],
        "externalIds": [{"scheme": f"{base}/collections", "value": layer.id}],
        "contacts": [{"name": definition.owner.in_language(language), "roles": ["publisher"]}],
        "license": definition.licence,
        "rights": definition.attribution.in_language(language),
        "formats": [{"name": name, "mediaType": media} for name, media in formats],
        "updateFrequency": f"P{definition.update_promise_days}D",
    }
    if known.changed_at is not None:
        properties["updated"] = known.changed_at.isoformat()
    return {
        "id": layer.id,
        "type": "Feature",
        "conformsTo": RECORD_CLASSES,
        "geometry": _polygon(known.bbox),
        "time": {"date": f"{known.source_date:%Y-%m-%d}"} if known.source_date else None,
        "properties": properties,
        "links": record_links(layer, language, base),
    }


def record_links(layer: ServedLayer, language: str, base: str) -> list[dict[str, Any]]:
    """Return where the layer can be had."""
    address, site = f"{base}/collections/{layer.id}", base.rsplit("/", 1)[0]
    found = [
        _link("describes", "application/json", "Collection", address, language),
        _link("items", GEOJSON, "Items as GeoJSON", f"{address}/items?f=json", language),
        *(_link("enclosure", media, title, f"{address}/items?f={f}", language) for f, media, title, _ in _downloads(layer)),
    ]
    if layer.has_geometry:
        wms = urlencode({"service": "WMS", "version": "1.3.0", "request": "GetCapabilities"})
        found += [
            _link(f"{_OGC}/tilesets-vector", "application/json", "Vector tiles", f"{address}/tiles?f=json", language),
            _link(f"{_OGC}/styles", "application/json", "Styles", f"{address}/styles?f=json", language),
            _link("service", "application/xml", "Web map service (WMS)", f"{site}/wms?{wms}", language),
            _link("service", "application/xml", "Tiled map service (WMTS)", f"{site}/wmts/1.0.0/WMTSCapabilities.xml", language),
        ]
    return found


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


def dcat(publication: Publication, base: str) -> dict[str, Any]:
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
        "dcat:dataset": [_dataset(layer, base) for layer in publication.layers.values()],
    }


def _dataset(layer: ServedLayer, base: str) -> dict[str, Any]:
    definition, known = layer.definition, layer.layer
    address = f"{base}/collections/{layer.id}"
    found: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": layer.id,
        "dct:title": _texts(definition.title),
        "dct:description": _texts(definition.description),
        "dcat:keyword": [text for keyword in definition.keywords for text in _texts(keyword)],
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _texts(definition.owner)},
        "dcat:landingPage": {"@id": f"{address}?f=html"},
        "dct:accessRights": {"@id": f"http://publications.europa.eu/resource/authority/access-right/{_rights(layer)}"},
        "dcat:distribution": [
            {
                "@id": f"{address}/items?f={form}",
                "@type": "dcat:Distribution",
                "dct:title": name,
                "dcat:accessURL": {"@id": f"{address}/items?f={form}"},
                "dcat:mediaType": {"@id": f"http://www.iana.org/assignments/media-types/{media}"},
                "dct:license": {"@id": f"https://spdx.org/licenses/{definition.licence}"},
                "dct:rights": _texts(definition.attribution),
            }
            for form, media, _, name in (("json", GEOJSON, "", "GeoJSON"), *_downloads(layer))
        ],
    }
    if known.changed_at is not None:
        found["dct:modified"] = {"@value": known.changed_at.isoformat(), "@type": "xsd:dateTime"}
    if known.bbox is not None:
        west, south, east, north = known.bbox
        box = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
        literal = {"@value": box, "@type": "http://www.opengis.net/ont/geosparql#wktLiteral"}
        found["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": literal}
    return found


def schema_org(layer: ServedLayer, language: str, base: str) -> dict[str, Any]:
    """Return the layer as a schema.org Dataset, for search engines."""
    definition, known = layer.definition, layer.layer
    address = f"{base}/collections/{layer.id}"
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": address,
        "name": definition.title.in_language(language),
        "description": definition.description.in_language(language),
        "url": f"{address}?f=html",
        "identifier": layer.id,
        "inLanguage": language,
        "keywords": [keyword.in_language(language) for keyword in definition.keywords],
        "license": f"https://spdx.org/licenses/{definition.licence}",
        "creditText": definition.attribution.in_language(language),
        "creator": {"@type": "Organization", "name": definition.owner.in_language(language)},
        "isAccessibleForFree": True,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{base}/collections/{COLLECTION}"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": f"{address}/items?f={form}"}
            for form, media, _, _ in (("json", GEOJSON, "", ""), *_downloads(layer))
        ],
    }
    if known.changed_at is not None:
        found["dateModified"] = known.changed_at.isoformat()
    if known.bbox is not None:
        west, south, east, north = known.bbox
        found["spatialCoverage"] = {"@type": "Place", "geo": {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}}
    return found


def _downloads(layer: ServedLayer) -> list[tuple[str, str, str, str]]:
    """Return the formats of whole collections: f, media type, title of the link, name."""
    return [found for found in _DOWNLOADS if found[0] != "fgb" or layer.has_geometry]


def _rights(layer: ServedLayer) -> str:
    return "PUBLIC" if layer.definition.publication == "public" else "RESTRICTED"


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
