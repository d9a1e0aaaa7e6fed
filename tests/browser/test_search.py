"""Search in the browser: suggestions by keyboard and mouse, the page of results, both free of barriers in both languages."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import NARROW, WIDE, violations
from tests.browser.searching import until_searchable

LOOKS = pytest.mark.parametrize(("prefix", "viewport"), [("", WIDE), ("/en", NARROW)], ids=["uk-1280", "en-360"])


@pytest.fixture(autouse=True)
def searchable(stack) -> None:
    until_searchable(stack)


@LOOKS
def test_suggestions_are_chosen_by_keyboard_and_spoken(visit, prefix, viewport):
    page = visit(f"{prefix}/", viewport=viewport)
    field = page.locator("#home-words")
    assert field.get_attribute("role") == "combobox" and field.get_attribute("aria-expanded") == "false"
    field.press_sequentially("апт")
    page.wait_for_selector("#home-words[aria-expanded=true]")
    options = page.locator("#home-words-suggestions [role=option]")
    assert options.count() > 1
    assert str(options.count()) in page.inner_text(".gp-suggested [role=status]")
    assert not violations(page)
    field.press("ArrowDown")
    first = page.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert first.get_attribute("aria-selected") == "true"
    assert field.input_value() == first.locator(".gp-suggestions__title").inner_text()
    assert not violations(page)
    field.press("Escape")
    assert field.input_value() == "апт" and field.get_attribute("aria-expanded") == "false"
    field.press("ArrowDown")
    page.wait_for_selector("#home-words[aria-expanded=true]")
    field.press("ArrowDown")
    with page.expect_navigation():
        field.press("Enter")
    assert urlsplit(page.url).path.rstrip("/") != prefix, "the suggestion leads somewhere"


@LOOKS
def test_page_of_results_is_free_of_barriers_in_every_state(visit, prefix, viewport):
    for query in ("", "?q=аптека", "?q=апетка", "?q=щщщщщщ", "?q=48.51,32.26", "?q=демонстраційна&offset=20", f"?q={'а' * 400}"):
        page = visit(f"{prefix}/search/{query}", viewport=viewport)
        assert not violations(page), query


def test_map_has_suggestions_too(visit):
    page = visit("/map/")
    page.locator("#words").press_sequentially("апт")
    page.wait_for_selector("#words[aria-expanded=true]")
    with page.expect_navigation():
        page.click("#words-suggestions [role=option] >> nth=0")


def test_without_a_network_the_form_still_searches(visit):
    page = visit("/search/")
    page.route("**/api/search/suggest*", lambda route: route.abort())
    page.locator("#search-words").press_sequentially("аптека")
    page.wait_for_timeout(400)
    assert page.get_attribute("#search-words", "aria-expanded") == "false"
    with page.expect_navigation():
        page.press("#search-words", "Enter")
    assert page.locator(".gp-search__item").count() > 0
