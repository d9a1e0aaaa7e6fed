"""What readers draw and add goes with them: onto the sheet, into the other language, through a reload, until they remove it."""

from __future__ import annotations

import json

from tests.browser.conftest import violations, wait_for_map
from tests.browser.test_map_tools import PIXEL, POINTS, TWO_LAYERS, open_tool, upload


def inked(page) -> int:
    """Return how many pixels of the sheet's picture have the colour that drawn lines have on paper (#0b5cad)."""
    return page.evaluate(
        """() => {
             const picture = document.querySelector("#sheet-picture");
             const canvas = document.createElement("canvas");
             canvas.width = picture.naturalWidth;
             canvas.height = picture.naturalHeight;
             const context = canvas.getContext("2d");
             context.drawImage(picture, 0, 0);
             const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
             const colours = new Uint32Array(data.buffer);  // of red, green, blue and opacity, the least first
             return colours.filter((colour) => colour === 0xffad5c0b).length;
           }"""
    )


def test_what_the_reader_drew_and_added_is_printed_survives_the_language_and_is_removed_at_once(visit):
    page = visit(f"{TWO_LAYERS}#map=13/48.51/32.26", others=("https://maps.example/",), reduced_motion="reduce")
    sent = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.partition('#')[0]}"))

    def serve(route):
        route.fulfill(body=PIXEL, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})

    page.route("https://maps.example/**", serve)
    open_tool(page, "draw")
    for kind, coordinates, note in (
        ("LineString", "48.50, 32.24\n48.51, 32.27", "Обхід <b>ями</b>"),
        ("Point", "48.515, 32.25", ""),
    ):
        page.select_option("#draw-kind", kind)
        page.fill("#draw-coordinates", coordinates)
        page.click("#draw-typed [type=submit]")
        page.wait_for_function("() => document.querySelector('#draw-coordinates').value === ''")
        if note:
            page.fill("#draw-list li:last-child .gp-own__note", note)
    page.click("[data-close-tool]")
    open_tool(page, "own")
    upload(page, "places.geojson", json.dumps(POINTS))
    page.select_option("#own-kind", "tiles")
    page.fill("#own-address", "https://maps.example/t/{z}/{x}/{y}.png")
    page.click("#own-service [type=submit]")
    page.wait_for_function("() => document.querySelectorAll('#own-list li').length === 2")
    page.click("[data-close-tool]")

    page.click("#tools-toggle")
    page.click("#tool-print")
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    signs = page.inner_text("#sheet-own-signs")
    assert "Лінія 1: довжина 2,5 км: Обхід <b>ями</b>" in signs and "Точка 2" in signs, signs
    assert "places.geojson (об’єктів: 1)" in signs and "maps.example (зображення: maps.example)" in signs, signs
    assert page.locator("#sheet-own-signs svg").count() == 4 and page.locator("#sheet-own-signs b").count() == 0
    assert (
        "<img src=x onerror=alert(1)>" in page.inner_text("#sheet-own-list") and page.locator("#sheet-own-list img").count() == 0
    )
    described = page.get_attribute("#sheet-picture", "alt")
    assert "Обхід" in described and "places.geojson" in described, described
    page.select_option("#print-scale", "25000")
    page.wait_for_function("() => /25.000/.test(document.querySelector('#scale-text').textContent)", timeout=60_000)
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    assert inked(page) > 200, "the line is on the picture"
    assert not violations(page)

    page.click("#print-back")
    wait_for_map(page)
    page.click(".gp-languages a")
    page.wait_for_url("**/en/map/**")
    open_tool(page, "draw")
    assert page.input_value("#draw-list li:first-child .gp-own__note") == "Обхід <b>ями</b>"
    assert page.locator("#draw-list .gp-own__title").all_inner_texts() == ["Line 1: length 2.5 km", "Point 2"]
    page.click("[data-close-tool]")
    open_tool(page, "own")
    assert page.locator("#own-list .gp-own__title").all_inner_texts() == ["places.geojson", "maps.example"]
    assert not violations(page)

    page.click("[data-close-tool]")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#tools-toggle")
    page.click("#tool-clear")
    page.wait_for_selector("#tools-notice:not([hidden])")
    assert "removed" in page.inner_text("#tools-notice") and page.evaluate("document.activeElement.id") == "tools-toggle"
    assert not violations(page)
    assert page.evaluate("sessionStorage.length") == 0
    open_tool(page, "draw")
    assert page.locator("#draw-list li").count() == 0
    page.reload()
    wait_for_map(page)
    page.click("#tools-toggle")
    assert not page.is_visible("#tool-clear")
    assert not [asked for asked in sent if asked.startswith("POST") or "places.geojson" in asked or "48.515" in asked]


def test_what_is_too_large_to_be_kept_and_services_that_hang_are_named_on_the_sheet(visit):
    page = visit(f"{TWO_LAYERS}#map=13/48.51/32.26", others=("https://maps.example/",), reduced_motion="reduce")
    hangs = []

    def serve(route):
        if not hangs:
            route.fulfill(body=PIXEL, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})

    page.route("https://maps.example/**", serve)
    open_tool(page, "own")
    large = {"type": "FeatureCollection", "features": [{**POINTS["features"][0], "properties": {"text": "я" * 1900}}] * 1200}
    assert "завеликий" in upload(page, "large.geojson", json.dumps(large, ensure_ascii=False))
    page.select_option("#own-kind", "tiles")
    page.fill("#own-address", "https://maps.example/t/{z}/{x}/{y}.png")
    page.click("#own-service [type=submit]")
    page.wait_for_function("() => document.querySelectorAll('#own-list li').length === 2")
    page.click("[data-close-tool]")
    hangs.append(True)
    page.click("#tools-toggle")
    page.click("#tool-print")
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    status = page.inner_text("#print-status")
    assert "large.geojson" in status and "maps.example" in status, status
    assert "maps.example" not in page.inner_text("#sheet-own-signs") and "maps.example" not in page.get_attribute(
        "#sheet-picture", "alt"
    )
    hangs.clear()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#print-clear")
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    assert page.evaluate("sessionStorage.length") == 0 and "large.geojson" not in page.inner_text("#print-status")
    assert not page.is_visible("#print-clear") and page.evaluate("document.activeElement.id") == "print-status"


def test_a_page_that_the_browser_brings_back_shows_nothing_that_was_removed_elsewhere(visit):
    page = visit(TWO_LAYERS, reduced_motion="reduce")
    open_tool(page, "draw")
    page.fill("#draw-coordinates", "48.50, 32.24")
    page.click("#draw-typed [type=submit]")
    page.wait_for_selector("#draw-list li")
    bring_back = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
    page.evaluate(f"dispatchEvent(new PageTransitionEvent('pagehide', {{ persisted: true }})); {bring_back}")
    assert page.locator("#draw-list li").count() == 1, "nothing has changed"
    with page.expect_navigation():
        page.evaluate(f"sessionStorage.clear(); {bring_back}")
    open_tool(page, "draw")
    assert page.locator("#draw-list li").count() == 0
