"""The nearest of a kind asked in words, measured on foot: by keyboard, without JavaScript, each state free of barriers."""

from __future__ import annotations

import time

import pytest

from tests.browser.conftest import NARROW, WIDE, violations, wait_for_map
from tests.browser.searching import until_searchable
from tests.stack import Stack

LOOKS = pytest.mark.parametrize(("prefix", "viewport"), [("", WIDE), ("/en", NARROW)], ids=["uk-1280", "en-360"])
WORDS = {
    "": ("найближча аптека", "Аптека; найближчі спершу", "пішки"),
    "/en": ("nearest pharmacy", "Pharmacy; nearest first", "on foot"),
}


def until_walkable(stack: Stack) -> None:
    """Return when the worker has built the street network; fails after two minutes."""
    deadline = time.monotonic() + 120
    while "edges" not in (told := stack.command("walking", "status", check=False).stdout):
        assert time.monotonic() < deadline, told
        time.sleep(1)


def asked(page, act) -> dict:
    """Return the answer that the page gets when `act` is done."""
    with page.expect_response(lambda answer: "/map/results/" in answer.url) as awaited:
        act()
    answer = awaited.value.json()
    page.wait_for_function("text => document.querySelector('#summary').textContent === text", arg=answer["summary"])
    return answer


def test_words_become_the_query_and_ways_on_foot_are_drawn_and_told(stack, visit):
    until_searchable(stack)
    until_walkable(stack)
    words, understood, on_foot = WORDS[""]
    page = visit("/map/", reduced_motion="reduce")
    wait_for_map(page)
    page.focus("#words")
    page.keyboard.type(words)
    answer = asked(page, lambda: page.keyboard.press("Enter"))
    assert answer["instead"] == "?category=pharmacy" and page.url.split("#")[0].endswith("/map/?category=pharmacy")
    assert page.input_value("#words") == "" and understood in page.inner_text("#results")
    assert not violations(page)
    assert page.is_visible("#from"), "the page asks from where"
    page.focus("#from")
    page.keyboard.type("Демонстраційна вулиця")
    asked(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_selector(".gp-filters__others a")
    assert page.evaluate("document.activeElement.id") == "from", "what one types in stays while the rest is renewed"
    assert "from=" in page.get_attribute("#time a[href*=compare]", "href")
    page.keyboard.type(" 5")
    straight = asked(page, lambda: page.keyboard.press("Enter"))
    assert straight["catchment"] is None and on_foot not in page.inner_text("#summary")
    page.focus("#walk")
    walked = asked(page, lambda: page.keyboard.press("Space"))
    assert page.evaluate("document.activeElement.id") == "walk"
    assert "walk=1" in page.url and on_foot in page.inner_text("#summary") and "2 кілометри" in page.inner_text("#summary")
    assert walked["catchment"]["type"] in ("Polygon", "MultiPolygon")
    listed = page.locator(".gp-list__item").count()
    assert listed == sum(len(fids) for fids in walked["fids"].values()) > 0
    assert on_foot in page.inner_text(".gp-list__where >> nth=0")
    assert "демонстраційні дані" in page.inner_text("#summary")
    away = page.inner_text(".gp-list__where >> nth=0").split(";")[0]
    page.click(".gp-list__name >> nth=0")
    page.wait_for_selector("#card-title")
    told = page.inner_text("#card .gp-facts >> nth=0")
    assert away in told and "вулицями й доріжками" in told, "the card measures as the list does"
    assert not violations(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")
    assert not violations(page)
    page.select_option("#profile", "wheelchair")
    page.wait_for_function("() => document.querySelector('#summary').textContent.includes('без сходів')")


@LOOKS
def test_without_javascript_the_search_page_leads_to_the_nearest(stack, visit, prefix, viewport):
    until_searchable(stack)
    until_walkable(stack)
    words, _understood, on_foot = WORDS[prefix]
    page = visit(f"{prefix}/search/?q={words}", viewport=viewport, java_script_enabled=False)
    assert page.locator(".gp-search__wish a").get_attribute("href") == f"{prefix}/map/?category=pharmacy&sort=distance"
    page.fill("#wish-from", "Демонстраційна вулиця 5")
    page.click(".gp-search__wish button")
    assert "category=pharmacy" in page.url and "from=" in page.url
    # a place that is told to be shut has no hours to tell
    assert 0 < page.locator(".gp-list__hours").count() <= page.locator(".gp-list__item").count()
    page.check("#walk")
    page.click("#filters .gp-filters__fields > button")
    assert "walk=1" in page.url and on_foot in page.inner_text("#summary")
    away = page.inner_text(".gp-list__where >> nth=0").split(";")[0]
    page.click(".gp-list__name >> nth=0")
    assert on_foot in away and away in page.inner_text(".gp-facts >> nth=0"), "a place's own page measures as the list does"
    page.click(".gp-card__links a[href*='place=']")
    assert "walk=1" in page.url and away in page.inner_text("#card .gp-facts >> nth=0")


@LOOKS
def test_each_state_is_free_of_barriers(stack, visit, prefix, viewport):
    until_searchable(stack)
    until_walkable(stack)
    words = WORDS[prefix][0]
    page = visit(f"{prefix}/search/?q={words}", viewport=viewport, reduced_motion="reduce")
    found = {"search": violations(page)}
    for name, state in (
        ("asks from where", f"q={words}"),
        ("on foot", "category=pharmacy&near=32.26,48.51&within=1000&walk=1"),
        ("open then", "category=pharmacy&near=32.26,48.51&open=2026-11-23T23:30"),
        ("far from streets", "category=pharmacy&near=32.5,48.4&within=5000&walk=1"),
    ):
        page.goto(f"{stack.base_url}{prefix}/map/?{state}")
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    page.goto(f"{stack.base_url}{prefix}/map/?category=pharmacy")
    page.click(".gp-list__name >> nth=0")
    page.click(".gp-card__links a[href*='sort=distance']")
    assert "near=" in page.url and page.locator("#summary").inner_text()
    found["like this one"] = violations(page)
    assert not any(found.values()), found


def test_suggestions_offer_the_nearest_open_ones_while_one_types(stack, visit):
    until_searchable(stack)
    page = visit("/search/", reduced_motion="reduce")
    page.focus("#search-words")
    page.keyboard.type("найближча відкрита апте")
    option = page.locator(".gp-suggestions__option >> nth=0")
    option.wait_for()
    assert "Аптека: відчинено зараз, найближчі спершу" in option.inner_text()
    assert not violations(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/map/?category=pharmacy&open=now&sort=distance*")
    assert page.is_checked("#open-now")
