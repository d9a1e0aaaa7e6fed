"""Opening hours in words: whether a place is open now, and its hours for the coming week, in Kyiv's time.

The hours are evaluated rather than translated, so that every form of the OpenStreetMap syntax that the library reads
(seasons, holidays, hours past midnight) is told as what it means on each day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from opening_hours import ParserError, State

from geoplatform.publicmap.calendar import KYIV, Calendar

DAYS = 7


@dataclass(frozen=True)
class Span:
    """Hours within one day; `until` of 00:00 is the day's end. `certain` is False where the source itself does not know."""

    since: time
    until: time
    certain: bool
    comment: str


@dataclass(frozen=True)
class Day:
    """One day's hours, none when closed all day; `date` is its midnight in Kyiv."""

    date: datetime
    spans: tuple[Span, ...]
    whole_day: bool


@dataclass(frozen=True)
class Hours:
    """What a reader needs to know of opening hours.

    state: now; changes: when the state changes next, None when it never does; opens: whether it is then open for certain.
    always: open round the clock.
    week: the coming seven days from today. syntax: the source's own text.
    """

    state: Literal["open", "closed", "unknown"]
    changes: datetime | None
    opens: bool
    always: bool
    week: tuple[Day, ...]
    syntax: str
    comment: str


@dataclass(frozen=True)
class Glance:
    """The state at a moment and when it changes; see `Hours`."""

    state: Literal["open", "closed", "unknown"]
    changes: datetime | None
    opens: bool
    always: bool
    comment: str


def glance(syntax: str, moment: datetime) -> Glance | None:
    """Evaluate `syntax` at `moment` (aware) without the week that follows; None when it can't be understood."""
    hours = _parsed(syntax)
    return None if hours is None else _glance(hours, moment.astimezone(KYIV))


def read(syntax: str, now: datetime) -> Hours | None:
    """Evaluate `syntax` (OpenStreetMap's opening_hours) as of `now` (aware); None when it can't be understood."""
    hours = _parsed(syntax)
    if hours is None:
        return None
    here = now.astimezone(KYIV)
    today = datetime.combine(here.date(), time(), KYIV)
    seen = _glance(hours, here)
    return Hours(
        state=seen.state,
        changes=seen.changes,
        opens=seen.opens,
        always=seen.always,
        week=tuple(_day(hours, today + timedelta(days=offset)) for offset in range(DAYS)),
        syntax=syntax,
        comment=seen.comment,
    )


def state_at(syntax: str, moment: datetime) -> Literal["open", "closed", "unknown"]:
    """Return whether `syntax` means open at `moment` (aware); `unknown` also when it can't be understood."""
    hours = _parsed(syntax)
    return "unknown" if hours is None else _state(hours.state(moment.astimezone(KYIV))[0])


def _glance(hours: Calendar, here: datetime) -> Glance:
    state, comment = hours.state(here)
    changes = hours.next_change(here)
    return Glance(
        state=_state(state),
        changes=changes,
        opens=changes is not None and hours.state(changes)[0] == State.OPEN,
        always=state == State.OPEN and changes is None,
        comment=comment,
    )


@lru_cache(maxsize=20_000)
def _parsed(syntax: str) -> Calendar | None:
    try:
        return Calendar(syntax)
    except ParserError:
        return None


def _state(state: State) -> Literal["open", "closed", "unknown"]:
    return {State.OPEN: "open", State.CLOSED: "closed"}.get(state, "unknown")  # type: ignore[return-value]


def _day(hours: Calendar, midnight: datetime) -> Day:
    """Return the open spans between `midnight` and the next one; hours past midnight continue on the next day.

    Days are added to wall-clock time, so a day of 23 or 25 hours keeps its own midnight.
    """
    following = midnight + timedelta(days=1)
    open_spans = [span for span in hours.intervals(midnight, following) if span[2] != State.CLOSED]
    return Day(
        date=midnight,
        spans=tuple(Span(begin.time(), end.time(), state == State.OPEN, comment) for begin, end, state, comment in open_spans),
        whole_day=any(begin <= midnight and end >= following and state == State.OPEN for begin, end, state, _ in open_spans),
    )
