"""A reader's needs and remarks on places in a browser: by keyboard, without JavaScript, in both languages, wide and narrow."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import NARROW, WIDE, violations

LOOKS = {"uk-1280": ("", WIDE), "uk-360": ("", NARROW), "en-1280": ("/en", WIDE), "en-360": ("/en", NARROW)}


@pytest.mark.parametrize(("prefix", "viewport"), LOOKS.values(), ids=LOOKS)
def test_needs_and_remarks_without_javascript_are_free_of_barriers(visit, stack, prefix, viewport):
    page = visit(f"{prefix}/map/?layer=health", viewport=viewport, reduced_motion="reduce")
    context = page.context.browser.new_context(viewport=viewport, java_script_enabled=False, locale="uk-UA")
    plain = context.new_page()
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.goto(plain.url)
        found[name] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found[name].append("scrolls sideways")

    plain.goto(f"{stack.base_url}{prefix}/map/?layer=health")
    plain.click("#filters > summary")
    plain.select_option("#profile", "wheelchair")
    plain.select_option("#sort", "fit")
    plain.click("#filters button[type=submit] >> visible=true")
    assert "profile=wheelchair" in plain.url and "sort=fit" in plain.url
    assert plain.locator(".gp-fit").count() == plain.locator(".gp-list__item").count() > 0
    tones = [re.search(r"gp-fit--(\w+)", item.get_attribute("class"))[1] for item in plain.locator(".gp-fit").all()]
    assert tones == sorted(tones, key=["good", "unknown", "bad"].index), "what fits best comes first"
    look("list by needs")
    plain.click(".gp-list__name >> nth=0")
    assert plain.locator(".gp-fit-box li").count() > 0
    look("page of a place by needs")
    plain.click("a[href$='/remark/']")
    look("form")
    plain.check("#kind-missing")
    plain.fill("#text", f"Є пандус з боку двору ({prefix or 'uk'}, {viewport['width']})")
    plain.click("#remark button[type=submit]")
    plain.wait_for_url("**/remarks/**")
    number = re.search(r"/remarks/(\w{10})/", plain.url)[1]
    look("status")
    plain.goto(f"{stack.base_url}{prefix}/remarks/")
    plain.fill("#number", number)
    plain.click("main button[type=submit]")
    assert number in plain.url
    context.close()
    assert not any(found.values()), found


def test_staff_decide_a_remark_by_keyboard_alone(visit, stack, staff_cookies):
    page = visit("/map/?layer=health")
    page.goto(stack.base_url + page.get_attribute(".gp-list__name", "href"))
    page.focus("a[href$='/remark/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#remark")
    page.focus("#kind-wrong")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Двері відчиняються лише зсередини")
    # a proof of work is made while one writes
    page.wait_for_function("() => document.querySelector('input[name=altcha]').value !== ''", timeout=60_000)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/remarks/**")
    number = re.search(r"/remarks/(\w{10})/", page.url)[1]

    staff = visit("/hub/remarks/", storage_state={"cookies": staff_cookies, "origins": []})
    assert not violations(staff)
    card = f"article:has-text('{number[:5]}-{number[5:]}')"
    staff.focus(f"{card} textarea[name=answer]")
    staff.keyboard.type("Виправлено")
    staff.focus(f"{card} button[value=accepted]")
    staff.keyboard.press("Enter")
    staff.wait_for_selector(".govuk-notification-banner--success")
    page.reload()
    assert "Прийнято" in page.inner_text("main") and "Виправлено" in page.inner_text("main")


def test_a_remark_that_can_not_be_taken_leads_to_its_fault(visit, stack):
    page = visit("/map/?layer=health")
    page.goto(stack.base_url + page.get_attribute(".gp-list__name", "href"))
    page.click("a[href$='/remark/']")
    page.evaluate("document.querySelector('#remark').noValidate = true")
    page.click("#remark button[type=submit]")
    page.wait_for_selector(".govuk-error-summary")
    assert not violations(page)
    page.click(".govuk-error-summary__list a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "kind-wrong"
