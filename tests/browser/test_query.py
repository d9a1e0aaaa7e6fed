"""Near me, open now, accessible, in a district: by mouse, by keyboard alone and without JavaScript, told in words."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import NARROW, WIDE, violations, wait_for_map
from tests.browser.searching import until_searchable

PODILSKYI = "city_districts:UA35040210010145346"
HERE = {"latitude": 48.512345, "longitude": 32.261234}
LOOKS = pytest.mark.parametrize(
    ("prefix", "viewport"),
    [("", WIDE), ("", NARROW), ("/en", WIDE), ("/en", NARROW)],
    ids=["uk-1280", "uk-360", "en-1280", "en-360"],
)


def open_filters(page) -> None:
    if not page.is_visible("#from"):
        page.click("#filters > summary")


def asked(page, act) -> dict:
    """Return the answer that the page gets when `act` is done."""
    with page.expect_response(lambda answer: "/map/results/" in answer.url) as awaited:
        act()
    answer = awaited.value.json()
    page.wait_for_function("text => document.querySelector('#summary').textContent === text", arg=answer["summary"])
    return answer


def tab_to(page, what: str) -> None:
    """Move the focus forwards until it is on what the selector `what` names."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement?.matches(what)", what):
            return
    raise AssertionError(f"{what} is not reached by Tab")


@LOOKS
def test_each_state_of_the_filters_is_free_of_barriers(visit, prefix, viewport):
    found = {}
    page = visit(f"{prefix}/map/?layer=pharmacies&layer=health", viewport=viewport, reduced_motion="reduce")
    open_filters(page)
    page.click("#features > summary")
    found["open"] = violations(page)
    base = re.match(r"https?://[^/]+", page.url)[0]
    for name, state in (
        ("near", "near=32.26,48.51&within=2000"),
        ("district", f"area={PODILSKYI}&accessible=ramp&accessible=lift"),
        ("open now", "open=now"),
        ("nothing", "open=2026-11-29T03:00&accessible=changing_table&q=zzz"),
        ("damaged", "open=never&near=x&bbox=1&within=far&area=x&sort=x"),
        ("unknown address", "from=zzzz"),
        ("rectangle", "bbox=32.2,48.4,32.3,48.6"),
    ):
        page.goto(f"{base}{prefix}/map/?layer=pharmacies&layer=health&{state}")
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    assert not any(found.values()), found


def test_mouse_narrows_list_map_and_summary_alike(visit):
    page = visit("/map/?layer=pharmacies&layer=health", reduced_motion="reduce")
    wait_for_map(page)
    open_filters(page)
    answer = asked(page, lambda: page.select_option("#area", PODILSKYI))
    assert "у Подільському районі" in page.inner_text("#summary") == answer["summary"] == page.inner_text("#spoken")
    assert sum(len(fids) for fids in answer["fids"].values()) == page.locator(".gp-list__item").count() > 0
    page.click("#features > summary")
    answer = asked(page, lambda: page.check("#has-ramp", force=True))
    assert sum(len(fids) for fids in answer["fids"].values()) == page.locator(".gp-list__item").count() > 0
    assert page.is_visible("#has-ramp"), "what the reader has unfolded stays unfolded"
    assert "accessible=ramp" in page.url and "area=" in page.url
    with page.expect_response(lambda answer: "/map/results/" in answer.url):
        page.go_back()
    page.wait_for_function("() => !document.querySelector('#has-ramp').checked")
    assert page.input_value("#area") == PODILSKYI


@pytest.mark.parametrize(
    ("prefix", "viewport", "keyboard"),
    [("", WIDE, False), ("/en", WIDE, True), ("", NARROW, True), ("/en", NARROW, False)],
    ids=["uk-1280-mouse", "en-1280-keyboard", "uk-360-keyboard", "en-360-mouse"],
)
def test_what_the_map_shows_becomes_the_rectangle_of_list_map_and_summary(visit, prefix, viewport, keyboard):
    place = "16/48.5135/32.2597"
    page = visit(f"{prefix}/map/?layer=pharmacies&layer=health#map={place}", viewport=viewport, reduced_motion="reduce")
    everything = page.inner_text("#summary")
    if viewport is NARROW:
        page.click("#view-map")
    wait_for_map(page)
    assert not violations(page)

    def search_here() -> None:
        if keyboard:
            tab_to(page, "#search-here")
            page.keyboard.press("Enter")
        else:
            page.click("#search-here")

    answer = asked(page, search_here)
    west, south, east, north = map(float, parse_qs(urlsplit(page.url).query)["bbox"][0].split(","))
    assert west < 32.2597 < east and south < 48.5135 < north and east - west < 0.03
    assert page.url.endswith(f"#map={place}"), "the map stays where it is"
    assert page.evaluate("document.activeElement.id") == "search-here"
    told = page.text_content("#summary")
    assert ("у вибраному прямокутнику" if not prefix else "in the chosen rectangle") in told
    assert told == answer["summary"] == page.inner_text("#spoken") != everything
    listed = page.eval_on_selector_all(".gp-list__name", "links => links.map(link => link.dataset.point.split(',').map(Number))")
    assert len(listed) == sum(len(fids) for fids in answer["fids"].values()) > 0
    assert all(west <= lon <= east and south <= lat <= north for lon, lat in listed)
    assert not violations(page)
    if viewport is NARROW:
        page.click("#view-list")
    # what narrows the list is told in the form and taken away there
    assert page.is_checked("#bbox") and page.is_visible("label[for=bbox]")
    page.focus("#bbox")
    asked(page, lambda: page.keyboard.press("Space"))
    assert "bbox" not in page.url and page.inner_text("#summary") == everything
    assert page.evaluate("document.activeElement.matches('#filters > summary')"), "the focus stays near what has gone"


def test_position_of_the_device_orders_the_list_and_stands_in_no_address(visit):
    page = visit("/map/?layer=pharmacies", reduced_motion="reduce", geolocation=HERE, permissions=["geolocation"])
    wait_for_map(page)
    sent = []
    page.on("request", lambda request: sent.append((request.url, request.headers.get("geoplatform-position"))))
    open_filters(page)
    asked(page, lambda: page.click("#use-position"))
    assert "від вас" in page.inner_text("#summary")
    measured = [url for url, position in sent if position]
    assert measured and {position for _url, position in sent if position} == {"32.261,48.512"}
    assert not any("32.26" in url or "near" in url for url, _position in sent)
    assert "near" not in page.url and page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert "від вас" in page.inner_text(".gp-list__where >> nth=0")
    assert page.evaluate("document.activeElement.id") == "use-position", "the focus stays where it was"
    assert not violations(page)
    page.click(".gp-filters__note a")
    assert "near=32.261%2C48.512" in page.url


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_keyboard_alone_asks_what_is_open_near_an_address(stack, visit, prefix):
    until_searchable(stack)
    page = visit(f"{prefix}/map/?layer=pharmacies", reduced_motion="reduce")
    wait_for_map(page)
    tab_to(page, "#filters > summary")
    page.keyboard.press("Enter")
    tab_to(page, "#from")
    page.keyboard.type("Демонстраційна вулиця 5")
    asked(page, lambda: page.keyboard.press("Enter"))
    assert "Демонстраційна вулиця 5" in page.inner_text("#summary")
    tab_to(page, "#open-now")
    asked(page, lambda: page.keyboard.press("Space"))
    assert page.evaluate("document.activeElement.id") == "open-now"
    assert "open=now" in page.url and "from=" in page.url


@LOOKS
def test_without_javascript_list_and_text_answer_the_same(stack, visit, prefix, viewport):
    until_searchable(stack)
    page = visit(f"{prefix}/map/?layer=pharmacies&layer=health", viewport=viewport, java_script_enabled=False)
    everything = page.inner_text("#summary")
    page.click("#filters > summary")
    assert not page.is_visible("#use-position")
    page.fill("#from", "Демонстраційна вулиця 5")
    page.select_option("#within", "5000")
    page.select_option("#area", PODILSKYI)
    page.fill("#open-at", "2026-11-24T11:00")
    page.click("#filters .gp-filters__fields > button")
    assert "from=" in page.url and "within=5000" in page.url and "open=2026-11-24T11" in page.url
    told = page.inner_text("#summary")
    assert told != everything and "Демонстраційна вулиця 5" in told
    assert ("у Подільському районі" if not prefix else "in Podilskyi district") in told
    listed = page.locator(".gp-list__item").count()
    assert listed > 0 and re.match(rf"\D*{listed} ", told)
    page.click(".gp-list__name >> nth=0")
    assert page.locator("h1.gp-card__title").count() == 1
    assert ("Розташування" if not prefix else "Where it is") in page.inner_text(".gp-facts >> nth=0")
