"""What a first visit on a phone costs: Lighthouse's mobile profile, the map on the same throttling, the page without scripts.

Lighthouse comes from npm into tests/bench/lighthouse; its reports are kept in LIGHTHOUSE_REPORTS, if that is set.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.stack import Stack

HERE = Path(__file__).parent / "lighthouse"
NODE = Path(sys.executable).parent
PAGES = {
    "home": "/",
    "map": "/map/",
    "list": "/map/?layer=pharmacies",
    "home-en": "/en/",
    "map-en": "/en/map/",
    "facilities": "/facilities/",
    "search": "/search/?q=%D0%B0%D0%BF%D1%82%D0%B5%D0%BA%D0%B0",
    "indicators": "/indicators/",
    "offline": "/offline/",
    "help-en": "/en/help/",
}
PERFORMANCE, ACCESSIBILITY = 0.9, 1.0
#: Milliseconds.
PAINTED, MAP_USABLE, AT_SERVER = 2500, 5000, 200
LIST_BYTES = 50_000
#: Lighthouse's slow 4G and phone, as its DevTools throttling sets them (lighthouse/core/config/constants.js).
SLOW_4G = {
    "offline": False,
    "latency": 150 * 3.75,
    "downloadThroughput": 1638.4 * 1024 / 8 * 0.9,
    "uploadThroughput": 675 * 1024 / 8,
}
SLOWER_PROCESSOR = 4
PHONE = {"width": 412, "height": 823}


@pytest.fixture(scope="module")
def settled(stack: Stack) -> Stack:
    """The platform when its first start's own work is done: catalogue, pictures and ways on foot take minutes."""
    stack.wait_until_catalogued()
    deadline = time.monotonic() + 300
    while os.getloadavg()[0] > 0.7 and time.monotonic() < deadline:
        time.sleep(5)
    return stack


@pytest.fixture(scope="module")
def reports(settled: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Lighthouse's report on each page."""
    environment = {
        **os.environ,
        "PATH": f"{NODE}:{os.environ['PATH']}",
        "CHROME_PATH": shutil.which("chromium") or "",
        "PUPPETEER_SKIP_DOWNLOAD": "1",
    }
    if not (HERE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, env=environment, check=True)
    folder = Path(os.environ.get("LIGHTHOUSE_REPORTS") or tmp_path_factory.mktemp("lighthouse")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, path in PAGES.items():
        settled.get(path)  # the first question after a start also compiles templates
        words = ["node", "measure.mjs", settled.base_url + path, str(folder / name)]
        subprocess.run(words, cwd=HERE, env=environment, check=True)
        found[name] = json.loads((folder / f"{name}.json").read_text())
    return found


def test_lighthouse_on_a_phone(reports, capsys):
    with capsys.disabled():
        version, load = next(iter(reports.values()))["lighthouseVersion"], Path("/proc/loadavg").read_text().split()[0]
        print(f"\nLighthouse {version}, mobile (load {load}):")
        for name, report in reports.items():
            scores = {key: round(100 * category["score"]) for key, category in report["categories"].items()}
            print(f"  {name:<10} {scores}, largest paint {report['audits']['largest-contentful-paint']['numericValue']:.0f} ms")
            for key in ("accessibility", "best-practices", "seo"):
                for reference in report["categories"][key]["auditRefs"]:
                    audit = report["audits"][reference["id"]]
                    if audit["score"] is not None and audit["score"] < 1:
                        print(f"    {key}: {audit['id']}: {audit['title']}")
    for name, report in reports.items():
        assert report["categories"]["accessibility"]["score"] == ACCESSIBILITY, name
        assert report["categories"]["performance"]["score"] >= PERFORMANCE, name
        assert report["audits"]["largest-contentful-paint"]["numericValue"] <= PAINTED, name


def seconds_to_map(page: Page, address: str) -> float:
    """Return the seconds from asking for the page to a map with places to step through, chosen at once."""
    session = page.context.new_cdp_session(page)
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    begun = time.monotonic()
    page.goto(address, wait_until="commit")
    page.click("#view-map", timeout=60_000)
    page.wait_for_selector("#map canvas", timeout=60_000)
    page.wait_for_selector("#steps:not([hidden])", timeout=60_000)
    return time.monotonic() - begun


def test_map_is_usable_soon_on_a_phone(settled, capsys):
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for _ in range(3):
            context = browser.new_context(
                viewport=PHONE, device_scale_factor=1.75, is_mobile=True, has_touch=True, locale="uk-UA"
            )
            found.append(seconds_to_map(context.new_page(), f"{settled.base_url}/map/"))
            context.close()
        browser.close()
    with capsys.disabled():
        each = ", ".join(f"{seconds:.2f}" for seconds in found)
        print(f"\nmap usable throttled after {statistics.median(found):.2f} s ({each}; load {os.getloadavg()[0]:.1f})")
    assert min(found) * 1000 <= MAP_USABLE


def test_list_without_scripts_is_light(stack, capsys):
    path, times = "/map/?layer=pharmacies", []
    for _ in range(11):
        begun = time.perf_counter()
        status, headers, body = stack.get(path, Accept_Encoding="gzip")
        times.append((time.perf_counter() - begun) * 1000)
        assert status == 200
    sent = len(body)
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    with capsys.disabled():
        print(f"\nlist page: {sent:,} bytes sent, {len(body):,} unpacked, {statistics.median(times):.0f} ms at the server")
    assert sent <= LIST_BYTES
    assert statistics.median(times) <= AT_SERVER
