"""Landing page, conformance, OpenAPI, collections and schemas: right, bilingual, self-contained, cacheable."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from geoplatform import config
from geoplatform.serving.crs import SERVED
from tests.integration.serving.asking import ask

ROOT = "/ogcapi"
PAGES = [
    *(f"{ROOT}/", f"{ROOT}/conformance", f"{ROOT}/openapi", f"{ROOT}/collections", f"{ROOT}/TileMatrixSets"),
    *(f"{ROOT}/collections/places{part}" for part in ("", "/schema", "/queryables", "/items", "/items/p0001", "/tiles")),
]
#: The catalogue, and what describes but is no page.
DOCUMENTS = [
    *(f"{ROOT}/collections/catalogue{part}" for part in ("", "/items", "/items/places")),
    *(f"{ROOT}{part}" for part in ("/styles", "/styles/places/metadata", "/collections/places/styles", "/catalogue.jsonld")),
]
PAGES += DOCUMENTS[:3]
each_page = pytest.mark.parametrize("path", PAGES)


def links(document: object) -> list[str]:
    """Return every href in the document."""
    if isinstance(document, list):
        return [href for item in document for href in links(item)]
    if isinstance(document, dict):
        own = [document["href"]] if isinstance(document.get("href"), str) and not document.get("templated") else []
        return own + [href for value in document.values() for href in links(value)]
    return []


@pytest.mark.parametrize("path", [*PAGES, *DOCUMENTS[3:]])
def test_every_link_leads_somewhere(places: Client, path: str) -> None:
    site = config.load().site_url
    for href in links(ask(places, path)):
        assert href.startswith(site), href
        parts = urlsplit(href)
        if parts.path.startswith(ROOT):
            answer = places.get(f"{parts.path}?{parts.query}", headers={"Accept": "*/*"})
            assert answer.status_code == 200, (href, answer.text)


@each_page
@pytest.mark.parametrize("language", ["uk", "en"])
def test_a_page_stands_without_another_host(places: Client, path: str, language: str) -> None:
    answer = places.get(path, query_string={"f": "html", "lang": language})
    assert answer.status_code == 200
    text = answer.text
    assert f'<html lang="{language}">' in text
    assert "<script" not in text.replace('<script type="application/ld+json">', "")
    assert "<title>" in text and 'name="viewport"' in text and "<h1>" in text
    site = config.load().site_url
    outside = [url for url in re.findall(r'(?:src|href)="(https?://[^"]+)"', text) if not url.startswith(site)]
    assert outside == []
    for address in re.findall(r'href="([^"#]+)"', text):
        parts = urlsplit(address.replace("&amp;", "&"))
        if parts.path.startswith(ROOT):
            assert places.get(f"{parts.path}?{parts.query}").status_code == 200, address


@pytest.mark.parametrize(
    ("query", "header", "title"),
    [
        ("", "", "places українською"),
        ("", "en", "places"),
        ("", "en-GB,uk;q=0.5", "places"),
        ("", "de", "places українською"),
        ("?lang=en", "uk", "places"),
        ("?lang=en-GB", "", "places"),
        ("?lang=uk", "en", "places українською"),
    ],
)
def test_titles_are_in_the_language_asked_for(places: Client, query: str, header: str, title: str) -> None:
    answer = places.get(f"{ROOT}/collections/places{query}", headers={"Accept-Language": header} if header else {})
    assert answer.json["title"] == title
    assert title in places.get(f"{ROOT}/collections/places/schema{query}", headers={"Accept-Language": header}).json["title"]


def test_letters_in_documents_are_not_escaped(places: Client) -> None:
    assert "українською".encode() in places.get(f"{ROOT}/collections").data


def test_a_collection_tells_what_a_reader_needs(places: Client) -> None:
    described = ask(places, f"{ROOT}/collections/places")
    assert described["crs"] == [crs.uri for crs in SERVED]
    assert described["storageCrs"].endswith("CRS84")
    assert described["extent"]["spatial"]["bbox"][0] == pytest.approx([32.2, 48.48, 32.238, 48.498])
    assert (described["numberItems"], described["numberDemonstrationItems"], described["version"]) == (200, 40, 1)
    assert described["license"] == "CC-BY-4.0"
    assert ask(places, f"{ROOT}/collections")["collections"][0] == described


def test_schema_and_queryables_have_titles_types_and_vocabularies(places: Client) -> None:
    for part in ("schema", "queryables"):
        answer = places.get(f"{ROOT}/collections/places/{part}?lang=uk")
        assert answer.content_type == "application/schema+json"
        properties = answer.json["properties"]
        assert properties["beds"] == {"title": "beds українською", "type": "integer"}
        assert properties["kind"]["enum"] == ["hospital", "clinic"]
        assert properties["kind"]["x-enum-titles"]["hospital"] == "Hospital українською"
        assert properties["geometry"]["format"] == "geometry-point"
        assert properties["is_demo"]["type"] == "boolean"
        assert ("extra" in properties) == (part == "schema")
        assert properties["rating"]["x-ogc-unit"] == "%"


def test_conformance_names_only_what_is_served(places: Client) -> None:
    held = ask(places, f"{ROOT}/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in held
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in held
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt" in held
    assert sorted(name.rpartition("/")[2] for name in held if "features-4" in name) == [
        "create-replace-delete",
        "features",
        "optimistic-locking-etags",
        "update",
    ]
    for absent in ("processes", "edr", "coverages", "pubsub"):
        assert not [name for name in held if absent in name]


def test_openapi_stands_alone_and_names_only_what_is_served(places: Client) -> None:
    answer = places.get(f"{ROOT}/openapi")
    assert answer.content_type == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json
    references = set(re.findall(r'"\$ref":"([^"]+)"', answer.text))
    for reference in references:
        assert reference.startswith("#/components/"), reference
        found = document
        for step in reference[2:].split("/"):
            found = found[step]
    assert document["servers"][0]["url"] == config.load().site_url + ROOT
    assert all(set(methods) == {"get"} for methods in document["paths"].values())
    operations = [methods["get"]["operationId"] for methods in document["paths"].values()]
    assert len(operations) == len(set(operations))
    values = {
        "/collections/places/styles/{styleId}": "/collections/places/styles/default",
        "{styleId}": "places",
        "{recordId}": "places",
        "{featureId}": "p0001",
        "{tileMatrixSetId}": "WebMercatorQuad",
        "{tileMatrix}": "0",
        "{tileRow}": "0",
        "{tileCol}": "0",
    }
    for path in document["paths"]:
        for name, value in values.items():
            path = path.replace(name, value)
        assert places.get(ROOT + path).status_code == 200, path
    names = [item.get("name") for item in document["paths"]["/collections/places/items"]["get"]["parameters"]]
    assert "beds" in names and "extra" not in names


@each_page
def test_an_unchanged_document_is_not_sent_again(places: Client, path: str) -> None:
    first = places.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert {"Accept", "Accept-Language", "Authorization", "Cookie"} == set(first.headers["Vary"].split(", "))
    again = places.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    page = places.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept": "text/html"})
    assert page.status_code == 200 and page.headers["ETag"] != first.headers["ETag"]
    english = places.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Language": "en"})
    assert english.status_code == 200


@each_page
def test_head_is_get_without_the_body(places: Client, path: str) -> None:
    got, head = places.get(path), places.head(path)
    assert head.status_code == 200 and head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["ETag"] == got.headers["ETag"]


def test_the_root_without_its_slash_leads_to_the_root(places: Client) -> None:
    answer = places.get(f"{ROOT}?f=json")
    assert answer.status_code in (301, 308)
    assert answer.headers["Location"] == f"{ROOT}/?f=json"


def test_pages_of_another_site_may_read(places: Client) -> None:
    assert places.get(f"{ROOT}/", headers={"Origin": "https://else.example"}).headers["Access-Control-Allow-Origin"] == "*"


def test_demonstration_data_are_marked_on_the_pages(places: Client) -> None:
    shown = places.get(f"{ROOT}/collections/places/items/p0000?f=html&lang=uk").text
    true = places.get(f"{ROOT}/collections/places/items/p0001?f=html&lang=uk").text
    assert '<span class="demo">демонстраційні дані</span>' in shown
    assert '<span class="demo">' not in true
