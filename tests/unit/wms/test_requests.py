"""WMS and WMTS requests are read exactly, and each fault is named with its exception code."""

import pytest

from geoplatform.serving.rastertiles import grid, wmts
from geoplatform.serving.wms import request as wms

LAYERS = {"wells": object(), "roads": object()}
GOOD = {
    "VERSION": "1.3.0",
    "LAYERS": "wells,roads",
    "STYLES": "",
    "CRS": "EPSG:3857",
    "BBOX": "0,0,10,20",
    "WIDTH": "256",
    "HEIGHT": "128",
    "FORMAT": "image/png",
}


def test_names_of_parameters_are_read_without_case_and_the_first_value_counts():
    assert wms.parameters([("request", "GetMap"), ("Layers", "a"), ("LAYERS", "b")]) == {"REQUEST": "GetMap", "LAYERS": "a"}


def test_version_1_3_0_reads_the_box_in_the_authoritys_order():
    request = wms.map_request(GOOD | {"CRS": "EPSG:4326", "BBOX": "48,32,49,33"}, LAYERS)
    assert request.bbox == (32, 48, 33, 49)


def test_version_1_1_1_and_crs_84_read_the_box_as_x_y():
    old = {**GOOD, "VERSION": "1.1.1", "SRS": "EPSG:4326", "BBOX": "32,48,33,49"}
    assert wms.map_request(old, LAYERS).bbox == (32, 48, 33, 49)
    assert wms.map_request(GOOD | {"CRS": "CRS:84", "BBOX": "32,48,33,49"}, LAYERS).bbox == (32, 48, 33, 49)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"LAYERS": ""}, "LayerNotDefined", "LAYERS"),
        ({"LAYERS": "wells,secret"}, "LayerNotDefined", "'secret'"),
        ({"LAYERS": ",".join(["wells"] * 51)}, "", "at most 50"),
        ({"STYLES": "fancy"}, "StyleNotDefined", "'fancy'"),
        ({"STYLES": ",,,"}, "StyleNotDefined", "more styles"),
        ({"CRS": "EPSG:99999"}, "InvalidCRS", "CRS"),
        ({"CRS": ""}, "InvalidCRS", "CRS"),
        ({"BBOX": "0,0,10"}, "", "BBOX"),
        ({"BBOX": "0,0,nan,10"}, "", "BBOX"),
        ({"BBOX": "10,0,0,20"}, "", "BBOX"),
        ({"BBOX": "0,0,1e300,20"}, "", "BBOX"),
        ({"WIDTH": "0"}, "", "WIDTH"),
        ({"WIDTH": "5000"}, "", "WIDTH"),
        ({"HEIGHT": "-1"}, "", "HEIGHT"),
        ({"HEIGHT": "²"}, "", "HEIGHT"),
        ({"FORMAT": "image/svg+xml"}, "InvalidFormat", "FORMAT"),
        ({"BGCOLOR": "red"}, "", "BGCOLOR"),
        ({"VERSION": "9"}, "", "VERSION"),
    ],
)
def test_a_faulty_map_request_is_named(change, code, says):
    with pytest.raises(wms.WmsError, match=says) as caught:
        wms.map_request(GOOD | change, LAYERS)
    assert caught.value.code == code


@pytest.mark.parametrize("position", [{"I": "256", "J": "0"}, {"I": "a", "J": "0"}, {"J": "0"}, {"I": "-1", "J": "0"}])
def test_a_pixel_outside_the_picture_is_refused(position):
    with pytest.raises(wms.WmsError) as caught:
        wms.pixel(position, wms.map_request(GOOD, LAYERS))
    assert caught.value.code == "InvalidPoint"


def test_an_unknown_operation_is_not_supported():
    with pytest.raises(wms.WmsError) as caught:
        wms.operation({"REQUEST": "GetSecrets"})
    assert caught.value.code == "OperationNotSupported"


@pytest.mark.parametrize(
    ("change", "code", "locator"),
    [
        ({"LAYER": ""}, "MissingParameterValue", "LAYER"),
        ({"TILEMATRIXSET": "Mars"}, "InvalidParameterValue", "TILEMATRIXSET"),
        ({"TILEMATRIX": "x"}, "InvalidParameterValue", "TILEMATRIX"),
        ({"TILEMATRIX": "21"}, "InvalidParameterValue", "TILEMATRIX"),
        ({"TILEROW": "8"}, "TileOutOfRange", "TILEROW"),
        ({"TILECOL": "99999999"}, "TileOutOfRange", "TILECOL"),
        ({"FORMAT": "image/gif"}, "InvalidParameterValue", "FORMAT"),
    ],
)
def test_a_faulty_tile_request_is_named(change, code, locator):
    good = {"LAYER": "wells", "TILEMATRIXSET": "WebMercatorQuad", "TILEMATRIX": "3", "TILEROW": "1", "TILECOL": "1"}
    wmts.check_tile(good)
    with pytest.raises(wmts.WmtsError) as caught:
        wmts.check_tile(good | change)
    assert (caught.value.code, caught.value.locator) == (code, locator)


def test_a_place_lies_in_the_tile_that_the_standards_formula_gives():
    # x = (lon + 180) / 360 * 2^z, y = (1 - ln(tan lat + sec lat) / pi) / 2 * 2^z: 2415.05 and 1415.11
    assert (grid.column(32.26, 12), grid.row(48.51, 12)) == (2415, 1415)


def test_the_edges_of_the_world_are_the_last_tiles():
    assert (grid.column(180, 3), grid.row(-90, 3)) == (7, 7)
    assert (grid.column(-180, 3), grid.row(90, 3)) == (0, 0)


def test_a_change_touches_its_tiles_and_their_neighbours():
    assert grid.tiles_of((32.26, 48.51, 32.26, 48.51), 12) == (2414, 1414, 2416, 1416)
