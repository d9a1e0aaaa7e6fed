"""The pages as the server writes them are sound HTML, in both languages, by the rules of html-validate."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.markup import faults, keep, within

PUBLIC = [
    *("/", "/no-such-page/", "/help/"),
    *("/facilities/", "/facilities/?state=unknown&page=2", "/offline/"),
    *("/search/", "/search/?q=nearest+pharmacy", f"/search/?q={quote('аптека')}&offset=20", "/search/?q=zzzzqq"),
    *(f"/search/?q={quote('найближча відкрита аптека біля Садова 5')}", "/search/?q=48.51,32.26", "/search/?q=x&bbox=1"),
    *("/remarks/", "/remarks/?number=x", "/remarks/AAAAAAAAAA/", "/map/pharmacies/none/remark/"),
]
MAP = [
    *("/map/", "/map/?layer=pharmacies&q=%D0%B0", "/map/?page=x", "/map/?page=999", "/map/?chosen=1", "/map/?q=zzzz"),
    *("/map/?category=pharmacy&near=32.26,48.51&walk=1", "/map/?category=pharmacy&near=32.5,48.4&walk=1"),
    *("/map/?q=nearest+pharmacy", "/map/?layer=pharmacies&from=zzzz", "/map/?layer=shelters&open=now&accessible=ramp"),
    *("/map/?layer=pharmacies&profile=wheelchair&sort=fit", "/map/?open=never&near=x&bbox=1&within=far&area=x&sort=x"),
    *(
        "/map/?layer=post_offices&asof=2025-01-01",
        "/map/?asof=x",
        "/map/pharmacies/none/",
        "/map/post_offices/none/?asof=2025-01-01",
    ),
    *("/map/compare/?layer=banks", "/map/compare/?before=x&page=9", "/map/compare/?layer=banks&other=post_offices"),
    *("/map/compare/?chosen=1", "/map/compare/?area=city_districts:none", "/feeds/changes.atom?near=x"),
    *("/follow/?layer=post_offices", "/follow/?chosen=1", "/follow/sent/", "/follow/leave/x/", "/follow/confirm/x/"),
]
TOOLS = [
    *("/map/about-layer/pharmacies/", "/map/about-layer/shelters/", "/map/about-layer/none/"),
    *("/map/-/print/?layer=pharmacies&layer=shelters", "/map/-/print/?category=pharmacy&near=32.26,48.51&walk=1"),
    *("/map/-/print/?bbox=1", "/map/-/print/?chosen=1", "/map/-/print/?layer=post_offices&asof=2025-01-01"),
    *("/map/-/embed/?layer=pharmacies", "/map/-/embed/?chosen=1", "/map/-/embed/?bbox=1"),
    *("/map/-/tools/none/", "/s/none/"),
]
INDICATORS = [
    *("/indicators/", "/indicators/none/", "/indicators/demo_residents/", "/indicators/demo_residents/?year=2023&sort=name"),
    *("/indicators/demo_internet/?method=quantiles&classes=4&page=9", "/indicators/demo_internet/?method=x&year=1900"),
    *("/indicators/demo_internet/?area=UA35040210010286392", "/indicators/reach/"),
    *("/indicators/reach/?layer=pharmacies&metres=1000&areas=city_districts", "/indicators/reach/?layer=x&metres=x&areas=x"),
    *("/indicators/reach/?layer=pharmacies&metres=300&areas=settlements", "/indicators/reach.csv?layer=x"),
]
STAFF = [
    *("/hub/", "/hub/layers/libraries/", "/hub/layers/libraries/versions/", "/hub/layers/libraries/compare/?from=1&to=1"),
    *("/hub/layers/new/", "/hub/publication/", "/account/tokens/", "/help/"),
    *("/hub/facilities/", "/hub/facilities/?q=zzzz", "/hub/facilities/?layer=shelters&state=stale&page=9", "/hub/banner/"),
    *("/hub/remarks/", "/hub/remarks/?state=accepted", "/hub/indicators/", "/hub/indicators/new/"),
    *("/hub/indicators/demo_residents/table/", "/hub/indicators/demo_residents/remove/"),
]
SERVICE = [
    *("/ogcapi/?", "/ogcapi/conformance?", "/ogcapi/openapi?", "/ogcapi/collections?", "/ogcapi/collections/pharmacies?"),
    *("/ogcapi/collections/pharmacies/schema?", "/ogcapi/collections/pharmacies/queryables?", "/ogcapi/TileMatrixSets?"),
    *("/ogcapi/collections/pharmacies/items?limit=5&", "/ogcapi/collections/pharmacies/tiles?", "/ogcapi/styles?"),
    *("/ogcapi/collections/pharmacies/items?bbox=x&", "/ogcapi/no-such?"),
]


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
@pytest.mark.parametrize("paths", [PUBLIC, MAP, TOOLS, INDICATORS], ids=["public", "map", "tools", "indicators"])
def test_pages_of_the_portal_are_sound(stack, tmp_path, prefix, paths):
    for path in paths:
        keep(tmp_path, prefix + path, *stack.get(prefix + path))
    assert faults(tmp_path) == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_pages_of_a_place_and_what_scripts_put_into_the_map_are_sound(stack, raster, tmp_path, prefix):
    """raster: pictures to choose below the map."""
    place = json.loads(stack.get("/ogcapi/collections/pharmacies/items?limit=1&f=json")[2])["features"][0]["id"]
    card = f"/map/pharmacies/{place}/"
    near = "near=32.26,48.51&walk=1"
    for path in (card, f"{card}?profile=wheelchair&{near}", f"{card}remark/", f"/map/?place=pharmacies:{place}&{near}"):
        keep(tmp_path, prefix + path, *stack.get(prefix + path))
    page = stack.get(f"{prefix}/map/?layer=pharmacies")[2]
    status, headers, body = stack.get(f"{prefix}{card}card/?profile=blind")
    keep(tmp_path, "card", status, headers, within(page, "card", body))
    for tool in ("layers/?layer=pharmacies&layer=shelters", "layers/?chosen=1", "own/", "draw/", "share/"):
        status, headers, body = stack.get(f"{prefix}/map/-/tools/{tool}")
        keep(tmp_path, tool, status, headers, within(page, "tool", body))
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
