"""The only way a source goes to the network: bounded, patient with busy servers, and never led anywhere else."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import mkstemp
from typing import IO
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx

from geoplatform.layers.sources.base import SourceContext, SourceError

#: How often a busy server (429, 503) or a failed connection is asked again, and how many seconds in all may pass waiting.
RETRIES = 4
LONGEST_WAIT = 120.0
REDIRECTS = 5
_USER_AGENT = f"geoplatform/{version('geoplatform')} (municipal spatial data platform; layers sync)"


def shown_address(url: str) -> str:
    """Return `url` for messages and reports: without user name, password and query, which may hold secrets."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def same_origin(first: str, second: str) -> bool:
    """Return whether two addresses share scheme, host and port."""
    a, b = urlsplit(first), urlsplit(second)
    ports = {"http": 80, "https": 443}
    return (a.scheme, a.hostname, a.port or ports.get(a.scheme)) == (b.scheme, b.hostname, b.port or ports.get(b.scheme))


class Client:
    """HTTP for source drivers. `sleep` is what waits between tries."""

    def __init__(self, context: SourceContext, sleep: Callable[[float], None] = time.sleep) -> None:
        self.context = context
        self._sleep = sleep
        #: Headers of the last answer.
        self.headers: Mapping[str, str] = {}
        self._spent = 0
        self._waited = 0.0

    def download(self, url: str, *, method: str = "GET", data: dict[str, str] | None = None, accept: str = "*/*") -> Path:
        """Fetch `url` into a file of `context.work` and return it.

        data: form fields of a POST. All downloads of one Client together may have `context.max_bytes`.
        Raises SourceError: no answer, not 200, too large, redirected to where it may not go.
        """
        descriptor, name = mkstemp(dir=self.context.work, prefix="download-")
        path = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            for attempt in range(RETRIES + 1):
                file.seek(0)
                file.truncate()
                wait = self._attempt(url, method, data, accept, file, last=attempt == RETRIES)
                if wait is None:
                    return path
                self._pause(url, attempt, wait)
        raise AssertionError("the last attempt returns or raises")

    def _attempt(
        self, url: str, method: str, data: dict[str, str] | None, accept: str, file: IO[bytes], *, last: bool
    ) -> float | None:
        """Fetch once; return None when done, or the seconds the server asks to wait (0: it does not say)."""
        try:
            with self._response(url, method, data, accept) as response:
                if response.status_code in (429, 503) and not last:
                    return _retry_after(response.headers.get("retry-after"))
                if response.status_code != 200:
                    raise SourceError(
                        f"{shown_address(url)}: the server answered {response.status_code} {response.reason_phrase}"
                    )
                self.headers = response.headers
                declared = response.headers.get("content-length", "")
                if declared.isdigit() and self._spent + int(declared) > self.context.max_bytes:
                    raise self._too_large(url)
                for block in response.iter_bytes(1 << 16):
                    self._spent += len(block)
                    if self._spent > self.context.max_bytes:
                        raise self._too_large(url)
                    file.write(block)
                return None
        except httpx.TimeoutException as error:
            raise SourceError(f"{shown_address(url)}: no answer within {self.context.timeout:g} s") from error
        except httpx.ConnectError as error:
            if last:
                raise SourceError(f"{shown_address(url)}: can't connect: {_reason(error)}") from error
            return 0.0
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{shown_address(url)}: the answer broke off: {_reason(error)}") from error

    @contextmanager
    def _response(self, url: str, method: str, data: dict[str, str] | None, accept: str) -> Iterator[httpx.Response]:
        """Yield the response after following redirects that lead to http(s) and not into a private network."""
        headers = {"user-agent": _USER_AGENT, "accept": accept}
        with httpx.Client(timeout=self.context.timeout, follow_redirects=False) as client:
            address = url
            for _ in range(REDIRECTS + 1):
                with client.stream(method, address, data=data, headers=headers) as response:
                    target = response.headers.get("location") if response.is_redirect else None
                    if target is None:
                        yield response
                        return
                target = urljoin(address, target)
                self._check_redirect(url, address, target)
                if response.status_code in (301, 302, 303):
                    method, data = "GET", None
                address = target
        raise SourceError(f"{shown_address(url)}: more than {REDIRECTS} redirects")

    def _check_redirect(self, url: str, address: str, target: str) -> None:
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceError(f"{shown_address(url)}: redirected to {target[:100]!r}, which is not http(s)")
        if parts.hostname != urlsplit(address).hostname and _leads_inside(parts.hostname):
            raise SourceError(f"{shown_address(url)}: redirected to {shown_address(target)}, which is inside a private network")

    def _pause(self, url: str, attempt: int, asked: float) -> None:
        wait = asked or min(2.0**attempt, 30.0)
        if self._waited + wait > LONGEST_WAIT:
            raise SourceError(f"{shown_address(url)}: the server is busy and asks to wait {wait:.0f} s; try again later")
        self._waited += wait
        self._sleep(wait)

    def _too_large(self, url: str) -> SourceError:
        return SourceError(f"{shown_address(url)}: larger than the {self.context.max_bytes:,} bytes that a source may have")


def _retry_after(value: str | None) -> float:
    """Return the seconds that a Retry-After header asks for, 0 when it is absent or unreadable (RFC 9110, 10.2.3)."""
    if not value:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0


def _leads_inside(host: str) -> bool:
    """Return whether `host` resolves to any address that is not public."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False  # the request itself will say that the name does not resolve
    return any(not ipaddress.ip_address(address.partition("%")[0]).is_global for address in found)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
