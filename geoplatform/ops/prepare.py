"""What must be true before the parts start: room on the disk, free ports, database, schema, static files, first data.

Each slow step is skipped when what it depends on is the same as when it last succeeded.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg

from geoplatform.config import CONTROL_DATABASE, PORT_OFFSETS, PROJECT, Config
from geoplatform.layers import schema
from geoplatform.ops import cluster as clusters
from geoplatform.ops import databases, nginx
from geoplatform.ops import redis as redis_server
from geoplatform.ops.cluster import Cluster
from geoplatform.ops.parts import environment
from geoplatform.ops.system import OpsError, port_holder, port_is_free
from geoplatform.serving.wms import drawing

#: Bytes that must be free: to make everything, and to start again.
FIRST_SPACE, LATER_SPACE = 2 * 2**30, 500 * 2**20
#: What makes a layer's views and what is published beside them.
_VIEWS = ("publishing/publish.py", "publishing/states.py", "publishing/views.py", "layers/published.py")
#: Parts of this release that listen.
LISTENING = ("nginx", "postgres", "redis", "control", "serving", "mapserver", "mapproxy")


def check_machine(config: Config, *, own_postgres: bool) -> None:
    """Raise OpsError, one line, when the disk is too full or a port is taken."""
    first = not (config.var / "postgres.place").exists()
    free = shutil.disk_usage(_existing(config.var)).free
    needed = FIRST_SPACE if first else LATER_SPACE
    if free < needed:
        raise OpsError(
            f"The disk of {config.var} has {free // 2**20} MB free and {needed // 2**20} MB are needed; "
            "make room or let GEOPLATFORM_VAR name another disk."
        )
    for part in LISTENING:
        port = config.port_of(part)
        if (part == "postgres" and not own_postgres) or (part == "redis" and not redis_server.is_own()):
            continue
        host = nginx.listen_address(config).rpartition(":")[0].strip("[]") if part == "nginx" else "127.0.0.1"
        if not port_is_free(port, host):
            holder = port_holder(port)
            raise OpsError(
                f"Port {port}, which {part} needs, is taken{f' by {holder}' if holder else ''}; "
                f"stop that or choose another block of {max(PORT_OFFSETS.values()) + 1} ports by GEOPLATFORM_PORT."
            )


def prepare(config: Config, cluster: Cluster | None, say: Callable[[str], None]) -> str | None:
    """Make or repair everything that is kept, so that the parts can start; PostgreSQL and Redis run meanwhile.

    say: takes one line of progress. Returns the first staff account's password when it was made now, else None.
    Raises OpsError when a step fails.
    """
    drawing.prepare(config)
    if redis_server.is_own():
        redis_server.write_configuration(config)
        redis_server.stop_orphan(redis_server.directory(config))
    if cluster is None:
        databases.check(config)
        with redis_server.running(config):
            return _prepare_contents(config, say)
    if not (cluster.data / "PG_VERSION").exists():
        say(f"making the database cluster in {cluster.home}")
    clusters.create(cluster)
    with clusters.running(cluster), redis_server.running(config):
        databases.set_up(cluster, config)
        return _prepare_contents(config, say)


def _prepare_contents(config: Config, say: Callable[[str], None]) -> str | None:
    """Bring schema, hub, static files and layers up to this version; both services run."""
    try:
        applied = schema.migrate(config.dsn())
    except schema.SchemaError as error:
        raise OpsError(f"The data database can't be brought to this version: {error}") from error
    if applied:
        say(f"schema of the data: {', '.join(applied)}")
    steps = Steps(config)
    password = None
    hub = hub_fingerprint(config)
    if steps.outdated("hub", hub):
        say("preparing the hub (migrations, lists, accounts); the first time takes two minutes")
        words = _python("-m", "django", "prepare_hub").split()
        password = words[1] if len(words) == 2 else None
        steps.done("hub", hub)
    static, stamp = static_fingerprint(), config.var / "static.fingerprint"
    if not stamp.exists() or stamp.read_text() != static or not (config.var / "static").is_dir():
        say("collecting static files")
        _python("-m", "django", "collectstatic", "--noinput", "--verbosity", "0")
        stamp.write_text(static)
    renew_views(config, steps, say)
    _run_lines([sys.executable, "-m", "geoplatform.ops.first_load"], say)
    return password


def renew_views(config: Config, steps: Steps, say: Callable[[str], None]) -> None:
    """Publish the layers again when this version makes their views in another way than the one before."""
    made_by = fingerprint(path for name in _VIEWS for path in _sources(name))
    if not steps.outdated("views", made_by):
        return
    with psycopg.connect(config.dsn()) as conn:
        known = conn.execute("select exists (select from registry.layer)").fetchone()[0]
    if known:
        say("publishing the layers again, since this version makes their views in another way")
        _run_lines([sys.executable, "-m", "geoplatform.ops.republish"], say)
    steps.done("views", made_by)


class Steps:
    """The steps that succeeded, kept in the control database so that they share its fate."""

    def __init__(self, config: Config) -> None:
        self._dsn = config.dsn("owner", CONTROL_DATABASE)
        with psycopg.connect(self._dsn) as conn:
            conn.execute("set client_min_messages = warning")
            conn.execute(
                "create table if not exists geoplatform_step "
                "(name text primary key, fingerprint text not null, at timestamptz not null default now())"
            )

    def outdated(self, name: str, print_: str) -> bool:
        """Tell whether the step `name` must be done: it never was, or with another fingerprint."""
        with psycopg.connect(self._dsn) as conn:
            row = conn.execute("select fingerprint from geoplatform_step where name = %s", (name,)).fetchone()
        return row is None or row[0] != print_

    def done(self, name: str, print_: str) -> None:
        """Note that the step `name` succeeded with this fingerprint."""
        with psycopg.connect(self._dsn) as conn:
            conn.execute(
                "insert into geoplatform_step (name, fingerprint) values (%s, %s) "
                "on conflict (name) do update set fingerprint = excluded.fingerprint, at = now()",
                (name, print_),
            )


def hub_fingerprint(config: Config) -> str:
    """Return what the control database's content depends on: packages, migrations, preparations and the site's address."""
    files = [PROJECT / "uv.lock", *_sources("**/migrations/*.py"), *_sources("hub/*.py"), *_sources("**/fixtures/*")]
    return f"{fingerprint(files)} {config.site_url}"


def static_fingerprint() -> str:
    """Return what the collected static files depend on."""
    # the hub writes the MapStore client's translations while it collects
    patterns = ("**/static/**/*", "hub/mapstore/**/*", "hub/translations.py", "hub/management/commands/collectstatic.py")
    files = [path for pattern in patterns for path in _sources(pattern)]
    return fingerprint([PROJECT / "uv.lock", *files], by_content=False)


def fingerprint(paths: Iterable[Path], *, by_content: bool = True) -> str:
    """Return a hash over the files `paths`: of their contents, or (many, large files) of their sizes and times of change."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0")
            stat = path.stat()
            digest.update(path.read_bytes() if by_content else f"{stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def _sources(pattern: str) -> list[Path]:
    """Return our own files, the plugins' included, that match `pattern`."""
    found = list((PROJECT / "geoplatform").glob(pattern))
    for plugin in (PROJECT / "plugins").glob("*/geoplatform_*"):
        found += plugin.glob(pattern)
    return [path for path in found if "node_modules" not in path.parts]


def _python(*words: str) -> str:
    """Run this Python with `words` in the parts' environment; return what it printed. Raises OpsError when it fails."""
    done = subprocess.run([sys.executable, *words], env=environment(), cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise OpsError(f"{' '.join(words[1:3])} failed: {lines[-1]}")
    return done.stdout


def _run_lines(command: list[str], say: Callable[[str], None]) -> None:
    """Run `command` and pass each line that it prints to `say`. Raises OpsError, its last line, when it fails."""
    last = "no message"
    with subprocess.Popen(
        command, env=environment(), cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            last = line.rstrip()
            say(last)
    if process.returncode:
        raise OpsError(f"loading the layers failed: {last}")


def _existing(path: Path) -> Path:
    """Return `path` or its nearest parent that is there."""
    while not path.exists():
        path = path.parent
    return path
