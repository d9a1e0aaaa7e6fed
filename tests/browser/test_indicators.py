"""Indicators before a reader without JavaScript, and before the staff who take figures in by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, violations

LOOKS = pytest.mark.parametrize(
    ("prefix", "options"),
    [
        ("", {"viewport": WIDE}),
        ("", {"viewport": NARROW, "contrast": "more"}),
        ("/en", {"viewport": NARROW}),
        ("/en", {"viewport": WIDE, "color_scheme": "dark"}),
    ],
    ids=["uk-1280", "uk-360-contrast", "en-360", "en-1280-dark"],
)
STATES = {
    "list": "/indicators/",
    "counts": "/indicators/demo_residents/?year=2023&sort=value&order=asc",
    "rates": "/indicators/demo_internet/?method=quantiles&classes=4",
    "bad choice": "/indicators/demo_internet/?method=x&year=1900",
    "reach": "/indicators/reach/?layer=pharmacies&metres=1000&areas=city_districts",
    "bad reach": "/indicators/reach/?layer=pharmacies&metres=x&areas=city_districts",
}
DISTRICTS = {"UA35040210010286392": "Фортечний", "UA35040210010145346": "Подільський"}


@LOOKS
def test_every_page_is_free_of_barriers_and_complete_without_javascript(visit, stack, prefix, options):
    page = visit(f"{prefix}/indicators/", java_script_enabled=False, **options)
    # axe needs scripts, so it looks at the same address in a window that runs them
    looking = visit(f"{prefix}/indicators/", reduced_motion="reduce", **options)
    found = {}
    for name, path in STATES.items():
        page.goto(stack.base_url + prefix + path)
        assert page.locator("h1").count() == 1, name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
        looking.goto(stack.base_url + prefix + path)
        found[name] = violations(looking)
    assert not any(found.values()), found
    page.goto(f"{stack.base_url}{prefix}/indicators/demo_residents/")
    assert page.locator("#table tbody tr").count() == len(DISTRICTS) and page.locator("#summary p").count() >= 2
    page.select_option("#year", "2022")
    page.click("form.gp-filter [type=submit]")
    assert "year=2022" in page.url and "2022" in page.inner_text("h1")


def test_the_navigation_leads_to_the_indicators_and_a_map_to_its_facilities(visit):
    page = visit("/", java_script_enabled=False)
    page.click("#navigation a[href='/indicators/']")
    page.click("a[href='/indicators/reach/']")
    page.fill("#metres", "800")
    page.select_option("#layer", "pharmacies")
    page.select_option("#areas", "city_districts")
    page.click("form.gp-filter [type=submit]")
    assert "metres=800" in page.url
    assert page.inner_text("#summary").strip() and page.locator(".gp-notice p").count() >= 1, "what was assumed is said"
    assert page.locator("a[href*='reach.csv']").count() == 1


def table(page, name: str, text: str) -> None:
    """Choose a table by keyboard and have it looked at."""
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.focus("form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/held/**", timeout=60_000)


def test_staff_describe_an_indicator_and_take_figures_in_by_keyboard(visit, stack, staff_cookies):
    page = visit("/hub/indicators/", storage_state={"cookies": staff_cookies, "origins": []}, reduced_motion="reduce")
    found = {"list": violations(page)}
    page.focus("a[href='/hub/indicators/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new/")
    found["form"] = violations(page)
    page.fill("#id", "Криниці")
    page.focus("form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".govuk-error-summary")
    found["refused"] = violations(page)
    for name, value in {
        "id": "journey_wells", "title": "Криниці", "description": "Скільки криниць у районі.", "unit": "криниць",
        "source": "Перевірка сторінок", "licence": "CC0-1.0",
    }.items():  # fmt: skip
        page.fill(f"#{name}", value)
    page.select_option("#kind", "count")
    page.select_option("#areas", "city_districts")
    page.focus("form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/journey_wells/table/")
    found["choose"] = violations(page)
    table(page, "wells.csv", "katottg,year,value\nUA35040210010286392,2024,5\nUA35040210010286392,2024,6\n")
    expect(page.locator("#grave li")).to_have_count(1)
    assert page.locator("form[method=post] [type=submit]").count() == 0, "the same area and year twice can't be taken"
    found["mend"] = violations(page)
    page.click(".govuk-back-link")
    rows = ("katottg;year;value", "UA35040210010286392;2024;5,5", "UA35040210010145346;2024;7", "UA99999999999999999;2024;1")
    table(page, "wells.csv", "\n".join(rows))
    expect(page.locator("#unmatched li")).to_have_count(1)
    found["unmatched"] = violations(page)
    page.focus("main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".govuk-error-summary")
    found["not yet"] = violations(page)
    page.check("#leave")
    page.focus("main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/indicators/")
    assert "2" in page.inner_text(".govuk-notification-banner")
    page.goto(f"{stack.base_url}/indicators/journey_wells/")
    text = page.inner_text("#table")
    assert "Фортечний" in text and "Подільський" in text and "7" in text
    page.goto(f"{stack.base_url}/hub/publication/")
    assert "дані показника" in page.inner_text("main"), "the log tells who changed figures"
    page.goto(f"{stack.base_url}/hub/indicators/journey_wells/remove/")
    found["remove"] = violations(page)
    page.focus("main form [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/indicators/")
    assert page.goto(f"{stack.base_url}/indicators/journey_wells/").status == 404
    assert not any(found.values()), found
