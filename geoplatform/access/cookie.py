"""The short-lived signed cookie by which the serving plane knows somebody who signed in at the control plane."""

from __future__ import annotations

import hashlib
import hmac
import re

NAME = "geoplatform_access"

#: Seconds that a cookie is believed; the control plane gives a new one while its session lives.
LIFETIME = 900
#: The control plane renews a cookie that is older than this.
RENEW_AFTER = 300

_SHAPE = re.compile(r"1\.(\d{1,18})\.(\d{9,12})\.([0-9a-f]{64})")


def sign(account: int, now: float, key: str) -> str:
    """Return the cookie's value for `account`, believed until LIFETIME seconds after `now` (epoch seconds)."""
    body = f"1.{account}.{int(now) + LIFETIME}"
    return f"{body}.{_signature(body, key)}"


def verify(value: str, now: float, key: str) -> int | None:
    """Return the account that the cookie names, or None when it is forged, damaged or too old."""
    found = _SHAPE.fullmatch(value)
    if found is None:
        return None
    body = value.rpartition(".")[0]
    if not hmac.compare_digest(_signature(body, key), found[3]) or int(found[2]) <= now:
        return None
    return int(found[1])


def due(value: str, account: int, now: float, key: str) -> bool:
    """Return whether the control plane should set a new cookie for `account` instead of `value`."""
    if verify(value, now, key) != account:
        return True
    return int(value.split(".")[2]) - now < LIFETIME - RENEW_AFTER


def _signature(body: str, key: str) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
