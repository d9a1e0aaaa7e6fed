"""Letters to those who follow: made when there is something to tell, sent once, whatever ends a worker meanwhile.

A letter is made in the transaction that moves on what its follower was told: a change is in exactly one letter. Who sends a
letter claims it first; when it was sent it is removed. A worker that dies in between leaves its claim behind, and after a while
another one sends the letter, under the same Message-ID, by which mail servers and programs know it again.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.utils import translation
from psycopg import Connection
from psycopg import Error as DataError

from geoplatform import database
from geoplatform.changes import difference, following, mail, sealing, subscribing
from geoplatform.changes.difference import Pair
from geoplatform.changes.models import Follower, Letter
from geoplatform.changes.replies import nobody_there
from geoplatform.changes.sealing import Contents, Unreadable
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import conditions, current
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.parameters import Origin

log = logging.getLogger(__name__)

#: Followers looked after, and letters sent, in one run of the task.
_AT_ONCE = 500
#: A claim that is older than this was left behind by a worker that died; it grows with each attempt.
LEASE = timedelta(minutes=10)
#: After so many attempts, a day and a half, a letter is given up and its changes with it.
ATTEMPTS = 24

Send = Callable[[EmailMultiAlternatives], None]
#: Said of the mail server rather than of one letter.
_AWAY = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
)


class _ServerAway(Exception):
    """The mail server takes no letters now."""


def make_due(now: datetime | None = None) -> int:
    """Make the letters of all followers to whom something is to be told now; return how many."""
    now = now or datetime.now(UTC)
    made = 0
    waiting = Follower.objects.filter(confirmed_at__isnull=False, due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    numbers = list(waiting[:_AT_ONCE])
    if not numbers:
        return 0
    with database.pool("public").connection() as conn:
        for number in numbers:
            try:
                with conn.transaction():
                    conn.execute("set transaction isolation level repeatable read, read only")
                    made += _make(conn, number, now)
            except DataError as error:
                if conn.closed:
                    raise
                # one whose question takes too long is asked again later, behind all others: nobody waits for them
                log.warning("follower %d can't be told of changes now: %s", number, type(error).__name__)
                Follower.objects.filter(pk=number).update(due_at=now + subscribing.SOON)
    return made


def _make(conn: Connection, number: int, now: datetime) -> bool:
    """Make the follower's letter if there is something to tell, and move on what was told."""
    with transaction.atomic():
        follower = Follower.objects.select_for_update(skip_locked=True).filter(pk=number, due_at__lte=now).first()
        if follower is None:  # another worker is at it, or was
            return False
        follower.due_at = subscribing.due(follower.frequency, now)
        wanted = False
        try:
            asked, layers = asked_of(conn, sealing.unseal(follower.sealed))
        except (Unreadable, conditions.AreaMissing) as error:
            # what was told stays as it is: when the area is there again, all that happened meanwhile is told
            log.warning("follower %d can't be told of changes now: %s", follower.pk, type(error).__name__)
        else:
            windows = _windows(follower, layers, reached := subscribing.reached(conn))
            wanted = bool(windows) and difference.find(asked, pairs(layers, windows), 0, 0).total > 0
            follower.told = follower.told | reached
            if wanted:
                follower.letters += 1
                Letter.objects.create(follower=follower, number=follower.letters, windows=windows)
        follower.save(update_fields=["told", "due_at", "letters"])
        return wanted


def _windows(follower: Follower, layers: list[PublishedLayer], reached: dict[str, list]) -> dict[str, list[str]]:
    """Return by layer between which moments nothing was told yet."""
    found = {}
    for layer in layers:
        if layer.id in follower.told and layer.id in reached and reached[layer.id][0] > follower.told[layer.id][0]:
            found[layer.id] = [follower.told[layer.id][1], reached[layer.id][1]]
    return found


def pairs(layers: list[PublishedLayer], windows: dict[str, list[str]]) -> list[Pair]:
    """Return what is compared for a letter: each followed layer as it was told before, and as it is told now."""
    return [
        Pair(layer, *(datetime.fromisoformat(moment) for moment in windows[layer.id])) for layer in layers if layer.id in windows
    ]


def asked_of(conn: Connection, contents: Contents) -> tuple[Conditions, list[PublishedLayer]]:
    """Return what is followed, resolved; raises conditions.AreaMissing."""
    available = current.layers(conn)
    origin = None if contents.lon is None or contents.lat is None else Origin(contents.lon, contents.lat, contents.text)
    query, _notices = following.read(QueryDict(contents.query.removeprefix("?")), available, origin)
    return following.resolved(conn, query, available), following.layers(query, available)


def send_waiting(send: Send | None = None, now: datetime | None = None) -> int:
    """Send the letters that wait; return how many were sent. send: what hands a letter to the mail server.

    Once the server does not answer, the other letters wait for the next run: each would hold the worker as long again.
    """
    now = now or datetime.now(UTC)
    free = Letter.objects.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE))
    sent = 0
    for number in list(free.order_by("id").values_list("pk", flat=True)[:_AT_ONCE]):
        letter = _claim(number, now)
        try:
            sent += letter is not None and _sent(letter, send or _hand_over)
        except _ServerAway:
            break
    return sent


def _claim(number: int, now: datetime) -> Letter | None:
    """Claim the letter; None when another worker was faster. The claim is kept before anything is sent."""
    with transaction.atomic():
        letter = Letter.objects.select_for_update(skip_locked=True).select_related("follower").filter(pk=number).first()
        if letter is None or (letter.claimed_at is not None and letter.claimed_at >= now - LEASE * min(letter.attempts, 12)):
            return None
        letter.claimed_at, letter.attempts = now, letter.attempts + 1
        letter.save(update_fields=["claimed_at", "attempts"])
        return letter


def _sent(letter: Letter, send: Send) -> bool:
    """Send the letter and remove it; one that can't be sent now keeps its claim and is tried again later.

    Raises _ServerAway when the mail server does not take any letter.
    """
    try:
        message = message_of(letter)
        if message is not None:
            send(message)
    except Unreadable:
        return _put_off(letter, "its address can't be decrypted: the secret `following` is another one than before")
    except smtplib.SMTPRecipientsRefused as refused:
        if all(nobody_there(code, reason) for code, reason in refused.recipients.values()):
            letter.follower.delete()
            return False
        return _put_off(letter, "the mail server does not take the recipient now")
    except (smtplib.SMTPException, OSError, DataError) as error:
        # an answer of the server may quote the address: only its kind is logged
        _put_off(letter, type(error).__name__)
        if isinstance(error, _AWAY) or (isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)):
            raise _ServerAway from None
        return False
    letter.delete()
    return message is not None


def _put_off(letter: Letter, reason: str) -> bool:
    log.warning("a letter to a follower can't be sent (%s), attempt %d of %d", reason, letter.attempts, ATTEMPTS)
    if letter.attempts >= ATTEMPTS:
        letter.delete()
    return False


def message_of(letter: Letter) -> EmailMultiAlternatives | None:
    """Return the letter as it is sent, None when there is nothing to tell any more. Raises Unreadable, psycopg.Error."""
    follower = letter.follower
    contents = sealing.unseal(follower.sealed)
    with translation.override(contents.language), database.pool("public").connection() as conn, conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        try:
            asked, layers = asked_of(conn, contents)
        except conditions.AreaMissing:
            return None
        if follower.confirmed_at is None:
            return mail.confirmation(letter, contents, asked)
        if not letter.windows:
            return None
        found = difference.find(asked, pairs(layers, letter.windows), 0, mail.MOST)
        return mail.digest(letter, contents, asked, found) if found.total else None


def _hand_over(message: EmailMultiAlternatives) -> None:
    message.send()
