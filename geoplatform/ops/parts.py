"""The parts of an installation: for each one the command that runs it in the foreground and how it is stopped."""

from __future__ import annotations

import os
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from geoplatform.config import PROJECT, Config
from geoplatform.ops import nginx
from geoplatform.ops import redis as redis_server
from geoplatform.ops.cluster import Cluster
from geoplatform.ops.system import program
from geoplatform.serving.wms import drawing

#: Debian's MapServer as a FastCGI program, and the address space that one process of it may take.
MAPSERV = "/usr/lib/cgi-bin/mapserv"
_MAPSERVER_BYTES = 1500 * 2**20

#: Neither program can be told to keep these to itself: they are of the same level as its faults.
_POSTGRES_ROUTINE = re.compile(
    r"LOG:  (starting PostgreSQL|listening on|database system (is ready|was shut down|is shut down)|shutting down"
    r"|received \w+ shutdown request|aborting any active transactions|background worker \"logical replication launcher\")"
)
_REDIS_ROUTINE = re.compile(
    r"Redis is starting|# Redis version=|# Configuration loaded|# Server initialized|WARNING Memory overcommit"
    r"|Received SIGTERM scheduling|# User requested shutdown|# Redis is now ready to exit"
)
_WORKER_ROUTINE = re.compile(r"^\s*$|worker: Warm shutdown")


@dataclass(frozen=True)
class Part:
    """One long-running program.

    stage: parts of one stage start together, when those of the stages before listen; they stop in the opposite order.
    port: what it listens on, or None.
    stop: the signal that lets it finish what it has begun.
    patience: seconds it gets for that before it is killed.
    cwd: the directory it runs in; its user must be able to enter it.
    routine: what a line holds that only says that the part starts or stops as it should; such lines are not shown.
    """

    name: str
    command: list[str]
    stage: int
    port: int | None = None
    stop: signal.Signals = signal.SIGTERM
    patience: float = 15
    cwd: Path = PROJECT
    routine: re.Pattern[str] | None = None


def environment() -> dict[str, str]:
    """Return the environment of the Python parts: ours, with Django's settings module and a flushed output."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "geoplatform.settings.production"),
        "PYTHONUNBUFFERED": "1",
    }


def parts(config: Config, cluster: Cluster | None) -> list[Part]:
    """Return every part in the order of starting; `cluster` is None when PostgreSQL is run by somebody else, as Redis may be."""
    scripts = Path(sys.executable).parent
    found = [
        Part(
            "serving",
            _gunicorn(config, "serving", "geoplatform.serving.app:application", workers="GEOPLATFORM_SERVING_WORKERS"),
            1,
            config.port_of("serving"),
        ),
        Part("nginx", nginx.command(config), 1, config.port, signal.SIGQUIT, 5),
        Part("mapserver", _mapserver(config), 1),
        Part(
            "mapproxy",
            _gunicorn(
                config,
                "mapproxy",
                "geoplatform.serving.rastertiles.mapproxy:make_application()",
                workers="GEOPLATFORM_MAPPROXY_WORKERS",
            ),
            1,
            config.port_of("mapproxy"),
        ),
        Part("keeper", [sys.executable, "-m", "geoplatform.serving.rastertiles.keeper"], 1),
        Part("access", [sys.executable, "-m", "geoplatform.access.projector"], 1),
        Part(
            "control",
            _gunicorn(config, "control", "geoplatform.wsgi:application", workers="GEOPLATFORM_CONTROL_WORKERS"),
            1,
            config.port_of("control"),
        ),
        Part(
            "worker",
            [
                *(str(scripts / "celery"), "-A", "geoplatform.hub.celery", "--quiet"),
                *("worker", "--beat", "--loglevel", "warning"),
                *("--schedule", str(config.run / "celerybeat"), "--pidfile", "", "--without-gossip", "--without-mingle"),
                *("--concurrency", os.environ.get("GEOPLATFORM_WORKERS", "3"), "--max-tasks-per-child", "200"),
            ],
            1,
            patience=30,
            routine=_WORKER_ROUTINE,
        ),
    ]
    if redis_server.is_own():
        found.insert(0, Part("redis", redis_server.command(config), 0, config.port_of("redis"), routine=_REDIS_ROUTINE))
    if cluster is not None:
        # SIGINT is PostgreSQL's "fast": cut the sessions, write everything, stop.
        found.insert(0, Part("postgres", cluster.command(), 0, cluster.port, signal.SIGINT, 60, cluster.home, _POSTGRES_ROUTINE))
    return found


def _mapserver(config: Config) -> list[str]:
    """Return the command of MapServer's processes, which wait on one socket; each that dies is replaced.

    Only nginx's user may reach the socket: whoever does could have any level's map drawn.
    """
    user = nginx.worker_user(config)
    return [
        *("env", *(f"{name}={value}" for name, value in drawing.environment(config).items())),
        *(program("spawn-fcgi"), "-n", "-s", str(drawing.socket(config)), "-M", "0600", *(("-U", user) if user else ()), "--"),
        # a picture of 4096 x 4096 pixels takes 64 MB, libraries and PROJ's database the most of the rest
        *(program("prlimit"), f"--as={_MAPSERVER_BYTES}", program("multiwatch")),
        # MapServer's own handlers of other signals clean up inside the handler and may hang there; it keeps nothing
        *("--signal", "INT", "-f", os.environ.get("GEOPLATFORM_MAPSERVER_PROCESSES", "2"), "--", MAPSERV),
    ]


def _gunicorn(config: Config, name: str, application: str, *, workers: str) -> list[str]:
    """Return the command of one WSGI server on loopback, its settings in `gunicorn_<name>.py` beside this file."""
    return [
        *(str(Path(sys.executable).parent / "gunicorn"), "--config", str(Path(__file__).parent / f"gunicorn_{name}.py")),
        *("--bind", f"127.0.0.1:{config.port_of(name)}", "--workers", os.environ.get(workers, "2"), "--chdir", str(PROJECT)),
        # how long a line may be is nginx's business, whose refusals say what to do
        *("--limit-request-line", "0", "--limit-request-field_size", str(nginx.LONGEST_LINE)),
        *("--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else str(config.run)),  # noqa: S108 - heartbeat files only
        application,
    ]
