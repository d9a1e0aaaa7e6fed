"""Begin to follow by e-mail, confirm it, stop, and forget those who never confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from psycopg import Connection

from geoplatform.changes import sealing
from geoplatform.changes.models import Follower, Frequency, Letter
from geoplatform.changes.sealing import Contents
from geoplatform.publicmap.hours import KYIV
from geoplatform.remarks import limits

#: Who does not confirm within this time is forgotten.
PENDING = timedelta(hours=48)
#: What one address may follow.
PER_ADDRESS = 20
#: Letters a day that ask one address to confirm: nobody can have strangers written to more often.
LETTERS_A_DAY = 3
#: The least time between two letters to who wants to know soon.
SOON = timedelta(minutes=15)
#: An address with a domain that has a dot: one at `localhost` is the mail server's own, no resident's.
_whole = EmailValidator(allowlist=())
#: In the morning, Kyiv time.
_MORNING = time(7)
_MONDAY = 0


def mail_is_set_up() -> bool:
    """Return whether letters leave this installation; without a mail server they only go to files."""
    return not settings.EMAIL_BACKEND.endswith((".filebased.EmailBackend", ".dummy.EmailBackend", ".console.EmailBackend"))


@dataclass(frozen=True)
class Wish:
    """What the form asks for."""

    email: str
    frequency: str
    language: str
    query: str
    lon: float | None
    lat: float | None
    text: str


def valid_address(text: str) -> bool:
    """Return whether a letter may be sent to this address: one, plain, and short enough for every mail server."""
    try:
        _whole(text)
    except ValidationError:
        return False
    return len(text) <= 254 and text.isprintable() and text.isascii()


def follow(wish: Wish) -> None:
    """Keep the wish and have a letter sent that asks to confirm it.

    The caller tells the same whatever happens here: who follows already, or has been asked too often today, gets no letter.
    """
    recipient = sealing.hashed("recipient", wish.email.casefold())
    same = sealing.hashed("same", wish.email.casefold(), wish.query)
    # an address that is asked often, by whomever, gets no more letters today
    if limits.counted(f"following:recipient:{recipient}", seconds=86_400) > LETTERS_A_DAY:
        return
    contents = Contents(wish.email, wish.language, wish.query, wish.lon, wish.lat, wish.text)
    values = {"sealed": sealing.seal(contents), "recipient": recipient, "frequency": Frequency(wish.frequency)}
    try:
        with transaction.atomic():
            follower = Follower.objects.select_for_update().filter(same=same).first()
            if follower is None:
                if Follower.objects.filter(recipient=recipient).count() >= PER_ADDRESS:
                    return
                follower = Follower.objects.create(same=same, **values)
            elif follower.confirmed_at is None:
                Follower.objects.filter(pk=follower.pk).update(made_at=datetime.now(UTC), **values)
            else:
                return
            _ask_to_confirm(follower)
    except IntegrityError:
        return  # the same wish was sent twice at once: the other one's letter is on its way


def _ask_to_confirm(follower: Follower) -> None:
    if not follower.waiting.exists():
        follower.letters += 1
        follower.save(update_fields=["letters"])
        Letter.objects.create(follower=follower, number=follower.letters)


def find(purpose: sealing.Purpose, token: str) -> Follower | None:
    """Return the follower whom a link's token names, None when there is none (any more)."""
    reference = sealing.reference_of(purpose, token)
    return Follower.objects.filter(reference=reference).first() if reference else None


def confirm(follower: Follower, conn: Connection) -> Follower | None:
    """Begin to tell the follower of changes from now on and return them; again, it changes nothing. conn: of the public role.

    None when they have just left, or were forgotten.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        found = Follower.objects.select_for_update().filter(pk=follower.pk).first()
        if found is not None and found.confirmed_at is None:
            found.confirmed_at, found.told, found.due_at = now, reached(conn), due(found.frequency, now)
            found.save(update_fields=["confirmed_at", "told", "due_at"])
        return found


def reached(conn: Connection) -> dict[str, list]:
    """Return version and moment of the newest change of each layer, as `Follower.told` holds them. conn: of the public role.

    A layer's changes are made one after the other under a lock, so what is seen up to a version is complete.
    """
    rows = conn.execute("select distinct on (layer) layer, version, at from pub_public.changes order by layer, version desc")
    return {layer: [version, at.isoformat()] for layer, version, at in rows}


def due(frequency: str, now: datetime) -> datetime:
    """Return when to look for changes next, after `now` (aware)."""
    if frequency == Frequency.soon:
        return now + SOON
    here = now.astimezone(KYIV)
    day = here.date() + timedelta(days=1 if here.time() >= _MORNING else 0)
    if frequency == Frequency.weekly:
        day += timedelta(days=(_MONDAY - day.weekday()) % 7)
    return datetime.combine(day, _MORNING, KYIV).astimezone(UTC)


def leave(follower: Follower) -> None:
    """Forget the follower and all that is kept of them."""
    Follower.objects.filter(pk=follower.pk).delete()


def purge() -> int:
    """Forget who has not confirmed in time; return how many."""
    late = Follower.objects.filter(confirmed_at__isnull=True, made_at__lt=datetime.now(UTC) - PENDING)
    return late.delete()[1].get("changes.Follower", 0)
