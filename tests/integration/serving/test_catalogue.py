"""The catalogue: OGC API records that are searched, DCAT-AP and schema.org that say the same, styles in two languages."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from xml.etree import ElementTree

import psycopg
import pytest
import rdflib
from werkzeug.test import Client, TestResponse

from geoplatform import config
from geoplatform.access import cookie, gate
from geoplatform.publishing.publish import announce
from geoplatform.serving import publication
from tests.integration.serving.asking import ask
from tests.integration.serving.layers import PLACES, attribute, definition, place, put, text
from tests.leaks.described_rasters import put_raster

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
    for name, level in (("ortho", "public"), ("inner_ortho", "staff")):
        put_raster(module_data_db, name, level)
    module_data_db.execute("insert into access.account (id, level, groups) values (1, 'staff', '{}')")
    module_data_db.commit()
    return shared_client


@pytest.fixture
def as_staff(stocked: Client) -> Callable[[str], TestResponse]:
    """Ask as a member of staff."""
    gate.forget()
    signed = f"{cookie.NAME}={cookie.sign(1, time.time(), config.load().secret('access_cookie'))}"
    client = Client(stocked.application, use_cookies=False)  # its jar would take the place of the header
    return lambda path: client.get(path, headers={"Cookie": signed})


def ids(document: dict) -> list[str]:
    """Return the records' ids."""
    return [feature["id"] for feature in document["features"]]


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, ["ortho", "places", "prices", "shelters"]),
        ({"q": "СХОВИЩА"}, ["shelters"]),
        ({"q": "під'їздів"}, ["shelters"]),
        ({"q": "shelters,prices"}, ["prices", "shelters"]),
        ({"q": "about places"}, ["places"]),
        ({"q": "safety"}, ["shelters"]),
        ({"q": "lists"}, []),
        ({"bbox": "32,48,33,49"}, ["ortho", "places"]),
        ({"type": "dataset"}, ["ortho", "places", "prices", "shelters"]),
        ({"type": "service"}, []),
        ({"ids": "places,lists"}, ["places"]),
        ({"externalIds": "http://x/collections:prices"}, ["prices"]),
        ({"limit": 1, "offset": 1}, ["places"]),
        ({"datetime": "2026-01-01/.."}, ["places", "prices", "shelters"]),
        ({"datetime": "2019-05-01"}, ["ortho", "places", "prices", "shelters"]),
        ({"datetime": "2019-05-02/2023-05-31"}, ["places", "prices", "shelters"]),
        ({"q": "слово ortho"}, ["ortho"]),
        ({"q": "title inner_ortho"}, []),
        ({"ids": "ortho,inner_ortho"}, ["ortho"]),
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
    assert stocked.get(f"{RECORDS}/inner_ortho").status_code == 404
    for path in (RECORDS, f"{ROOT}/catalogue.jsonld", f"{ROOT}/styles", f"{ROOT}/collections"):
        text = stocked.get(path).text
        assert '"lists' not in text and "/lists" not in text and "inner_ortho" not in text


def test_the_catalogue_is_a_graph_of_datasets(stocked: Client) -> None:
    answer = stocked.get(f"{ROOT}/catalogue.jsonld")
    assert answer.content_type == "application/ld+json"
    graph = rdflib.Graph().parse(data=answer.text, format="json-ld")
    dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
    datasets = set(graph.objects(None, dcat.dataset))
    assert {str(node).rsplit("/", 1)[1] for node in datasets} == {"places", "shelters", "prices", "ortho"}
    for node in datasets:
        assert {title.language for title in graph.objects(node, dct.title)} == {"uk", "en"}
        assert list(graph.objects(node, dcat.distribution)) and list(graph.objects(node, dct.publisher))


def test_a_rasters_record_says_its_dates_and_where_it_is_drawn(stocked: Client) -> None:
    record = ask(stocked, f"{RECORDS}/ortho", lang="en")
    assert record["properties"]["title"] == "Title ortho" and record["properties"]["keywords"] == ["word ortho"]
    assert record["time"] == {"interval": ["2019-05-01", "2023-06-01"]}
    assert record["geometry"]["coordinates"][0][0] == [32.2, 48.4]
    by_rel: dict[str, list[str]] = {}
    for link_ in record["links"]:
        by_rel.setdefault(link_["rel"], []).append(link_["href"])
    assert [address.split("?")[0].rsplit("/", 1)[1] for address in by_rel["service"]] == ["wms", "WMTSCapabilities.xml"]
    assert [address.split("/tiles/")[1] for address in by_rel["item"]] == [
        "ortho.2023-06-01/{z}/{x}/{y}.png", "ortho.2019-05-01/{z}/{x}/{y}.png",
    ]  # fmt: skip
    assert [address.split("/datasets/")[1] for address in by_rel["enclosure"]] == ["geoplatform:ortho/dataset_download"]


def test_a_rasters_file_is_told_of_to_who_may_have_it(
    stocked: Client, module_data_db: psycopg.Connection, as_staff: Callable[[str], TestResponse]
) -> None:
    module_data_db.execute("insert into access.permission values ('ortho', 'view', 'anyone'), ('ortho', 'download', 'account:1')")
    announce(module_data_db)
    module_data_db.commit()
    publication.forget()
    try:
        assert "dataset_download" not in stocked.get(f"{RECORDS}/ortho").text
        assert "dataset_download" not in stocked.get(f"{ROOT}/catalogue.jsonld").text
        assert "dataset_download" in as_staff(f"{RECORDS}/ortho").text
    finally:
        module_data_db.execute("delete from access.permission")
        announce(module_data_db)
        module_data_db.commit()
        publication.forget()


def test_staff_find_their_rasters_and_whether_everybody_sees_them(as_staff: Callable[[str], TestResponse]) -> None:
    answer = as_staff(f"{ROOT}/catalogue.jsonld")
    rights = {d["dct:identifier"]: d["dct:accessRights"]["@id"].rsplit("/", 1)[1] for d in answer.json["dcat:dataset"]}
    assert (rights["ortho"], rights["inner_ortho"], rights["places"]) == ("PUBLIC", "RESTRICTED", "PUBLIC")
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["collections/shelters", "collections/catalogue/items/shelters"])
def test_a_page_tells_search_engines_of_its_dataset(stocked: Client, path: str) -> None:
    page = stocked.get(f"{ROOT}/{path}?f=html&lang=uk").text
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert (described["@type"], described["name"]) == ("Dataset", "Сховища під’їздів")


def test_a_rasters_page_tells_search_engines_of_its_dataset(stocked: Client) -> None:
    page = stocked.get(f"{RECORDS}/ortho?f=html&lang=uk").text
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert (described["@type"], described["name"]) == ("Dataset", "Назва ortho")
    assert described["temporalCoverage"] == "2019-05-01/2023-06-01"
    assert "Тайли карти 2023-06-01" in page and "Знімки за період" in page


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
