"""The pages of those who sign in: free of barriers that axe can find, whole at 360 px, and worked by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.browser.conftest import NARROW, WIDE, violations
from tests.integration.hub.test_uploads import SLD
from tests.integration.rasters.test_rasters import geotiff
from tests.integration.wms import wells
from tests.waiting import until

LOOKS = {"uk-1280": ("", WIDE), "uk-360": ("", NARROW), "en-1280": ("/en", WIDE), "en-360": ("/en", NARROW)}
POINTS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"code": f"b{n}", "назва": f"Лавка {n}", "seats": n},
         "geometry": {"type": "Point", "coordinates": [32.26 + n / 1000, 48.51]}}
        for n in range(1, 4)
    ],
}  # fmt: skip


@pytest.fixture
def staff_visit(visit, staff_cookies):
    """Return `visit` for the staff member."""

    def opened(path: str, **options):
        return visit(path, storage_state={"cookies": staff_cookies, "origins": []}, **options)

    return opened


def pages(dataset: int, raster: str) -> list[str]:
    """Return every page of the hub that an address alone opens."""
    return [
        *("/hub/", "/hub/layers/libraries/", "/hub/layers/libraries/versions/", "/hub/layers/libraries/compare/?from=1&to=1"),
        *("/hub/layers/new/", "/hub/publication/", f"/hub/datasets/{dataset}/", "/account/tokens/", "/help/"),
        *(f"/hub/rasters/{raster}/", f"/hub/rasters/{raster}/level/"),
    ]


@pytest.fixture(scope="module")
def benches(browser, stack, staff_cookies) -> Iterator[str]:
    """The name of a layer that the staff member made of a file; its style can be changed."""
    context = browser.new_context(storage_state={"cookies": staff_cookies, "origins": []})
    page = context.new_page()
    upload(page, "", stack.base_url)
    page.fill("input[name=title]", "Стилізовані лавки")
    page.click("main button[value=take]")
    page.wait_for_url("**/hub/layers/**")
    address = page.url
    yield address.rstrip("/").rpartition("/")[2]
    page.goto(f"{address}remove/")
    page.click("main button.govuk-button--warning")
    page.wait_for_url(f"{stack.base_url}/hub/")
    context.close()


def choose_style(page, path: str, content: str) -> None:
    """Choose a style for a layer on the page at `path`."""
    page.goto(path)
    page.set_input_files("#style", {"name": "стиль.sld", "mimeType": "text/xml", "buffer": content.encode()})
    page.click("main form[enctype] button[type=submit]")


def upload(page, prefix: str, base: str) -> None:
    """Open the page that shows a file before it is taken."""
    page.goto(f"{base}{prefix}/hub/layers/new/")
    page.set_input_files("#file", {"name": "лавки.geojson", "mimeType": "application/geo+json",
                                              "buffer": json.dumps(POINTS).encode()})  # fmt: skip
    page.click("main form button[type=submit]")
    page.wait_for_url("**/hub/uploads/**")


@pytest.mark.parametrize(("prefix", "viewport"), LOOKS.values(), ids=LOOKS)
def test_every_staff_page_is_free_of_barriers_that_axe_can_find(staff_visit, stack, dataset, raster, benches, prefix, viewport):
    page = staff_visit("/hub/", viewport=viewport, reduced_motion="reduce")
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found[name].append("scrolls sideways")

    for path in pages(dataset, raster):
        answer = page.goto(f"{stack.base_url}{prefix}{path}")
        assert answer.status == 200 and "/account/login/" not in page.url, path
        look(path)
    page.goto(f"{stack.base_url}{prefix}/account/tokens/")
    page.fill("#name", "axe")
    page.click("main form[action$='/account/tokens/'] button")
    page.wait_for_selector("#token")
    look("new token")
    page.goto(f"{stack.base_url}{prefix}/account/tokens/")
    page.check("#limit-some")
    page.fill("#name", "axe")
    page.click("main form[action$='/account/tokens/'] button")
    page.wait_for_selector(".govuk-error-summary")
    look("token refused")
    upload(page, prefix, stack.base_url)
    look("upload looked at")
    page.goto(f"{stack.base_url}{prefix}/hub/layers/new/")
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "text/csv", "buffer": b""})
    page.click("main form button[type=submit]")
    page.wait_for_selector(".govuk-error-summary")
    look("upload refused")
    styled = f"{stack.base_url}{prefix}/hub/layers/{benches}/style/"
    choose_style(page, styled, "<html/>")
    page.wait_for_selector(".govuk-error-summary")
    look("style refused")
    choose_style(page, styled, SLD.replace("#aa0000", "#00aa00"))
    page.wait_for_url("**/style/*/")
    look("style looked at")
    assert not any(found.values()), found


def test_without_javascript_a_layer_gets_another_style_and_the_one_before(staff_visit, stack, benches):
    page = staff_visit(f"/hub/layers/{benches}/", java_script_enabled=False)
    page.click(f"main a[href='/hub/layers/{benches}/style/']")
    before = page.locator("main svg circle").first.get_attribute("fill")
    choose_style(page, page.url, SLD)
    page.wait_for_url("**/style/*/")
    assert page.locator("main svg circle").first.get_attribute("fill") == "#aa0000"
    page.click("main form button[type=submit]")
    page.wait_for_url(f"**/hub/layers/{benches}/style/")
    assert page.locator("main svg circle").first.get_attribute("fill") == "#aa0000"
    page.click("main form[action*='/style/back/'] button")
    page.wait_for_url(f"**/hub/layers/{benches}/style/")
    assert page.locator("main svg circle").first.get_attribute("fill") == before


def test_an_uploaded_geotiff_is_answered_by_wms_and_wmts_to_staff_alone(staff_visit, stack, tmp_path):
    page = staff_visit("/hub/")
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    file = geotiff(tmp_path / "Червоний знімок.tif", wells.RED)
    answer = page.request.post(
        f"{stack.base_url}/api/v2/uploads/upload",
        multipart={"base_file": {"name": file.name, "mimeType": "image/tiff", "buffer": file.read_bytes()}, "action": "upload"},
        headers={"X-CSRFToken": token, "Referer": f"{stack.base_url}/hub/"},
    )
    assert answer.status == 201, answer.text()
    layer = "chervonyi_znimok"
    zoom, column, row = wells.tile_of(*wells.PLACE, 16)
    tile = f"/wmts/1.0.0/{layer}/default/WebMercatorQuad/{zoom}/{row}/{column}.png"
    for address in (wells.get_map(layer), tile):
        until(lambda at=address: colour(page, f"{stack.base_url}{at}") == wells.RED, 90)
        assert stack.get(address)[0] in (401, 403, 404) or b"LayerNotDefined" in stack.get(address)[2], address


def colour(page, address: str) -> tuple[int, ...] | None:
    """Return the main colour of the picture at `address`, None while there is none."""
    answer = page.request.get(address)
    is_picture = answer.status == 200 and answer.headers["content-type"] == "image/png"
    return wells.main_colour(answer.body()) if is_picture else None


def test_a_file_becomes_a_layer_and_goes_again_by_keyboard_alone(staff_visit, stack):
    page = staff_visit("/hub/", reduced_motion="reduce")

    def go(selector: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    go("main a[href='/hub/layers/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.base_url}/hub/layers/new/")
    upload(page, "", stack.base_url)
    go("main button[value=take]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/layers/**")
    assert violations(page) == []
    go("main a[href$='/remove/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/remove/")
    assert violations(page) == []
    go("main button.govuk-button--warning")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stack.base_url}/hub/")


def make_token(page) -> None:
    page.fill("#name", "QGIS")
    page.press("#name", "Enter")
    page.wait_for_selector("#token")


def test_a_new_token_is_copied_by_keyboard(staff_visit, stack):
    page = staff_visit("/account/tokens/", permissions=["clipboard-read", "clipboard-write"])
    make_token(page)
    page.focus("#token")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.copies") == "token"
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#copied').textContent")
    assert page.inner_text("#copied") == "Скопійовано"
    assert page.evaluate("document.activeElement.dataset.copies") == "token"
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#token")


def test_without_javascript_a_token_can_still_be_selected(staff_visit):
    page = staff_visit("/account/tokens/", java_script_enabled=False)
    make_token(page)
    assert page.get_attribute("#token", "readonly") is not None
    assert page.is_enabled("#token") and len(page.input_value("#token")) > 20
    assert not page.is_visible("button[data-copies]")
