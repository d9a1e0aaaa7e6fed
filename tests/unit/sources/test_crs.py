"""Coordinates to WGS 84: the local systems of Kirovohrad region by the named operation, axis order, and what is refused."""

import numpy as np
import pyproj
import pytest
from osgeo import osr

from geoplatform.layers import crs
from geoplatform.layers.crs import CrsProblem, to_wgs84

#: The middle of Kropyvnytskyi (32.26 E, 48.51 N) as northing, easting.
CITY = {
    "EPSG:5564": (5375509.6546, 6445438.2576),
    "EPSG:6385": (5375509.6546, 245438.2576),
    "EPSG:9840": (5375279.3152, 319325.9825),
}
METRES_PER_DEGREE = np.array([73_900.0, 111_200.0])  # at 48.51 N


def metres(one, other):
    return float(np.hypot(*((np.asarray(one) - np.asarray(other)) * METRES_PER_DEGREE)))


@pytest.mark.parametrize("code", CITY)
def test_the_city_is_where_it_is_by_operation_5840(code):
    way = to_wgs84(code, "authority")
    assert (way.name, way.operation) == (code, "EPSG:5840")
    assert metres(way(np.array([CITY[code]]))[0], (32.26, 48.51)) < 0.01


@pytest.mark.parametrize("code", CITY)
def test_axis_order_xy_takes_the_easting_first(code):
    both = to_wgs84(code, "authority")(np.array([CITY[code]])), to_wgs84(code, "xy")(np.array([CITY[code][::-1]]))
    assert np.array_equal(*both)


@pytest.mark.parametrize("code", CITY)
def test_leaving_the_datum_shift_out_would_move_the_city_by_116_m(code):
    northing, easting = CITY[code]
    unshifted = pyproj.Transformer.from_crs(code, "EPSG:5561", always_xy=True).transform(easting, northing)
    assert metres(unshifted, (32.26, 48.51)) == pytest.approx(116, abs=2)


@pytest.mark.parametrize("code", CITY)
def test_a_prj_file_without_authority_codes_gets_the_same_operation(code):
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(int(code.removeprefix("EPSG:")))
    reference.MorphToESRI()
    way = to_wgs84(reference.ExportToWkt(), "xy")
    assert way.operation == "EPSG:5840"
    assert metres(way(np.array([CITY[code][::-1]]))[0], (32.26, 48.51)) < 0.01


def test_a_towgs84_in_the_file_does_not_override_the_named_operation():
    text = "+proj=tmerc +lat_0=0 +lon_0=33 +k=1 +x_0=6500000 +ellps=krass +towgs84=25,-141,-78.5,0,0.35,0.736,0 +type=crs"
    bound = pyproj.CRS.from_wkt(pyproj.CRS.from_epsg(5564).to_wkt())
    from pyproj.crs import BoundCRS
    from pyproj.crs.coordinate_operation import ToWGS84Transformation

    shift = ToWGS84Transformation(bound.geodetic_crs, 25, -141, -78.5, 0, 0.35, 0.736, 0)
    way = to_wgs84(BoundCRS(bound, pyproj.CRS.from_epsg(4326), shift), "authority")
    assert way.operation == "EPSG:5840"
    assert to_wgs84(text, "xy").operation != "none"


def test_longitude_latitude_is_left_alone_and_latitude_first_is_turned():
    point = np.array([[32.26, 48.51]])
    assert to_wgs84("OGC:CRS84", "authority").identity
    assert to_wgs84("EPSG:4326", "xy").identity
    assert np.array_equal(to_wgs84("EPSG:4326", "authority")(point[:, ::-1]), point)


@pytest.mark.parametrize(
    "text",
    [
        "urn:ogc:def:crs:EPSG::5564",
        "http://www.opengis.net/def/crs/EPSG/0/5564",
        "http://www.opengis.net/gml/srs/epsg.xml#5564",
        "EPSG:5564",
    ],
)
def test_every_way_of_writing_a_crs_means_the_same(text):
    assert crs.name(crs.parse(text)) == "EPSG:5564"


@pytest.mark.parametrize("text", ["EPSG:1", "nonsense", "EPSG:5840", 'LOCAL_CS["x"]'])
def test_what_names_no_usable_crs_is_refused(text):
    with pytest.raises(CrsProblem):
        to_wgs84(text, "xy")


def test_a_missing_operation_is_an_error_and_never_a_null_shift(monkeypatch):
    monkeypatch.setitem(crs.NAMED_OPERATIONS, 5561, 99999)
    with pytest.raises(CrsProblem, match="99999"):
        to_wgs84("EPSG:5564", "authority")


def test_swapped_coordinates_are_seen_by_the_area_of_use_and_by_bounds():
    assert to_wgs84("EPSG:5564", "authority").looks_swapped(np.array([CITY["EPSG:5564"][::-1]]))
    assert not to_wgs84("EPSG:5564", "authority").looks_swapped(np.array([CITY["EPSG:5564"]]))
    here = (31.9, 48.3, 32.6, 48.7)
    lon_lat = to_wgs84("OGC:CRS84", "xy")
    assert lon_lat.looks_swapped(np.array([[48.51, 32.26]]), here)
    assert not lon_lat.looks_swapped(np.array([[32.26, 48.51]]), here)
    assert not lon_lat.looks_swapped(np.array([[np.nan, 32.26]]), here)
