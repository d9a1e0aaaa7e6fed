"""The date or time that the map is seen as of, read from its address with a notice for what can't be followed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from geoplatform.publicmap import hours
from geoplatform.publicmap.parameters import Notice, shown

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\Z", re.ASCII)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class AsOf:
    """A moment of the past. at: aware, in Kyiv; whole_day: a day was meant, so this is its last moment."""

    at: datetime
    whole_day: bool

    @property
    def text(self) -> str:
        """The moment as an address has it."""
        return f"{self.at:%Y-%m-%d}" if self.whole_day else f"{self.at:%Y-%m-%dT%H:%M}"

    def in_words(self) -> str:
        """Return the moment in the reader's language: «1 листопада 2026 р.», «… о 10:00»."""
        day = formats.date_format(self.at, "DATE_FORMAT")
        return day if self.whole_day else _("%(day)s at %(time)s") % {"day": day, "time": f"{self.at:%H:%M}"}

    def clock(self, now: datetime) -> datetime:
        """Return when opening hours are looked at: of a whole day at the time of day that it is `now` (aware)."""
        if not self.whole_day:
            return self.at
        here = now.astimezone(hours.KYIV).replace(second=0, microsecond=0)
        return _local(datetime.combine(self.at.date(), here.time()))


def read_asof(values: Sequence[str], now: datetime, notices: list[Notice], name: str = "") -> AsOf | None:
    """Read a date (its end is meant) or a time in Kyiv like 2026-11-01T10:00; None for the present, which today's date is.

    now: the present (aware). The last value that is not empty counts. name: what the parameter is for, in the reader's language.
    """
    text = next((value for value in reversed(values) if value), "")
    if not text:
        return None
    try:
        found = _parsed(text)
    except (ValueError, OverflowError):
        notices.append(_refused(_("“%(time)s” is no date: write it like 2026-03-14 or 2026-03-14T10:30."), text, name))
        return None
    if found.at < now:
        return found
    if not (found.whole_day and found.at.date() == now.astimezone(hours.KYIV).date()):
        notices.append(_refused(_("%(time)s is in the future, of which nothing is known."), text, name))
    return None


def end_of(day: date) -> datetime:
    """Return the last moment of a day in Kyiv."""
    return (_local(datetime.combine(day + timedelta(days=1), time.min)).astimezone(UTC) - _MOMENT).astimezone(hours.KYIV)


def _parsed(text: str) -> AsOf:
    if _DATE.match(text):
        return AsOf(end_of(date.fromisoformat(text)), whole_day=True)
    if not _TIME.match(text):
        raise ValueError(text)
    return AsOf(_local(datetime.fromisoformat(text)), whole_day=False)


def _local(naive: datetime) -> datetime:
    """Return the time in Kyiv; one that the clocks leave out in spring is taken an hour later, of two alike the first."""
    return naive.replace(tzinfo=hours.KYIV).astimezone(UTC).astimezone(hours.KYIV)


def _refused(message: str, text: str, name: str) -> Notice:
    told = message % {"time": shown(text)}
    return Notice("error", f"{name}: {told}" if name else f"{told} {_('The present is shown.')}")
