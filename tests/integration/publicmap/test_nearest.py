"""The nearest open place of a kind: understood from words, told with distance, direction, hours and what comes next."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.publicmap.conftest import CLINIC, CLINICS
from tests.integration.serving.layers import attribute, definition, put
from tests.integration.walking.conftest import RULES, draw, way

#: A Monday, in Kyiv.
MORNING = "2026-11-23T10:00"
STATES = definition(
    "facility_states",
    attribute("layer"),
    attribute("feature"),
    attribute("state", role="state"),
    attribute("known_at", type="datetime"),
    attribute("since", type="datetime"),
    attribute("known_until", type="datetime"),
    geometry="none",
    secondary=True,
)
HOURS = {
    "c1": "Mo-Fr 08:00-12:00",
    "c2": "Mo-Su 20:00-02:00",
    "c3": "24/7",
    "c4": None,
    "c5": "Mo-Fr 09:00-18:00",
    "c6": "коли захочемо",
}


def clinic(number: int, hours: str | None) -> dict:
    """Return a clinic `number` hundreds of metres east of the corner of the test's streets."""
    more = {
        "id": f"c{number}",
        "code": f"c{number}",
        "name": f"Клініка {number}",
        "name_en": None,
        "kind": "clinic",
        "hours": hours,
    }
    return {**CLINIC, **more, "is_demo": False, "geom": f"POINT({32.25 + number * 100 / 73870} 48.5002)"}


@pytest.fixture(scope="module")
def filled(published):
    """Six clinics in a row, none of them at a street yet."""
    # a version of its own: what is remembered of hours is remembered by version
    put(published, CLINICS, [clinic(number, HOURS[f"c{number}"]) for number in range(1, 7)], version=901)
    return published


def names(page) -> list[str]:
    return re.findall(r'gp-list__name" href="/(?:en/)?map/clinics/([a-z0-9]+)/', page.text)


def summary(page) -> str:
    return html.unescape(re.search(r'id="summary">(.*?)</p>', page.text, re.S)[1])


def hours(page) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'gp-list__hours">(.*?)</span>', page.text)]


AT = f"/map/?layer=clinics&near=32.25,48.5&open={MORNING}"


def test_open_ones_come_nearest_first_with_their_hours_and_the_next_are_told(ask, filled):
    page = ask(AT)
    assert names(page) == ["c1", "c3", "c5"]
    assert hours(page) == ["Відчинено до 12:00", "Відчинено цілодобово", "Відчинено до 18:00"]
    told = summary(page)
    assert re.search(r"Найближче: Клініка 1 – за 100 метрів на схід від вибраного місця, відчинено до 12:00\.", told)
    assert "Далі: Клініка 3 – за 300 метрів на схід від вибраного місця, відчинено цілодобово; Клініка 5 – " in told


def test_of_what_nobody_knows_the_nearest_is_told(ask, filled):
    told = summary(ask(AT))
    assert "Ще про 2 місця невідомо, чи вони підходять" in told
    assert "Найближче з них: Клініка 4 – за 400 метрів на схід від вибраного місця, години роботи невідомі." in told
    other = summary(ask("/map/?layer=clinics&near=32.257,48.5002&open=2026-11-23T03:00&within=200"))
    assert "Найближче з них: Клініка 6" in other and "невідомо, чи відчинено" in other


def test_hours_past_midnight_belong_to_the_evening_before(ask, filled):
    night = f"/map/?layer=clinics&near=32.25,48.5&open={'2026-11-24T01:30'}"
    assert names(ask(night)) == ["c2", "c3"] and hours(ask(night))[0] == "Відчинено до 02:00"
    assert names(ask(night.replace("T01:30", "T02:00"))) == ["c3"]


def test_what_staff_said_to_be_closed_is_not_open(ask, filled):
    now = datetime.now(UTC)
    said = {
        "id": "clinics.c3",
        "is_demo": False,
        "code": "clinics.c3",
        "layer": "clinics",
        "feature": "c3",
        "state": "closed_temporarily",
    }
    times = {"known_at": now - timedelta(hours=1), "since": None, "known_until": None}
    open_now = "/map/?layer=clinics&near=32.25,48.5&open=now"
    assert "c3" in names(ask(open_now))
    put(filled, STATES, [{**said, **times}])
    assert "c3" not in names(ask(open_now))
    assert "Клініка 3" not in summary(ask(open_now))
    assert not any("цілодобово" in line for line in hours(ask("/map/?layer=clinics&near=32.25,48.5")))
    put(filled, STATES, [{**said, **times, "known_until": now - timedelta(minutes=1)}], version=2)
    assert "c3" in names(ask(open_now)), "what was said held until a minute ago"
    put(filled, STATES, [{**said, **times, "since": now + timedelta(days=1)}], version=3)
    assert "c3" in names(ask(open_now)), "it will be closed tomorrow"
    put(filled, STATES, [], version=4)


@pytest.mark.parametrize(
    ("words", "kind"), [("найближча відкрита clinic", "Clinic українською"), ("nearest open clinic", "Clinic українською")]
)
def test_words_that_are_a_wish_become_the_query(ask, filled, words, kind):
    page = ask(f"/map/?q={words}&layer=places&chosen=1&near=32.25,48.5")
    assert f"Шукаємо так: {kind}; відчинено зараз; найближчі спершу." in html.unescape(page.text)
    assert 'id="open-now" checked' in page.text and 'id="category-clinic" checked' in page.text
    assert 'name="q" type="search" value=""' in page.text
    answer = json.loads(ask(f"/map/results/?q={words}&near=32.25,48.5").text)
    assert answer["instead"] == answer["address"] == "?category=clinic&open=now&near=32.25%2C48.5&sort=distance"
    assert json.loads(ask("/map/results/?q=Клініка&near=32.25,48.5").text)["instead"] is None


def test_a_wish_without_a_place_asks_from_where(ask, filled):
    page = ask("/map/?q=найближча clinic")
    assert page.status == 200 and "вкажіть, звідки" in html.unescape(page.text)
    assert '<details class="govuk-details gp-filters" id="filters" open>' in page.text


def test_a_wish_names_the_place_to_measure_from(ask, filled):
    page = ask("/map/?q=найближча clinic біля 48.5, 32.25")
    assert names(page)[:2] == ["c1", "c2"]
    assert "від адреси «48.5, 32.25»" in summary(page)


def test_cards_and_groups_lead_to_the_nearest_of_their_kind(ask, filled):
    card = html.unescape(ask("/map/clinics/c4/").text)
    link = re.search(r'href="(/map/\?[^"]*)">Такі самі, відчинені зараз і найближчі звідси', card)[1]
    assert "category=clinic" in link and "open=now" in link and "near=32.25541" in link
    assert ask(link).status == 200
    group = html.unescape(ask("/map/?layer=clinics").text)
    offered = re.search(r'gp-group__nearest"><a[^>]*href="([^"]*)"', group)[1]
    assert offered == "/map/?layer=clinics&open=now&sort=distance"
    assert "gp-group__nearest" not in ask("/map/?layer=clinics&open=now").text


def test_on_foot_distances_are_those_along_the_streets(ask, filled):
    from geoplatform.walking import build

    # the street leads round: each clinic is reached from the north side only
    round_about = way((-50, 0), (0, 0), (0, 300), *((n * 100, 300) for n in (1, 3, 5, 7)))
    draw(filled, [round_about, *(way((n * 100, 300), (n * 100, 22)) for n in (1, 3, 5))])
    build.follow(RULES)
    asked = f"/map/?layer=clinics&near=32.25,48.5&open={MORNING}&within=1000"
    assert names(ask(asked)) == ["c1", "c3", "c5"], "in a straight line all of them are near"
    page = ask(f"{asked}&walk=1")
    assert names(page) == ["c1", "c3"]
    then = ask(f"{asked}&walk=1&asof=2026-11-22")
    assert re.findall(r'href="/map/clinics/(c\d)/', then.text)[:2] == ["c1", "c3"] and "пішки" in summary(then), "of the past too"
    told = summary(page)
    assert "не далі ніж за 1 кілометр пішки (13 хвилин) від вибраного місця" in told
    assert re.search(r"Найближче: Клініка 1 – за 6[78]0 метрів пішки \(9 хвилин\) на схід", told)
    assert "Відстані – вулицями й доріжками, хода 4,7 км/год." in told
    answer = json.loads(ask(asked.replace("/map/", "/map/results/") + "&walk=1").text)
    assert sum(len(fids) for fids in answer["fids"].values()) == len(names(page))
    assert answer["catchment"]["type"] in ("Polygon", "MultiPolygon")
    assert json.loads(ask("/map/results/?layer=clinics&near=32.25,48.5&within=1000").text)["catchment"] is None
    for alone in ("embed", "print"):
        sheet = ask(asked.replace("/map/", f"/map/-/{alone}/") + "&walk=1")
        settings = re.search(r'id="map-settings"[^>]*>(.*?)</script>', sheet.text)[1]
        assert sheet.status == 200
        assert json.loads(settings)["catchment"] == answer["catchment"], "maps of their own draw the same"
    slower = summary(ask("/map/?layer=clinics&near=32.25,48.5&within=1000&walk=1&profile=wheelchair"))
    assert "1 кілометр пішки (22 хвилини)" in slower and "без сходів" in slower


def test_far_from_every_street_distances_are_straight_and_said_so(ask, filled):
    page = ask("/map/?layer=clinics&near=32.25,48.6&within=5000&walk=1")
    assert "Поблизу початку немає ні вулиці, ні доріжки: відстані навпростець." in summary(page)


def test_without_a_network_distances_are_straight_and_said_so(ask, filled):
    from geoplatform.walking import build

    build.follow(RULES.model_copy(update={"network": None}))
    page = ask("/map/?layer=clinics&near=32.25,48.5&within=1000&walk=1")
    assert names(page)[0] == "c1"
    assert "Мережі вулиць тут не завантажено: відстані навпростець." in summary(page)
    assert "walk=1" in re.search(r'rel="canonical" href="([^"]*)"', page.text)[1], "the link still asks for it elsewhere"
    assert 'id="walk"' not in ask("/map/?layer=clinics&near=32.25,48.5").text, "it is not offered where there is none"


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("near=32.25,48.5&walk=2", 400, "не спосіб міряти"),
        ("walk=1", 200, "Щоб міряти пішки, вкажіть, звідки"),
        ("near=32.25,48.5&walk=1&within=50000", 200, "щонайбільше на 5 кілометрів"),
        ("near=32.25,48.5&walk=1", 200, "за 2 кілометри"),
        ("near=32.25,48.5&walk=%00", 400, "не спосіб міряти"),
    ],
)
def test_a_walk_that_can_not_be_measured_is_told(ask, filled, query, status, told):
    page = ask(f"/map/?layer=clinics&{query}")
    assert page.status == status and told in html.unescape(page.text)
