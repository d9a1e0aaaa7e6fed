"""The pages as the server writes them are sound HTML, in both languages, by the rules of html-validate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from geoplatform.config import PROJECT

CLIENT = PROJECT / "geoplatform" / "publicmap" / "client"
#: Rules on style are off, and the one that asks for hashes: every script and style sheet comes from this very server.
RULES = Path(__file__).parent / "htmlvalidate.json"
PUBLIC = [
    *("/", "/map/", "/map/?layer=pharmacies&q=%D0%B0", "/map/?page=x", "/map/?chosen=1", "/no-such-page/", "/help/"),
    *("/facilities/", "/facilities/?state=unknown&page=2", "/offline/"),
    *("/map/?category=pharmacy&near=32.26,48.51&walk=1", "/map/?q=nearest+pharmacy", "/search/?q=nearest+pharmacy"),
    *("/map/?layer=post_offices&asof=2025-01-01", "/map/?asof=x", "/map/compare/?layer=banks", "/map/compare/?before=x&page=9"),
    *("/follow/?layer=post_offices", "/follow/?chosen=1", "/follow/sent/", "/follow/leave/x/"),
]
STAFF = [
    *("/hub/", "/hub/layers/libraries/", "/hub/layers/libraries/versions/", "/hub/layers/libraries/compare/?from=1&to=1"),
    *("/hub/layers/new/", "/hub/publication/", "/account/tokens/", "/help/"),
    *("/hub/facilities/", "/hub/banner/"),
]
SERVICE = [
    *("/ogcapi/?", "/ogcapi/conformance?", "/ogcapi/openapi?", "/ogcapi/collections?", "/ogcapi/collections/pharmacies?"),
    *("/ogcapi/collections/pharmacies/schema?", "/ogcapi/collections/pharmacies/queryables?", "/ogcapi/TileMatrixSets?"),
    *("/ogcapi/collections/pharmacies/items?limit=5&", "/ogcapi/collections/pharmacies/tiles?", "/ogcapi/styles?"),
    *("/ogcapi/collections/pharmacies/items?bbox=x&", "/ogcapi/no-such?"),
]


def faults(folder: Path) -> list[str]:
    """Return what html-validate says against the pages in `folder`, as `page:line: rule: message`."""
    program = CLIENT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    node = Path(sys.executable).parent / "node"
    report = folder / "report.json"  # a file: the program ends before a pipe has taken all it says
    done = subprocess.run(
        [str(node), str(program), "--config", str(RULES), "--formatter", f"json={report}", "--ext", "html", str(folder)],
        capture_output=True, text=True, check=False, cwd=CLIENT,
    )  # fmt: skip
    assert report.exists(), done.stderr
    return [
        f"{Path(page['filePath']).stem}:{fault['line']}: {fault['ruleId']}: {fault['message']}"
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]


def keep(folder: Path, path: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Write a page to a file that is named after its address."""
    assert status not in range(300, 400) and status < 500 and headers["content-type"].startswith("text/html"), (
        path,
        status,
        headers.get("content-type"),
    )
    name = "".join(c if c.isalnum() else "_" for c in path) or "home"
    (folder / f"{name}.html").write_bytes(body)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_pages_of_the_portal_are_sound(stack, tmp_path, prefix):
    place = json.loads(stack.get("/ogcapi/collections/pharmacies/items?limit=1&f=json")[2])["features"][0]["id"]
    for path in [*PUBLIC, f"/map/pharmacies/{place}/", f"/map/?place=pharmacies:{place}"]:
        keep(tmp_path, prefix + path, *stack.get(prefix + path))
    assert faults(tmp_path) == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_pages_of_the_staff_are_sound(stack, staff_cookies, dataset, raster, tmp_path, prefix):
    cookie = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in staff_cookies)
    for path in [*STAFF, f"/hub/datasets/{dataset}/", f"/hub/rasters/{raster}/", f"/hub/rasters/{raster}/level/"]:
        keep(tmp_path, prefix + path, *stack.get(prefix + path, Cookie=cookie))
    assert faults(tmp_path) == []


@pytest.mark.parametrize("language", ["uk", "en"])
def test_pages_of_the_data_service_are_sound(stack, raster, tmp_path, language):
    place = json.loads(stack.get("/ogcapi/collections/pharmacies/items?limit=1&f=json")[2])["features"][0]["id"]
    for path in [*SERVICE, f"/ogcapi/collections/pharmacies/items/{place}?", f"/ogcapi/collections/catalogue/items/{raster}?"]:
        keep(tmp_path, path, *stack.get(f"{path}f=html&lang={language}"))
    assert faults(tmp_path) == []
