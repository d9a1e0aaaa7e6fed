"""Somebody follows a place by e-mail: form, faults, the letter's link, what was begun, the next letter, and the way out."""

from __future__ import annotations

import re
import subprocess
import sys
from email.message import EmailMessage

import psycopg
import pytest
from celery import Celery

from geoplatform.config import CONTROL_DATABASE
from tests.browser.conftest import NARROW, WIDE, violations
from tests.integration.publicmap.states import rename

LAYER = "banks"
FORM = f"/follow/?layer={LAYER}&near=32.26,48.51&within=50000"
DISTRICT = "/map/city_districts/UA35040210010145346/"
LOOKS = {"uk-1280": ("", WIDE), "uk-360": ("", NARROW), "en-1280": ("/en", WIDE), "en-360": ("/en", NARROW)}
ALL_LOOKS = pytest.mark.parametrize(("prefix", "viewport"), LOOKS.values(), ids=LOOKS)
#: Writes the page of an installation without a mail server, Ukrainian and English, with a mark between them.
WITHOUT_MAIL = f"""
import django; django.setup()
from django.test import Client
from geoplatform import config
host = config.load().site_url.partition("://")[2]
print("<!-- next -->".join(Client().get(prefix + {FORM!r}, headers=dict(host=host)).content.decode() for prefix in ("", "/en")))
"""


def letter(stack, address: str) -> EmailMessage:
    """Have the worker tell followers now rather than within a minute; return the letter to `address`."""
    with Celery(broker=f"{stack.config.redis_url}/0") as worker:
        worker.send_task("geoplatform.tell_followers", queue="default")
    return stack.post.to(address)


def link(stack, text: EmailMessage, name: str) -> str:
    """Return the path behind the letter's link to confirm or to leave."""
    found = re.search(rf"{re.escape(stack.base_url)}(\S*/follow/{name}/\S+)", text.get_body(("plain",)).get_content())
    assert found, text
    return found[1]


def something_changes(stack, follower: str) -> None:
    """A place gets another name, and the time of the follower's next letter comes."""
    with psycopg.connect(stack.config.dsn(), autocommit=True) as conn:
        first = conn.execute(f"select id from layers.{LAYER} order by id limit 1").fetchone()[0]
        rename(conn, LAYER, first, f"Банк {follower}")
    with psycopg.connect(stack.config.dsn("owner", CONTROL_DATABASE), autocommit=True) as conn:
        conn.execute("update changes_follower set due_at = now() where confirmed_at is not null")


class Looked:
    """What axe found in each state of a page, which may not scroll sideways."""

    def __init__(self, page) -> None:
        self.page = page
        self.found: dict[str, list[str]] = {}

    def at(self, name: str) -> None:
        self.found[name] = violations(self.page)
        if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.found[name].append("scrolls sideways")

    def clean(self) -> bool:
        assert not any(self.found.values()), self.found
        return True


def proved(page) -> None:
    """Wait until the browser has brought its proof of work: without one, few forms a day are taken from one address."""
    page.wait_for_function("() => document.querySelector('#follow [name=altcha]').value")


def test_without_scripts_a_place_is_followed_and_left(visit, stack):
    address = "no-scripts@example.org"
    page = visit(FORM, java_script_enabled=False)
    page.fill("#email", address)
    page.click("#follow button[type=submit]")
    page.wait_for_url("**/follow/sent/")
    page.goto(stack.base_url + link(stack, letter(stack, address), "confirm"))
    page.click("main form button")
    page.click("main a[href*='/follow/leave/']")
    page.click("main form button")
    assert "видалено" in page.inner_text("main")


@ALL_LOOKS
def test_each_state_from_the_form_to_the_way_out_is_free_of_barriers(visit, stack, prefix, viewport):
    address = f"olena{prefix.replace('/', '-')}-{viewport['width']}@example.org"
    page = visit(prefix + FORM, viewport=viewport, reduced_motion="reduce")
    looked = Looked(page)
    looked.at("form")
    page.fill("#email", "olena@localhost")  # the browser takes it for an address, the server does not
    page.check("#frequency-soon")
    page.click("#follow button[type=submit]")
    page.wait_for_selector(".govuk-error-summary")
    looked.at("refused")
    assert page.input_value("#email") == "olena@localhost" and page.is_checked("#frequency-soon")
    assert page.title().startswith("Помилка" if not prefix else "Error")
    page.click(".govuk-error-summary a")
    assert page.evaluate("document.activeElement.id") == "email"
    page.fill("#email", address)
    if viewport == WIDE:
        proved(page)
    page.click("#follow button[type=submit]")
    page.wait_for_url(f"**{prefix}/follow/sent/")
    looked.at("sent")

    asked = letter(stack, address)
    assert asked["Content-Language"] == ("en" if prefix else "uk")
    page.goto(stack.base_url + link(stack, asked, "confirm"))
    looked.at("asks to confirm")
    page.click("main form button")
    page.wait_for_selector("main a[href*='/follow/leave/']")
    looked.at("confirmed")

    something_changes(stack, address)
    told = letter(stack, address)
    assert f"Банк {address}" in told.get_body(("plain",)).get_content()
    assert link(stack, told, "leave") in told["List-Unsubscribe"]
    page.goto(stack.base_url + link(stack, told, "leave"))
    looked.at("asks to leave")
    page.click("main form button")
    page.wait_for_selector("main form", state="detached")
    looked.at("left")
    page.goto(stack.base_url + link(stack, told, "leave"))
    looked.at("left before")
    assert page.goto(stack.base_url + link(stack, asked, "confirm")).status == 404
    looked.at("link that is over")
    assert looked.clean()


def test_by_keyboard_alone_a_place_is_followed_and_left(visit, stack):
    address = "keyboard@example.org"
    page = visit(DISTRICT, reduced_motion="reduce")

    def tab_to(what: str) -> None:
        for _ in range(90):
            page.keyboard.press("Tab")
            if page.evaluate("what => document.activeElement?.matches(what)", what):
                return
        raise AssertionError(f"{what} is not reached by Tab")

    tab_to("a[href*='/follow/?area=']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/follow/?area=**")
    assert "Подільськ" in page.inner_text("main")
    tab_to("#email")
    page.keyboard.type(address)
    tab_to("input[name=frequency]")
    page.keyboard.press("ArrowUp")
    assert page.is_checked("#frequency-soon")
    proved(page)
    tab_to("#follow button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/follow/sent/")
    page.goto(stack.base_url + link(stack, letter(stack, address), "confirm"))
    tab_to("main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("main a[href*='/follow/leave/']")
    tab_to("main a[href*='/follow/leave/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/follow/leave/**")
    tab_to("main form button")
    page.keyboard.press("Enter")
    page.wait_for_selector("main form", state="detached")
    assert "видалено" in page.inner_text("main")


@pytest.fixture(scope="module")
def without_mail(stack) -> dict[str, str]:
    """The form's page by the prefix of its language, as the installation writes it when no mail server is set."""
    settings = {"DJANGO_SETTINGS_MODULE": "geoplatform.settings.production"}
    env = {name: value for name, value in stack.env.items() if not name.startswith("GEOPLATFORM_SMTP")} | settings
    done = subprocess.run([sys.executable, "-c", WITHOUT_MAIL], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(zip(("", "/en"), done.stdout.split("<!-- next -->"), strict=True))


@ALL_LOOKS
def test_without_a_mail_server_the_page_offers_the_feed_only_and_says_why(visit, stack, without_mail, prefix, viewport):
    page = visit(f"{prefix}/facilities/", viewport=viewport, reduced_motion="reduce")
    page.route("**/follow/**", lambda route: route.fulfill(body=without_mail[prefix], content_type="text/html; charset=utf-8"))
    page.goto(stack.base_url + prefix + FORM)
    looked = Looked(page)
    looked.at("without mail")
    said = "немає поштового сервера" if not prefix else "has no mail server"
    assert said in page.inner_text("main") and page.locator("main form").count() == 0
    assert page.locator(".gp-follow__feed").get_attribute("href").startswith(f"{stack.base_url}{prefix}/feeds/changes.atom?")
    assert looked.clean()
