"""GeoNode's own map viewer draws our layers and shows their tables, for strangers and for those who are signed in."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import psycopg
import pytest
from PIL import Image

from geoplatform.config import CONTROL_DATABASE
from tests.browser.conftest import RED

#: Milliseconds that the client, which is large, may take on a loaded machine.
PATIENCE = 90_000


def dataset(stack, name: str) -> int:
    """Return the number of the layer's record in the catalogue."""
    stack.wait_until_catalogued()
    with psycopg.connect(stack.config.dsn("owner", CONTROL_DATABASE)) as conn:
        query = "select resourcebase_ptr_id from layers_dataset where name = %s and workspace = 'geoplatform'"
        return conn.execute(query, [name]).fetchone()[0]


def drawn(page) -> list[dict]:
    """Collect the pictures that the page's map is answered with."""
    pictures: list[dict] = []

    def remember(answer) -> None:
        if "/ows" in answer.url and "GetMap" in answer.url:
            body = answer.body() if answer.status == 200 else b""
            pictures.append({"status": answer.status, "type": answer.headers.get("content-type", ""), "body": body})

    page.on("response", remember)
    return pictures


def refused(page) -> list[str]:
    """Collect what the page asks for in vain; that nobody has signed in it learns by a 401."""
    found: list[str] = []

    def remember(answer) -> None:
        if answer.status >= 400 and not answer.url.endswith("/api/v2/userinfo/"):
            found.append(f"{answer.status} {answer.request.method} {answer.url} {answer.request.post_data or ''}"[:400])

    page.on("response", remember)
    return found


def colours_of(picture: bytes, colour: tuple[int, int, int]) -> int:
    """Return how many pixels of the picture have the colour, or nearly."""
    found = Image.open(io.BytesIO(picture)).convert("RGB").getcolors(10_000_000)
    return sum(count for count, seen in found if all(abs(a - b) < 24 for a, b in zip(seen, colour, strict=True)))


def keep(page, name: str) -> None:
    """Keep a picture for the documentation where KEEP_PICTURES says."""
    folder = os.environ.get("KEEP_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / name)


def colour(stack, layer: str) -> tuple[int, int, int]:
    text = json.loads(stack.get(f"/ogcapi/collections/{layer}/style")[2])
    found = next(part["paint"]["circle-color"] for part in text["layers"] if part["type"] == "circle")
    assert isinstance(found, str), found
    return tuple(int(found[at : at + 2], 16) for at in (1, 3, 5))


def shown_on_the_map(page, pictures, wanted: tuple[int, int, int]) -> None:
    """Wait until the map shows the layer's colour, which came in pictures of ours."""
    for _ in range(60):
        page.wait_for_timeout(1000)
        if pictures and page.query_selector("#map canvas") and colours_of(page.screenshot(), wanted) > 200:
            break
    assert pictures and {(each["status"], each["type"]) for each in pictures} == {(200, "image/png")}
    assert any(colours_of(each["body"], wanted) > 50 for each in pictures), "the pictures hold symbols"
    assert colours_of(page.screenshot(), wanted) > 200, "the map shows them"


@pytest.mark.shared
def test_a_datasets_page_has_a_map_and_a_table_with_rows_that_can_be_filtered(visit, stack):
    page = visit("/healthz")
    pictures, in_vain = drawn(page), refused(page)
    page.goto(f"{stack.base_url}/catalogue/#/dataset/{dataset(stack, 'pharmacies')}")
    shown_on_the_map(page, pictures, colour(stack, "pharmacies"))
    page.click("#ms-dropdown-1", timeout=PATIENCE)
    page.click("text=Переглянути дані")
    page.wait_for_selector(".react-grid-Row", timeout=PATIENCE)
    count = json.loads(stack.get("/ogcapi/collections/pharmacies/items?limit=1")[2])["numberMatched"]
    page.wait_for_selector(f"text=/^{count} елемент/", timeout=PATIENCE)
    before = page.inner_text(".react-grid-Row >> nth=0")
    assert before.strip()
    keep(page, "dataset-mapstore.png")
    name = json.loads(stack.get("/ogcapi/collections/pharmacies/items?limit=1&sortby=-name")[2])["features"][0]["properties"][
        "name"
    ]
    cell = page.locator("input[placeholder^='Введіть текст']").nth(1)  # after that of the code
    cell.fill(name.upper())
    page.wait_for_function(
        "name => { const rows = [...document.querySelectorAll('.react-grid-Row')];"
        " return rows.length > 0 && rows.every(row => row.innerText.includes(name)); }",
        arg=name,
        timeout=PATIENCE,
    )
    assert in_vain == []


def test_a_rasters_page_has_a_map_that_draws_its_newest_image(visit, stack, raster):
    page = visit("/healthz")
    pictures, in_vain = drawn(page), refused(page)
    page.goto(f"{stack.base_url}/catalogue/#/dataset/{dataset(stack, raster)}")
    shown_on_the_map(page, pictures, RED)
    keep(page, "raster-mapstore.png")
    assert in_vain == []


@pytest.mark.shared
def test_a_saved_map_draws_our_layers(visit, stack, staff_cookies):
    page = visit("/hub/", storage_state={"cookies": staff_cookies, "origins": []})
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    number = dataset(stack, "pharmacies")
    layer = {
        "id": "layer-1", "type": "wms", "name": "geoplatform:pharmacies", "url": f"{stack.base_url}/ows", "title": "Аптеки",
        "format": "image/png", "visibility": True, "extendedParams": {"pk": number, "mapLayer": {"dataset": {"pk": number}}},
    }  # fmt: skip
    background = {"id": "empty", "type": "empty", "name": "empty", "title": "Empty", "group": "background", "visibility": True}
    view = {"center": {"x": 32.26, "y": 48.51, "crs": "EPSG:4326"}, "zoom": 13, "projection": "EPSG:3857", "units": "m"}
    blob = {"version": 2, "map": {**view, "layers": [background, layer], "groups": [{"id": "Default", "expanded": True}]}}
    made = page.request.post(
        f"{stack.base_url}/api/v2/maps/",
        data={"title": "Аптеки міста", "data": blob,
              "maplayers": [{"name": "geoplatform:pharmacies", "extra_params": {"msId": "layer-1"}, "current_style": "",
                             "order": 0, "visibility": True, "opacity": 1.0}]},
        headers={"X-CSRFToken": cookies["csrftoken"], "Referer": stack.base_url},
    )  # fmt: skip
    assert made.status == 201, made.text()
    pictures = drawn(page)
    page.goto(f"{stack.base_url}/catalogue/#/map/{made.json()['map']['pk']}")
    shown_on_the_map(page, pictures, colour(stack, "pharmacies"))
    keep(page, "map-mapstore.png")


@pytest.mark.shared
def test_the_metadata_editor_says_where_what_a_definition_decides_is_changed(visit, stack, staff_cookies):
    page = visit("/hub/", storage_state={"cookies": staff_cookies, "origins": []})
    page.goto(f"{stack.base_url}/catalogue/#/metadata/{dataset(stack, 'pharmacies')}")
    page.locator("#root_attribution").wait_for(timeout=PATIENCE)
    page.locator("#root_attribution").fill("Хтось інший")
    with page.expect_response(lambda answer: "/metadata/instance/" in answer.url and answer.request.method == "PUT") as sent:
        page.click("button:has-text('Оновити')")
    assert sent.value.status == 422
    assert set(sent.value.json()["extraErrors"]) == {"attribution"}, "the form sends all fields; one was changed"
    told = page.locator("#root_attribution__error")
    told.wait_for(timeout=PATIENCE)
    assert "layers/pharmacies.yaml" in told.inner_text()
