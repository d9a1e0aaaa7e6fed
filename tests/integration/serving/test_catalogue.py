"""The catalogue: OGC API records that are searched, DCAT-AP and schema.org that say the same, styles in two languages."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import psycopg
import pytest
import rdflib
from werkzeug.test import Client

from tests.integration.serving.asking import ask
from tests.integration.serving.layers import PLACES, attribute, definition, place, put, text

ROOT = "/ogcapi"
RECORDS = f"{ROOT}/collections/catalogue/items"
SE = "{http://www.opengis.net/se}"
OGC = "{http://www.opengis.net/ogc}"


@pytest.fixture(scope="module")
def stocked(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """Places for everybody, shelters with a keyword, lists for staff, a table; tests only read."""
    put(module_data_db, PLACES, [place(number) for number in range(30)])
    shelters = definition("shelters", title={"uk": "Сховища під’їздів", "en": "Shelters"}, keywords=[text("safety")], order=5)
    put(module_data_db, shelters, [{"id": "s", "is_demo": False, "code": "s", "geom": "POINT(30 50)"}])
    put(module_data_db, definition("lists", attribute("name"), publication="staff", geometry="none"), [])
    put(module_data_db, definition("prices", geometry="none"), [{"id": "a", "is_demo": False, "code": "a"}])
    return shared_client


def ids(document: dict) -> list[str]:
    """Return the records' ids."""
    return [feature["id"] for feature in document["features"]]


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, ["places", "prices", "shelters"]),
        ({"q": "СХОВИЩА"}, ["shelters"]),
        ({"q": "під'їздів"}, ["shelters"]),
        ({"q": "shelters,prices"}, ["prices", "shelters"]),
        ({"q": "about places"}, ["places"]),
        ({"q": "safety"}, ["shelters"]),
        ({"q": "lists"}, []),
        ({"bbox": "32,48,33,49"}, ["places"]),
        ({"type": "dataset"}, ["places", "prices", "shelters"]),
        ({"type": "service"}, []),
        ({"ids": "places,lists"}, ["places"]),
        ({"externalIds": "http://x/collections:prices"}, ["prices"]),
        ({"limit": 1, "offset": 1}, ["places"]),
        ({"datetime": "2026-01-01/.."}, ["places", "prices", "shelters"]),
    ],
)
def test_records_are_searched(stocked: Client, parameters: dict, wanted: list[str]) -> None:
    assert sorted(ids(ask(stocked, RECORDS, **parameters))) == wanted


@pytest.mark.parametrize("query", ["bbox=1,2", "limit=0", "datetime=soon", "f=xml", "unknown=1", "bbox=a,b,c,d"])
def test_nonsense_is_refused(stocked: Client, query: str) -> None:
    assert stocked.get(f"{RECORDS}?{query}").status_code == 400


def test_a_record_says_what_whose_and_where(stocked: Client) -> None:
    record = ask(stocked, f"{RECORDS}/places", lang="en")
    told = record["properties"]
    assert (record["type"], told["type"], told["title"], told["license"]) == ("Feature", "dataset", "places", "CC-BY-4.0")
    assert record["geometry"]["type"] == "Polygon"
    assert told["contacts"] == [{"name": "owner", "roles": ["publisher"]}]
    assert told["themes"][0]["concepts"] == [{"id": "health", "title": "Health"}]
    assert {link["type"] for link in record["links"] if link["rel"] == "enclosure"} == {
        "text/csv", "application/geopackage+sqlite3", "application/flatgeobuf",
    }  # fmt: skip
    assert "hidden.example" not in json.dumps(record) and "secret" not in json.dumps(record)


def test_what_is_above_the_level_has_no_record(stocked: Client) -> None:
    assert stocked.get(f"{RECORDS}/lists").status_code == 404
    for path in (RECORDS, f"{ROOT}/catalogue.jsonld", f"{ROOT}/styles", f"{ROOT}/collections"):
        assert '"lists' not in stocked.get(path).text and "/lists" not in stocked.get(path).text


def test_the_catalogue_is_a_graph_of_datasets(stocked: Client) -> None:
    answer = stocked.get(f"{ROOT}/catalogue.jsonld")
    assert answer.content_type == "application/ld+json"
    graph = rdflib.Graph().parse(data=answer.text, format="json-ld")
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    datasets = set(graph.objects(None, dcat.dataset))
    assert {str(node).rsplit("/", 1)[1] for node in datasets} == {"places", "shelters", "prices"}
    for node in datasets:
        assert {title.language for title in graph.objects(node, dct.title)} == {"uk", "en"}
        assert list(graph.objects(node, dcat.distribution)) and list(graph.objects(node, dct.publisher))


@pytest.mark.parametrize("path", ["collections/shelters", "collections/catalogue/items/shelters"])
def test_a_page_tells_search_engines_of_its_dataset(stocked: Client, path: str) -> None:
    page = stocked.get(f"{ROOT}/{path}?f=html&lang=uk").text
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert (described["@type"], described["name"]) == ("Dataset", "Сховища під’їздів")


@pytest.mark.parametrize("path", ["styles/places", "collections/places/styles/default"])
def test_a_style_is_told_in_two_languages_of_maps(stocked: Client, path: str) -> None:
    maplibre = ask(stocked, f"{ROOT}/{path}")
    assert maplibre["version"] == 8 and maplibre == ask(stocked, f"{ROOT}/collections/places/style")
    answer = stocked.get(f"{ROOT}/{path}?f=sld11&lang=en")
    assert answer.content_type == "application/vnd.ogc.sld+xml;version=1.1"
    rules = ElementTree.fromstring(answer.data).findall(f".//{SE}Rule")
    titles = [rule.findtext(f"{SE}Description/{SE}Title") for rule in rules]
    assert titles == ["Hospital", "Clinic", "Other", None]
    assert [rule.findtext(f".//{OGC}Literal") for rule in rules] == ["hospital", "clinic", None, None]
    assert rules[2].find(f"{SE}ElseFilter") is not None
    assert rules[3].findtext(f".//{OGC}PropertyName") == "name"


def test_a_style_is_chosen_by_accept(stocked: Client) -> None:
    answer = stocked.get(f"{ROOT}/styles/places", headers={"Accept": "application/vnd.ogc.sld+xml"})
    assert answer.content_type.startswith("application/vnd.ogc.sld+xml")


def test_styles_are_listed_with_their_sheets_and_legends(stocked: Client) -> None:
    listed = {style["id"]: style for style in ask(stocked, f"{ROOT}/styles")["styles"]}
    assert sorted(listed) == ["places", "shelters"]
    rels = [link["rel"].rsplit("/", 1)[-1] for link in listed["places"]["links"]]
    assert rels == ["stylesheet", "stylesheet", "describedby", "legend"]
    told = ask(stocked, f"{ROOT}/collections/places/styles/default/metadata", lang="en")
    assert [sheet["title"] for sheet in told["stylesheets"]] == ["MapLibre", "SLD"]


@pytest.mark.parametrize("path", ["styles/prices", "styles/absent", "collections/prices/styles", "collections/places/styles/x"])
def test_what_is_not_drawn_has_no_style(stocked: Client, path: str) -> None:
    assert stocked.get(f"{ROOT}/{path}").status_code == 404
