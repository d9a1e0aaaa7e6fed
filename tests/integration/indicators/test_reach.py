"""Who is within reach and who is left out, asked of PostGIS over published layers."""

from __future__ import annotations

import csv
import io
import math

import pytest

from geoplatform.indicators import store
from tests.integration.indicators.conftest import code, indicator


def rows(text: str) -> dict[str, dict[str, str]]:
    """Return the CSV's rows by area."""
    return {row["area"]: row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}


def test_a_settlement_is_within_reach_or_not_and_its_people_are_counted(ask):
    status, text = ask("/en/indicators/reach/?layer=clinics&metres=1000&areas=settlements")
    assert status == 200
    assert "Of 800 residents about 500 are within reach and 300 (37.5 %) are left out." in text
    assert (
        "Left out most: Village 2." in text
        and "1 are wholly" not in text
        and "2 are wholly within reach, 0 in part, 1 not at all" in text
    )
    assert "The number of residents of 1 area is not published: Village 3" in text
    assert "straight lines" in text


def test_the_file_has_every_area_with_the_distance_on_the_ground(ask):
    found = rows(ask("/indicators/reach.csv?layer=clinics&metres=1000&areas=settlements")[1])
    assert set(found) == {"s1", "s2", "s3"}
    north, east = 0.039 * 111_200, 0.039 * 111_320 * math.cos(math.radians(48.53))
    assert float(found["s2"]["metres_to_nearest"]) == pytest.approx(math.hypot(north, east), rel=0.01)
    assert found["s3"]["residents"] == "" and found["s2"]["residents_left_out"] == "300"


def test_of_a_surface_the_part_that_circles_cover_counts(ask, places):
    values = {(code(number), 2024): 1000.0 for number in range(8)}
    store.write(places, indicator("people", kind="count", population=True), values, "test")
    status, text = ask("/en/indicators/reach/?layer=clinics&metres=1500&areas=hromady")
    assert status == 200 and "in part" in text and "Residents are taken as spread evenly" in text
    found = rows(ask("/indicators/reach.csv?layer=clinics&metres=1500&areas=hromady")[1])
    shares = {name: float(row["share_within"]) for name, row in found.items()}
    assert all(0 <= share <= 1 for share in shares.values()) and any(0 < share < 1 for share in shares.values())


@pytest.mark.parametrize(
    "query",
    ["layer=nothing", "layer=clinics&metres=x", "layer=clinics&metres=-5", "layer=clinics&metres=99999999",
        "layer=clinics&areas=clinics",
     "layer=settlements", "layer=%00", "layer=clinics&metres=%D9%A5%D9%A0%D9%A0"],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_in_words(ask, query):
    for path in ("/indicators/reach/", "/indicators/reach.csv"):
        status, text = ask(f"{path}?{query}")
        assert status == 400 and "govuk-error-summary" in text


def test_without_a_layer_the_form_is_shown(ask):
    status, text = ask("/indicators/reach/")
    assert status == 200 and 'id="metres"' in text and 'id="answer"' not in text
