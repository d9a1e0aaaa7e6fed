"""Opening hours in one line: whether a place is open, and until or from when, as lists, summaries and cards say it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geoplatform.publicmap import hours
from geoplatform.publicmap.hours import KYIV, Glance, Hours
from geoplatform.publicmap.parameters import Moment


def line(syntax: str | None, moment: Moment) -> str:
    """Return whether a place with these hours is open at `moment` and until when, in words; "not known" where nobody can tell.

    syntax: the source's text, None when it gives none.
    """
    if not syntax:
        return _("opening hours are not known")
    seen = hours.glance(syntax, moment.at)
    if seen is None or seen.state == "unknown":
        return _("it is not known whether it is open")
    if seen.always:
        return _("open round the clock")
    told = change(seen, moment.at, present=moment.now)
    if seen.state == "open":
        return _("open %(until)s") % {"until": told} if told else _("open")
    return _("closed, %(opens)s") % {"opens": told} if told else _("closed")


def change(seen: Glance | Hours, at: datetime, *, present: bool = True) -> str:
    """Return when a place's state at `at` ends: the hour, with the day when it is another; "" when that is not certain.

    present: `at` is now, so that the next day may be called tomorrow.
    """
    end = seen.changes
    if end is None or (seen.state == "closed" and not seen.opens):
        return ""
    today, is_open = at.astimezone(KYIV).date(), seen.state == "open"
    day = formats.date_format(end, "l, j E")
    if not (get_language() or "uk").startswith("en"):
        day = day[:1].lower() + day[1:]  # «вівторок» amid a sentence
    values = {"time": f"{end:%H:%M}", "day": day}
    if end.date() == today:
        wording = _("until %(time)s") if is_open else _("opens at %(time)s")
    elif present and end.date() == today + timedelta(days=1):
        wording = _("until %(time)s tomorrow") if is_open else _("opens at %(time)s tomorrow")
    else:
        wording = _("until %(time)s, %(day)s") if is_open else _("opens at %(time)s, %(day)s")
    return wording % values
