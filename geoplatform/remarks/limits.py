"""Protection against floods: how many remarks one address and all together may send; a proof of work raises the limit.

An address is never stored: it is counted under a hash with a random salt that lives a day in the cache and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import json
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import altcha.v1 as altcha
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from geoplatform import config as configuration
from geoplatform.remarks.models import Remark, State

#: Remarks a day from one address, without and with a proof of work.
PER_ADDRESS = {False: 5, True: 20}
#: Remarks an hour from everybody: a flood without proofs leaves room for those who bring one.
PER_HOUR = {False: 200, True: 600}
#: Remarks that wait for staff; more than this nobody reads.
WAITING = 5000
#: Hashes that a browser tries at most: about a second on a phone.
EFFORT = 50_000
PROOF_MINUTES = 20
_DAY, _HOUR = 86_400, 3600

Reason = Literal["address", "everybody", "waiting"]


class TooMany(Exception):
    """The remark is not taken. reason: whose limit is reached."""

    def __init__(self, reason: Reason):
        super().__init__(reason)
        self.reason = reason


def count(address: str, *, proved: bool) -> None:
    """Count a remark from `address`; raises TooMany when it is one too many."""
    count_form("", address, proved=proved)
    if Remark.objects.filter(state=State.new).count() >= WAITING:
        raise TooMany("waiting")


def count_form(name: str, address: str, *, proved: bool) -> None:
    """Count a form from `address` among those called `name`, apart from others; raises TooMany when it is one too many."""
    if _more(f"{name}address:{hashed(address)}", _DAY) > PER_ADDRESS[proved]:
        raise TooMany("address")
    # What is refused for want of a proof takes nothing from those who bring one.
    if (not proved and _more(f"{name}unproved", _HOUR) > PER_HOUR[False]) or _more(f"{name}everybody", _HOUR) > PER_HOUR[True]:
        raise TooMany("everybody")


def counted(name: str, *, seconds: int) -> int:
    """Count one more under `name`, which begins anew `seconds` after the first; return how many there are."""
    return _more(name, seconds)


def hashed(address: str, today: date | None = None) -> str:
    """Return what stands for the address today; tomorrow nobody can tell which address it was."""
    try:
        known = ipaddress.ip_address(address)
        if known.version == 6:  # a household has a whole /64
            address = str(ipaddress.ip_network((known, 64), strict=False))
    except ValueError:
        address = "unknown"
    key = f"remarks:salt:{today or datetime.now(UTC).date()}"
    salt = _cache().get(key)
    if salt is None:
        _cache().add(key, secrets.token_hex(32), timeout=_DAY + _HOUR)
        salt = _cache().get(key)
    return hashlib.sha256(f"{salt}:{address}".encode()).hexdigest()[:32]


def challenge() -> dict[str, Any]:
    """Return a task for the visitor's browser, in ALTCHA's form."""
    made = altcha.create_challenge(
        hmac_key=_key(), max_number=EFFORT, expires=datetime.now(UTC) + timedelta(minutes=PROOF_MINUTES)
    )
    return {
        "algorithm": made.algorithm,
        "challenge": made.challenge,
        "maxnumber": made.max_number,
        "salt": made.salt,
        "signature": made.signature,
    }


def proved(payload: str) -> bool:
    """Return whether `payload` (ALTCHA's, Base64 of JSON) solves a task of ours that is not over and was not used before."""
    if not payload or len(payload) > 2000:
        return False
    try:
        given = json.loads(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return False
    texts = ("algorithm", "challenge", "salt", "signature")
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) for name in texts):
        return False
    if not isinstance(given.get("number"), int) or isinstance(given["number"], bool):
        return False
    right, _fault = altcha.verify_solution({name: given[name] for name in (*texts, "number")}, _key(), check_expires=True)
    return bool(right) and _cache().add(f"remarks:proof:{given['signature'][:128]}", 1, timeout=PROOF_MINUTES * 60 + 60)


def _cache() -> BaseCache:
    """Return the cache that nobody empties but time."""
    return caches["limits"]


def _key() -> str:
    return configuration.load().secret("remarks")


def _more(name: str, seconds: int) -> int:
    """Count one more under `name`, which begins anew `seconds` after the first; return how many there are."""
    key = f"remarks:{name}"
    _cache().add(key, 0, timeout=seconds)
    try:
        return _cache().incr(key)
    except ValueError:  # it ended between the two
        return 1
