"""How long frames take while a map of 200,000 points is moved, in headless Chromium that draws by software."""

from __future__ import annotations

import itertools
import random
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from geoplatform.config import PROJECT
from tests.browser.conftest import ARGUMENTS, wait_for_map
from tests.layer_cases import attribute, definition
from tests.stack import GEOPLATFORM, Stack

POINTS = 200_000
#: 95 of 100 frames are at most this long, in milliseconds.
FRAME_MS = 50
SIZE = {"width": 1280, "height": 900}
LAYER = "bench_points"
#: The loop that notes when frames were drawn; another turn ends the one before.
RECORD = """() => { const frames = window.frames_ = []; const note = (at) => { if (window.frames_ !== frames) return;
frames.push(at); requestAnimationFrame(note); }; requestAnimationFrame(note); }"""


@pytest.fixture(scope="module")
def crowded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The platform with one more layer, 200,000 points all over the community; return its id."""
    folder = tmp_path_factory.mktemp("crowded")
    shutil.copytree(PROJECT / "layers", folder / "layers")
    chance = random.Random(200)
    with (folder / "points.csv").open("w") as file:
        file.write("code,name,lon,lat\n")
        for number in range(POINTS):
            file.write(f"p{number},Точка {number},{32.262 + chance.gauss(0, 0.05):.6f},{48.51 + chance.gauss(0, 0.03):.6f}\n")
    source = {"driver": "csv", "location": str(folder / "points.csv"), "options": {"x": "lon", "y": "lat"}}
    source |= {"crs": "EPSG:4326", "axis_order": "xy"}
    layer = definition(attribute("name", role="name"), id=LAYER, source=source, sample=source, bounds="none")
    (folder / "layers" / f"{LAYER}.yaml").write_text(layer.canonical_json())
    done = subprocess.run(
        [*GEOPLATFORM, "layers", "sync", LAYER],
        env={**stack.env, "GEOPLATFORM_LAYERS": str(folder / "layers")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return LAYER


def frames_while_moving(page: Page, drags: int) -> list[float]:
    """Return the milliseconds between frames while the map is dragged to and fro."""
    box = page.locator("#map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(RECORD)
    for turn in range(drags):
        way = 1 if turn % 2 else -1
        page.mouse.move(x - way * 150, y - way * 60)
        page.mouse.down()
        page.mouse.move(x + way * 150, y + way * 60, steps=40)
        page.mouse.up()
    at = page.evaluate("window.frames_")
    return [later - earlier for earlier, later in itertools.pairwise(at)]


def test_frames_while_200_000_points_are_moved(stack, crowded, capsys):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        found = {}
        for zoom in (10, 12, 14):
            page = browser.new_page(viewport=SIZE, locale="uk-UA")
            page.goto(f"{stack.base_url}/map/?layer={crowded}#map={zoom}/48.51/32.262")
            wait_for_map(page)
            frames_while_moving(page, 2)  # the tiles about are loaded, as they are after the first look
            page.wait_for_load_state("networkidle")
            found[zoom] = sorted(frames_while_moving(page, 8))
            page.close()
        browser.close()
    with capsys.disabled():
        print(f"\n{POINTS:,} points, {SIZE['width']} x {SIZE['height']}, load {Path('/proc/loadavg').read_text().split()[0]}:")
        for zoom, frames in found.items():
            middle, p95 = statistics.median(frames), frames[int(len(frames) * 0.95)]
            print(f"  zoom {zoom}: {len(frames)} frames, median {middle:.1f} ms, p95 {p95:.1f}, longest {frames[-1]:.1f}")
    for zoom, frames in found.items():
        assert frames[int(len(frames) * 0.95)] <= FRAME_MS, f"zoom {zoom}"
