"""The map of another day, two days side by side, and what changed: by mouse, by keyboard, without scripts, in both languages."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import psycopg
import pytest

from geoplatform.layers import history
from tests.browser.conftest import NARROW, WIDE, violations, wait_for_map
from tests.integration.publicmap.states import rename, was

LAYER = "post_offices"
ATOM = "{http://www.w3.org/2005/Atom}"
LOOKS = pytest.mark.parametrize(
    ("prefix", "viewport"),
    [("", WIDE), ("", NARROW), ("/en", WIDE), ("/en", NARROW)],
    ids=["uk-1280", "uk-360", "en-1280", "en-360"],
)


@pytest.fixture(scope="module")
def changed(stack) -> tuple[str, str]:
    """Post offices known for forty days: one was closed ten days ago, one has another name since now. Returns two past days."""
    with psycopg.connect(stack.config.dsn(), autocommit=True) as conn:
        conn.execute(f"update layers.{LAYER} set valid_from = now() - interval '40 days'")
        conn.execute("update registry.change_event set at = now() - interval '40 days' where layer = %s", [LAYER])
        history.ensure_partition(conn, LAYER)
        first = conn.execute(f"select id from layers.{LAYER} where not is_demo or true order by id limit 1").fetchone()[0]
        days = conn.execute("select now() - interval '40 days', now() - interval '10 days'").fetchone()
        gone = {"id": "gone", "is_demo": False, "name": "Зачинена пошта", "geom": "POINT(32.2625 48.5101)"}
        was(conn, LAYER, gone, *(day.isoformat() for day in days))
        rename(conn, LAYER, first, "Перейменована пошта")
        return tuple(
            conn.execute(
                "select to_char(now() - interval '20 days', 'YYYY-MM-DD'), to_char(now() - interval '5 days', 'YYYY-MM-DD')"
            ).fetchone()
        )


def wait_for_both_sides(page) -> None:
    page.wait_for_selector("#swipe-left canvas")
    page.wait_for_selector("#swipe-right canvas")
    page.wait_for_load_state("networkidle")


@LOOKS
def test_each_state_is_free_of_barriers(visit, changed, prefix, viewport):
    found = {}
    page = visit(f"{prefix}/map/?layer={LAYER}&asof={changed[0]}", viewport=viewport, reduced_motion="reduce")
    found["past"] = violations(page)
    base = re.match(r"https?://[^/]+", page.url)[0]
    states = {
        "time": f"/map/?layer={LAYER}&asof={changed[0]}T10:00",
        "future": f"/map/?layer={LAYER}&asof=2999-01-01",
        "before the data": f"/map/?layer={LAYER}&asof=2001-01-01",
        "place of then": f"/map/{LAYER}/gone/?asof={changed[0]}",
        "compare": f"/map/compare/?layer={LAYER}&before={changed[0]}",
        "two layers": f"/map/compare/?layer={LAYER}&other=banks",
        "damaged": f"/map/compare/?layer={LAYER}&before=x&bbox=1",
        "follow": f"/follow/?layer={LAYER}&near=32.26,48.51&within=500",
        "nothing to follow": "/follow/?chosen=1",
        "sent": "/follow/sent/",
        "left": "/follow/leave/x/",
    }
    for name, path in states.items():
        page.goto(base + prefix + path)
        if name in ("compare", "two layers"):
            wait_for_both_sides(page)
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    assert not any(found.values()), found


def test_the_map_draws_what_the_list_says_was_there(visit, changed):
    page = visit(f"/map/?layer={LAYER}", reduced_motion="reduce")
    wait_for_map(page)
    page.click("#time > summary")
    page.fill("#asof", changed[0])
    with page.expect_request(lambda request: "/tiles/" in request.url and "datetime=" in request.url):
        page.click("#time button")
    page.wait_for_selector(".gp-notice--past")
    assert "Зачинена пошта" in page.inner_text("#results") and f"asof={changed[0]}" in page.url
    page.click(".gp-list__name:has-text('Зачинена пошта')")
    page.wait_for_selector("#card-title:has-text('Зачинена пошта')")
    assert "Станом на" in page.inner_text("#card")
    page.keyboard.press("Escape")
    page.click(".gp-notice--past a")
    page.wait_for_url(lambda address: "asof" not in address)
    assert "Зачинена пошта" not in page.inner_text("#results")


def test_the_two_sides_are_moved_by_keyboard_and_by_buttons(visit, changed):
    page = visit(f"/map/compare/?layer={LAYER}&before={changed[0]}", reduced_motion="reduce")
    wait_for_both_sides(page)
    page.focus("#swipe-share")
    page.keyboard.press("ArrowRight")
    assert page.input_value("#swipe-share") == "51"
    assert page.evaluate("document.getElementById('swipe-right').style.clipPath") == "inset(0px 0px 0px 51%)"
    assert "51 %" in page.get_attribute("#swipe-share", "aria-valuetext")
    page.keyboard.press("Home")
    assert page.input_value("#swipe-share") == "0"
    page.focus("#swipe-show-left")
    page.keyboard.press("Enter")
    assert page.input_value("#swipe-share") == "100" and "100 %" in page.inner_text("#swipe-status")
    page.click("#swipe-show-right")
    assert page.input_value("#swipe-share") == "0"


def test_all_of_it_works_without_scripts(visit, changed, stack):
    page = visit(f"/map/?layer={LAYER}", java_script_enabled=False)
    page.click("#time > summary")
    page.fill("#asof", changed[0])
    page.click("#time button")
    assert "Зачинена пошта" in page.inner_text("#results")
    page.click("#time a:has-text('Що тут змінилося')")
    assert "1 місце змінено; 1 місце вилучено." in page.inner_text("#summary")
    listed = page.inner_text("#changes")
    assert "Перейменована пошта" in listed and "стало «Перейменована пошта»" in listed and "Зачинена пошта" in listed
    with page.expect_download() as download:
        page.click("a:has-text('CSV')")
    assert "Перейменована пошта" in download.value.path().read_text(encoding="utf-8")
    page.fill("#after", changed[1])
    page.click("button:has-text('Порівняти')")
    assert "1 місце вилучено." in page.inner_text("#summary")
    page.click("a:has-text('Дізнаватися про зміни')")
    feed = page.get_attribute(".gp-follow__feed", "href")
    assert page.is_visible("#email")
    status, headers, body = stack.get(feed.removeprefix(stack.base_url))
    document = ElementTree.fromstring(body)
    titles = [entry.findtext(f"{ATOM}title") for entry in document.iter(f"{ATOM}entry")]
    assert status == 200 and {"Змінено: Перейменована пошта", "Вилучено: Зачинена пошта"} <= set(titles)
    again = stack.get(feed.removeprefix(stack.base_url), If_None_Match=headers["etag"])
    assert again[0] == 304
