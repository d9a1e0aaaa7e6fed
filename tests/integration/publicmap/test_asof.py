"""The moment of the past that an address names: days of Kyiv, across the change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

NOW = datetime(2026, 11, 23, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def asof(django_ready):
    """The module, which needs Django's words."""
    from geoplatform.publicmap import asof

    return asof


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-01", "2026-11-01T21:59:59.999999+00:00"),
        ("2026-07-01", "2026-07-01T20:59:59.999999+00:00"),
        ("2026-03-29", "2026-03-29T20:59:59.999999+00:00"),  # a day of 23 hours
        ("2026-10-25", "2026-10-25T21:59:59.999999+00:00"),  # one of 25
        ("2026-11-23T12:15", "2026-11-23T10:15:00+00:00"),
        ("2026-03-29T03:30", "2026-03-29T01:30:00+00:00"),  # which no clock showed: an hour later
        ("2026-10-25T03:30", "2026-10-25T00:30:00+00:00"),  # which clocks showed twice: the first
    ],
)
def test_a_day_is_its_end_and_a_time_its_minute(asof, text, at):
    notices: list = []
    found = asof.read_asof([text], NOW, notices)
    assert not notices and found.at.astimezone(UTC).isoformat() == at
    if text != "2026-03-29T03:30":
        assert found.text == text


def test_hours_of_a_whole_day_are_looked_at_at_the_time_of_day(asof):
    assert asof.read_asof(["2026-07-01"], NOW, []).clock(NOW).isoformat() == "2026-07-01T12:15:00+03:00"
    assert asof.read_asof(["2026-07-01T09:00"], NOW, []).clock(NOW).isoformat() == "2026-07-01T09:00:00+03:00"


@pytest.mark.parametrize("text", ["", "2026-11-23"])
def test_today_is_the_present(asof, text):
    notices: list = []
    assert asof.read_asof([text], NOW, notices) is None and not notices


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026-11-23T12:16", "9999-12-31", "0000-00-00", "2026-11-01T24:00", "x", "2026-1-1", "٢٠٢٦-١١-٠١"]
)
def test_what_can_not_be_followed_is_an_error(asof, text):
    notices: list = []
    assert asof.read_asof([text], NOW, notices) is None
    assert [notice.level for notice in notices] == ["error"]


def test_of_several_values_the_last_one_counts(asof):
    assert asof.read_asof(["2026-01-01", "2026-02-02", ""], NOW, []).text == "2026-02-02"


def test_days_follow_one_another_without_a_gap(asof):
    moments = [asof.end_of(date(2026, 10, day)) for day in range(20, 31)]
    assert all(0 < (b - a).total_seconds() <= 25 * 3600 for a, b in pairwise(moments))
