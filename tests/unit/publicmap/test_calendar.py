"""Opening hours by the law in force and by Kyiv's clock: holidays that are working days, midnight, both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import State

from geoplatform.publicmap.calendar import KYIV, Calendar, Suspension, suspensions

SUSPENDED = (Suspension(date(2022, 3, 24), date(2027, 6, 30)),)
HOURS = "Mo-Su 09:00-18:00; PH off"
#: Days of the change of clocks, their neighbours, and plain days.
DAYS = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)]


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


def is_open(calendar: Calendar, at: datetime) -> bool:
    return calendar.state(at)[0] == State.OPEN


def test_martial_law_is_data_and_lasts():
    (found,) = suspensions()
    assert found == Suspension(date(2022, 3, 24), None)


def test_holiday_is_a_working_day_while_the_law_says_so():
    calendar = Calendar(HOURS, SUSPENDED)
    assert is_open(calendar, kyiv("2026-12-25T12:00"))
    assert is_open(calendar, kyiv("2026-08-24T12:00"))
    assert not is_open(calendar, kyiv("2027-08-24T12:00")), "it is over"
    assert not is_open(calendar, kyiv("2022-03-08T12:00")), "it had not begun"
    assert not is_open(Calendar(HOURS, ()), kyiv("2026-12-25T12:00"))


def test_change_across_the_end_of_the_law_is_found():
    holiday_only = Calendar("Mo-Su off; PH 10:00-12:00", (Suspension(date(2022, 3, 24), date(2026, 12, 25)),))
    assert holiday_only.next_change(kyiv("2026-12-20T00:00")) == kyiv("2027-01-01T10:00"), "not on the 25th"
    always = Calendar("24/7; PH off", (Suspension(date(2022, 3, 24), date(2026, 12, 24)),))
    assert always.next_change(kyiv("2026-12-20T00:00")) == kyiv("2026-12-25T00:00")
    assert Calendar("24/7", SUSPENDED).next_change(kyiv("2026-12-20T00:00")) is None


def test_intervals_follow_the_law_on_both_sides_of_its_end():
    calendar = Calendar("24/7; PH off", (Suspension(date(2022, 3, 24), date(2026, 12, 25)),))
    spans = list(calendar.intervals(kyiv("2026-12-25T00:00"), kyiv("2027-01-02T00:00")))
    closed = [(begin, end) for begin, end, state, _ in spans if state == State.CLOSED]
    assert closed == [(kyiv("2027-01-01T00:00"), kyiv("2027-01-02T00:00"))]


moments = st.builds(
    lambda day, minute: datetime.combine(day, time(), KYIV).astimezone(UTC) + timedelta(minutes=minute),
    st.sampled_from(DAYS),
    st.integers(0, 25 * 60 - 1),
)


@settings(max_examples=150, deadline=None)
@given(opens=st.integers(0, 23 * 60), lasts=st.integers(30, 16 * 60), at=moments)
def test_open_now_is_what_the_clock_on_the_wall_says(opens, lasts, at):
    closes = opens + lasts
    said = f"{opens // 60:02d}:{opens % 60:02d}-{closes // 60:02d}:{closes % 60:02d}"
    wall = at.astimezone(KYIV)
    minute = wall.hour * 60 + wall.minute
    expected = opens <= minute < closes or minute < closes - 24 * 60  # hours past midnight belong to the day before
    assert is_open(Calendar(f"Mo-Su {said}", SUSPENDED), wall) is expected, (said, wall)


def test_an_hour_that_the_clocks_leave_out_is_no_change():
    calendar = Calendar("Mo-Su 03:00-04:00", SUSPENDED)
    assert calendar.next_change(kyiv("2026-03-28T12:00")) == kyiv("2026-03-30T03:00"), "on the 29th there is no such hour"


@settings(max_examples=80, deadline=None)
@given(opens=st.integers(0, 23), lasts=st.integers(1, 16), at=moments)
def test_next_change_lies_ahead_and_is_one(opens, lasts, at):
    calendar = Calendar(f"Mo-Su {opens:02d}:00-{opens + lasts:02d}:00", SUSPENDED)
    wall = at.astimezone(KYIV)
    change = calendar.next_change(wall)
    assert change is not None and change.astimezone(UTC) > at
    assert calendar.state(change)[0] != calendar.state(wall)[0]
    # Where the clocks leave out just the hour of opening, that day passes without a change.
    left_out = (opens, lasts) == (3, 1) and change.utcoffset() > wall.utcoffset()
    assert change.astimezone(UTC) - at <= timedelta(hours=49 if left_out else 25)
