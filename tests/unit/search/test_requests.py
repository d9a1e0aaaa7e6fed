"""What a search may be asked with: coordinates in any usual form, parameters with a message for what makes no sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplatform.search import coordinates, request
from geoplatform.search.request import BadRequest


@pytest.mark.parametrize(
    "text",
    [
        "48.5079, 32.2623",
        "48,5079 32,2623",
        "48,5079, 32,2623",
        "32.2623 48.5079",
        "(48.5079; 32.2623)",
        "48.5079N 32.2623E",
        "E32.2623 N48.5079",
        "48°30'28.44\" пн. ш., 32°15'44.28\" сх. д.",
        "48°30.474' 32°15.738'",
    ],
)
def test_coordinates_are_known(text):
    assert coordinates.parse(text) == pytest.approx((32.2623, 48.5079), abs=1e-6)


@pytest.mark.parametrize(
    "text", ["вул. Шевченка 12", "12 5", "48.5", "", "1.5 2 3", "95.1 200.5", "48°75' 32°15'", "48.5N 32.2N"]
)
def test_other_numbers_are_none(text):
    assert coordinates.parse(text) is None


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text):
    found = coordinates.parse(text)
    assert found is None or (-180 <= found[0] <= 180 and -90 <= found[1] <= 90)
    try:
        request.parse([("q", text), ("bbox", text), ("from", text), ("limit", text), ("kind", text)])
    except BadRequest as error:
        assert error.message.uk and error.message.en


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "а" * 10_000),
        ("q", "\0"),
        ("q", "\ud800"),
        ("bbox", "1,2,3"),
        ("bbox", "33,48,32,49"),
        ("bbox", "nan,1,2,3"),
        ("bbox", "1e400,0,1,1"),
        ("from", "31.01.2026"),
        ("from", "2026-02-30"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "²"),
        ("offset", "-1"),
        ("offset", "1000000"),
        ("kind", "Facility'; drop"),
    ],
)
def test_what_makes_no_sense_is_told_by_its_name(name, value):
    with pytest.raises(BadRequest) as refused:
        request.parse([(name, value)])
    assert refused.value.parameter == name


def test_a_parameter_given_twice_is_refused_but_for_the_lists():
    with pytest.raises(BadRequest):
        request.parse([("q", "a"), ("q", "b")])
    assert request.parse([("kind", "street,layer"), ("kind", "street")]).kinds == ("street", "layer")
