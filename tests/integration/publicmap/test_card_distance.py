"""List, summary, map and every form of a place's card tell the same distance, and how it was measured."""

from __future__ import annotations

import html
import json
import re

import pytest

from geoplatform.publicmap import onfoot
from geoplatform.walking import build
from tests.integration.publicmap.test_nearest import filled  # noqa: F401 - a fixture
from tests.integration.walking.conftest import RULES, draw, way

NEAR = "near=32.25,48.5&within=1000"
ALONG, STRAIGHT = "Відстані – вулицями й доріжками, хода 4,7 км/год.", "Відстань – навпростець."


@pytest.fixture
def streets(filled):  # noqa: F811 - the fixture imported above
    """A street that leads round: clinics are reached from the north, the fifth only by more than a kilometre."""
    round_about = way((-50, 0), (0, 0), (0, 300), *((n * 100, 300) for n in (1, 3, 5, 7)))
    draw(filled, [round_about, *(way((n * 100, 300), (n * 100, 22)) for n in (1, 3, 5))])
    build.follow(RULES)
    return filled


def text(page) -> str:
    return re.sub(r"\s+", " ", html.unescape(page.text))


def listed(page) -> dict[str, tuple[str, str]]:
    """Return by id what the list tells of each place: the address of its page, and where it is."""
    found = re.findall(r'href="(/map/clinics/(c\d)/[^"]*)".*?gp-list__where">([^<]*)<', text(page))
    return {name: (href, where) for href, name, where in found}


def carded(page) -> str:
    """Return what a card tells of where its place is."""
    return re.search(r"<dt>Розташування</dt><dd>(.*?)</dd>", text(page))[1]


def cards(ask, query: str, name: str, own: str, **headers: str) -> dict[str, str]:
    """Return what each form of the card tells: on the map's page, in the map's pane, on the place's own page `own`."""
    return {
        "map": carded(ask(f"/map/?{query}&place=clinics:{name}", **headers)),
        "pane": carded(ask(f"/map/clinics/{name}/card/?{query}&place=clinics:{name}", **headers)),
        "page": carded(ask(own)),
    }


@pytest.mark.parametrize("more", ["", "&profile=wheelchair", "&open=2026-11-23T10:00", "&asof=2026-11-22", "&category=clinic"])
def test_on_foot_every_card_tells_what_the_list_tells(ask, streets, more):
    query = f"layer=clinics&{NEAR}&walk=1{more}"
    found = listed(ask(f"/map/?{query}"))
    fids = json.loads(ask(f"/map/results/?{query}").text)["fids"]["clinics"]
    assert {"c1", "c3"} <= set(found) and "c5" not in found and len(fids) == len(found)
    for name, (own, where) in found.items():
        away = re.match(r"За \d+ метрів пішки \(\d+ хвилин[аи]?\) на схід від вибраного місця", where)[0]
        for form, told in cards(ask, query, name, own).items():
            assert told.startswith(away), form
            assert "вулицями й доріжками" in told and "навпростець" not in told, form
            assert ("сьогоднішні, а не тодішні" in told) == ("asof" in more), form


@pytest.mark.parametrize("query", ["near=32.25,48.5", "near=32.25,48.5&within=1000", "from=48.5, 32.25"])
def test_without_walking_every_card_tells_the_straight_distance_and_says_so(ask, streets, query):
    query = f"layer=clinics&{query}"
    page = ask(f"/map/?{query}")
    assert "Відстані – навпростець." in re.search(r'id="summary">(.*?)</p>', text(page))[1]
    own, where = listed(page)["c3"]
    away = re.match(r"За 300 метрів на схід від [^;]*", where)[0]
    for form, told in cards(ask, query, "c3", own).items():
        assert told.startswith(away) and told.endswith(STRAIGHT), form


def test_what_is_out_of_reach_on_foot_is_told_straight_and_why(ask, streets):
    query = f"layer=clinics&{NEAR}&walk=1"
    own = listed(ask(f"/map/?{query}"))["c1"][0].replace("/c1/", "/c5/")
    for form, told in cards(ask, query, "c5", own).items():
        assert told.startswith("За 500 метрів на схід"), form
        assert "Пішки туди далі ніж за 1 кілометр або шлях невідомий: відстань – навпростець." in told, form
        assert ALONG not in told, form


def test_a_place_that_the_query_leaves_out_is_measured_as_it_asks(ask, streets):
    """The card that stays open when the filter changes."""
    for more in ("&q=zzz", "&category=hospital", "&area=blocks:none", "&bbox=1,1,2,2"):
        told = carded(ask(f"/map/clinics/c1/card/?layer=clinics&{NEAR}&walk=1{more}"))
        assert "пішки" in told and ALONG in told, more


@pytest.mark.parametrize(
    ("near", "network", "why"),
    [("32.25,48.6", True, "Поблизу початку немає ні вулиці"), ("32.25,48.5", False, "Мережі вулиць тут не завантажено")],
    ids=["far", "none"],
)
def test_where_ways_are_not_known_every_card_says_why(ask, streets, near, network, why):
    if not network:
        build.follow(RULES.model_copy(update={"network": None}))
    query = f"layer=clinics&near={near}&within=5000&walk=1"
    own, where = listed(ask(f"/map/?{query}"))["c1"] if not network else (f"/map/clinics/c1/?near={near}&walk=1", "За ")
    for form, told in cards(ask, query, "c1", own).items():
        assert told.startswith(where.split(";")[0]) and why in told and "пішки" not in told.split(".")[0], form


def test_of_too_many_places_no_card_tells_another_distance_than_the_list(ask, streets, monkeypatch):
    monkeypatch.setattr(onfoot, "MOST", 3)
    query = f"layer=clinics&{NEAR}&walk=1"
    own, where = listed(ask(f"/map/?{query}"))["c1"]
    for form, told in cards(ask, query, "c1", own).items():
        assert told.startswith(where.split(";")[0]) and "навпростець" in told and "пішки" not in told, form


def test_the_devices_position_is_measured_from_on_foot_and_stands_in_no_link(ask, streets):
    query, position = "layer=clinics&within=1000&walk=1", "32.250,48.500"
    page = json.loads(ask(f"/map/results/?{query}", **{"Geoplatform-Position": position}).text)
    assert 'href="/map/clinics/c1/"' in page["html"]
    told = carded(ask(f"/map/clinics/c1/card/?{query}", **{"Geoplatform-Position": position}))
    assert re.match(r"За \d+ метрів пішки \(\d+ хвилин\) на схід від вас", told) and ALONG in told


@pytest.mark.parametrize("query", ["near=x&walk=zz&within=-1", "walk=1", "near=32.25,48.5&walk=%00", "near=1e9,1&walk=1"])
def test_a_damaged_way_of_measuring_leaves_the_page(ask, streets, query):
    page = ask(f"/map/clinics/c1/?{query}")
    assert page.status == 200 and "пішки" not in carded(page)


def test_the_past_says_in_the_summary_that_streets_are_todays(ask, streets):
    asked = f"/map/?layer=clinics&{NEAR}&walk=1"
    assert "Вулиці й доріжки взято сьогоднішні, а не тодішні." in text(ask(f"{asked}&asof=2026-11-22"))
    assert "сьогоднішні" not in text(ask(asked))
