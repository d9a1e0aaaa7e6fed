"""The documents that describe the service: pygeoapi writes them, here they get languages and lose what is not served.

Each is built once for a snapshot of the publication and language, so a request costs the same however many collections there are.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from geoplatform.serving import catalogue, openapi, openapi_writes, slow_imports, texts
from geoplatform.serving.publication import Publication, ServedLayer
from geoplatform.serving.pygeoapi_side import api_of, asked
from geoplatform.serving.tiles import MAX_ZOOM

if TYPE_CHECKING:
    pass

_OGC = "http://www.opengis.net/def/rel/ogc/1.0"

#: Classes that pygeoapi names for its own way of answering, and that ours does not fulfil.
_NOT_FULFILLED = (
    # named anew below, those that the control plane fulfils
    "http://www.opengis.net/spec/ogcapi-features-4/",
    "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/advanced-property-roles",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
)
#: Classes that ours fulfils besides those that pygeoapi names.
_FULFILLED_TOO = [
    *(
        f"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{name}"
        for name in ("create-replace-delete", "update", "optimistic-locking-etags", "features")
    ),
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    *(f"http://www.opengis.net/spec/ogcapi-styles-1/0.0/conf/{name}" for name in ("core", "mapbox-style", "sld-11")),
    *(
        f"http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/{name}"
        for name in ("record-core", "record-core-query-parameters", "record-collection", "record-api", "json", "html")
    ),
    "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-json",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "array-functions",
            "property-property",
            "arithmetic",
        )
    ),
]
#: What the landing page leads to besides what pygeoapi knows of.
_MORE_LINKS = (
    (f"{_OGC}/ogc-catalog", "application/json", "Catalogue", "collections/catalogue?f=json"),
    (f"{_OGC}/styles", "application/json", "Styles", "styles?f=json"),
    ("alternate", "application/ld+json", "Catalogue as DCAT-AP", "catalogue.jsonld"),
)
_GEOMETRY_FORMATS = {
    "point": "geometry-point",
    "multipoint": "geometry-multipoint",
    "line": "geometry-multilinestring",
    "polygon": "geometry-multipolygon",
}


def landing(publication: Publication, language: str, base: str) -> dict[str, Any]:
    """Return the landing page."""

    def build() -> dict[str, Any]:
        from pygeoapi.api import landing_page

        document = asked(landing_page, publication, language, base)
        for rel, media, title, path in _MORE_LINKS:
            link = {"rel": rel, "type": media, "title": texts.link_title(title, language), "href": f"{base}/{path}"}
            document["links"].append(link)
        return document

    return _cached(publication, ("landing", language), build, slow_imports.load_landing)


def conformance(publication: Publication, language: str, base: str) -> dict[str, Any]:
    """Return the conformance classes that hold."""

    def build() -> dict[str, Any]:
        from pygeoapi.api import conformance

        document = asked(conformance, publication, language, base)
        held = [name for name in document["conformsTo"] if not name.startswith(_NOT_FULFILLED)]
        return {"conformsTo": sorted({*held, *_FULFILLED_TOO})}

    return _cached(publication, ("conformance",), build)


def collections(publication: Publication, language: str, base: str) -> dict[str, Any]:
    """Return the list of all collections."""

    def build() -> dict[str, Any]:
        from pygeoapi.api import describe_collections

        document = asked(describe_collections, publication, language, base)
        document["collections"] = [_described(publication.layers[c["id"]], c, language, base) for c in document["collections"]]
        # this list is shared by those who see the same layers; how many records there are depends on who asks
        document["collections"].append(catalogue.collection(None, language, base))
        return document

    return _cached(publication, ("collections", language), build)


def collection(publication: Publication, layer: ServedLayer, language: str, base: str) -> dict[str, Any]:
    """Return the description of one collection."""

    def build() -> dict[str, Any]:
        from pygeoapi.api import describe_collections

        return _described(layer, asked(describe_collections, publication, language, base, layer.id), language, base)

    return _cached(publication, ("collection", layer.id, language), build)


def schema(publication: Publication, layer: ServedLayer, language: str, base: str) -> dict[str, Any]:
    """Return the JSON Schema of the collection's features."""

    def build() -> dict[str, Any]:
        from pygeoapi.api import get_collection_schema

        document = asked(get_collection_schema, publication, language, base, layer.id)
        return _with_titles(document, layer, language)

    return _cached(publication, ("schema", layer.id, language), build)


def queryables(publication: Publication, layer: ServedLayer, language: str, base: str) -> dict[str, Any]:
    """Return the JSON Schema of what features may be filtered by."""

    def build() -> dict[str, Any]:
        from pygeoapi.api.itemtypes import get_collection_queryables

        document = _with_titles(asked(get_collection_queryables, publication, language, base, layer.id), layer, language)
        described = document["properties"]
        described["id"] = {"type": "string", "title": texts.page_texts(language)["identifier"], "x-ogc-role": "id"}
        structured = [name for name, (_, kind) in layer.columns.items() if kind == "json"]
        document["properties"] = {name: value for name, value in described.items() if name not in structured}
        document["additionalProperties"] = False
        return document

    return _cached(publication, ("queryables", layer.id, language), build)


def api_description(publication: Publication, language: str, base: str, editable: Iterable[ServedLayer] = ()) -> dict[str, Any]:
    """Return the OpenAPI document for who may edit the layers `editable`."""

    def build() -> dict[str, Any]:
        from pygeoapi.openapi import get_oas_30

        configuration = copy.deepcopy(api_of(publication, base).config)
        configuration["server"]["languages"] = [language, *({"uk", "en"} - {language})]
        return openapi.ours(get_oas_30(configuration), publication, language)

    document = _cached(publication, ("openapi", language), build)
    writable = [(layer, schema(publication, layer, language, base)["properties"]) for layer in editable]
    # not kept: those who see the same layers may edit different ones, and each layer adds a few hundred lines at most
    return openapi_writes.added(document, writable, language) if writable else document


def tile_matrix_sets(publication: Publication, language: str, base: str) -> dict[str, Any]:
    """Return the list of tile matrix sets: only the one that is served."""

    def build() -> dict[str, Any]:
        link = {
            "rel": "self",
            "type": "application/json",
            "title": texts.link_title("Tile matrix set", language),
            "href": f"{base}/TileMatrixSets/WebMercatorQuad?f=json",
        }
        described = tile_matrix_set()
        found = {"id": described["id"], "title": described["title"], "uri": described["uri"], "links": [link]}
        return {"tileMatrixSets": [found]}

    return _cached(publication, ("tile_matrix_sets", language), build)


def tile_matrix_set() -> dict[str, Any]:
    """Return WebMercatorQuad as far down as tiles are served."""
    slow_imports.load_documents()
    from pygeoapi.models.provider.base import TileMatrixSetEnum

    scheme = TileMatrixSetEnum.WEBMERCATORQUAD.value
    return {
        "id": scheme.tileMatrixSet,
        "title": "Google Maps Compatible for the World",
        "uri": scheme.tileMatrixSetURI,
        "crs": scheme.crs,
        "orderedAxes": scheme.orderedAxes,
        "wellKnownScaleSet": scheme.wellKnownScaleSet,
        "tileMatrices": scheme.tileMatrices[: MAX_ZOOM + 1],
    }


def _cached(
    publication: Publication,
    key: tuple[str, ...],
    build: Callable[[], dict[str, Any]],
    load: Callable[[], None] = slow_imports.load_documents,
) -> dict[str, Any]:
    """Return the document `key` of the snapshot, built by the first who asks after `load`; it must not be changed."""
    document = publication.documents.get(key)
    if document is None:
        load()
        document = publication.documents[key] = build()
    return document


def _described(layer: ServedLayer, document: dict[str, Any], language: str, base: str) -> dict[str, Any]:
    """Return pygeoapi's description of a collection with what it does not know of."""
    definition, address = layer.definition, f"{base}/collections/{layer.id}"
    described = dict(document)
    if layer.layer.bbox is None:
        del described["extent"]
    if not layer.has_geometry:
        del described["crs"], described["storageCrs"]
    described |= {
        "attribution": definition.attribution.in_language(language),
        "license": definition.licence,
        "publisher": definition.owner.in_language(language),
        "theme": definition.theme,
        "geometryType": definition.geometry,
        "numberItems": layer.layer.feature_count,
        "numberDemonstrationItems": layer.layer.demo_count,
        "version": layer.version,
        "sourceDate": _iso(layer.layer.source_date),
        "updated": _iso(layer.layer.changed_at),
    }
    if layer.has_geometry:
        style = {"type": "application/vnd.mapbox.style+json", "rel": f"{_OGC}/styles", "href": f"{address}/style?lang={language}"}
        style["title"] = texts.link_title("Map style (MapLibre)", language)
        listed = {"type": "application/json", "rel": f"{_OGC}/styles", "href": f"{address}/styles?f=json"}
        listed["title"] = texts.link_title("Styles", language)
        described["links"] = [*described["links"], style, listed]
        described["links"] += catalogue.archive_links(layer, language, base)
    described["links"] = [*described["links"], *catalogue.enclosures(layer, language, base)]
    described["itemType"] = "feature"
    return described


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _with_titles(document: dict[str, Any], layer: ServedLayer, language: str) -> dict[str, Any]:
    """Return a schema whose properties have titles in `language` and whose geometry is the layer's."""
    properties = {}
    for name, value in document["properties"].items():
        if name == "geometry" and "x-ogc-role" in value:
            if layer.has_geometry:
                geometry = {"title": texts.page_texts(language)["geometry"], **value}
                properties[name] = {**geometry, "format": _GEOMETRY_FORMATS[layer.definition.geometry]}
            continue
        properties[name] = {**value, **_words(layer, name, language)}
    return {**document, "properties": properties}


def _words(layer: ServedLayer, name: str, language: str) -> dict[str, Any]:
    if name == "is_demo":
        return {"title": texts.page_texts(language)["demo"]}
    attribute = layer.attributes[name]
    words: dict[str, Any] = {"title": attribute.title.in_language(language)}
    if attribute.description is not None:
        words["description"] = attribute.description.in_language(language)
    if attribute.unit is not None:
        words["x-ogc-unit"] = attribute.unit
    vocabulary = layer.layer.vocabularies.get(attribute.vocabulary or "")
    if vocabulary is not None:
        codes = [term.code for term in vocabulary.terms]
        words |= {"items": {"type": "string", "enum": codes}} if attribute.multiple else {"enum": codes}
        words["x-enum-titles"] = {term.code: term.title.in_language(language) for term in vocabulary.terms}
    return words
