"""What is kept of those who follow: encrypted with a key that lies outside the database, and the codes of their links."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cryptography.fernet import Fernet, InvalidToken

from geoplatform import config as configuration

Purpose = Literal["confirm", "leave"]


@dataclass(frozen=True)
class Contents:
    """What is encrypted. query: an address's query string, what is followed; lon, lat, text: where a typed address is."""

    email: str
    language: str
    query: str
    lon: float | None = None
    lat: float | None = None
    text: str = ""


class Unreadable(Exception):
    """What was sealed can't be opened: the key is another one than it was sealed with."""


def seal(contents: Contents) -> bytes:
    """Return the contents encrypted."""
    return _cipher().encrypt(json.dumps(asdict(contents), ensure_ascii=False).encode())


def unseal(sealed: bytes) -> Contents:
    """Return the contents; raises Unreadable."""
    try:
        document: dict[str, Any] = json.loads(_cipher().decrypt(bytes(sealed)))
    except InvalidToken:
        raise Unreadable from None
    return Contents(**document)


def hashed(*parts: str) -> str:
    """Return a hash of the parts that nobody without the key can make."""
    return _code("hash", *parts)


def token(purpose: Purpose, reference: str) -> str:
    """Return what a link for `purpose` to the follower carries; it is stored nowhere."""
    return f"{reference}.{_code(purpose, reference)[:32]}"


def reference_of(purpose: Purpose, given: str) -> str | None:
    """Return the follower's reference that a link's token names, None when this installation did not make it."""
    reference, _dot, _rest = given.partition(".")
    if not given.isascii() or len(given) > 80 or not hmac.compare_digest(given, token(purpose, reference)):
        return None
    return reference


def _code(*parts: str) -> str:
    return hmac.new(_key("codes"), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("sealing")))


def _key(purpose: str) -> bytes:
    """Return a key of its own for each purpose, made from the installation's secret."""
    return hmac.new(configuration.load().secret("following").encode(), purpose.encode(), hashlib.sha256).digest()
