"""The installation's private PostgreSQL cluster: made, repaired, started and stopped; loopback only, passwords by SCRAM."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from geoplatform.config import Config
from geoplatform.ops.system import OpsError, as_user, command_of, memory_mb, program, start_time, stop_process

#: PostgreSQL refuses to run as root; this user comes with Debian's package.
SERVICE_USER = "postgres"
SUPERUSER = "postgres"
#: Where the cluster goes when the service user can't reach the var directory (a clone below /root, say).
FALLBACK = Path("/var/lib/geoplatform")
#: Seconds that a server which lives may take to answer: after a power cut it first replays its log, on a slow disk for minutes.
PATIENCE = 600


@dataclass(frozen=True)
class Cluster:
    """One cluster on disk.

    home: directory that holds `data` and nothing of others.
    port: loopback TCP port.
    user: the system user that must run the server, or None for ourselves.
    password: of the superuser.
    """

    home: Path
    port: int
    user: str | None
    password: str

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.home / "data"

    def dsn(self, database: str = "postgres") -> str:
        """Return the superuser's connection string for `database`."""
        return f"host=127.0.0.1 port={self.port} dbname={database} user={SUPERUSER} password={self.password} connect_timeout=5"

    def program(self, name: str) -> str:
        """Return the path of PostgreSQL's own program `name`, of the version that made the cluster if it exists."""
        version = self.data / "PG_VERSION"
        return program(name, *_binary_directories(version.read_text().strip() if version.exists() else None))

    def command(self) -> list[str]:
        """Return the command that runs the server in the foreground."""
        return [*as_user(self.user), self.program("postgres"), "-D", str(self.data)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the service user; raises OpsError with its last words when it fails."""
        name, *arguments = words
        done = subprocess.run(
            [*as_user(self.user), self.program(name), *arguments], cwd=self.home, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise OpsError(f"PostgreSQL's {name} failed in {self.home}: {said[-1]}")
        return done


def find(config: Config) -> Cluster:
    """Return the cluster of this installation; decide and record where it lives when it has no place yet.

    Raises OpsError when the place can't be written.
    """
    user = SERVICE_USER if os.geteuid() == 0 else None
    record = config.var / "postgres.place"
    config.var.mkdir(parents=True, exist_ok=True)
    home = Path(record.read_text().strip()) if record.exists() else _choose_place(config.var, user)
    if (home / "data").exists():
        owner = pwd.getpwuid((home / "data").stat().st_uid).pw_name
        ourselves = pwd.getpwuid(os.geteuid()).pw_name
        if user is None and owner != ourselves:
            raise OpsError(
                f"The database in {home} belongs to user {owner}, and this is {ourselves}; start as root or as {owner}."
            )
        user = None if owner == ourselves else owner
    if not record.exists():
        temporary = record.with_suffix(".new")
        temporary.write_text(f"{home}\n")
        temporary.replace(record)
    return Cluster(home, config.port_of("postgres"), user, config.secret("pg_superuser"))


def create(cluster: Cluster, *, durable: bool = True) -> None:
    """Make the cluster's files if there are none, and write its configuration anew; the server must not be running.

    Idempotent: what a killed run left half-made is made again. `durable=False` is for tests: fast, unsafe against power loss.
    """
    for leftover in cluster.home.glob("new.*"):
        shutil.rmtree(leftover)
    stop_orphan(cluster)
    if not (cluster.data / "PG_VERSION").exists():
        _initdb(cluster)
    _write(cluster, cluster.data / "postgresql.conf", _settings(cluster.port, durable))
    own = cluster.data / "local.conf"
    if not own.exists():  # PostgreSQL complains of a file that is named and missing
        _write(cluster, own, "# Settings of your own; they win over those of postgresql.conf, which each start writes anew.\n")
    # One way in: TCP on loopback, with a password.
    _write(cluster, cluster.data / "pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")


def stop_orphan(cluster: Cluster) -> bool:
    """Stop a server that a killed run left behind and remove a stale pid file; return whether one was running."""
    pid_file = cluster.data / "postmaster.pid"
    if not pid_file.exists():
        return False
    first = pid_file.read_text().partition("\n")[0].strip()
    pid = int(first) if first.lstrip("-").isdigit() else 0
    started = start_time(pid) if pid > 0 else None
    ours = started is not None and str(cluster.data) in command_of(pid)
    if ours:
        stop_process(pid, started, signal.SIGINT, seconds=60)
    # PostgreSQL itself takes a reused process id for a live server and would refuse to start.
    pid_file.unlink(missing_ok=True)
    return ours


@contextlib.contextmanager
def running(cluster: Cluster, log: Path | None = None) -> Iterator[subprocess.Popen]:
    """Run the server while the block lasts, its output appended to `log` (default: `home`/startup.log).

    Raises OpsError when it dies, or does not answer within PATIENCE.
    """
    log = log or cluster.home / "startup.log"
    with log.open("ab") as output:
        process = subprocess.Popen(cluster.command(), cwd=cluster.home, stdout=output, stderr=output, start_new_session=True)
    try:
        wait_ready(cluster, lambda: process.poll() is None, log)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # "fast": cut the sessions, write everything, stop
        process.wait()


def wait_ready(cluster: Cluster, alive: Callable[[], bool], log: Path, seconds: float = PATIENCE) -> None:
    """Wait until the server takes a connection of the superuser; raises OpsError when it dies, refuses or is too slow."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(cluster.dsn()).close()
            return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise OpsError(
                    f"The passwords in secrets.json are not those of the database in {cluster.home}; put its own back."
                ) from error
            if not alive() or time.monotonic() > deadline:
                last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
                raise OpsError(
                    f"PostgreSQL did not start in {cluster.home}: {(last or ['no message'])[0]}; see {log}."
                ) from error
            time.sleep(0.05)


def _choose_place(var: Path, user: str | None) -> Path:
    """Return the directory for the cluster: below var, or below FALLBACK when the service user can't get there."""
    home = var / "postgres"
    home.mkdir(mode=0o700, exist_ok=True)
    if user is None:
        return home
    entry = pwd.getpwnam(user)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    reached = (
        subprocess.run([*as_user(user), "test", "-w", str(home), "-a", "-x", str(home)], check=False, cwd="/").returncode == 0
    )
    if reached:
        return home
    home.rmdir()
    home = FALLBACK / hashlib.sha256(str(var).encode()).hexdigest()[:12]
    FALLBACK.mkdir(mode=0o755, parents=True, exist_ok=True)
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return home


def _initdb(cluster: Cluster) -> None:
    """Make PGDATA beside its place and rename it when it is whole, so that it is either there or not."""
    if cluster.data.exists() and any(cluster.data.iterdir()):
        raise OpsError(f"{cluster.data} holds something that is not a PostgreSQL cluster; move it away and start again.")
    temporary = cluster.home / f"new.{os.getpid()}"
    descriptor, password_file = tempfile.mkstemp(dir=cluster.home)
    try:
        os.write(descriptor, cluster.password.encode())
        _give(cluster, Path(password_file))
        cluster.run(
            "initdb", "--pgdata", str(temporary), "--username", SUPERUSER, "--pwfile", password_file,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8",
            # so that lists sort as Ukrainians expect; keys that must sort by bytes say `collate "C"`
            "--locale-provider", "icu", "--icu-locale", "uk-UA",
            "--data-checksums", "--no-sync",
        )  # fmt: skip
    finally:
        os.close(descriptor)
        Path(password_file).unlink()
    if cluster.data.exists():
        cluster.data.rmdir()
    temporary.rename(cluster.data)


def _settings(port: int, durable: bool) -> str:
    """Return postgresql.conf: what we need, sized by the machine's memory; `local.conf` beside it is the operator's."""
    memory = memory_mb()
    lines = {
        "listen_addresses": "'127.0.0.1'",
        "port": port,
        "unix_socket_directories": "''",
        "password_encryption": "'scram-sha-256'",
        "max_connections": 200,
        "shared_buffers": f"{min(memory // 5, 4096)}MB" if durable else "128MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 512))}MB",
        "random_page_cost": 1.1,
        # geometry functions make plans look dear, and compiling them costs more than it saves on short requests
        "jit": "off",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "idle_in_transaction_session_timeout": "'15min'",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "log_line_prefix": "'%u@%d '",
        # the text of a failing statement may hold personal data
        "log_min_error_statement": "panic",
        "log_statement": "'none'",
        # routine, and as loud as a fault
        "log_checkpoints": "off",
    }
    if not durable:
        lines |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    body = "".join(f"{name} = {value}\n" for name, value in lines.items())
    head = "# Written by geoplatform at each start; put changes of your own into local.conf beside it.\n"
    return f"{head}{body}include_if_exists = 'local.conf'\n"


def _write(cluster: Cluster, path: Path, text: str) -> None:
    """Replace the file `path` in one step, owned by the server's user and closed to others."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.chmod(0o600)
    _give(cluster, temporary)
    temporary.replace(path)


def _give(cluster: Cluster, path: Path) -> None:
    """Make the file `path` the server user's."""
    if cluster.user:
        entry = pwd.getpwnam(cluster.user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _binary_directories(version: str | None) -> list[str]:
    """Return where Debian keeps PostgreSQL's programs, newest first, or only those of major `version`."""
    if version:
        return [f"/usr/lib/postgresql/{version}/bin"]
    return [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))]
