"""/healthz: asks every part of the installation whether it answers, and names the one that does not."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as PartTimeout
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import psycopg
import psycopg_pool

from geoplatform import config, database
from geoplatform.access.names import LIFE_SIGN
from geoplatform.serving.rastertiles import keeper
from geoplatform.serving.wms import drawing

if TYPE_CHECKING:
    from redis import Redis

#: Seconds for which an answer is given again without asking.
REMEMBERED = 1.0
#: Seconds that a part has to answer.
PATIENCE = 2.5
#: A disk with less free space than this, in bytes, is as good as full.
DISK_FLOOR = 300 * 2**20
#: Set every few seconds by the worker (`geoplatform.ops.heartbeat`), gone soon after it stops.
WORKER_KEY = "geoplatform:alive:worker"

#: Seconds without a sign after which a process that listens nowhere counts as dead.
SILENCE = 20.0


class Sick(Exception):
    """A part does not work; the message says why, in words fit for strangers."""


def application(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer /healthz (WSGI): JSON `{ok, parts: {name: {ok, why?}}}`, 200 when every part answers, else 503."""
    state = _state.get()
    body = orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    start_response(
        "200 OK" if state["ok"] else "503 Service Unavailable",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def ask_all() -> dict:
    """Ask every part at once and return the state; takes at most about PATIENCE seconds."""
    asked = {name: _askers.submit(check) for name, check in CHECKS.items()}
    until = time.monotonic() + PATIENCE
    parts: dict[str, dict] = {}
    for name, future in asked.items():
        try:
            future.result(timeout=max(0.0, until - time.monotonic()))
            parts[name] = {"ok": True}
        except Sick as error:
            parts[name] = {"ok": False, "why": str(error)}
        except PartTimeout:
            parts[name] = {"ok": False, "why": f"does not answer within {PATIENCE} s"}
    parts["serving"] = {"ok": True}  # it is what answers here
    return {"ok": all(part["ok"] for part in parts.values()), "parts": parts}


def _postgres() -> None:
    try:
        with database.pool("public").connection(timeout=PATIENCE - 0.5) as conn:
            conn.execute("select 1")
    except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
        raise Sick("takes no connection") from error


def _redis() -> None:
    import redis  # here: it takes a quarter of this process's start, and no visitor's request needs it

    try:
        _redis_client().ping()
    except redis.RedisError as error:
        raise Sick("does not answer") from error


def _worker() -> None:
    import redis

    try:
        if not _redis_client().exists(WORKER_KEY):
            raise Sick("has given no sign of life for 20 s")
    except redis.RedisError as error:
        raise Sick("can't be asked, since Redis does not answer") from error


def _control() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", config.load().port_of("control"), timeout=PATIENCE - 0.5)
    try:
        connection.request("GET", "/robots.txt", headers={"Host": "localhost"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Sick("does not answer") from error
    finally:
        connection.close()
    if status >= 500:
        raise Sick(f"answers with status {status}")


def _mapserver() -> None:
    # an unknown mapfile: MapServer says so, and that it could say it is what counts
    _ask_drawer("mapserver", "/alive")


def _mapproxy() -> None:
    _ask_drawer("mapproxy", "/")


def _ask_drawer(part: str, path: str) -> None:
    installation = config.load()
    connection = http.client.HTTPConnection("127.0.0.1", installation.port_of(part), timeout=PATIENCE - 0.5)
    try:
        connection.request("GET", path, headers={drawing.SECRET_HEADER: drawing.secret(installation)})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Sick("does not answer") from error
    finally:
        connection.close()
    if status != 200:
        raise Sick(f"answers with status {status}")


def _keeper() -> None:
    _signs(keeper.life_sign(config.load()))


def _access() -> None:
    _signs(config.load().run / LIFE_SIGN)


def _signs(sign: Path) -> None:
    """Raise Sick when the process that touches the file `sign` again and again has not done so for a while."""
    try:
        silent = time.time() - sign.stat().st_mtime
    except FileNotFoundError:
        raise Sick("has not begun yet") from None
    if silent > SILENCE:
        raise Sick(f"has given no sign of life for {silent:.0f} s")


def _nginx() -> None:
    try:
        socket.create_connection(("127.0.0.1", config.load().port), timeout=1).close()
    except OSError as error:
        raise Sick("takes no connection on loopback") from error


def _disk() -> None:
    free = shutil.disk_usage(config.load().var).free
    if free < DISK_FLOOR:
        raise Sick(f"only {free // 2**20} MB are free where the installation writes")


def _redis_client() -> Redis:
    import redis

    global _client
    if _client is None:
        _client = redis.Redis.from_url(config.load().redis_url, socket_timeout=1, socket_connect_timeout=1)
    return _client


class _Remembered:
    """The last state, asked for again when it is older than REMEMBERED; simultaneous requests wait for one asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._state: dict = {}

    def get(self) -> dict:
        with self._lock:
            if time.monotonic() - self._at > REMEMBERED:
                self._state = ask_all()
                self._at = time.monotonic()
            return self._state


CHECKS: dict[str, Callable[[], None]] = {
    "postgres": _postgres,
    "redis": _redis,
    "control": _control,
    "worker": _worker,
    "mapserver": _mapserver,
    "mapproxy": _mapproxy,
    "keeper": _keeper,
    "access": _access,
    "nginx": _nginx,
    "disk": _disk,
}
_askers = ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="health")
_client: Redis | None = None
_state = _Remembered()
