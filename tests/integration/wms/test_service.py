"""WMS as clients meet it: through nginx, drawn by MapServer, with OWSLib and GDAL reading it."""

from __future__ import annotations

import concurrent.futures
import json
from xml.etree import ElementTree as ET

import psycopg
import pytest
from osgeo import gdal
from owslib.wms import WebMapService

from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, GREEN, PLACE, RED, WELLS
from tests.maps_stack import Maps
from tests.waiting import until

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_ENABLE_WMS_CACHE", "NO")  # else it answers by itself, from a folder where the tests run


@pytest.fixture(scope="module")
def served(maps: Maps, module_data_db: psycopg.Connection) -> Maps:
    """The public layer `wells` and the staff layer `pipes`."""
    return wells.serve(maps, module_data_db)


@pytest.fixture(scope="module")
def token(served: Maps, module_data_db: psycopg.Connection) -> str:
    """A token of a member of the staff."""
    return wells.token(module_data_db)


def test_a_picture_shows_the_class_colour_at_the_place(served: Maps):
    status, headers, body = served.get(wells.get_map())
    assert (status, headers["content-type"]) == (200, "image/png"), body
    assert wells.pixel(body, 128, 128) == BLUE
    assert wells.pixel(body, 5, 5)[3] == 0


def test_a_picture_may_be_kept_and_is_asked_for_again_by_its_etag(served: Maps):
    _, headers, _ = served.get(wells.get_map())
    assert headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert "Authorization" in headers["vary"]
    status, _, body = served.get(wells.get_map(), If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")


def test_jpeg_is_drawn_on_the_asked_background(served: Maps):
    _, headers, body = served.get(wells.get_map(FORMAT="image/jpeg", TRANSPARENT="FALSE", BGCOLOR="0x00FF00"))
    assert headers["content-type"] == "image/jpeg"
    red, green, blue, _ = wells.pixel(body, 5, 5)
    assert (red < 10, green > 245, blue < 10) == (True, True, True)


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326", "CRS:84", "EPSG:5564", "EPSG:6385", "EPSG:9840", "EPSG:32636"])
def test_feature_info_finds_the_feature_in_every_reference_system(served: Maps, module_data_db: psycopg.Connection, crs: str):
    srid = 4326 if crs == "CRS:84" else int(crs.split(":")[1])
    x, y = module_data_db.execute(
        "select ST_X(g), ST_Y(g) from (select ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s::int) g) s", [*PLACE, srid]
    ).fetchone()
    module_data_db.rollback()
    half = 0.002 if srid == 4326 else 200
    if crs in ("EPSG:4326", "EPSG:5564", "EPSG:6385", "EPSG:9840"):
        x, y = y, x
    box = f"{x - half},{y - half},{x + half},{y + half}"
    asked = {"CRS": crs, "BBOX": box}
    assert wells.pixel(served.get(wells.get_map(**asked))[2], 128, 128) == BLUE
    info = {"REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "wells", "INFO_FORMAT": "application/json", "I": "128", "J": "128"}
    found = json.loads(served.get(wells.get_map(**asked, **info))[2])["features"]
    assert [feature["id"] for feature in found] == ["a"]
    assert found[0]["properties"] == {"code": "a", "kind": "deep", "is_demo": False}


def test_feature_info_as_html_is_in_the_asked_language(served: Maps):
    info = {"REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "wells", "INFO_FORMAT": "text/html", "I": "128", "J": "128"}
    body = served.get(wells.get_map(**info))[2].decode()
    assert "kind українською" in body
    assert "depth" not in body
    assert "kind українською" not in served.get(wells.get_map(LANGUAGE="en", **info))[2].decode()


def test_a_legend_shows_each_class(served: Maps):
    status, headers, body = served.get("/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=wells&FORMAT=image/png")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert {BLUE, RED} <= wells.colours(body)


def test_capabilities_have_the_standards_parts_in_order(served: Maps):
    root = ET.fromstring(served.get("/wms?SERVICE=WMS&REQUEST=GetCapabilities")[2])
    space = "{http://www.opengis.net/wms}"
    assert (root.tag, root.attrib["version"]) == (f"{space}WMS_Capabilities", "1.3.0")
    assert [child.tag for child in root] == [f"{space}Service", f"{space}Capability"]
    layer = root.find(f".//{space}Layer/{space}Layer")
    order = ["Name", "Title", "Abstract", "KeywordList", "CRS", "EX_GeographicBoundingBox", "BoundingBox", "Dimension"]
    order += ["Attribution", "Style", "MinScaleDenominator", "MaxScaleDenominator"]
    places = [order.index(child.tag.removeprefix(space)) for child in layer]
    assert places == sorted(places)


def test_owslib_reads_the_capabilities_and_gets_a_picture(served: Maps):
    service = WebMapService(f"{served.base_url}/wms", version="1.3.0")
    assert list(service.contents) == ["wells"]
    assert service["wells"].title == "wells українською"
    x, y = wells.mercator(*PLACE)
    picture = service.getmap(
        layers=["wells"], srs="EPSG:3857", bbox=(x - 256, y - 256, x + 256, y + 256), size=(256, 256), format="image/png"
    )
    assert BLUE in wells.colours(picture.read())


def test_a_symbol_at_the_layers_edge_lies_inside_the_extent(served: Maps):
    """Clients cut what they ask for to the extent; the first well is its corner."""
    west, south, *_ = WebMapService(f"{served.base_url}/wms", version="1.3.0")["wells"].boundingBoxWGS84
    assert (west, south) < (PLACE[0] - 0.003, PLACE[1])
    assert south < PLACE[1] - 0.002


def test_english_capabilities_lead_to_english_addresses(served: Maps):
    body = served.get("/en/wms?SERVICE=WMS&REQUEST=GetCapabilities")[2].decode()
    assert "/en/wms?" in body
    assert "українською" not in body


def test_gdal_reads_a_picture(served: Maps):
    x, y = wells.mercator(*PLACE)
    source = gdal.Open(
        f"WMS:{served.base_url}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=wells&CRS=EPSG:3857"
        f"&BBOX={x - 256},{y - 256},{x + 256},{y + 256}&FORMAT=image/png&TRANSPARENT=TRUE"
    )
    found = gdal.Translate("", source, format="MEM", width=256, height=256).ReadAsArray()
    assert tuple(int(band[128, 128]) for band in found[:3]) == BLUE[:3]


def test_a_staff_layer_is_drawn_for_staff_alone(served: Maps, token: str):
    status, headers, body = served.get(wells.get_map("pipes"))
    assert (status, headers["content-type"]) == (400, "text/xml; charset=utf-8")
    assert b'code="LayerNotDefined"' in body
    status, headers, body = served.get(wells.get_map("pipes"), Authorization=f"Bearer {token}")
    assert (status, headers["cache-control"]) == (200, "private, max-age=0, must-revalidate")
    assert wells.pixel(body, 128, 128) == BLUE
    for address in ("/wms?REQUEST=GetCapabilities&SERVICE=WMS", "/wms?SERVICE=WMS&REQUEST=GetLegendGraphic&LAYER=pipes"):
        assert b"about pipes" not in served.get(address)[2]
        assert served.get(address, Authorization=f"Bearer {token}")[0] == 200


def test_nobody_reaches_mapserver_and_mapproxy_past_the_serving_plane(served: Maps, token: str):
    served.get(wells.get_map("pipes"), Authorization=f"Bearer {token}")
    mapfile = next((served.config.run / "mapserver").glob("staff.uk.*.map")).name
    query = wells.get_map("pipes").partition("?")[2]
    assert served.get(f"/-/mapserver/{mapfile}?{query}")[0] == 404
    assert served.get("/-/mapproxy/staff.pipes.1/tiles/layer/webmercator/0/0/0.png")[0] == 404
    assert served.ask(served.config.port_of("mapserver"), f"/{mapfile.removesuffix('.map')}?{query}")[0] == 403
    assert served.ask(served.config.port_of("mapproxy"), "/staff.pipes.1/")[0] == 403
    assert (served.config.run / "nginx" / "nginx.conf").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"LAYERS": "wells;drop"}, "LayerNotDefined"),
        ({"LAYERS": "../../etc/passwd"}, "LayerNotDefined"),
        ({"CRS": "EPSG:1; --"}, "InvalidCRS"),
        ({"BBOX": "nan,0,1,1"}, ""),
        ({"WIDTH": "999999999999"}, ""),
        ({"FORMAT": "application/x-msmetafile"}, "InvalidFormat"),
        ({"STYLES": "<script>"}, "StyleNotDefined"),
        ({"REQUEST": "GetSecret"}, "OperationNotSupported"),
        ({"TIME": "now()", "LAYERS": "wells"}, "InvalidDimensionValue"),
        ({"REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "wells", "I": "-1", "J": "0"}, "InvalidPoint"),
        ({"BBOX": "\x00"}, ""),
    ],
)
def test_a_hostile_parameter_is_a_4xx_in_xml(served: Maps, changes: dict[str, str], code: str):
    status, headers, body = served.get(wells.get_map(**changes))
    assert (status, headers["content-type"]) == (400, "text/xml; charset=utf-8")
    exception = ET.fromstring(body).find("{http://www.opengis.net/ogc}ServiceException")
    assert exception.attrib.get("code", "") == code
    assert exception.text


def test_good_requests_are_answered_among_a_hundred_bad_ones(served: Maps):
    bad = [wells.get_map(BBOX="x"), wells.get_map(LAYERS="no"), "/tiles/wells/99/0/0.png", "/wmts?REQUEST=GetTile"]
    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        answers = [pool.submit(served.get, bad[i % len(bad)]) for i in range(100)]
        good = [pool.submit(served.get, wells.get_map()) for _ in range(5)]
        assert {answer.result()[0] // 100 for answer in answers} == {4}
        assert all(BLUE in wells.colours(answer.result()[2]) for answer in good)


def test_another_method_is_refused(served: Maps):
    assert served.get("/wms", method="POST")[0] == 405


def test_a_new_style_is_drawn_within_five_seconds(served: Maps, module_data_db: psycopg.Connection):
    classes = [{"value": "deep", "title": wells.text("Deep"), "colour": "#008000"}]
    wells.put(module_data_db, wells.layer(classes=classes), WELLS, 1)
    until(lambda: wells.pixel(served.get(wells.get_map())[2], 128, 128) == GREEN)
    wells.put(module_data_db, wells.layer(), WELLS, 1)
    until(lambda: wells.pixel(served.get(wells.get_map())[2], 128, 128) == BLUE)


def test_drawing_goes_on_when_a_mapserver_process_is_killed(served: Maps):
    import os
    import signal
    from pathlib import Path

    multiwatch = served.processes["mapserver"].pid
    children = Path(f"/proc/{multiwatch}/task/{multiwatch}/children").read_text().split()
    assert len(children) == 2
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    until(lambda: BLUE in wells.colours(served.get(wells.get_map(half=250))[2]))
