"""Coordinates and boxes in each CRS, held against PostGIS's and PROJ's own answers."""

from __future__ import annotations

from functools import cache

import psycopg
import pyproj
import pytest
from werkzeug.test import Client

from geoplatform.serving.crs import SERVED, Crs
from tests.integration.serving.asking import ask, numbers

#: UCS-2000 to WGS 84, the operation of choice for Ukraine.
DATUM_SHIFT = "urn:ogc:def:coordinateOperation:EPSG::5840"

each_crs = pytest.mark.parametrize("crs", SERVED, ids=lambda crs: crs.uri.rsplit("/", 1)[1])


@cache
def from_degrees(crs: Crs) -> pyproj.Transformer:
    """Return PROJ's way from latitude, longitude to the CRS, in the order that its authority defines."""
    return pyproj.Transformer.from_crs("EPSG:4326", "OGC:CRS84" if crs.uri.endswith("CRS84") else f"EPSG:{crs.srid}")


@each_crs
def test_coordinates_are_those_of_proj_in_the_authoritys_order(places: Client, crs: Crs) -> None:
    page = ask(places, crs=crs.uri, limit=200)
    tolerance = 1e-6 if crs.geographic else 0.01
    for feature in page["features"]:
        number = int(feature["id"][1:])
        expected = from_degrees(crs).transform(48.48 + number // 20 * 0.002, 32.20 + number % 20 * 0.002)
        assert feature["geometry"]["coordinates"] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("srid", [5564, 6385, 9840])
def test_ucs_2000_is_reached_by_the_operation_with_the_datum_shift(places: Client, srid: int) -> None:
    page = ask(places, crs=f"http://www.opengis.net/def/crs/EPSG/0/{srid}", limit=1)
    northing, easting = page["features"][0]["geometry"]["coordinates"]
    unshifted = pyproj.Transformer.from_crs(f"EPSG:{srid}", "EPSG:5561").transform(northing, easting)
    lat, lon = pyproj.Transformer.from_pipeline(DATUM_SHIFT).transform(*unshifted)
    globe = pyproj.Geod(ellps="WGS84")
    assert globe.inv(lon, lat, 32.20, 48.48)[2] < 0.01
    assert globe.inv(unshifted[1], unshifted[0], 32.20, 48.48)[2] > 100, "leaving the shift out would be seen"


@each_crs
def test_content_crs_names_the_crs(places: Client, crs: Crs) -> None:
    for path in ("items?limit=1&", "items/p0001?"):
        answer = places.get(f"/ogcapi/collections/places/{path}crs={crs.uri}")
        assert answer.headers["Content-Crs"] == f"<{crs.uri}>"


@each_crs
@pytest.mark.parametrize("part", [(0.1, 0.3), (0.25, 0.5), (0.5, 0.95)])
def test_bbox_selects_what_postgis_selects(places: Client, module_data_db: psycopg.Connection, crs: Crs, part: tuple) -> None:
    """The box is cut from the layer's extent in the CRS itself; PostGIS transforms every feature for the comparison."""
    low, high = part
    x0, y0, x1, y1 = module_data_db.execute(
        "select ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
        " from (select ST_Extent(ST_Transform(geom, %s)) as e from layers.places) as whole",
        [crs.srid],
    ).fetchone()
    west, east = x0 + (x1 - x0) * low, x0 + (x1 - x0) * high
    south, north = y0 + (y1 - y0) * low, y0 + (y1 - y0) * high
    expected = module_data_db.execute(
        "select array_agg(beds order by beds) from layers.places"
        " where ST_Intersects(ST_Transform(geom, %s), ST_MakeEnvelope(%s, %s, %s, %s, %s))",
        [crs.srid, west, south, east, north, crs.srid],
    ).fetchone()[0]
    box = (south, west, north, east) if crs.northing_first else (west, south, east, north)
    page = ask(places, **{"bbox": ",".join(map(repr, box)), "bbox-crs": crs.uri, "limit": 200})
    assert numbers(page) == expected != []
    assert page["numberMatched"] == len(expected)


def test_bbox_without_crs_is_longitude_latitude(places: Client) -> None:
    assert numbers(ask(places, bbox="32.1995,48.4795,32.2005,48.4805")) == [0]
    assert numbers(ask(places, bbox="48.4795,32.1995,48.4805,32.2005")) == []
    assert numbers(ask(places, bbox="32.1995,48.4795,0,32.2005,48.4805,100")) == [0]


@each_crs
def test_a_box_around_everything_finds_everything(places: Client, crs: Crs) -> None:
    huge = "-1e12,-1e12,1e12,1e12"
    assert ask(places, **{"bbox": huge, "bbox-crs": crs.uri})["numberMatched"] == 200


def test_a_box_may_cross_the_antimeridian(places: Client) -> None:
    assert ask(places, bbox="170,-90,32.2005,90")["numberMatched"] == 10
    assert ask(places, bbox="170,-90,-170,90")["numberMatched"] == 0


def test_axis_order_holds_in_filters_too(places: Client) -> None:
    epsg = "http://www.opengis.net/def/crs/EPSG/0/4326"
    lon_lat, lat_lon = "S_INTERSECTS(geometry,BBOX(32.1995,48.4795,32.2005,48.4805))", "S_INTERSECTS(geometry,POINT(48.48 32.2))"
    assert numbers(ask(places, filter=lon_lat)) == [0]
    assert numbers(ask(places, **{"filter": lat_lon, "filter-crs": epsg})) == [0]
    assert numbers(ask(places, filter=lat_lon)) == []


@pytest.mark.parametrize("srid", [3857, 5564, 6385, 9840])
def test_filter_geometries_are_read_in_their_crs(places: Client, module_data_db: psycopg.Connection, srid: int) -> None:
    x, y = module_data_db.execute(
        "select ST_X(g), ST_Y(g) from (select ST_Transform(geom, %s) as g from layers.places where beds = 42) as one", [srid]
    ).fetchone()
    box = (x - 5, y - 5, x + 5, y + 5) if srid == 3857 else (y - 5, x - 5, y + 5, x + 5)
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{srid}"
    found = ask(places, **{"filter": f"S_INTERSECTS(geometry,BBOX({','.join(map(repr, box))}))", "filter-crs": uri})
    assert numbers(found) == [42]
