"""What people find: mistyped, in another layout, by old names, within an area or a period; and what hostile requests get."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from geoplatform.serving.app import application
from tests.integration.search.conftest import CLINICS, HOUSES, RENAMES, STREETS, TOWNS, clinic, line, put, row
from tests.integration.serving.layers import attribute, definition


@pytest.fixture
def city(conn, follow):
    """A small city: clinics, a street of two lines, its former names, houses, a town that was renamed, dated events."""
    put(conn, CLINICS, [
        clinic(1, address="вулиця Садова, 3", about="Лікарі приймають щодня. " * 20 + "Працює рентген. " + "Довідки. " * 30),
        clinic(2) | {"name": "Стоматологія «Кам’янка»", "is_demo": True, "geom": "POINT(32.3 48.52)"},
    ])  # fmt: skip
    put(conn, STREETS, [
        line("w1", "вулиця Соборна"), line("w2", "вулиця Соборна", 32.203), line("w9", "вулиця Соборна", 32.6),
        line("w3", "вулиця Садова", lat=48.51, old="вулиця Фруктова"),
    ])  # fmt: skip
    put(conn, RENAMES, [
        row("r1", old="вулиця Дворянська", name="вулиця Леніна", day="1920-01-01"),
        row("r2", old="вулиця Леніна", name="вулиця Соборна", act="Рішення № 1", day="2016-02-19"),
    ])  # fmt: skip
    put(conn, HOUSES, [
        row(f"h{number}", address=f"вулиця Соборна, {number}", street="вулиця Соборна", number=str(number), town="Кам’янка",
            geom=f"POINT({32.2 + number / 10_000} 48.5)")
        for number in (1, 3, 9, 4, 12)
    ])  # fmt: skip
    put(conn, TOWNS, [row("t1", name="Кам’янка", old="Каменка", katottg="UA01", geom="POINT(32.2 48.5)")])
    put(conn, definition("events", attribute("name", role="name"), attribute("day", type="date", role="date")),
        [row("e1", name="Ярмарок", day="2026-05-01", geom="POINT(32.2 48.5)")])  # fmt: skip
    done = follow()
    assert done.complete, done.failed


def test_way_of_reading_is_told(city, ask):
    for q, way, meant in [
        ("амбулаторії", "exact", None), ("амбула", "begun", None), ("абмулаторія", "mended", "амбулаторія"),
        ("fv,ekfnjhsz", "exact", None), ("ambulatoriia", "exact", None), ("амбулаторія хмарочос", "some", None),
        ("щщщщ", "none", None),
    ]:  # fmt: skip
        found = ask("/api/search", q=q)
        assert (found["way"], found["meant"]) == (way, meant), q
        assert bool(found["items"]) == (way != "none"), q


def test_street_is_one_hit_under_every_name_it_had(city, ask):
    for q in ("вулиця Соборна", "Леніна", "Дворянська", "ул. Ленина"):
        streets = [item for item in ask("/api/search", q=q, kind="street")["items"] if "Дворянська" in item["subtitle"]]
        assert [item["title"] for item in streets] == ["вулиця Соборна"], q
        assert "вулиця Леніна" in streets[0]["subtitle"]
        assert len(streets[0]["geometry"]["coordinates"]) == 2, "both lines of the city's street, not the far one"


def test_far_street_of_the_same_name_is_another(city, ask):
    assert ask("/api/search", q="Соборна", kind="street")["total"] == 2


def test_snippet_filters_and_paging(city, ask):
    found = ask("/api/search", q="рентген")["items"]
    assert [item["id"] for item in found] == ["clinics/c1"] and "рентген" in found[0]["snippet"]
    assert ask("/api/search", q="стоматологія", bbox="32.29,48.5,32.31,48.53")["total"] == 1
    assert ask("/api/search", q="стоматологія", bbox="30,48,31,49")["total"] == 0
    assert ask("/api/search", **{"q": "ярмарок", "from": "2026-05-01", "to": "2026-05-31"})["total"] == 1
    assert ask("/api/search", **{"q": "ярмарок", "from": "2026-05-02"})["total"] == 0
    everything = ask("/api/search", q="вулиця", limit=100)["items"]
    offsets = range(0, len(everything), 2)
    paged = [item for offset in offsets for item in ask("/api/search", q="вулиця", limit=2, offset=offset)["items"]]
    assert [item["id"] for item in paged] == [item["id"] for item in everything] and len(everything) > 4


def test_facets_count_what_the_other_filters_leave(city, ask):
    found = ask("/api/search", q="Соборна")
    kinds = {item["value"]: item["count"] for item in found["facets"]["kind"]}
    assert kinds == {"street": 2, "address": 5} and found["total"] == 7
    narrowed = ask("/api/search", q="Соборна", kind="address")
    assert narrowed["total"] == 5 and {item["value"]: item["count"] for item in narrowed["facets"]["kind"]} == kinds


def test_suggestions_complete_words_and_forgive_slips(city, ask):
    def suggested(q: str) -> list[str]:
        return [item["title"] for item in ask("/api/search/suggest", q=q)["items"]]

    assert suggested("собо")[0] == "вулиця Соборна"
    assert "вулиця Соборна" in suggested("вул соб") and "вулиця Соборна" in suggested("лені")
    assert suggested("кам'я")[0] == "Кам’янка" == suggested("камя")[0]
    assert "Амбулаторія № 1" in suggested("абмула")
    assert suggested("а") == [] == suggested("")


def test_suggestions_of_one_name_are_one(conn, follow, ask):
    put(conn, CLINICS, [clinic(number) | {"name": "Аптека"} for number in range(5)])
    follow()
    (item,) = [item for item in ask("/api/search/suggest", q="апт")["items"] if item["kind"] == "facility"]
    assert item["count"] == 5 and item["url"] is None


def test_coordinates_are_a_hit_with_its_place_in_words(city, ask):
    (item,) = ask("/api/search", q="48.5, 32.2011")["items"]
    assert item["kind"] == "coordinates" and item["geometry"]["coordinates"] == [32.2011, 48.5]
    assert "вулиця Соборна" in item["subtitle"] and item["url"].endswith("/map/#map=17/48.50000/32.20110")


def test_demonstration_data_are_found_in_the_demo_only(city, ask, monkeypatch):
    assert ask("/api/search", q="стоматологія")["items"][0]["is_demo"] is True
    monkeypatch.setenv("GEOPLATFORM_MODE", "production")
    assert ask("/api/search", q="стоматологія")["total"] == 0
    assert ask("/api/search/suggest", q="стомат")["items"] == []


def test_geocoding_resolves_houses_old_names_and_says_what_it_does_not_know(city, ask):
    def geocoded(q: str, **more) -> list[dict]:
        return [
            feature["properties"] | {"at": feature["geometry"]} for feature in ask("/api/places/geocode", q=q, **more)["features"]
        ]

    (house,) = geocoded("м. Кам'янка, вул. Соборна, буд. 9")
    assert (house["precision"], house["title"], house["former_name"]) == ("address", "вулиця Соборна, 9", None)
    (old,) = geocoded("ул. Ленина, 9")
    assert old["precision"] == "address" and old["former_name"] == "вулиця Леніна"
    assert "тепер «вулиця Соборна»" in old["notes"][0] and "Рішення № 1 від 19.02.2016" in old["notes"][0]
    missing = geocoded("вулиця Соборна 5")[0]
    assert missing["precision"] == "street" and "немає в даних" in missing["notes"][-1]
    guess = geocoded("вулиця Соборна 6", interpolate="true")[0]
    assert guess["precision"] == "interpolated" and guess["at"]["coordinates"] == pytest.approx([32.2006, 48.5])
    assert geocoded("вулиця Соборна 99", interpolate="true")[0]["precision"] == "street", (
        "nothing is guessed beyond the last house"
    )
    (town,) = geocoded("м. Каменка")
    assert town["precision"] == "settlement" and town["former_name"] == "Каменка"
    assert geocoded("вулиця, якої немає, 1") == []
    assert geocoded("48.5 32.2")[0]["precision"] == "coordinates"


def test_reverse_tells_house_street_and_settlement(city, ask):
    here = ask("/api/places/reverse", lon=32.2011, lat=48.5)
    assert here["street"]["name"] == "вулиця Соборна" and here["settlement"]["name"] == "Кам’янка"
    assert here["address"]["name"] == "вулиця Соборна, 12" and here["text"].startswith("вулиця Соборна, 12")
    north = ask("/api/places/reverse", lon=32.201, lat=48.5045, lang="uk")
    assert north["text"].startswith("500 метрів на північ від вулиці Соборної"), north
    assert ask("/api/places/reverse", lon=32.201, lat=48.5045, lang="en")["text"].startswith("500 metres to the north of")
    nowhere = ask("/api/places/reverse", lon=0, lat=0)
    assert nowhere["text"] == "" and nowhere["street"] is None


HOSTILE = [
    "q=" + "a" * 10_000, "q=%00", "q=%F0%28%8C%28", "q=" + "%28" * 200, "q='%3B%20drop%20table%20search.document%3B--",
    "q=%25%25%25", "q=%5B%5E%5D*%2B%3F%7B1%2C%7D", "q=a%26%7C!%3A*", "q=" + "a%20" * 100, "q=%E2%80%AEevil", "q=x&bbox=1,2",
    "q=x&bbox=a,b,c,d", "q=x&limit=1e9", "q=x&offset=-5", "q=x&kind=%27", "q=x&from=yesterday", "q=x&unknown=1", "q=x&q=y",
    "bbox=-180,-90,180,90", "q=%F0%9F%98%80", "q=~a", "q=" + "%D1%89" * 299, "q=1e308,1e308", "q=%2B-%2B-48.5", "lon=1&lat=2",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/api/search", "/api/search/suggest", "/api/places/geocode", "/api/places/reverse"])
def test_hostile_requests_get_an_answer_or_a_problem(city, path):
    client = Client(application)
    for query in HOSTILE:
        answer = client.get(f"{path}?{query}")
        assert answer.status_code in (200, 400), (query[:40], answer.status_code, answer.text[:200])
        if answer.status_code == 400:
            assert answer.content_type == "application/problem+json" and answer.json["detail"], query
    assert client.get("/api/search", query_string={"q": "Соборна"}).json["total"] == 7, "and the documents are still there"
