"""Who is within reach and who is left out, asked of PostGIS over published layers."""

from __future__ import annotations

import csv
import io
import math

import pytest

from geoplatform.indicators import store
from geoplatform.layers import described
from geoplatform.walking import build
from tests.integration.indicators.conftest import code, indicator, square
from tests.integration.serving.layers import put
from tests.integration.walking.conftest import RULES, WALKWAYS


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


@pytest.fixture
def streets(places):
    """One street from the first clinic to the east, through the first settlement and past its end."""
    line = ", ".join(f"{lon} 48.51" for lon in (32.255, 32.26, 32.265, 32.27, 32.275, 32.28))
    tags = {"highway": "residential", "foot": None, "access": None, "wheelchair": None}
    put(places, WALKWAYS, [{"id": "w1", "is_demo": True, "code": "w1", "geom": f"MULTILINESTRING(({line}))", **tags}])
    assert build.follow(RULES)


def test_with_streets_distances_are_those_on_foot_and_said_so(ask, places, streets):
    before = rows(ask("/indicators/reach.csv?layer=clinics&metres=1000&areas=settlements")[1])
    assert {row["measured"] for row in before.values()} == {"on_foot", "straight"}
    on_foot = {name for name, row in before.items() if row["measured"] == "on_foot"}
    status, text = ask("/en/indicators/reach/?layer=clinics&metres=1000&areas=settlements")
    assert status == 200
    assert "Distances are those on foot along streets and paths." in text
    assert "not all streets are loaded, so distances are straight there" in text
    assert "The streets are demonstration data." in text and "straight lines" not in text
    assert on_foot and all(before[name]["is_demo"] == "true" for name in on_foot)


def test_of_a_surface_the_part_of_its_streets_counts(ask, places, streets):
    # a block about the street, within what is loaded
    block = {**square(0), "id": "b1", "katottg": "b1", "name": "Квартал", "name_en": "Block"}
    block["geom"] = "MULTIPOLYGON(((32.257 48.505, 32.279 48.505, 32.279 48.515, 32.257 48.515, 32.257 48.505)))"
    put(places, described.library().layers["hromady"], [block], version=2)
    shares = []
    for metres in (200, 400, 900, 2500):
        row = rows(ask(f"/indicators/reach.csv?layer=clinics&metres={metres}&areas=hromady")[1])["b1"]
        assert row["measured"] == "on_foot"
        shares.append(float(row["share_within"]))
    assert shares == sorted(shares) and 0 < shares[0] < shares[2] and shares[3] == 1
