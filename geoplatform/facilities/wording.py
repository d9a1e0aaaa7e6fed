"""A facility's state in the reader's words: what it is, since when it is known, how old the news is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats, timezone
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geoplatform.facilities.statements import NOT_SERVING, Told
from geoplatform.publicmap.hours import KYIV


@dataclass(frozen=True)
class Words:
    """A state in words.

    state: the state itself; tone: `good`, `care`, `bad` or `unknown`, which the page shows besides, never alone.
    age: how long ago it was told, with a warning when that is long; details: the further facts, a sentence each.
    """

    state: str
    tone: str
    age: str
    warning: str
    details: list[str]


def words(told: Told, now: datetime) -> Words:
    """Return how the state is told as of `now` (aware), in the active language."""
    language = get_language() or "uk"
    if told.statement is None:
        if told.own is not None:
            return Words(told.own.in_language(language), "care", _("as its source says"), "", [])
        return Words(_("The state is not known"), "unknown", "", "", [])
    statement = told.statement
    title = statement.title.in_language(language)
    details = []
    if statement.since:
        details.append(_("Since %(time)s.") % {"time": moment(statement.since)})
    if statement.known_until and told.trust != "ended":
        details.append(_("Known until %(time)s.") % {"time": moment(statement.known_until)})
    note = (statement.note_en if language.startswith("en") else None) or statement.note or statement.note_en
    if note:
        details.append(note)
    if statement.source:
        details.append(_("Told by: %(source)s.") % {"source": statement.source})
    age = _("as of %(time)s (%(age)s ago)") % {"time": moment(statement.known_at), "age": ago(statement.known_at, now)}
    if told.trust == "ended":
        was = _("It was “%(state)s” until %(time)s; what it is now nobody has said.") % {
            "state": title,
            "time": moment(statement.known_until),
        }
        return Words(_("The state is not known now"), "unknown", "", was, details)
    warning = ""
    if told.trust == "stale":
        warning = _("This was told long ago and may have changed: ring before you go.")
    return Words(title, _tone(statement.state, told.trust), age, warning, details)


def moment(value: datetime) -> str:
    """Return a moment with its day and the hour in Kyiv."""
    return formats.date_format(value.astimezone(KYIV), "j E Y, H:i")


def ago(value: datetime, now: datetime) -> str:
    """Return the time from `value` to `now` in its largest unit."""
    if now - value < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(timezone.localtime(value, KYIV), timezone.localtime(now, KYIV), depth=1)


def _tone(state: str, trust: str) -> str:
    if state in NOT_SERVING:
        return "bad"
    return "good" if state == "open" and trust == "fresh" else "care"
