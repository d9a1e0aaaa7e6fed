"""`geometry-precision`: so many digits after the point, at most those that the CRS is served with."""

from __future__ import annotations

import psycopg
import pytest
from werkzeug.test import Client

from tests.integration.serving.asking import ask, link
from tests.integration.serving.layers import definition, put

ITEMS = "/ogcapi/collections/wells/items"
LON, LAT = 32.123456789, 48.987654321
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"


@pytest.fixture(scope="module")
def wells(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """A client of a service with two features whose coordinates have more digits than are served."""
    point = f"POINT({LON} {LAT})"
    put(module_data_db, definition("wells"), [{"id": i, "is_demo": False, "code": i, "geom": point} for i in "ab"])
    return shared_client


@pytest.mark.parametrize(
    ("precision", "coordinates"),
    [
        (None, [32.1234568, 48.9876543]),
        (15, [32.1234568, 48.9876543]),
        (5, [32.12346, 48.98765]),
        (3, [32.123, 48.988]),
        (1, [32.1, 49]),
        (0, [32, 49]),
    ],
)
def test_coordinates_have_the_digits_that_are_asked_for(wells: Client, precision: int | None, coordinates: list[float]):
    asked = {} if precision is None else {"geometry-precision": precision}
    assert ask(wells, ITEMS, **asked)["features"][0]["geometry"]["coordinates"] == coordinates
    assert ask(wells, f"{ITEMS}/a", **asked)["geometry"]["coordinates"] == coordinates
    assert ask(wells, ITEMS, f="jsonfg", **asked)["features"][0]["geometry"]["coordinates"] == coordinates


def test_it_counts_in_the_units_of_the_crs_asked_for(wells: Client):
    exact = ask(wells, ITEMS, crs=MERCATOR)["features"][0]["geometry"]["coordinates"]
    assert [round(number, 3) for number in exact] == exact
    rounded = ask(wells, ITEMS, crs=MERCATOR, **{"geometry-precision": 1})["features"][0]["geometry"]["coordinates"]
    assert rounded == [round(number, 1) for number in rounded] != exact
    assert rounded == pytest.approx(exact, abs=0.051)


def test_the_next_page_has_the_same_digits(wells: Client):
    following = wells.get(link(ask(wells, ITEMS, limit=1, **{"geometry-precision": 2}), "next"))
    assert following.json["features"][0]["geometry"]["coordinates"] == [32.12, 48.99]


@pytest.mark.parametrize("value", ["16", "-1", "2.5", "x", ""])
def test_a_precision_that_makes_no_sense_is_refused(wells: Client, value: str):
    answer = wells.get(f"{ITEMS}?geometry-precision={value}")
    assert answer.status_code == 400 and "geometry-precision" in answer.json["detail"]
