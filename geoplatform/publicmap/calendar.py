"""Public holidays as they are in force: opening hours know them unless the law makes them working days (layers/calendar)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from opening_hours import OpeningHours, State

from geoplatform.layers.library import DEFAULT_ROOT

KYIV = ZoneInfo("Europe/Kyiv")
_LONGEST = 366  # days; a longer wait for a change counts as none


@dataclass(frozen=True)
class Suspension:
    """A time in which public holidays are working days: from the day `since` to the day `until`, None while it lasts."""

    since: date
    until: date | None


@cache
def suspensions() -> tuple[Suspension, ...]:
    """Return the times in which holidays are working days, in order. Raises OSError, ValueError when the file is unsound."""
    document = yaml.safe_load((DEFAULT_ROOT / "calendar" / "holidays.yaml").read_text(encoding="utf-8"))
    found = tuple(Suspension(item["since"], item["until"]) for item in document["working"])
    for item in found:
        if not isinstance(item.since, date) or not (item.until is None or item.since <= item.until):
            raise ValueError("holidays.yaml: working: since and until are days, in this order")
    return tuple(sorted(found, key=lambda item: item.since))


class Calendar:
    """Opening hours in Kyiv that know which holidays are in force; the same methods as `opening_hours.OpeningHours`.

    Raises opening_hours.ParserError when `syntax` is none.
    """

    def __init__(self, syntax: str, working: tuple[Suspension, ...] | None = None):
        self._with = OpeningHours(syntax, timezone=KYIV, country="UA", max_interval_days=_LONGEST)
        # the same hours in a country without holidays
        self._without = OpeningHours(syntax, timezone=KYIV, max_interval_days=_LONGEST)
        self._working = suspensions() if working is None else working

    def state(self, moment: datetime) -> tuple[State, str]:
        """Return the state at `moment` (aware) and the comment that goes with it."""
        return self._at(moment).state(moment)

    def next_change(self, moment: datetime) -> datetime | None:
        """Return when the state changes next after `moment`, None for never (or not within a year)."""
        now = self.state(moment)
        for border in self._borders(moment):
            change = self._at(moment).next_change(moment)
            while change is not None and self.state(change) == now:
                # An hour that the clocks leave out in spring opens and closes at once: nobody sees it change.
                change = change.astimezone(UTC).astimezone(KYIV)
                change = self._at(change).next_change(change)
            if change is not None and (border is None or change < border):
                return change
            if border is None:
                return None
            if self.state(border) != now:
                return border
            moment = border
        return None

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, State, str]]:
        """Yield the spans of one state between `start` and `end`."""
        borders = [border for border in self._borders(start) if border is not None and border < end]
        for begin, stop in pairwise([start, *borders, end]):
            yield from self._at(begin).intervals(begin, stop)

    def _at(self, moment: datetime) -> Any:
        day = moment.astimezone(KYIV).date()
        suspended = any(item.since <= day and (item.until is None or day <= item.until) for item in self._working)
        return self._without if suspended else self._with

    def _borders(self, moment: datetime) -> list[datetime | None]:
        """Return the midnights after `moment` at which holidays become working days or cease to be, and None for the end."""
        days = [item.since for item in self._working] + [item.until + timedelta(days=1) for item in self._working if item.until]
        midnights = sorted(datetime.combine(day, time(), KYIV) for day in days)
        return [*(midnight for midnight in midnights if midnight > moment), None]
