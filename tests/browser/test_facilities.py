"""Critical facilities in a browser: staff tell states from a phone, without scripts and by keyboard; the page for a blackout."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import subprocess
import time

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE, violations

LOOKS = {"uk-1280": ("", WIDE), "uk-360": ("", NARROW), "en-1280": ("/en", WIDE), "en-360": ("/en", NARROW)}
POINTS = """code,name,address,opening_hours,has_heating,lon,lat
pn-1,Пункт незламності № 1,"вулиця Перша, 1",24/7,yes,32.262,48.511
pn-2,Пункт незламності № 2,"вулиця Друга, 2",Mo-Su 08:00-20:00,yes,32.272,48.521
"""
SHELTERS = """code,name,category,address,capacity,lon,lat
sh-1,Укриття № 1,simplest,"вулиця Третя, 3",100,32.265,48.513
"""
ENTRANCES = """code,shelter,kind,description,step_free,door_width,lon,lat
sh-1-a,sh-1,main,з двору,yes,95,32.265,48.513
"""
HERE = {"latitude": 48.5205, "longitude": 32.2715}


@pytest.fixture(scope="module")
def facilities(stack, tmp_path_factory) -> None:
    """Facilities that are not made up, as a municipality would supply them; staff may tell their state."""
    folder = tmp_path_factory.mktemp("supplied") / "operational"
    folder.mkdir()
    (folder / "invincibility_points.csv").write_text(POINTS, encoding="utf-8")
    (folder / "shelters.csv").write_text(SHELTERS, encoding="utf-8")
    (folder / "shelter_entrances.csv").write_text(ENTRANCES, encoding="utf-8")
    supplied = dataclasses.replace(stack, env={**stack.env, "GEOPLATFORM_DATA": str(folder.parent)})
    supplied.command("layers", "sync", "invincibility_points", "shelters", "shelter_entrances")
    stack.wait_until_catalogued()


@pytest.fixture
def quiet(stack) -> None:
    """No statement and no announcement."""
    yield
    with psycopg.connect(stack.config.dsn(), autocommit=True) as conn:
        conn.execute("update registry.banner set withdrawn_at = now() where withdrawn_at is null")


@pytest.fixture
def staff_visit(visit, staff_cookies, facilities):
    """Return `visit` for the staff member."""

    def opened(path: str, **options):
        return visit(path, storage_state={"cookies": staff_cookies, "origins": []}, **options)

    return opened


def scrolls_sideways(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_the_state_of_all_points_is_told_in_three_presses_on_a_phone_without_scripts(staff_visit, visit):
    page = staff_visit("/hub/facilities/?layer=invincibility_points", viewport=NARROW, java_script_enabled=False, has_touch=True)
    page.check("#all")
    page.click("button[name=state][value=on_generator]")
    page.wait_for_url("**count=2**")
    assert "Записано для 2 закладів." in page.inner_text(".govuk-notification-banner")
    card = visit("/map/invincibility_points/pn-1/", java_script_enabled=False)
    assert "Працює від генератора" in card.inner_text(".gp-state-box")
    page.click(".govuk-notification-banner button")
    page.wait_for_url("**undone=2**")
    card.reload()
    assert "Стан невідомий" in card.inner_text(".gp-state-box")


def test_one_state_is_told_by_keyboard_alone(staff_visit):
    page = staff_visit("/hub/facilities/?layer=shelters", reduced_motion="reduce")

    def go(selector: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    go("input[name=pick]")
    page.keyboard.press("Space")
    go("button[value=open]")
    page.keyboard.press("Enter")
    page.wait_for_url("**count=1**")
    go(".govuk-notification-banner button")
    page.keyboard.press("Enter")
    page.wait_for_url("**undone=1**")


def open_announced(page, address: str) -> None:
    """Open a page once its process knows of the announcement: each asks anew after some seconds only."""
    deadline = time.monotonic() + 10
    page.goto(address)
    while not page.is_visible(".gp-banner--danger"):
        assert time.monotonic() < deadline, f"no announcement on {address}"
        page.wait_for_timeout(250)
        page.goto(address)


@pytest.mark.parametrize(("prefix", "viewport"), LOOKS.values(), ids=LOOKS)
def test_every_page_of_facilities_is_free_of_barriers_that_axe_can_find(staff_visit, stack, quiet, prefix, viewport):
    page = staff_visit(f"{prefix}/hub/facilities/", viewport=viewport, reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = violations(page) + (["scrolls sideways"] if scrolls_sideways(page) else [])

    look("board")
    page.click("button[value=moved]")
    page.wait_for_selector(".govuk-error-summary")
    look("board refused")
    page.goto(f"{stack.base_url}{prefix}/hub/banner/")
    look("announcements")
    page.click("main .govuk-button--warning")
    page.wait_for_selector(".govuk-error-summary")
    look("announcement refused")
    for name, text in (("title_uk", "Знеструмлення"), ("title_en", "Blackout"), ("text_uk", "Ідіть."), ("text_en", "Go.")):
        page.fill(f"#{name}", text)
    page.select_option("#severity", "danger")
    page.click("main .govuk-button--warning")
    page.wait_for_url("**done=set**")
    page.wait_for_selector(".gp-banner--danger")
    look("announced")
    for path in ("/", "/facilities/", "/map/shelters/sh-1/", "/map/"):
        open_announced(page, f"{stack.base_url}{prefix}{path}")
        look(path)
    page.goto(f"{stack.base_url}{prefix}/offline/")
    page.wait_for_selector("#offline-list li")
    look("offline")
    page.click("#offline-map-open")
    page.wait_for_selector("#offline-map[data-drawn]")
    look("offline map")
    assert not any(found.values()), found


def test_an_announcement_goes_from_an_open_page_at_its_end(visit, stack, facilities, quiet):
    with psycopg.connect(stack.config.dsn(), autocommit=True) as conn:
        conn.execute(
            "insert into registry.banner (severity, title_uk, title_en, starts_at, ends_at, set_by)"
            " values ('info', 'Коротке', 'Short', now() - interval '1 s', now() + interval '25 s', 'test')"
        )
    page = visit("/facilities/")
    for _ in range(10):  # pages may be some seconds behind: an earlier announcement still there, this one not yet
        if [title.removeprefix("Повідомлення: ") for title in page.locator(".gp-banner__title").all_inner_texts()] == ["Коротке"]:
            break
        page.wait_for_timeout(1000)
        page.reload()
    short = page.locator(".gp-banner", has_text="Коротке")
    expect(short).to_be_visible()
    expect(short).to_be_hidden(timeout=30_000)


def kept(page) -> None:
    """Wait until the device keeps the page, its data and its worker."""
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function(
        "caches.keys().then(async names => names.some(name => name.startsWith('gp-offline-shell-'))"
        " && !!(await (await caches.open('gp-offline-data')).match('/offline/data.json')))"
    )
    page.wait_for_function("() => !!navigator.serviceWorker.controller")


def test_in_a_blackout_the_kept_places_are_found_the_nearest_first_with_their_age(visit, stack, facilities):
    page = visit("/offline/", viewport=NARROW, geolocation=HERE, permissions=["geolocation"])
    page.wait_for_selector("#offline-list li")
    kept(page)
    page.click("#offline-keep")
    page.wait_for_selector("#offline-keep", state="hidden")
    page.context.set_offline(True)
    page.goto(stack.base_url + "/offline/")
    page.wait_for_selector("#offline-list li")
    assert "Зв’язку немає" in page.inner_text("#offline-status")
    page.select_option("#offline-layer", label="Пункти незламності")
    page.click("#offline-near")
    expect(page.locator("#offline-list li").first).to_contain_text("№ 2")
    assert "м на північний схід" in page.inner_text("#offline-list li:first-child")
    page.fill("#offline-words", "перша")
    expect(page.locator("#offline-list li")).to_have_count(1)
    page.click("#offline-map-open")
    page.wait_for_selector("#offline-map[data-drawn]")
    assert violations(page) == []
    # what a reader opens by habit ends there too, in their language; what only staff see does not
    page.goto(stack.base_url + "/map/?q=аптека")
    page.wait_for_selector("#offline-list li")
    page.goto(stack.base_url + "/en/")
    page.wait_for_selector("#offline-list li")
    assert "There is no connection" in page.inner_text("#offline-status")
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(stack.base_url + "/hub/")
    page.context.set_offline(False)
    page.goto(stack.base_url + "/offline/")
    expect(page.locator("#offline-status")).to_contain_text("Щойно звірено", timeout=15_000)


def test_nothing_but_the_public_page_its_data_and_the_map_is_kept(staff_visit, stack):
    page = staff_visit("/offline/")
    page.wait_for_selector("#offline-list li")
    kept(page)
    for path in ("/hub/", "/map/", "/", "/catalogue/"):
        page.goto(stack.base_url + path)
    names = page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name)"
        ".then(cache => cache.keys()).then(keys => keys.map(key => new URL(key.url).pathname))))).then(all => all.flat())"
    )
    assert all(name in ("/offline/", "/en/offline/", "/offline/data.json") or name.startswith("/static/") for name in names), (
        names
    )
    shown = page.evaluate("caches.match('/offline/').then(answer => answer.text())")
    assert "staff" not in shown


@contextlib.contextmanager
def without_server(stack):
    """The entrance is shut while the block lasts: nothing answers on the port."""
    entrance = stack.part("nginx")
    children = subprocess.run(["pgrep", "-P", str(entrance)], capture_output=True, text=True, check=False).stdout.split()
    for process in (entrance, *map(int, children)):
        subprocess.run(["kill", f"-{signal.SIGSTOP.value}", str(process)], check=True)
    try:
        yield
    finally:
        for process in (entrance, *map(int, children)):
            subprocess.run(["kill", f"-{signal.SIGCONT.value}", str(process)], check=True)


#: Keeps what stands on the page for a blackout, and for how long (s), where the next page finds it.
NOTING = """() => {
    const begun = performance.now();
    setInterval(() => localStorage.setItem("shown", JSON.stringify({
        seconds: (performance.now() - begun) / 1000,
        list: document.querySelector("#offline-list").checkVisibility(),
        waiting: document.querySelector("#offline-waiting").textContent,
    })), 250);
}"""


def test_a_server_that_does_not_answer_leaves_the_kept_page(visit, stack, facilities):
    page = visit("/offline/")
    page.wait_for_selector("#offline-list li")
    kept(page)
    with without_server(stack):
        page.goto(stack.base_url + "/map/", timeout=60_000)
        page.wait_for_selector("#offline-list li", timeout=30_000)
        expect(page.locator("#offline-status")).to_contain_text("Сервер не відповідає", timeout=30_000)
        assert page.is_visible("#offline-instead") and not violations(page)
        # Who wants the page itself gets it, however slow the answer is; the kept one stays until then. The page writes down what
        # it shows: Chromium takes no question of ours while it waits for the next page.
        page.evaluate(NOTING)
        page.click("#offline-again", no_wait_after=True)
        page.wait_for_timeout(9000)
    page.wait_for_selector("#results", timeout=30_000)
    assert page.url == stack.base_url + "/map/"
    shown = page.evaluate("JSON.parse(localStorage.getItem('shown'))")
    assert shown["seconds"] > 7 and shown["list"] and "Чекаємо" in shown["waiting"], shown
    page.goto(stack.base_url + "/offline/")
    page.wait_for_selector("#offline-list li")
    assert not page.is_visible("#offline-instead")
