"""Opening hours: open now and the coming week in Kyiv's time, midnight, holidays and the change of clocks included."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geoplatform.publicmap import hours


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=hours.KYIV)


def spans(day: hours.Day) -> list[str]:
    return [f"{span.since:%H:%M}-{span.until:%H:%M}" for span in day.spans]


@pytest.mark.parametrize(
    ("syntax", "at", "state"),
    [
        ("Mo-Fr 08:00-17:00", "2026-11-23T08:00", "open"),
        ("Mo-Fr 08:00-17:00", "2026-11-23T17:00", "closed"),
        ("Mo-Fr 08:00-17:00", "2026-11-22T12:00", "closed"),
        ("Fr 22:00-06:00", "2026-11-28T05:59", "open"),
        ("Fr 22:00-06:00", "2026-11-28T06:00", "closed"),
        ("Mo-Su 09:00-18:00; PH off", "2026-12-25T12:00", "open"),  # martial law: a working day
        ('Mo-Fr 10:00-12:00 unknown "за домовленістю"', "2026-11-23T11:00", "unknown"),
        ("24/7", "2026-11-23T03:00", "open"),
    ],
)
def test_state_now(syntax, at, state):
    assert hours.read(syntax, kyiv(at)).state == state


def test_time_of_another_zone_is_taken_to_kyiv():
    assert hours.read("Mo 08:00-09:00", datetime(2026, 11, 23, 6, 30, tzinfo=UTC)).state == "open"
    assert hours.read("Mo 08:00-09:00", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)).state == "closed"


def test_week_begins_today_and_night_hours_continue_on_the_next_day():
    read = hours.read("Fr 22:00-06:00", kyiv("2026-11-27T12:00"))
    assert [day.date.day for day in read.week] == [27, 28, 29, 30, 1, 2, 3]
    assert spans(read.week[0]) == ["22:00-00:00"]
    assert spans(read.week[1]) == ["00:00-06:00"]
    assert read.week[2].spans == ()


def test_full_day_after_a_full_day_is_not_lost():
    read = hours.read("Fr 00:00-24:00; Sa 00:00-12:00", kyiv("2026-11-27T12:00"))
    assert read.week[0].whole_day
    assert spans(read.week[1]) == ["00:00-12:00"]


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29"])
def test_day_of_the_clock_change_has_its_own_hours(day):
    read = hours.read("Mo-Su 08:00-20:00", kyiv(f"{day}T00:30"))
    assert [spans(day) for day in read.week] == [["08:00-20:00"]] * 7
    assert read.changes == kyiv(f"{day}T08:00")


def test_round_the_clock_never_changes():
    read = hours.read("24/7", kyiv("2026-11-23T03:00"))
    assert read.always and read.changes is None and all(day.whole_day for day in read.week)


@pytest.mark.parametrize("syntax", ["коли захочемо", "Mo-Fr 25:99", "", "((((", "a" * 9000])
def test_nonsense_is_told_by_none(syntax):
    assert hours.read(syntax, kyiv("2026-11-23T03:00")) is None
