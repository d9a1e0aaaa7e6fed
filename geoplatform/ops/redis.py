"""The installation's private Redis: tasks and shared caches, loopback only, with a password, kept on disk. Or somebody else's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from geoplatform.config import Config
from geoplatform.ops.system import OpsError, memory_mb, program, start_time, stop_process

#: Seconds that a server which lives may take to answer: it reads what it kept first.
PATIENCE = 120


def is_own() -> bool:
    """Tell whether the installation runs its Redis itself; GEOPLATFORM_REDIS_URL names one that somebody else runs."""
    return not os.environ.get("GEOPLATFORM_REDIS_URL")


def directory(config: Config) -> Path:
    """Return where Redis keeps its data and configuration."""
    return config.var / "redis"


def write_configuration(config: Config, *, durable: bool = True) -> Path:
    """Write redis.conf and return its path. `durable=False` (tests) keeps nothing on disk."""
    home = directory(config)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = {
        "bind": "127.0.0.1",
        "port": config.port_of("redis"),
        "protected-mode": "yes",
        "requirepass": config.secret("redis"),
        "dir": home,
        "daemonize": "no",
        "pidfile": home / "redis.pid",
        "loglevel": "warning",
        "logfile": '""',
        # a waiting task must outlive a restart
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": f"{min(max(memory_mb() // 16, 128), 1024)}mb",
        # Only what has an expiry (caches, results) may be thrown out; queued tasks have none, so they never are.
        "maxmemory-policy": "volatile-lru",
        "databases": 16,
        "timeout": 0,
        "tcp-keepalive": 60,
    }
    path = home / "redis.conf"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
    return path


def stop_orphan(home: Path) -> bool:
    """Stop a Redis of the directory `home` that a killed run left behind; return whether one was running."""
    pid_file = home / "redis.pid"
    text = pid_file.read_text().strip() if pid_file.exists() else ""
    pid = int(text) if text.isdigit() else 0
    started = start_time(pid) if pid else None
    ours = started is not None and Path(f"/proc/{pid}/cwd").resolve() == home.resolve()
    if ours:
        stop_process(pid, started)
    pid_file.unlink(missing_ok=True)
    return ours


def command(config: Config) -> list[str]:
    """Return the command that runs Redis in the foreground; the password is in its configuration, not in argv."""
    return [program("redis-server"), str(directory(config) / "redis.conf")]


@contextlib.contextmanager
def running(config: Config, log: Path | None = None) -> Iterator[subprocess.Popen | None]:
    """Run Redis while the block lasts, or look whether somebody else's answers.

    Raises OpsError when it does not answer (the private one within PATIENCE).
    """
    if not is_own():
        _ask_foreign(config)
        yield None
        return
    log = log or directory(config) / "startup.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command(config), stdout=output, stderr=output, start_new_session=True)
    try:
        wait_ready(config, lambda: process.poll() is None, log)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait()


def wait_ready(config: Config, alive: Callable[[], bool], log: Path, seconds: float = PATIENCE) -> None:
    """Wait until Redis answers; raises OpsError when it dies or is too slow."""
    deadline = time.monotonic() + seconds
    with redis.Redis.from_url(config.redis_url, socket_timeout=1, socket_connect_timeout=1) as client:
        while True:
            try:
                client.ping()
                return
            except redis.AuthenticationError as error:
                raise OpsError(
                    f"A Redis on port {config.port_of('redis')} does not take our password; it is not this installation's."
                ) from error
            except redis.RedisError as error:
                if not alive() or time.monotonic() > deadline:
                    last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
                    raise OpsError(f"Redis did not start: {(last or ['no message'])[0]}; see {log}.") from error
                time.sleep(0.05)


def _ask_foreign(config: Config) -> None:
    """Raise OpsError when the Redis of GEOPLATFORM_REDIS_URL can't be used, without its address (a password may be in it)."""
    try:
        with redis.Redis.from_url(config.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        reason = "it refuses the password" if isinstance(error, redis.AuthenticationError) else type(error).__name__
        raise OpsError(
            f"The Redis that GEOPLATFORM_REDIS_URL names does not answer ({reason}); start it or mend the address."
        ) from error
