"""Reads who asks from a request: a Bearer token, a token as the password of Basic, or the signed cookie. No Django."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from geoplatform import config, database
from geoplatform.access import cookie, tokens
from geoplatform.access.principal import ANONYMOUS, Principal
from geoplatform.layers.definition import Level

#: Seconds that an answer of the database is believed: a revoked token or a changed group tells within them.
BELIEVED_SECONDS = 2.0
_MOST = 10_000


class Unauthorized(Exception):
    """Credentials were shown that open nothing; the message is one line for a person."""


class _Memory:
    """The last answers, bounded in time and number."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str], tuple[float, Principal | None]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str], ask: Callable[[], Principal | None]) -> Principal | None:
        now = time.monotonic()
        with self._lock:
            kept = self._answers.get(key)
        if kept is not None and now - kept[0] < BELIEVED_SECONDS:
            return kept[1]
        answer = ask()
        with self._lock:
            self._answers[key] = (now, answer)
            self._answers.move_to_end(key)
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return answer


_memory = _Memory()


def forget() -> None:
    """Drop what is remembered; for a process that turns to another database."""
    global _memory
    _memory = _Memory()


def principal_of(environ: Mapping[str, Any]) -> Principal:
    """Return who makes the request with the WSGI `environ`; ANONYMOUS when nothing is shown.

    A cookie that is too old is no fault: its owner is then anonymous. Raises Unauthorized when a header shows a token that opens
    nothing, so that nobody mistakes the public part for all there is.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    if header:
        return _by_header(header)
    text = environ.get("HTTP_COOKIE", "")
    if cookie.NAME in text:
        return _by_cookie(text)
    return ANONYMOUS


def renewed(principal: Principal, environ: Mapping[str, Any]) -> Principal:
    """Return what `principal`, who began the request with this `environ`, is now; a cookie may have grown old meanwhile.

    Raises Unauthorized when the token was revoked or has ended.
    """
    if principal.account is not None and principal.token is None:
        return _of_account(principal.account)
    return principal_of(environ)


def _by_header(header: str) -> Principal:
    scheme, _, value = header.partition(" ")
    token = value.strip()
    if scheme.lower() == "basic":
        try:
            token = base64.b64decode(token, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            raise Unauthorized("The Authorization header is damaged; give a token as the password.") from None
    elif scheme.lower() != "bearer":
        raise Unauthorized("Give a token as 'Authorization: Bearer …', or as the password of Basic.")

    def ask() -> Principal | None:
        with database.pool("public").connection() as conn:
            return tokens.principal(conn, token)

    found = _memory.get(("token", tokens.digest(token)), ask)
    if found is None:
        raise Unauthorized("This token opens nothing: it is mistyped, ended or revoked. Make a new one on your page of tokens.")
    return found


def _by_cookie(text: str) -> Principal:
    try:
        morsel = SimpleCookie(text).get(cookie.NAME)
    except CookieError:
        return ANONYMOUS
    account = cookie.verify(morsel.value, time.time(), config.load().secret("access_cookie")) if morsel else None
    return ANONYMOUS if account is None else _of_account(account)


def _of_account(account: int) -> Principal:
    def ask() -> Principal | None:
        with database.pool("public").connection() as conn:
            row = conn.execute("select level, groups from access.principal_of_account(%s)", [account]).fetchone()
        return Principal(Level(row[0]), account, frozenset(row[1])) if row else None

    return _memory.get(("account", str(account)), ask) or ANONYMOUS
