"""The map's tools by mouse and by keyboard, in both languages, wide and narrow, each state looked at by axe."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest

from geoplatform.config import PROJECT
from tests.browser.conftest import NARROW, WIDE, violations, wait_for_map

LOOKS = pytest.mark.parametrize(
    ("prefix", "options"),
    [
        ("", {"viewport": WIDE}),
        ("/en", {"viewport": NARROW, "color_scheme": "dark"}),
        ("", {"viewport": NARROW, "contrast": "more"}),
    ],
    ids=["uk-1280-light", "en-360-dark", "uk-360-contrast"],
)
TWO_LAYERS = "/map/?layer=health&layer=pharmacies"
POINTS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "<img src=x onerror=alert(1)>", "note": "<script>alert(2)</script>", "deep": {"a": [1]}},
            "geometry": {"type": "Point", "coordinates": [32.26, 48.51]},
        }
    ],
}
KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Шлях</name>
<description><![CDATA[<script>alert(3)</script>]]></description>
<LineString><coordinates>32.2,48.5 32.3,48.52</coordinates></LineString></Placemark></Document></kml>"""
GPX = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="48.5" lon="32.25"><name>Зупинка</name></wpt></gpx>"""
CAPABILITIES = """<WMS_Capabilities version="1.3.0" xmlns="http://www.opengis.net/wms" xmlns:xlink="http://www.w3.org/1999/xlink">
<Capability><Request><GetMap><DCPType><HTTP><Get>
<OnlineResource xlink:href="http://maps.example/wms?"/></Get></HTTP></DCPType></GetMap></Request>
<Layer><CRS>EPSG:3857</CRS><Title>Усе</Title><Layer><Name>a</Name><Title>Рельєф</Title></Layer><Layer><Name>b</Name><Title>Води</Title></Layer>
</Layer></Capability></WMS_Capabilities>"""
#: Capabilities as MapProxy and GeoServer write them.
WRITTEN = PROJECT / "geoplatform" / "publicmap" / "client" / "tests" / "capabilities"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def open_tool(page, name: str) -> None:
    """Open the tool by its menu; on a narrow screen the map is shown first."""
    if page.is_visible("#view-map") and page.get_attribute("#view-map", "aria-pressed") == "false":
        page.click("#view-map")
    wait_for_map(page)
    page.click("#tools-toggle")
    page.click(f"[data-tool={name}]")
    page.wait_for_selector("#tool-title")
    page.wait_for_function("() => document.activeElement.id === 'tool-title'")


def drawn(page) -> list[str]:
    """Return the drawn layers' ids as the panel lists them, topmost first."""
    return page.eval_on_selector_all("#drawn [data-layer]", "lines => lines.map(line => line.dataset.layer)")


def upload(page, name: str, content: str | bytes) -> str:
    """Choose a file in the tool of one's own data and return what is said of it."""
    body = content if isinstance(content, bytes) else content.encode()
    page.eval_on_selector("#own-message", "message => { message.textContent = '' }")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(body)
        page.set_input_files("#own-file", file)  # as a path: a large file is not sent through the driver
        page.wait_for_function("() => document.querySelector('#tool').getAttribute('aria-busy') === null")
        page.wait_for_function("() => document.querySelector('#own-message').textContent !== ''")
        page.wait_for_function("() => !/…$/.test(document.querySelector('#own-message').textContent)")
    return page.inner_text("#own-message")


@LOOKS
def test_every_tool_is_free_of_barriers_that_axe_can_find(visit, prefix, options):
    page = visit(f"{prefix}{TWO_LAYERS}", reduced_motion="reduce", **options)
    found = {}
    for name in ("layers", "own", "draw", "share"):
        open_tool(page, name)
        for details in page.locator("#tool details").all():
            details.evaluate("element => { element.open = true }")
        if name == "own":
            upload(page, "places.geojson", json.dumps(POINTS))
        if name == "draw":
            page.fill("#draw-coordinates", "48.5, 32.2")
            page.click("#draw-typed [type=submit]")
            page.wait_for_selector("#draw-list li")
        if name == "share":
            page.wait_for_selector("#share-qr:not([hidden])")
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
        small = page.evaluate(
            """() => [...document.querySelectorAll("#tool :is(a, button, summary, input, select)")].filter((e) => {
                 const box = e.getBoundingClientRect();
                 return box.width && (box.height < 24 || box.width < 24) && e.checkVisibility()
                   && !(e.type === "radio" && e.closest("label"));
               }).map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert not small, name
        page.click("[data-close-tool]")
    page.click("#tools-toggle")
    found["menu"] = violations(page)
    assert not any(found.values()), found


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_layers_change_places_and_opacity_by_keyboard_and_the_address_keeps_it(visit, prefix):
    page = visit(f"{prefix}{TWO_LAYERS}", reduced_motion="reduce")
    wait_for_map(page)
    page.focus("#tools-toggle")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'tool-title'")
    before = drawn(page)
    page.focus(f"#drawn [data-layer={before[0]}] [data-move=down]")
    page.keyboard.press("Enter")
    assert drawn(page) == before[::-1]
    assert page.evaluate("document.activeElement.dataset.move") == "down", "the focus stays on the button"
    assert page.inner_text("#spoken").strip()
    page.focus(f"#opacity-{before[0]}")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute(f"#opacity-{before[0]}", "aria-valuetext") == "90 %"
    page.check("input[name=base][value=dark]")
    page.wait_for_function("() => document.querySelector('#map').dataset.ground === 'dark'")
    assert re.search(r"#map=[^&]+&base=dark&order=\w+,\w+&opacity=\w+:90$", page.url), page.url
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "tools-toggle"
    page.reload()
    wait_for_map(page)
    assert page.get_attribute("#map", "data-ground") == "dark"
    open_tool(page, "layers")
    assert drawn(page) == before[::-1] and page.input_value(f"#opacity-{before[0]}") == "90"
    assert page.is_checked("input[name=base][value=dark]")


def test_a_layer_taken_off_the_map_leaves_the_list_too(visit):
    page = visit(TWO_LAYERS, reduced_motion="reduce")
    open_tool(page, "layers")
    page.click("#drawn [data-layer=health] [data-hide]")
    page.wait_for_function("() => !location.search.includes('layer=health')")
    page.wait_for_function("() => document.querySelectorAll('#drawn [data-layer]').length === 1")
    assert not page.is_checked("#layer-health")


def test_the_tree_of_layers_is_searched(visit):
    page = visit("/map/", reduced_motion="reduce")
    if not page.is_visible("#tree-words"):
        page.click("#layers summary")
    page.fill("#tree-words", "АПТЕК")
    visible = page.locator("#layers .govuk-checkboxes__item:visible")
    assert visible.count() >= 1 and page.is_visible("label[for=layer-pharmacies]")
    assert not page.is_visible("label[for=layer-libraries]")
    assert page.inner_text("#spoken").endswith(str(visible.count()))
    assert not violations(page)
    page.focus("#tree-words")
    page.keyboard.press("Escape")
    assert page.is_visible("label[for=layer-libraries]")


def test_files_of_ones_own_are_shown_as_text_and_sent_nowhere(visit):
    page = visit(TWO_LAYERS, reduced_motion="reduce")
    open_tool(page, "own")
    sent = []
    page.on("request", lambda request: request.method != "GET" and sent.append(request.url))
    assert "1" in upload(page, "places.geojson", json.dumps(POINTS))
    page.click("[data-close-tool]")
    for _ in range(20):  # the point is drawn some frames after it was taken, and the map takes the room that the tool leaves
        box = page.locator("#map canvas").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if page.is_visible(".gp-own-popup"):
            break
        page.wait_for_timeout(500)
    page.wait_for_selector(".gp-own-popup")
    shown = page.inner_text(".gp-own-popup")
    assert "<img src=x onerror=alert(1)>" in shown and "<script>alert(2)</script>" in shown and '{"a":[1]}' in shown
    assert page.locator(".gp-own-popup img, .gp-own-popup script").count() == 0
    assert "<img" in page.inner_text("#spoken")
    page.keyboard.press("Tab")
    open_tool(page, "own")
    for name, content in (("way.kml", KML), ("stops.gpx", GPX)):
        assert "1" in upload(page, name, content), name
    assert page.locator("#own-list li").count() == 3
    page.click("#own-list li:nth-child(1) button:last-child")
    assert page.locator("#own-list li").count() == 2
    assert not sent


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_a_file_that_can_not_be_shown_is_told_of_and_the_map_goes_on(visit, prefix):
    page = visit(f"{prefix}{TWO_LAYERS}", reduced_motion="reduce", service_workers="block")
    open_tool(page, "own")
    point = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[32,48]}}'
    huge = f'{{"type":"FeatureCollection","features":[{",".join([point] * 600_000)}]}}'  # 52 MB
    said = {
        name: upload(page, name, content)
        for name, content in (
            ("broken.geojson", '{"type":'),
            ("other.json", '{"a": 1}'),
            ("metres.geojson", '{"type":"Point","coordinates":[500000,5000000]}'),
            ("huge.geojson", huge),
            ("bomb.kml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><kml>&a;</kml>'),
            ("broken.kml", "<kml><Placemark></kml>"),
            ("page.kml", "<html></html>"),
            ("empty.gpx", GPX.replace("<wpt", "<!--").replace("</wpt>", "-->")),
            ("picture.png", PIXEL),
        )
    }
    assert len(set(said.values())) == len(said) - 1, said  # a bomb and a broken file are told of alike
    for text in said.values():
        assert bool(re.search("[а-яіїєґ]", text)) != bool(prefix), text
    assert page.locator("#own-list li").count() == 0
    page.click("[data-close-tool]")
    page.click("#step-next")
    page.wait_for_function("() => document.querySelector('#spoken').textContent.includes('(1/')")
    page.route(re.compile("/togeojson"), lambda route: route.abort())  # what reads KML does not come
    page.reload()
    open_tool(page, "own")
    failed = upload(page, "way.kml", KML)
    assert ("could not be read" if prefix else "не вдалося прочитати") in failed, failed
    assert page.locator("#own-list li").count() == 0


def test_services_of_other_sites_are_added_or_told_why_not(visit):
    page = visit(TWO_LAYERS, others=("https://maps.example/", "https://tiles.example/"), reduced_motion="reduce")
    asked = []

    def serve(route):
        asked.append(route.request)
        url, headers = route.request.url, {"Access-Control-Allow-Origin": "*"}
        if "/hang" in url:
            return None
        if "/own/" in url:
            return route.fulfill(body=KML if url.endswith("kml") else GPX, content_type="application/xml", headers=headers)
        if "WMTS" in url and "GetCapabilities" in url:
            return route.fulfill(body=(WRITTEN / "mapproxy-kvp.xml").read_text(), content_type="text/xml", headers=headers)
        if "/page" in url:
            return route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html", headers=headers)
        if "GetCapabilities" in url:
            return route.fulfill(body=CAPABILITIES, content_type="text/xml", headers=headers)
        return route.fulfill(body=PIXEL, content_type="image/png", headers=headers)

    page.route(re.compile("https://(maps|tiles).example/"), serve)
    open_tool(page, "own")

    def add(kind: str, address: str) -> str:
        page.select_option("#own-kind", kind)
        page.fill("#own-address", address)
        page.click("#own-service [type=submit]")
        page.wait_for_function("() => document.querySelector('#tool').getAttribute('aria-busy') === null", timeout=20_000)
        return page.inner_text("#own-message")

    assert "https://" in add("wms", "http://maps.example/wms")
    assert "вебсторінку" in add("wms", "https://maps.example/page")
    assert "не відповів" in add("wms", "https://maps.example/hang")
    assert "{z}" in add("tiles", "https://maps.example/{z}.png")
    assert page.locator("#own-list li").count() == 0
    add("wms", "https://maps.example/wms?map=a")
    assert page.locator("#own-layer option").all_inner_texts() == ["Рельєф", "Води"]
    assert page.evaluate("document.activeElement.id") == "own-layer"
    page.select_option("#own-layer", label="Води")
    page.click("#own-service [type=submit]")
    page.wait_for_selector("#own-list li")
    assert "Води" in page.inner_text("#own-list li")
    assert add("tiles", "https://maps.example/t/{z}/{x}/{y}.png")
    page.wait_for_function("() => document.querySelectorAll('#own-list li').length === 2")
    assert "Streets" in add("tiles", "https://tiles.example/service")
    assert "вебсторінку" in add("kml", "https://maps.example/page.kml")
    assert "GPX" in add("gpx", "https://maps.example/own/way.kml")
    assert "way.kml" in add("kml", "https://maps.example/own/way.kml")
    assert "stops.gpx" in add("gpx", "https://maps.example/own/stops.gpx")
    page.wait_for_load_state("networkidle")
    tiles = {re.search("TILEMATRIX=([^&]*)", request.url)[1] for request in asked if "GetTile" in request.url}
    assert "00" in tiles and len(tiles) > 1 and all(re.fullmatch("[0-9]{2}", zoom) for zoom in tiles), tiles
    pictures = [request for request in asked if "GetMap" in request.url]
    assert pictures and all("LAYERS=b" in request.url and request.url.startswith("https://") for request in pictures)
    assert not any("referer" in request.headers or "cookie" in request.headers for request in asked if "hang" not in request.url)
    page.check("#layer-libraries", force=True) if page.is_visible("#layer-libraries") else None
    page.evaluate("document.dispatchEvent(new CustomEvent('appearance'))")  # a new style keeps what was added
    page.wait_for_load_state("networkidle")
    assert not violations(page)


def test_only_the_map_and_its_sheet_may_ask_other_sites(stack):
    for path, allowed in (("/map/", True), ("/en/map/", True), ("/", False), ("/map/-/embed/", False), ("/map/-/print/", True)):
        policy = stack.get(path)[1]["content-security-policy"]
        assert ("connect-src 'self' https:" in policy) == allowed, path
        assert "script-src 'self';" in policy and "object-src 'none'" in policy, path


def test_drawing_by_typed_coordinates_is_measured_noted_and_saved(visit):
    page = visit(TWO_LAYERS, reduced_motion="reduce")
    open_tool(page, "draw")
    page.fill("#draw-coordinates", "тут")
    page.click("#draw-typed [type=submit]")
    assert "1" in page.inner_text("#draw-message")
    page.select_option("#draw-kind", "Polygon")
    page.fill("#draw-coordinates", "48.50, 32.24\n48.50, 32.25")
    page.click("#draw-typed [type=submit]")
    assert page.is_visible("#draw-message")
    page.fill("#draw-coordinates", "48.50, 32.24\n48.51; 32,24\n48.51 32.25\n48.50 32.25")
    page.click("#draw-typed [type=submit]")
    page.wait_for_selector("#draw-list li")
    assert "81" in page.inner_text("#draw-list li") and "81" in page.inner_text("#spoken")  # 1.112 km by 0.737 km
    page.fill("#draw-list .gp-own__note", "Парк <b>")
    with page.expect_download() as awaited:
        page.click("#draw-save")
    saved = json.loads(awaited.value.path().read_text())
    assert saved["features"][0]["properties"] == {"name": "Парк <b>", "area_m2": pytest.approx(819_000, rel=0.01)}
    assert saved["features"][0]["geometry"]["coordinates"][0][0] == [32.24, 48.5]
    page.check("input[name=appearance][value=dark]", force=True)
    page.wait_for_load_state("networkidle")
    assert page.locator("#draw-list li").count() == 1, "a change of appearance keeps the drawing"
    page.click("#draw-list button")
    assert page.locator("#draw-list li").count() == 0
    assert page.evaluate("document.activeElement.id") == "draw-title"


def test_drawing_by_pointer_opens_no_cards(visit):
    page = visit(TWO_LAYERS, reduced_motion="reduce")
    open_tool(page, "draw")
    page.click("[data-mode=linestring]")
    assert page.get_attribute("[data-mode=linestring]", "aria-pressed") == "true"
    box = page.locator("#map canvas").bounding_box()
    for x, y in ((500, 250), (560, 300), (620, 420), (620, 420)):
        page.mouse.move(box["x"] + x, box["y"] + y)
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_timeout(400)
    page.wait_for_selector("#draw-list li")
    assert "довжина" in page.inner_text("#draw-list li")
    assert not page.is_visible("#card")
    page.click("[data-close-tool]")
    page.click("#step-next")
    page.click("#step-open")
    page.wait_for_selector("#card .gp-card")


def test_a_short_link_and_its_code_lead_back_to_the_same_view(visit, stack):
    page = visit(f"{TWO_LAYERS}#map=13/48.51/32.26&base=dark", reduced_motion="reduce")
    open_tool(page, "share")
    page.wait_for_selector("#share-qr:not([hidden])")
    short = page.input_value("#share-short")
    page.wait_for_function("() => document.querySelector('#share-qr').naturalWidth > 100")
    assert 'src="' in page.input_value("#share-embed") and "/map/-/embed/?layer=health" in page.input_value("#share-embed")
    page.goto(stack.base_url + re.sub(r"^https?://[^/]+", "", short))
    wait_for_map(page)
    assert "layer=health&layer=pharmacies" in page.url and "base=dark" in page.url
    assert page.get_attribute("#map", "data-ground") == "dark"


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_the_embedded_map_may_stand_in_a_frame_and_other_pages_may_not(visit, stack, prefix):
    headers = stack.get(f"{prefix}/map/-/embed/")[1]
    assert "frame-ancestors *" in headers["content-security-policy"] and "x-frame-options" not in headers
    assert "set-cookie" not in headers
    headers = stack.get(f"{prefix}/map/")[1]
    assert "frame-ancestors 'self'" in headers["content-security-policy"] and headers["x-frame-options"] == "SAMEORIGIN"
    page = visit(f"{prefix}/map/-/embed/?layer=health")
    page.wait_for_selector("#steps:not([hidden])")
    page.click("#step-next")
    page.wait_for_function("() => document.querySelector('#spoken').textContent.includes('(1/')")
    assert "layer=health" in page.get_attribute("#embed-whole", "href")
    assert not violations(page)


@pytest.mark.parametrize(("prefix", "viewport"), [("", WIDE), ("/en", NARROW)], ids=["uk-1280", "en-360"])
def test_the_sheet_has_scale_legend_sources_and_list_and_prints_as_pdf(visit, prefix, viewport):
    page = visit(f"{prefix}/map/-/print/?layer=pharmacies#map=13/48.51/32.26", viewport=viewport)
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    assert page.input_value("#print-scale") == "25000", "zoom 13 is 1 : 23,930 here"
    page.select_option("#print-scale", "10000")
    page.wait_for_function("() => /10.000/.test(document.querySelector('#scale-text').textContent)", timeout=60_000)
    page.wait_for_selector("#print-go:not([disabled])", timeout=60_000)
    assert page.evaluate("document.querySelector('#sheet-picture').naturalWidth") > 600
    assert page.locator(".gp-legend__entry").count() >= 1
    assert page.inner_text(".gp-sheet__sources").strip() and page.locator(".gp-sheet__places li").count() > 0
    assert not violations(page)
    pdf = page.pdf(prefer_css_page_size=True, format="A4")
    assert pdf.startswith(b"%PDF") and b"/Image" in pdf and len(pdf) > 30_000
    page.uncheck("#print-list")
    assert not page.is_visible("#sheet-list")


def test_all_there_is_to_know_of_a_layer_is_a_page_without_javascript(visit):
    page = visit("/map/", java_script_enabled=False)
    page.click("#layers summary")
    page.click("a[href='/map/about-layer/pharmacies/']")
    assert page.locator(".gp-legend__entry").count() >= 1
    assert page.locator("main a[href*='/ogcapi/collections/pharmacies/items']").count() >= 2
    assert page.locator("main a[href*='catalogue/items/pharmacies']").count() == 1
