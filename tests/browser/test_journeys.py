"""A resident's ways through the portal: by mouse, by keyboard alone, without JavaScript, in both languages, wide and narrow."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.conftest import NARROW, WIDE, violations, wait_for_map
from tests.browser.searching import until_searchable

SIZES = pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1280", "360"])
LANGUAGES = pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])


def open_map(page) -> None:
    if page.is_visible("#view-map"):
        page.click("#view-map")
    wait_for_map(page)


GONE = "Цього місця вже немає в даних."
DARK, CONTRAST = {"color_scheme": "dark"}, {"contrast": "more"}
#: Each language, width and appearance, and the pairs that differ in layout; colours do not depend on the language.
LOOKS = {
    "uk-1280-light": ("", WIDE, {}),
    "uk-360-dark": ("", NARROW, DARK),
    "uk-1280-contrast": ("", WIDE, CONTRAST),
    "en-360-light": ("/en", NARROW, {}),
    "en-1280-dark": ("/en", WIDE, DARK),
    "en-360-contrast": ("/en", NARROW, CONTRAST),
}


@pytest.mark.parametrize(("prefix", "viewport", "appearance"), LOOKS.values(), ids=LOOKS)
def test_every_state_is_free_of_barriers_that_axe_can_find(visit, viewport, prefix, appearance):
    page = visit(f"{prefix}/", viewport=viewport, reduced_motion="reduce", **appearance)
    found = {"home": violations(page)}
    page.goto(f"{page.url.rstrip('/').removesuffix('/en')}{prefix}/map/")
    found["list"] = violations(page)
    open_map(page)
    found["map"] = violations(page)
    page.click("#step-next")
    page.click("#step-open")
    page.wait_for_selector("#card .gp-card")
    found["card on the map"] = violations(page)
    page.click(".gp-card__links a")
    page.wait_for_selector("h1.gp-card__title")
    found["feature"] = violations(page)
    base = re.match(r"https?://[^/]+", page.url)[0]
    for name, path in (
        ("empty", "/map/?q=zzzzzz"),
        ("damaged", "/map/?page=x"),
        ("no layer", "/map/?chosen=1"),
        ("error", "/no-such-page/"),
    ):
        page.goto(f"{base}{prefix}{path}")
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    assert not any(found.values()), found


def test_chosen_appearance_is_kept_and_free_of_barriers(visit):
    page = visit("/map/")
    page.check("input[name=appearance][value=contrast]")
    page.reload()
    wait_for_map(page)
    assert page.get_attribute("html", "data-theme") == "contrast"
    assert page.is_checked("input[name=appearance][value=contrast]")
    assert not violations(page)


def tab_to(page, name: str, most: int = 200) -> None:
    """Move the focus by the Tab key alone to the element with this id."""
    for _ in range(most):
        if page.evaluate("document.activeElement.id") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} times Tab did not reach #{name}")


@LANGUAGES
@SIZES
def test_keyboard_alone_reaches_a_place_by_list_and_by_map(visit, viewport, prefix):
    page = visit(f"{prefix}/map/?layer=pharmacies", viewport=viewport, reduced_motion="reduce")
    if viewport is WIDE:
        wait_for_map(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "govuk-skip-link"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the list
    assert page.evaluate("document.activeElement.id") == "results"
    page.keyboard.press("Tab")
    assert "open=now" in page.evaluate("document.activeElement.href"), "the nearest open ones, before the list"
    page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card .gp-card")
    assert page.evaluate("document.activeElement.id") == "card-title"
    assert page.inner_text("#card-title") == name
    page.keyboard.press("Escape")
    page.wait_for_selector("#browse:not([hidden])")
    assert page.evaluate("document.activeElement.textContent") == name

    if viewport is NARROW:
        tab_to(page, "view-map")
        page.keyboard.press("Enter")
        wait_for_map(page)
    tab_to(page, "step-next")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#spoken').textContent.includes('(1/')")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "step-open"
    page.keyboard.press("Enter")
    page.wait_for_selector("#card .gp-card")
    assert page.evaluate("document.activeElement.id") == "card-title"
    page.keyboard.press("Escape")
    page.wait_for_selector("#browse:not([hidden])", state="attached")  # a narrow page shows the map alone
    assert page.evaluate("document.activeElement.id") == "step-open"


@LANGUAGES
@SIZES
def test_mouse_opens_the_place_that_is_drawn_and_back_returns_to_the_list(visit, viewport, prefix):
    page = visit(f"{prefix}/map/?layer=pharmacies", viewport=viewport, reduced_motion="reduce")
    listed = page.get_attribute(".gp-list__name", "data-id")
    open_map(page)
    page.goto(f"{page.url.split('#')[0]}&place=pharmacies:{listed}")
    open_map(page)
    page.wait_for_selector(".maplibregl-marker")
    page.goto(page.url.replace(f"&place=pharmacies:{listed}", ""))
    open_map(page)
    box = page.locator("#map canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#card .gp-card")
    assert f"place=pharmacies%3A{listed}" in page.url
    page.go_back()
    page.wait_for_selector("#browse:not([hidden])", state="attached")
    assert "place=" not in page.url


@LANGUAGES
@SIZES
def test_search_narrows_list_and_map_alike(visit, viewport, prefix):
    page = visit(f"{prefix}/map/?layer=pharmacies&layer=health", viewport=viewport, reduced_motion="reduce")
    if viewport is WIDE:
        wait_for_map(page)
    before = page.inner_text("#summary")
    page.fill("#words", page.inner_text(".gp-list__name"))
    with page.expect_response(lambda answer: "/map/results/" in answer.url) as awaited:
        page.keyboard.press("Enter")
    answer = awaited.value.json()
    page.wait_for_function("text => document.querySelector('#summary').textContent !== text", arg=before)
    assert page.locator(".gp-list__item").count() == sum(len(fids) for fids in answer["fids"].values()) > 0
    assert page.inner_text("#summary") == answer["summary"] == page.inner_text("#spoken")
    assert "q=" in page.url


@LANGUAGES
@SIZES
def test_without_javascript_the_list_does_everything(stack, visit, viewport, prefix):
    until_searchable(stack)
    page = visit(f"{prefix}/", viewport=viewport, java_script_enabled=False)
    page.fill("#home-words", "аптека" if not prefix else "pharmac")
    page.click(".gp-hero__search button")
    assert page.locator(".gp-search__item").count() > 0
    page.click(".gp-search__title a >> nth=0")  # the layer of this name
    assert page.locator(".gp-list__item").count() > 0
    page.click(".gp-list__name >> nth=0")
    assert page.locator("h1.gp-card__title").count() == 1
    page.click(".gp-card__links a >> nth=0")
    assert page.locator("#card h2.gp-card__title").count() == 1
    page.click("[data-close-card]")
    page.click("#layers summary")
    page.check("#layer-libraries")
    page.click("#apply-layers")
    assert "layer=libraries" in page.url and page.is_checked("#layer-libraries")
    assert not page.is_visible("#map")


def test_public_pages_open_no_session(stack):
    for path in ("/", "/en/", "/map/", "/map/?q=%00", "/map/results/", "/map/pharmacies/none/"):
        status, headers, _body = stack.get(path)
        assert status < 500 and "set-cookie" not in headers, path


@SIZES
def test_nothing_to_press_is_smaller_than_24_pixels(visit, viewport):
    page = visit("/map/?layer=pharmacies", viewport=viewport)
    open_map(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, summary, label, input:not([type=hidden])")].filter((e) => {
             e.focus({preventScroll: true});  // a skip link has its size only then
             const box = e.getBoundingClientRect();
             return box.width && box.height && (box.height < 24 || box.width < 24) && !e.closest("p") && e.checkVisibility()
               && !(e.type === "radio" && e.closest("label"));
           }).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert not small


ENLARGED = [
    "/",
    "/map/",
    "/en/map/?layer=pharmacies",
    "/map/?layer=pharmacies&area=x&accessible=ramp",
    "/map/compare/?layer=pharmacies",
    "/search/?q=аптека",
    "/indicators/",
    "/facilities/",
    "/follow/",
    "/offline/",
    "/help/",
    "/account/login/",
]


@pytest.mark.parametrize(("width", "height"), [(640, 450), (320, 256)], ids=["200", "400"])
def test_pages_stay_whole_when_enlarged(visit, width, height):
    # WCAG 2.2, 1.4.4 and 1.4.10: a screen of 1280 px leaves 640 CSS px at 200 %, 320 at 400 %
    page = visit("/", viewport={"width": width, "height": height}, device_scale_factor=2, reduced_motion="reduce")
    base = page.url.rstrip("/")
    wide = []
    for path in ENLARGED:
        page.goto(base + path)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(path)
    page.goto(f"{base}/map/?layer=pharmacies")
    page.click(".gp-list__name >> nth=0")
    page.wait_for_selector("#card .gp-card")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wide.append("card")
    page.keyboard.press("Escape")
    open_map(page)
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wide.append("map")
    assert not wide, f"scroll sideways: {wide}"


def choose(page, *layers: str) -> None:
    """Turn layers of the tree on or off, one after another, as a reader does."""
    if not page.is_visible("#tree-words"):
        page.click("#layers summary")
    for layer in layers:
        page.click(f"label[for=layer-{layer}]")


def held_requests(page, pattern: str) -> list:
    """Hold back the page's requests to `pattern`; return the list that they come to."""
    held: list = []
    page.route(pattern, lambda route: held.append(route))
    return held


def until_held(page, held: list, count: int) -> None:
    for _ in range(100):
        if len(held) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} of {count} requests")


def test_steps_lead_through_what_is_shown_now(visit):
    page = visit("/map/?layer=pharmacies", reduced_motion="reduce")
    wait_for_map(page)
    title = page.inner_text("#step-open")
    page.click("#step-next")
    page.wait_for_function("() => document.querySelector('#spoken').textContent.includes('(1/')")
    named = page.inner_text("#step-open")
    assert named != title and page.is_enabled("#step-open")
    with page.expect_response(lambda answer: "/map/results/" in answer.url and "layer=libraries" in answer.url):
        choose(page, "pharmacies", "libraries")  # the map stays where it is
    page.wait_for_function("title => document.querySelector('#step-open').textContent === title", arg=title)
    assert page.is_disabled("#step-open") and not page.get_attribute("#step-open", "aria-label")
    page.wait_for_load_state("networkidle")
    layers = json.loads(page.locator("#map-settings").text_content())["layers"]
    libraries = next(layer["title"] for layer in layers if layer["id"] == "libraries")
    for _ in range(3):
        page.click("#step-next")
        assert page.inner_text("#spoken").endswith(libraries)
    page.click("#step-open")
    page.wait_for_selector("#card .gp-card")
    assert "place=libraries" in page.url


def test_a_newer_question_keeps_the_list_busy_when_it_stops_an_older_one(visit):
    page = visit("/map/?layer=pharmacies", reduced_motion="reduce", service_workers="block")
    wait_for_map(page)
    held = held_requests(page, "**/map/results/**")
    choose(page, "libraries")
    until_held(page, held, 1)
    choose(page, "health")
    until_held(page, held, 2)
    page.wait_for_timeout(200)
    assert page.get_attribute("#results", "aria-busy") == "true"
    held[1].continue_()
    page.wait_for_function("() => !document.querySelector('#results').hasAttribute('aria-busy')")


def test_a_card_that_is_late_or_gone_is_told_as_what_it_is(visit):
    page = visit("/map/?layer=pharmacies", reduced_motion="reduce", service_workers="block")
    wait_for_map(page)
    held = held_requests(page, "**/card/**")
    first, second = page.locator(".gp-list__name >> nth=0"), page.locator(".gp-list__name >> nth=1")
    name = second.inner_text()
    first.click()
    until_held(page, held, 1)
    second.click()
    until_held(page, held, 2)
    held[1].continue_()
    page.wait_for_selector("#card .gp-card")
    held[0].abort()
    page.wait_for_timeout(200)
    assert page.inner_text("#card-title") == name and page.inner_text("#spoken") == ""
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")
    page.unroute("**/card/**")
    first.evaluate("link => { link.dataset.id = 'no-such-place' }")
    first.click()
    page.wait_for_selector("#results > .gp-notice--error")
    assert page.inner_text("#results > .gp-notice--error") == page.inner_text("#spoken") == GONE
    assert not page.is_visible("#card") and not violations(page)
    second.click()
    page.wait_for_selector("#card .gp-card")
