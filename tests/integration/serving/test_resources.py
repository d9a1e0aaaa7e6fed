"""What GeoNode's catalogue adds to the records: notes on layers and rasters, and resources that stand for no layer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import psycopg
import pytest
import rdflib
from werkzeug.test import Client, TestResponse

from geoplatform import config
from geoplatform.access import cookie, gate
from geoplatform.publishing.publish import announce
from geoplatform.serving import publication
from tests.integration.serving.asking import ask, link
from tests.integration.serving.layers import PLACES, definition, place, put
from tests.leaks.described_rasters import put_raster
from tests.leaks.described_resources import put_note, put_resource, uuid_of

ROOT = "/ogcapi"
RECORDS = f"{ROOT}/collections/catalogue/items"
NOTE = {
    "purpose": "Щоб знайти лікарню", "supplement": "Складено 2024 року", "quality": "Перевірено на місці", "frequency": "weekly",
    "category": {"code": "health", "name": "Health"}, "regions": [{"code": "UKR", "name": "Ukraine"}], "doi": "10.1234/places",
    "contacts": [{"organisation": "Відділ охорони здоров’я", "position": "Начальник", "email": "health@example.org"}],
    "since": "2024-02-01T00:00:00Z", "until": "2024-12-31T00:00:00Z", "keywords": ["лікарі", "places"],
    "constraints": "Не для навігації",
}  # fmt: skip
DCAT, DCT = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.Namespace("http://purl.org/dc/terms/")
VCARD = rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")


@pytest.fixture(scope="module")
def stocked(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """Places with a note, a table, a raster, and resources for everybody, a person, a group and staff; tests only read."""
    conn = module_data_db
    put(conn, PLACES, [place(number) for number in range(30)])
    put(conn, definition("prices", geometry="none"), [{"id": "a", "is_demo": False, "code": "a"}])
    put_raster(conn, "ortho", "public")
    put_note(conn, "places", **NOTE)
    put_note(conn, "ortho", purpose="Щоб бачити дахи")
    here = {"bbox": (32.2, 48.4, 32.3, 48.6), "note": {"since": "2020-01-01T00:00:00Z"}}
    put_resource(conn, "plan", "public", ["anyone"], licence={"name": "CC", "url": "https://example.org/cc"}, **here)
    put_resource(conn, "minutes", "public", ["anyone"], ["account:1"], description=None)
    early = {"since": "0987-06-01T00:00:00Z", "until": "0957-01-01T00:00:00Z"}
    put_resource(conn, "roster_of_old", "staff", ["account:2"], note=early)
    put_resource(conn, "walk", "public", ["anyone"], kind="map", file=None, language="eng")
    put_resource(conn, "wells", "public", ["anyone"], kind="dataset", file=None)
    put_resource(conn, "drafts", "registered", ["account:1"])
    put_resource(conn, "minutes_of_archive", "registered", ["group:5"])
    put_resource(conn, "roster", "staff", ["account:2"])
    conn.execute("insert into access.account values (1, 'registered', '{}'), (2, 'staff', '{}'), (3, 'registered', '{5}')")
    announce(conn)
    conn.commit()
    publication.forget()
    return shared_client


@pytest.fixture
def as_account(stocked: Client) -> Callable[[int, str], TestResponse]:
    """Ask with the cookie of an account."""
    gate.forget()
    key = config.load().secret("access_cookie")
    client = Client(stocked.application, use_cookies=False)  # its jar would take the place of the header
    return lambda number, path: client.get(path, headers={"Cookie": f"{cookie.NAME}={cookie.sign(number, time.time(), key)}"})


def titles(document: dict) -> list[str]:
    """Return the records' names in the tests' words."""
    known = {uuid_of(name): name for name in ("plan", "minutes", "walk", "wells", "drafts", "minutes_of_archive", "roster")}
    return [known.get(feature["id"], feature["id"]) for feature in document["features"]]


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, ["minutes", "ortho", "places", "plan", "prices", "walk", "wells"]),
        ({"type": "document"}, ["minutes", "plan"]),
        ({"type": "map,document"}, ["minutes", "plan", "walk"]),
        ({"type": "dataset"}, ["ortho", "places", "prices", "wells"]),
        ({"type": "geostory"}, []),
        ({"q": "назва walk"}, ["walk"]),
        ({"q": "purpose plan"}, ["plan"]),
        ({"q": "ЛІКАРІ"}, ["places"]),
        ({"q": "перевірено на місці"}, ["places"]),
        ({"q": "roster"}, []),
        ({"bbox": "32,48,33,49"}, ["ortho", "places", "plan"]),
        ({"ids": f"{uuid_of('plan')},{uuid_of('drafts')},places"}, ["places", "plan"]),
        ({"externalIds": f"x:{uuid_of('walk')}"}, ["walk"]),
        ({"datetime": "2023-01-01/2023-06-01", "type": "document"}, ["minutes", "plan"]),
        ({"datetime": "2019-01-01", "type": "document"}, ["minutes"]),
        ({"datetime": "2024-06-01", "ids": "places"}, ["places"]),
        ({"datetime": "2025-01-01/..", "ids": "places"}, []),
        ({"limit": 2, "offset": 4}, ["plan", "walk"]),
    ],
)
def test_resources_are_searched_with_the_layers(stocked: Client, parameters: dict, wanted: list[str]) -> None:
    found = titles(ask(stocked, RECORDS, **parameters))
    assert (found if "limit" in parameters else sorted(found)) == wanted


def test_pages_together_hold_each_record_once(stocked: Client) -> None:
    page, found = ask(stocked, RECORDS, limit=2), []
    while True:
        found += [feature["id"] for feature in page["features"]]
        assert page["numberMatched"] == 7
        if (address := link(page, "next")) is None:
            break
        page = stocked.get(address).json
    assert len(found) == len(set(found)) == 7


def test_a_layers_record_tells_what_people_wrote_of_it(stocked: Client) -> None:
    record = ask(stocked, f"{RECORDS}/places", lang="uk")
    told = record["properties"]
    assert (told["purpose"], told["supplementalInformation"], told["dataQuality"]) == (
        NOTE["purpose"], NOTE["supplement"], NOTE["quality"],
    )  # fmt: skip
    assert told["maintenanceFrequency"] == "weekly" and told["otherConstraints"] == NOTE["constraints"]
    assert "лікарі" in told["keywords"] and told["keywords"].count("places") <= 1
    assert told["themes"][1]["concepts"] == [{"id": "health", "title": "Здоров’я"}]
    assert told["contacts"][1] == {
        "organization": "Відділ охорони здоров’я", "position": "Начальник", "emails": [{"value": "health@example.org"}],
        "roles": ["pointOfContact"],
    }  # fmt: skip
    assert told["regions"] == [{"code": "UKR", "name": "Ukraine"}]
    assert {"scheme": "https://doi.org", "value": "10.1234/places"} in told["externalIds"]
    assert record["time"] == {"interval": ["2024-02-01", "2024-12-31"]}
    assert [one["href"] for one in record["links"] if one["rel"] == "cite-as"] == ["https://doi.org/10.1234/places"]
    assert ask(stocked, f"{RECORDS}/ortho")["properties"]["purpose"] == "Щоб бачити дахи"
    assert ask(stocked, f"{RECORDS}/ortho")["time"] == {"interval": ["2019-05-01", "2023-06-01"]}, "its images decide"


def test_the_graph_tells_the_same(stocked: Client) -> None:
    graph = rdflib.Graph().parse(data=stocked.get(f"{ROOT}/catalogue.jsonld").text, format="json-ld")
    base = config.load().site_url + ROOT
    places = rdflib.URIRef(f"{base}/collections/places")
    assert str(graph.value(places, DCT.accrualPeriodicity)).endswith("/frequency/WEEKLY")
    assert str(graph.value(places, DCT.subject)).endswith("/TopicCategory/health")
    contact = graph.value(places, DCAT.contactPoint)
    assert str(graph.value(contact, VCARD.hasEmail)) == "mailto:health@example.org"
    assert str(graph.value(graph.value(places, DCT.temporal), DCAT.startDate)) == "2024-02-01"
    assert str(graph.value(graph.value(places, DCT.provenance), rdflib.RDFS.label)) == NOTE["quality"]
    plan = rdflib.URIRef(f"{RECORDS.replace(ROOT, base)}/{uuid_of('plan')}")
    others = set(graph.objects(None, DCAT.resource))
    assert plan in others and len(others) == 3, "what is no dataset is a resource of the catalogue"
    assert len(set(graph.objects(None, DCAT.dataset))) == 4
    file = graph.value(graph.value(plan, DCAT.distribution), DCAT.accessURL)
    assert re.fullmatch(r".*/documents/\d+/download", str(file))
    assert str(graph.value(graph.value(plan, DCAT.distribution), DCT.license)) == "https://example.org/cc"


def test_the_pages_tell_search_engines_the_same(stocked: Client) -> None:
    described = {}
    for path in ("collections/places", f"collections/catalogue/items/{uuid_of('plan')}"):
        page = stocked.get(f"{ROOT}/{path}?f=html&lang=en").text
        described[path] = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    places, plan = described.values()
    assert (places["@type"], plan["@type"], plan["name"]) == ("Dataset", "DigitalDocument", "Title plan")
    assert places["temporalCoverage"] == "2024-02-01/2024-12-31" and plan["temporalCoverage"] == "2020-01-01/.."
    assert "https://doi.org/10.1234/places" in places["identifier"] and "лікарі" in places["keywords"]
    assert [one["text"] for one in places["comment"]] == [NOTE["purpose"], NOTE["supplement"], NOTE["quality"]]
    assert places["contributor"][0]["contactPoint"]["email"] == "health@example.org"
    assert plan["encoding"][0]["encodingFormat"] == "application/pdf" and plan["license"] == "https://example.org/cc"


@pytest.mark.parametrize(("language", "words"), [("uk", ["Документ", "Призначення", "Період"]), ("en", ["Document", "Purpose"])])
def test_a_resources_page_is_for_people(stocked: Client, language: str, words: list[str]) -> None:
    page = stocked.get(f"{RECORDS}/{uuid_of('plan')}?f=html&lang={language}").text
    assert all(word in page for word in words) and "/catalogue/#/document/" in page
    listed = stocked.get(f"{RECORDS}?f=html&lang={language}").text
    assert uuid_of("plan") in listed and f"({words[0]})" in listed and "None" not in listed
    assert stocked.get(f"{RECORDS}/{uuid_of('minutes')}?f=html").status_code == 200, "also without a description"


def test_a_file_is_told_of_to_who_may_download_it(stocked: Client, as_account: Callable[[int, str], TestResponse]) -> None:
    minutes = f"{RECORDS}/{uuid_of('minutes')}"
    nobody = stocked.get(minutes)
    assert "/documents/" not in nobody.text and "/documents/" not in as_account(3, minutes).text
    person = as_account(1, minutes)
    assert [one["type"] for one in person.json["links"] if one["rel"] == "enclosure"] == ["application/pdf"]
    assert person.headers["ETag"] != as_account(3, minutes).headers["ETag"]


def test_each_sees_what_is_theirs(stocked: Client, as_account: Callable[[int, str], TestResponse]) -> None:
    everybodys = {"minutes", "ortho", "places", "plan", "prices", "walk", "wells"}
    tags = {}
    for number, more in ((1, "drafts"), (3, "minutes_of_archive"), (2, "roster")):
        answer = as_account(number, RECORDS)
        assert set(titles(answer.json)) == everybodys | {more} | ({uuid_of("roster_of_old")} if number == 2 else set())
        assert answer.headers["Cache-Control"].startswith("private")
        tags[answer.headers["ETag"]] = number
        assert as_account(number, f"{RECORDS}/{uuid_of(more)}").status_code == 200
        assert stocked.get(f"{RECORDS}/{uuid_of(more)}").status_code == 404
        listed = as_account(number, f"{ROOT}/collections").json["collections"]
        assert "numberItems" not in next(one for one in listed if one["id"] == "catalogue"), "that list is many people's"
    assert len(tags) == 3, "who sees other records has other tags"
    assert as_account(1, f"{RECORDS}/{uuid_of('minutes_of_archive')}").status_code == 404


def test_a_period_is_told_in_its_order(as_account: Callable[[int, str], TestResponse]) -> None:
    told = as_account(2, f"{RECORDS}/{uuid_of('roster_of_old')}").json
    assert told["time"] == {"interval": ["0957-01-01", "0987-06-01"]}
    assert uuid_of("roster_of_old") in as_account(2, f"{RECORDS}?datetime=0970-01-01/0971-01-01").text


def test_a_change_changes_the_tags_and_is_seen(stocked: Client, module_data_db: psycopg.Connection) -> None:
    paths = [RECORDS, f"{RECORDS}/places", f"{RECORDS}/{uuid_of('walk')}", f"{ROOT}/catalogue.jsonld"]
    paths += [f"{ROOT}/collections/places?f=html", f"{ROOT}/collections/catalogue"]
    before = {path: stocked.get(path).headers["ETag"] for path in paths}
    assert {path: stocked.get(path, headers={"If-None-Match": tag}).status_code for path, tag in before.items()} == dict.fromkeys(
        paths, 304
    )
    put_note(module_data_db, "places", **{**NOTE, "purpose": "Щоб лікуватися"})
    put_resource(module_data_db, "walk", "public", ["anyone"], kind="map", file=None, language="eng", attribution="Хтось")
    announce(module_data_db)
    module_data_db.commit()
    begun = time.monotonic()
    while stocked.get(f"{RECORDS}/places").headers["ETag"] == before[f"{RECORDS}/places"]:
        assert time.monotonic() - begun < 5
        time.sleep(0.1)
    assert [path for path in paths if stocked.get(path, headers={"If-None-Match": before[path]}).status_code != 200] == []
    assert ask(stocked, f"{RECORDS}/places")["properties"]["purpose"] == "Щоб лікуватися"
    assert ask(stocked, f"{RECORDS}/{uuid_of('walk')}")["properties"]["rights"] == "Хтось"


def test_a_record_costs_no_query_of_its_own(stocked: Client, module_data_db: psycopg.Connection, monkeypatch) -> None:
    for number in range(300):
        put_resource(module_data_db, f"bulk{number}", "public", ["anyone"])
    announce(module_data_db)
    module_data_db.commit()
    publication.expire("public")
    assert ask(stocked, RECORDS, limit=1)["numberMatched"] == 307
    asked: list[str] = []
    real = psycopg.Connection.execute

    def counted(self: psycopg.Connection, query: object, *args: object, **options: object) -> object:
        asked.append(str(query))
        return real(self, query, *args, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    publication.expire("public")
    found = ask(stocked, RECORDS, limit=1000, q="bulk")
    assert found["numberReturned"] == 300
    assert len(asked) <= 1, f"only whether anything has changed is asked for: {asked}"
