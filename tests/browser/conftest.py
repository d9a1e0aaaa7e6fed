"""Chromium before the running platform, with axe-core to look at each state of a page."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from geoplatform.config import PROJECT
from geoplatform.publishing.rasters import accept
from tests.integration.rasters.test_rasters import geotiff
from tests.integration.rasters.test_rasters import raster as described

AXE = PROJECT / "geoplatform" / "publicmap" / "client" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}

#: Of the newest image of the fixture `raster`.
RED = (200, 30, 30)

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium")
    assert program, "Chromium is not installed: scripts/install --tests"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser, stack) -> Iterator[Open]:
    """Return a function that opens a path in a fresh window; keyword arguments are those of Playwright's new_context.

    Whatever the page asks for elsewhere, and each error of its scripts, fails the test at its end. `others` are the beginnings of
    addresses elsewhere that the test itself has the reader ask for.
    """
    contexts, wrong = [], []

    def watch(page: Page, allowed: tuple[str, ...]) -> None:
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("request", lambda request: request.url.startswith(allowed) or wrong.append(f"asked for {request.url}"))
        page.on("response", lambda answer: answer.status >= 500 and wrong.append(f"{answer.status} {answer.url}"))

    def opened(path: str, others: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "locale": "uk-UA", **options})
        contexts.append(context)
        page = context.new_page()
        watch(page, (stack.base_url, "data:", "blob:", *others))
        page.goto(stack.base_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="session")
def staff_cookies(browser, stack) -> list[dict]:
    """The cookies of a staff member who has signed in on the page."""
    context = browser.new_context(locale="uk-UA")
    page = context.new_page()
    page.goto(f"{stack.base_url}/account/login/?next=/hub/")
    page.fill("[name=login]", "staff")
    page.fill("[name=password]", stack.staff_password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.base_url}/hub/")
    cookies = context.cookies()
    context.close()
    return cookies


@pytest.fixture(scope="session")
def dataset(stack) -> int:
    """The catalogue's number of a dataset."""
    deadline = time.monotonic() + 240
    while not (found := json.loads(stack.get("/api/v2/datasets/?page_size=1")[2])["datasets"]):
        assert time.monotonic() < deadline, stack.tail()
        time.sleep(0.5)
    return found[0]["pk"]


@pytest.fixture(scope="session")
def raster(stack, tmp_path_factory) -> str:
    """The name of a public raster of two dates, the newer one red, that the catalogue knows."""
    folder = tmp_path_factory.mktemp("rasters")
    with psycopg.connect(stack.config.dsn()) as conn:
        for colour, day in (((30, 30, 200), date(2019, 5, 1)), (RED, date(2023, 6, 1))):
            accept(conn, stack.config, described("ortho"), geotiff(folder / f"{day}.tif", colour, half=3000), day)
            conn.commit()
    stack.wait_until_catalogued()
    return "ortho"


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it is now; no rule is switched off."""
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{item['id']}: {node['html'][:200]} {node['failureSummary']}" for item in found for node in item["nodes"]]


def wait_for_map(page: Page) -> None:
    """Wait until the map has drawn its layers."""
    page.wait_for_selector("#map canvas")
    page.wait_for_selector("#steps:not([hidden])")
    page.wait_for_load_state("networkidle")
