"""`geoplatform up`, `down` and `status`: one manager process for an installation, found by its recorded id and start time."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from geoplatform.config import Config
from geoplatform.ops import cluster as clusters
from geoplatform.ops import nginx, prepare
from geoplatform.ops import redis as redis_server
from geoplatform.ops.cluster import Cluster
from geoplatform.ops.parts import parts
from geoplatform.ops.supervisor import Supervisor, stop_orphans
from geoplatform.ops.system import OpsError, start_time

#: Seconds after which a start that is not complete is said to be slow.
SLOW_START = 90
ADDRESSES = {"portal": "/", "public map": "/map/", "OGC API": "/ogcapi/", "catalogue": "/catalogue/", "health": "/healthz"}


def up(config: Config, say: Callable[[str], None] = click.echo) -> int:
    """Prepare and run the whole installation until it is stopped; return the exit status.

    say: takes one line of progress, which gets the seconds since the beginning in front.
    Raises OpsError or ConfigError, one line.
    """
    begun = time.monotonic()

    def progress(text: str) -> None:
        say(f"[{time.monotonic() - begun:6.1f} s] {text}")

    config.run.mkdir(parents=True, exist_ok=True)
    # While preparing, a polite end must still stop the services that run meanwhile; later the supervisor takes signals over.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    with _only_one(config):
        if os.geteuid() == 0:
            progress("warning: running as root; a user of its own (see docs/operating.md) limits what a fault can do")
        cluster = own_cluster(config)
        _clear_orphans(config, cluster, progress)
        prepare.check_machine(config, own_postgres=cluster is not None)
        password = prepare.prepare(config, cluster, progress)
        nginx.write_configuration(config)
        nginx.check(config)
        if password:
            progress("the first staff account, shown this once:")
            say(f"           name: staff   password: {password}")
        progress("starting the parts")
        announcer = _Announcer(config, begun, say)
        supervisor = Supervisor(config, parts(config, cluster), announcer.look)
        announcer.say = supervisor.say
        supervisor.loop()
        return supervisor.returncode or 0


def down(config: Config) -> str:
    """Stop the running installation, in order, and return what was done as one line; nothing running is no error."""
    manager = running_manager(config)
    if manager is not None:
        pid, started = manager
        try:
            os.kill(pid, signal.SIGTERM)
        except PermissionError as error:
            raise OpsError(f"The manager (pid {pid}) runs as another user; stop it as that user or as root.") from error
        deadline = time.monotonic() + 150
        while start_time(pid) == started:
            if time.monotonic() > deadline:
                raise OpsError(f"The manager (pid {pid}) has not stopped within 150 s.")
            time.sleep(0.1)
        return "stopped"
    stopped = stop_orphans(config)
    cluster = own_cluster(config) if (config.var / "postgres.place").exists() else None
    if cluster is not None and clusters.stop_orphan(cluster):
        stopped.append("postgres")
    if redis_server.stop_orphan(redis_server.directory(config)):
        stopped.append("redis")
    return f"stopped what a killed manager had left: {', '.join(stopped)}" if stopped else "nothing was running"


def health(config: Config, seconds: float = 5) -> dict | None:
    """Return /healthz as this installation's nginx answers it, or None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", config.port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) and "parts" in answer else None


def running_manager(config: Config) -> tuple[int, int] | None:
    """Return process id and start time of the manager that runs this installation, or None."""
    path = config.run / "up.pid"
    try:
        recorded = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return (recorded["pid"], recorded["started"]) if start_time(recorded["pid"]) == recorded["started"] else None


def own_cluster(config: Config) -> Cluster | None:
    """Return the private cluster, or None when GEOPLATFORM_PGHOST says that PostgreSQL is run by somebody else."""
    return None if os.environ.get("GEOPLATFORM_PGHOST") else clusters.find(config)


class _Announcer:
    """Looks now and then whether everything answers, and says so once."""

    def __init__(self, config: Config, begun: float, say: Callable[[str], None]) -> None:
        self.say = say
        self._config = config
        self._begun = begun
        self._started = time.monotonic()
        self._next = 0.0
        self._announced = False
        self._slow = False

    def look(self) -> None:
        """Ask /healthz at most once a second until it is well; then print the addresses."""
        now = time.monotonic()
        if self._announced or now < self._next:
            return
        self._next = now + 1
        state = health(self._config, seconds=3)
        if state and state["ok"]:
            self._announced = True
            site = self._config.site_url
            self.say(f"everything answers after {now - self._begun:.0f} s")
            for title, path in ADDRESSES.items():
                self.say(f"  {title:<11}{site}{path}")
        elif not self._slow and now - self._started > SLOW_START:
            self._slow = True
            sick = (
                [f"{name} {part['why']}" for name, part in state["parts"].items() if not part["ok"]]
                if state
                else ["nginx is silent"]
            )
            self.say(f"not everything answers yet: {'; '.join(sick)}")


@contextlib.contextmanager
def _only_one(config: Config) -> Iterator[None]:
    """Hold the installation's lock and record the manager; raises OpsError when another one holds it."""
    # A POSIX lock: it is not inherited by the parts, so it ends with this very process.
    with Path(config.run / "up.lock").open("w") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            manager = running_manager(config)
            raise OpsError(
                f"This installation already runs{f' (pid {manager[0]})' if manager else ''}; `geoplatform down` stops it."
            ) from error
        record = config.run / "up.pid"
        record.write_text(json.dumps({"pid": os.getpid(), "started": start_time(os.getpid())}))
        try:
            yield
        finally:
            record.unlink(missing_ok=True)


def _clear_orphans(config: Config, cluster: Cluster | None, progress: Callable[[str], None]) -> None:
    """Stop what a manager that was killed left running."""
    orphans = stop_orphans(config)
    if cluster is not None and clusters.stop_orphan(cluster):
        orphans.append("postgres")
    if redis_server.stop_orphan(redis_server.directory(config)):
        orphans.append("redis")
    if orphans:
        progress(f"stopped what a killed manager had left running: {', '.join(orphans)}")
