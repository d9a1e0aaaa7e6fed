"""External maps cached through MapProxy: a real WMS (our own MapServer), tiles over HTTP, and sources that misbehave."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from PIL import Image

from geoplatform import config as configuration
from geoplatform.publishing import basemaps
from geoplatform.serving.rastertiles import basemaps as serving_basemaps
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, GREEN, PLACE, WELLS
from tests.maps_stack import Maps, running_maps

HERE = "/".join(map(str, wells.tile_of(*PLACE, 16)))


class Source(BaseHTTPRequestHandler):
    """A foreign server of tiles: green ones, and some that never come or are no pictures."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/slow"):
            time.sleep(8)
        body = BytesIO()
        Image.new("RGB", (256, 256), GREEN[:3]).save(body, "PNG")
        if self.path.startswith(("/endless", "/trickle")):
            self._without_end(0 if self.path.startswith("/endless") else 0.3)
            return
        if self.path.startswith("/vast"):
            body = BytesIO()
            Image.new("1", (30_000, 30_000)).save(body, "PNG")
        content = b"<html>busy</html>" if self.path.startswith("/junk") else body.getvalue()
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _without_end(self, seconds: float) -> None:
        """Send the beginning of a picture and then never stop, pausing so long after each block."""
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(b"\x89PNG\r\n\x1a\n")
        with contextlib.suppress(OSError):  # the asker has gone, as it should
            for _ in range(100_000):
                self.wfile.write(bytes(100 if seconds else 100_000))
                time.sleep(seconds)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def source() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def describe(folder: Path, name: str, kind: str, url: str, more: str = "") -> None:
    folder.joinpath(f"{name}.yaml").write_text(
        f"id: {name}\ntitle: {{uk: Основа, en: Base}}\nattribution: {{uk: Хтось, en: Somebody}}\nlicence: CC0-1.0\n"
        f'type: {kind}\nurl: "{url}"\ntimeout_seconds: 2\n{more}'
    )


@pytest.fixture(scope="module")
def served(services, module_data_db: psycopg.Connection, source: str, tmp_path_factory) -> Iterator[Maps]:
    folder = tmp_path_factory.mktemp("mapconfigs")
    describe(folder, "tiles", "xyz", source + "/{z}/{x}/{y}.png", "bbox: [32, 48, 33, 49]\n")
    describe(folder, "wmts", "wmts", source + "/wmts/{TileMatrix}/{TileRow}/{TileCol}.png")
    describe(folder, "slow", "xyz", source + "/slow/{z}/{x}/{y}.png")
    describe(folder, "junk", "xyz", source + "/junk/{z}/{x}/{y}.png")
    for name in ("endless", "trickle", "vast"):
        describe(folder, name, "xyz", f"{source}/{name}/{{z}}/{{x}}/{{y}}.png")
    describe(folder, "ours", "wms", f"http://127.0.0.1:{services.config.port}/wms", "layers: [wells]\n")
    folder.joinpath("broken.yaml").write_text("id: broken\n")
    wells.change(module_data_db, wells.layer(), WELLS, 1, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOPLATFORM_MAPCONFIGS", str(folder))
        with running_maps(services.config) as running:
            yield running


def test_tiles_of_another_server_are_asked_for_once(served: Maps):
    status, _, body = served.get(f"/tiles/base/tiles/{HERE}.png")
    assert (status, wells.main_colour(body)) == (200, GREEN)
    count = len(Source.asked)
    assert Source.asked[-1] == f"/{HERE}.png"
    assert served.get(f"/tiles/base/tiles/{HERE}.png")[2] == body
    assert len(Source.asked) == count


def test_wmts_templates_are_filled_in(served: Maps):
    z, x, y = HERE.split("/")
    assert wells.main_colour(served.get(f"/tiles/base/wmts/{HERE}.png")[2]) == GREEN
    assert Source.asked[-1] == f"/wmts/{z}/{y}/{x}.png"


def test_outside_its_box_the_source_is_not_asked(served: Maps):
    count = len(Source.asked)
    assert served.get("/tiles/base/tiles/10/5/5.png")[0] == 200
    assert len(Source.asked) == count


def test_a_wms_becomes_tiles(served: Maps):
    assert wells.main_colour(served.get(f"/tiles/base/ours/{HERE}.png")[2]) == BLUE


def test_base_maps_are_in_the_wmts_capabilities_and_the_broken_one_is_not(served: Maps):
    text = served.get("/wmts/1.0.0/WMTSCapabilities.xml")[2].decode()
    assert "<ows:Identifier>base.tiles</ows:Identifier>" in text
    assert "broken" not in text
    z, x, y = HERE.split("/")
    assert wells.main_colour(served.get(f"/wmts/1.0.0/base.tiles/default/WebMercatorQuad/{z}/{y}/{x}.png")[2]) == GREEN


def test_a_slow_source_is_given_up_and_nothing_false_is_kept(served: Maps):
    begun = time.monotonic()
    status, headers, _ = served.get(f"/tiles/base/slow/{HERE}.png")
    assert time.monotonic() - begun < 7
    assert status >= 500
    assert "public" not in headers.get("cache-control", "")
    assert not list((served.config.var / "tiles/base/slow").rglob("*.png"))


def test_what_is_no_picture_is_not_kept(served: Maps):
    assert served.get(f"/tiles/base/junk/{HERE}.png")[0] >= 500
    assert not list((served.config.var / "tiles/base/junk").rglob("*.png"))


@pytest.mark.parametrize("name", ["endless", "trickle", "vast"])
def test_an_answer_without_bounds_is_given_up(served: Maps, name: str):
    begun = time.monotonic()
    assert served.get(f"/tiles/base/{name}/{HERE}.png")[0] >= 500
    assert time.monotonic() - begun < 12
    assert not list((served.config.var / f"tiles/base/{name}").rglob("*.png"))
    pid = served.processes["mapproxy"].pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child}/status").read_text())
        assert int(peak[1]) < 400_000, "a picture of 900 million pixels takes 900 MB"
    assert wells.main_colour(served.get(f"/tiles/base/tiles/{HERE}.png")[2]) == GREEN, "the others are answered"


def test_what_is_described_no_more_is_removed_and_what_has_a_fault_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("GEOPLATFORM_MAPCONFIGS", str(tmp_path))
    config = replace(configuration.load(), var=tmp_path / "var")
    describe(tmp_path, "changed", "xyz", "http://example.org/{z}/{x}/{y}.png")
    (tmp_path / "faulty.yaml").write_text("id: faulty\n")
    [present] = [base.edition for base in basemaps.read(tmp_path)[0].values()]
    kept = [f"changed/{present}", "faulty/0123456789"]
    for name in (*kept, "changed/0123456789", "gone/0123456789"):
        (config.var / "tiles/base" / name / "10").mkdir(parents=True)
    now = time.time()
    assert serving_basemaps.clean(config, now - 60) == 0, "a request may still be on its way to it"
    assert serving_basemaps.clean(config, now + 60) == 2
    assert sorted(str(path.relative_to(config.var / "tiles/base")) for path in (config.var / "tiles/base").glob("*/*")) == kept
    assert not (config.var / "tiles/base/gone").exists()


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "geoplatform.cli", "tiles", *words], capture_output=True, text=True, check=False)


def test_the_check_names_the_broken_file(served: Maps):
    done = command("check")
    assert done.returncode == 1
    assert done.stderr.startswith("broken.yaml: title:")


def test_seeding_draws_what_is_missing_and_no_more(served: Maps):
    done = command("seed", "wells", "--zoom", "0-12")
    assert done.returncode == 0, done.stderr
    before = len(list((served.config.var / "tiles/public/wells/current/").rglob("*.png")))
    assert before > 100
    assert "0 requests were needed" in command("seed", "wells", "--zoom", "0-12").stdout
    assert "wells" in command("status").stdout
    assert command("clean", "wells").returncode == 0
    assert not list((served.config.var / "tiles/public/wells/current/").glob("[0-9]*"))


WORLD = ("--zoom", "0-20", "--bbox", "-180,-80,180,80")


@pytest.mark.parametrize("words", [("nothing",), ("wells", "--zoom", "9-3"), ("wells", "--bbox", "1,2"), ("wells", *WORLD)])
def test_what_makes_no_sense_is_one_line(served: Maps, words: tuple[str, ...]):
    done = command("seed", *words)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
