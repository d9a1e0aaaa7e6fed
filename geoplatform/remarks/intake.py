"""Read the form of a remark, keep the remark, find it again, decide it, forget it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform import database
from geoplatform.access import audit
from geoplatform.remarks.models import MAX_TEXT, Kind, Remark, State

#: A decided remark is kept this long, so that who wrote it can read the answer.
KEPT = timedelta(days=180)
MIN_TEXT = 5
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_REFERENCE = re.compile(r"[2-9A-HJKMNP-Z]{10}\Z")


@dataclass
class Said:
    """What the form holds, and its faults by field."""

    kind: str
    text: str
    faults: dict[str, str] = field(default_factory=dict)


def read(form: QueryDict) -> Said:
    """Read the form's fields `kind`, `text` and the one that only programs fill in (`homepage`)."""
    text = unicodedata.normalize("NFC", form.get("text", "").replace("\r\n", "\n").replace("\r", "\n"))
    said = Said(form.get("kind", ""), _CONTROL.sub("", text).strip())
    if said.kind not in Kind.values:
        said.faults["kind"] = _("Choose what it is about.")
    if len(said.text) > MAX_TEXT:
        said.faults["text"] = _("The text has %(count)d characters; at most %(most)d are taken. Shorten it.") % {
            "count": len(said.text),
            "most": MAX_TEXT,
        }
        said.text = said.text[: MAX_TEXT * 2]
    elif len(said.text) < MIN_TEXT:
        said.faults["text"] = _("Write in a few words what is wrong or missing.")
    if form.get("homepage"):
        said.faults["homepage"] = _("The last field must stay empty: only programs fill it in.")
    return said


def same(layer: str, feature: str, said: Said) -> Remark | None:
    """Return the remark that tells just this of the place and still waits: a form sent twice is one remark."""
    found = Remark.objects.filter(layer=layer, feature=feature, kind=said.kind, text=said.text, state=State.new)
    return found.filter(made_at__gt=timezone.now() - timedelta(days=1)).first()


def keep(layer: str, feature: str, place: str, said: Said, *, staff: bool) -> Remark:
    """Keep the remark on a place that is called `place` now."""
    return Remark.objects.create(layer=layer, feature=feature, place=place[:500], kind=said.kind, text=said.text, staff=staff)


def find(reference: str) -> Remark | None:
    """Return the remark with this reference, however it was typed; None when there is none."""
    text = re.sub(r"[\s-]", "", reference[:40]).upper()
    return Remark.objects.filter(reference=text).first() if _REFERENCE.match(text) else None


class NotDecided(Exception):
    """The decision can't be made; the message, in the reader's language, says why."""


def decide(number: int, state: str, *, account: int, note: str = "", answer: str = "", into: str = "") -> Remark:
    """Record what staff decided of the remark `number`, with a line in the audit log. into: reference to merge it into.

    Raises NotDecided: somebody else decided it meanwhile, or the other remark is not one that it can be merged into.
    """
    if state not in (State.accepted, State.rejected, State.merged):
        raise NotDecided(_("Choose a decision."))
    note, answer = (_CONTROL.sub("", text).strip() for text in (note, answer))
    if max(len(note), len(answer)) > MAX_TEXT:
        raise NotDecided(_("A note has at most %(most)d characters.") % {"most": MAX_TEXT})
    with transaction.atomic():
        remark = Remark.objects.select_for_update().filter(pk=number).first()
        if remark is None or remark.state != State.new:
            raise NotDecided(_("Somebody else has decided this remark meanwhile."))
        other = _target(remark, into) if state == State.merged else None
        remark.state, remark.note, remark.answer = state, note, answer
        remark.decided_at, remark.decided_by, remark.merged_into = timezone.now(), account, other
        remark.save()
        # The log is in the other database: when it can't be written, the decision is taken back.
        with database.pool("owner").connection() as conn:
            _log(conn, f"account:{account}", remark, other)
    return remark


def purge() -> int:
    """Remove the remarks that were decided long enough ago; return how many."""
    removed, _by_model = Remark.objects.filter(decided_at__lt=timezone.now() - KEPT).delete()
    if removed:
        with database.pool("owner").connection() as conn:
            audit.note(conn, "schedule", "remark", decision="purged", count=removed)
    return removed


def _target(remark: Remark, reference: str) -> Remark:
    other = find(reference)
    if other is None or other.pk == remark.pk or (other.layer, other.feature) != (remark.layer, remark.feature):
        raise NotDecided(_("To join it with another remark, give the number of one on the same place."))
    if other.state == State.merged:
        raise NotDecided(_("That remark is joined with another one itself; give that one’s number."))
    return other


def _log(conn: Connection, actor: str, remark: Remark, other: Remark | None) -> None:
    detail = {"decision": remark.state, "feature": remark.feature, "remark": remark.reference}
    if other:
        detail["into"] = other.reference
    audit.note(conn, actor, "remark", remark.layer, **detail)
