"""Read the form of the staff page: which facilities, what is said of them; each fault with the field that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from geoplatform.facilities.board import UNKNOWN, Change
from geoplatform.facilities.statements import Ref
from geoplatform.publicmap.hours import KYIV

#: Facilities in one request: as many as the page shows.
MOST_CHOSEN = 300
_LENGTHS = {"note": 500, "note_en": 500, "source": 200, "said_by": 200}


@dataclass
class Said:
    """The form as it was read. chosen: layer, id -> version of the statement that the writer saw, None when there was none.

    faults: field -> what is wrong with it, in the reader's language; then `change` is None.
    """

    chosen: dict[Ref, int | None] = field(default_factory=dict)
    change: Change | None = None
    faults: dict[str, str] = field(default_factory=dict)


def read(form: QueryDict, states: list[str], now: datetime) -> Said:
    """Read the form. states: the codes that may be set besides UNKNOWN; now: aware."""
    said = Said()
    picked = form.getlist("shown" if form.get("all") else "pick")
    for value in picked[: MOST_CHOSEN + 1]:
        parsed = parse_choice(value)
        if parsed is None:
            said.faults["pick"] = _("The list is damaged: open the page again.")
            return said
        said.chosen[parsed[0]] = parsed[1]
    if len(picked) > MOST_CHOSEN:
        said.faults["pick"] = _("Too many at once: at most %(most)d.") % {"most": MOST_CHOSEN}
    elif not picked:
        said.faults["pick"] = _("Choose at least one facility.")
    state = form.get("state", "")
    if state not in states and state != UNKNOWN:
        said.faults["state"] = _("Press the button of the state.")
    texts = {name: " ".join(form.get(name, "").replace("\x00", "").split()) for name in _LENGTHS}
    for name, most in _LENGTHS.items():
        if len(texts[name]) > most:
            said.faults[name] = _("Too long: at most %(most)d characters.") % {"most": most}
    times: dict[str, datetime | None] = {}
    for name in ("known_at", "since", "known_until"):
        times[name], fault = moment_of(form.get(name, ""))
        if fault:
            said.faults[name] = fault
    known_at = times["known_at"] or now
    if known_at > now + timedelta(minutes=5):
        said.faults["known_at"] = _("This time is still to come.")
    if times["known_until"] and times["known_until"] <= now:
        said.faults["known_until"] = _("This time is over already.")
    if times["since"] and times["known_until"] and times["since"] >= times["known_until"]:
        said.faults["since"] = _("The beginning is after the end.")
    if state == "moved" and not texts["note"]:
        said.faults["note"] = _("Write in the note where it has moved.")
    if not said.faults:
        said.change = Change(
            state, known_at, times["since"], times["known_until"], **{name: text or None for name, text in texts.items()}
        )
    return said


def parse_choice(value: str) -> tuple[Ref, int | None] | None:
    """Return the facility and the version that a check box of the page stands for; None for anything else."""
    version, _first, rest = value.partition(":")
    layer, _second, feature = rest.partition(":")
    if not (version.isascii() and version.isdigit() and len(version) < 16 and layer and feature) or "\x00" in value:
        return None
    return (layer, feature), int(version) or None


def choice(ref: Ref, version: int | None) -> str:
    """Return the value of a facility's check box."""
    return f"{version or 0}:{ref[0]}:{ref[1]}"


def moment_of(text: str) -> tuple[datetime | None, str]:
    """Return what a field of date and time says, in Kyiv, and what is wrong with it; None for an empty or faulty one."""
    if not text:
        return None, ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, _("This is no date and time.")
    if not 2000 <= moment.year <= 2100:
        return None, _("This is no date and time.")
    return moment if moment.tzinfo else moment.replace(tzinfo=KYIV), ""
