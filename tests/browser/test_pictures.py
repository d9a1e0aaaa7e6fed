"""Pictures from above: two dates swiped, one laid below the map as of a date, all without scripts, in both languages."""

from __future__ import annotations

import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from tests.browser.conftest import NARROW, RED, WIDE, violations, wait_for_map
from tests.browser.test_map_tools import open_tool
from tests.browser.test_time import wait_for_both_sides

BLUE = (30, 30, 200)
PAGE = "/map/compare/rasters/?raster=ortho"
LOOKS = pytest.mark.parametrize(
    ("prefix", "viewport"),
    [("", WIDE), ("", NARROW), ("/en", WIDE), ("/en", NARROW)],
    ids=["uk-1280", "uk-360", "en-1280", "en-360"],
)


def colour(page, selector: str, across: float) -> tuple[int, int, int]:
    """Return the colour of the element's picture at half its height and a share of its width."""
    image = Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")
    return image.getpixel((int(image.width * across), image.height // 2))


def near(seen: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 24 for a, b in zip(seen, wanted, strict=True))


@LOOKS
def test_each_state_is_free_of_barriers(visit, raster, prefix, viewport):
    page = visit(f"{prefix}{PAGE}", viewport=viewport, reduced_motion="reduce")
    base = re.match(r"https?://[^/]+", page.url)[0]
    states = {
        "two dates": PAGE,
        "a layer": f"{PAGE}&other=post_offices&bbox=32.25,48.5,32.27,48.52&share=30",
        "our own map": f"{PAGE}&other=own-map",
        "damaged": f"{PAGE}&before=x&bbox=1,1,2,2",
        "about": "/map/about-layer/ortho/",
    }
    found = {}
    for name, path in states.items():
        page.goto(base + prefix + path)
        if name != "about":
            wait_for_both_sides(page)
        found[name] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    page.goto(f"{base}{prefix}/map/?layer=post_offices#base=photo:ortho")
    page.click("#layers > summary")
    found["list of layers"] = violations(page)
    open_tool(page, "layers")
    for details in page.locator("#tool details").all():
        details.evaluate("element => { element.open = true }")
    found["base maps"] = violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the panel scrolls sideways"
    assert not any(found.values()), found


def test_two_dates_are_swiped_by_keyboard_and_the_address_keeps_it(visit, raster):
    page = visit("/map/", reduced_motion="reduce")
    page.click("#layers > summary")
    page.click("#pictures a:has-text('Порівняти дати')")
    wait_for_both_sides(page)
    assert page.is_hidden("#pair")
    page.wait_for_function("() => document.querySelector('#swipe-share').getAttribute('aria-valuetext').includes('50 %')")
    assert near(colour(page, "#swipe-maps", 0.4), BLUE) and near(colour(page, "#swipe-maps", 0.6), RED)
    page.focus("#swipe-share")
    page.keyboard.press("End")
    assert near(colour(page, "#swipe-maps", 0.6), BLUE), "the earlier date everywhere"
    assert "share=100" in page.url and "2019" in page.get_attribute("#swipe-share", "aria-valuetext")
    page.focus("#swipe-right canvas")
    page.keyboard.press("ArrowUp")
    page.wait_for_url("**bbox=**")
    there = parse_qs(urlsplit(page.url).query)["bbox"]
    page.click("button:has-text('Порівняти')")
    wait_for_both_sides(page)
    assert "share=100" in page.url and parse_qs(urlsplit(page.url).query)["bbox"] == there
    assert page.input_value("#swipe-share") == "100"
    page.click(".gp-languages a")
    wait_for_both_sides(page)
    assert "/en/map/compare/rasters/" in page.url and "share=100" in page.url and "May 1, 2019" in page.inner_text("h1 + p")


def test_a_picture_is_laid_below_the_map_as_of_a_date_and_fades(visit, raster):
    page = visit("/map/?layer=post_offices", reduced_motion="reduce")
    wait_for_map(page)
    page.click("#layers > summary")
    with page.expect_request(lambda request: "/tiles/ortho.2023-06-01/" in request.url):
        page.click("#pictures [data-base]")
    page.wait_for_function("() => document.querySelector('#pictures [data-base]').getAttribute('aria-pressed') === 'true'")
    assert "base=photo:ortho" in page.url
    open_tool(page, "layers")
    assert page.is_checked("input[value='photo:ortho']")
    with page.expect_request(lambda request: "/tiles/ortho.2019-05-01/" in request.url):
        page.check("input[value='photo:ortho.2019-05-01']")
    page.focus("#opacity-of-picture")
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute("#opacity-of-picture", "aria-valuetext") == "95 %"
    assert re.search(r"base=photo:ortho\.2019-05-01&picture=95$", page.url), page.url
    paper = page.url.replace("/map/?", "/map/-/print/?")
    page.check("input[name=base][value='photo:ortho']")
    page.keyboard.press("Escape")
    page.click("#time > summary")
    page.fill("#asof", "2021-01-01")
    with page.expect_request(lambda request: "/tiles/ortho.2019-05-01/" in request.url):
        page.click("#time button")
    page.click("#pictures [data-base]")
    page.wait_for_function("() => document.querySelector('#pictures [data-base]').getAttribute('aria-pressed') === 'false'")
    assert "base=" not in page.url
    page.goto(paper)
    page.wait_for_selector("#print-go:enabled")
    assert "01 травня 2019 р.: source українською (CC-BY-4.0)" in page.inner_text(".gp-sheet__sources")
    assert page.inner_text("#sheet-address").count("http") == 1 and "р.." not in page.inner_text(".gp-sheet__sources")


def test_all_of_it_works_without_scripts(visit, raster):
    page = visit("/map/", java_script_enabled=False, viewport=NARROW)
    page.click("#layers > summary")
    assert page.is_hidden("#pictures [data-base]")
    page.click("#pictures a:has-text('Порівняти дати')")
    for number, wanted in enumerate((BLUE, RED)):
        picture = page.locator(".gp-pair__picture").nth(number)
        picture.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        image = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
        assert near(image.getpixel((image.width // 2, image.height // 2)), wanted), number
    assert "Між ними минуло: 4 роки, 1 місяць." in page.inner_text("#summary")
    page.click("a:has-text('Наблизити')")
    assert "bbox=" in page.url
    page.select_option("#other", "post_offices")
    page.click("button:has-text('Порівняти')")
    assert "other=post_offices" in page.url and "bbox=" in page.url
    assert page.locator(".gp-pair__picture").count() == 2 and "Пошта" in page.inner_text(".gp-pair")
    page.goto(page.url.split("?")[0] + "?raster=none")
    assert "Такого знімка чи шару немає" in page.inner_text("main")
