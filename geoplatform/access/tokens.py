"""Tokens for QGIS, scripts and services: made, listed, revoked and looked up; only their SHA-256 is stored.

A token holds 256 random bits, so a plain hash is enough (no dictionary can be tried against it, unlike a password).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from geoplatform.access.principal import Principal
from geoplatform.layers.definition import Level

#: Lets secret scanners recognise a token that was committed by mistake.
PREFIX = "gpt_"
_SHAPE = re.compile(r"gpt_[A-Za-z0-9_-]{43}")

MAX_DAYS = 366
MAX_PER_ACCOUNT = 50


class TokenError(Exception):
    """A token can't be made as asked; the message is one line that says what to change."""


@dataclass(frozen=True)
class Token:
    """A token as its owner sees it in the list; the secret itself is gone."""

    id: str
    name: str
    layers: list[str] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > datetime.now(UTC)


def make(conn: Connection, account: int, name: str, days: int, layers: Collection[str] | None = None) -> str:
    """Store a new token of `account` and return it; it can't be shown again.

    name: what its owner knows it by; days: until it ends, 1 to MAX_DAYS; layers: the only ones it opens, None for no limit.
    conn: of the owner role. Raises TokenError.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise TokenError("name: give the token a name of 1 to 100 characters")
    if not 1 <= days <= MAX_DAYS:
        raise TokenError(f"days: a token lives 1 to {MAX_DAYS} days")
    if layers is not None and not layers:
        raise TokenError("layers: choose at least one layer, or no limit at all")
    token = PREFIX + secrets.token_urlsafe(32)
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s, hashint8(%s))", [0x67707401, account])  # two tabs at once
        count = conn.execute(
            "select count(*) from access.token where account = %s and revoked_at is null and expires_at > now()", [account]
        ).fetchone()[0]
        if count >= MAX_PER_ACCOUNT:
            raise TokenError(f"There are {MAX_PER_ACCOUNT} tokens already; revoke one that is no longer used.")
        conn.execute(
            "insert into access.token (hash, account, name, layers, expires_at) values (%s, %s, %s, %s, %s)",
            [
                _hash(token),
                account,
                name,
                sorted(layers) if layers is not None else None,
                datetime.now(UTC) + timedelta(days=days),
            ],
        )
    return token


def of(conn: Connection, account: int) -> list[Token]:
    """Return the tokens of `account`, newest first. conn: of the owner role."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            "select id::text, name, layers, created_at, expires_at, revoked_at from access.token"
            " where account = %s order by created_at desc",
            [account],
        ).fetchall()


def revoke(conn: Connection, account: int, token_id: str) -> bool:
    """End a token of `account` now; return whether there was such a live one. conn: of the owner role."""
    row = conn.execute(
        "update access.token set revoked_at = now() where id::text = %s and account = %s and revoked_at is null",
        [token_id, account],
    )
    return row.rowcount == 1


def principal(conn: Connection, token: str) -> Principal | None:
    """Return who shows `token`, or None when it opens nothing (unknown, ended, revoked, account gone).

    conn: of the public role.
    """
    if not _SHAPE.fullmatch(token):
        return None
    row = conn.execute(
        "select token, account, level, groups, layers from access.principal_of_token(%s)", [_hash(token)]
    ).fetchone()
    if row is None:
        return None
    token_id, account, level, groups, layers = row
    return Principal(Level(level), account, frozenset(groups), str(token_id), frozenset(layers) if layers is not None else None)


def digest(token: str) -> str:
    """Return what stands for `token` where the token itself must not be kept, such as in memory."""
    return _hash(token).hex()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
