"""Answers that describe the service: landing page, conformance, OpenAPI, collections, schemas, tile matrix sets."""

from __future__ import annotations

from typing import Any

from geoplatform.serving import catalogue, documents, entries, linked, pages, texts
from geoplatform.serving.context import HTML, JSON, OPENAPI_JSON, SCHEMA_JSON, Answer, Context, json_answer
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.tiles import MATRIX_SET


def landing(context: Context) -> Answer:
    """Answer `/`."""
    return _whole(context, documents.landing, "landing.html", texts.SERVICE["title"][context.language])


def conformance(context: Context) -> Answer:
    """Answer `/conformance`."""
    return _whole(context, documents.conformance, "conformance.html", texts.page_texts(context.language)["conformance"])


def openapi(context: Context) -> Answer:
    """Answer `/openapi`."""
    title = texts.page_texts(context.language)["api"]
    editable = context.editable

    def build(*of: Any) -> dict[str, Any]:
        return documents.api_description(*of, editable)

    return _whole(context, build, "openapi.html", title, OPENAPI_JSON, "-".join(layer.id for layer in editable))


def collections(context: Context) -> Answer:
    """Answer `/collections`."""
    return _whole(context, documents.collections, "collections.html", texts.page_texts(context.language)["collections"])


def collection(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}`."""
    return _of_layer(context, layer_id, documents.collection, "collection.html", None)


def schema(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/schema`."""
    return _of_layer(context, layer_id, documents.schema, "properties.html", "schema", SCHEMA_JSON)


def queryables(context: Context, layer_id: str) -> Answer:
    """Answer `/collections/{id}/queryables`."""
    return _of_layer(context, layer_id, documents.queryables, "properties.html", "queryables", SCHEMA_JSON)


def tile_matrix_sets(context: Context) -> Answer:
    """Answer `/TileMatrixSets`."""
    title = texts.page_texts(context.language)["tile_matrix_sets"]
    return _whole(context, documents.tile_matrix_sets, "tile_matrix_sets.html", title)


def tile_matrix_set(context: Context, matrix_set: str) -> Answer:
    """Answer `/TileMatrixSets/{id}`."""
    if matrix_set != MATRIX_SET:
        raise not_found(f"there is no tile matrix set {shortened(matrix_set)}; there is {MATRIX_SET}")
    context.only()
    context.format("json")
    return json_answer(documents.tile_matrix_set(), headers=context.caching(MATRIX_SET))


def _whole(context: Context, build: Any, template: str, title: str, content_type: str = JSON, tag: str = "") -> Answer:
    """Answer with a document about everything that is published; `tag`: what it depends on besides that."""
    context.only()
    format_ = context.format()
    snapshot = context.publication
    headers = context.caching(snapshot.tag + tag)
    document = build(snapshot, context.language, context.base)
    if format_ == "html":
        return Answer(pages.render(context, template, title=title, document=document), HTML, headers=headers)
    return json_answer(document, content_type, headers)


def _of_layer(context: Context, layer_id: str, build: Any, template: str, part: str | None, content_type: str = JSON) -> Answer:
    """Answer with a document about one collection; `part` names the page's text for what it shows of it."""
    layer = context.layer(layer_id)
    context.only()
    format_ = context.format()
    entry = entries.of_layer(layer, context.base, context.publication.notes.get(layer.id))
    headers = context.caching(entry.tag)
    document = build(context.publication, layer, context.language, context.base)
    if format_ == "html":
        title = layer.definition.title.in_language(context.language)
        heading = texts.page_texts(context.language)[part] if part else None
        described = linked.schema_org(entry, context.language, context.base)
        downloads = catalogue.enclosures(layer, context.language, context.base)
        shown = {"heading": heading, "layer": layer, "document": document, "described": described, "downloads": downloads}
        body = pages.render(context, template, title=title, **shown)
        return Answer(body, HTML, headers=headers)
    return json_answer(document, content_type, headers)
