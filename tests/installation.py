"""Empty installations for tests: a var directory of their own on free ports, removed afterwards even if the run was killed."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplatform import config as configuration
from geoplatform.ops import cluster as clusters
from geoplatform.ops import redis as redis_server
from geoplatform.ops.cluster import Cluster
from geoplatform.ops.supervisor import stop_orphans
from geoplatform.ops.system import port_is_free, start_time
from geoplatform.ops.up import running_manager

RUNS = Path(tempfile.gettempdir()) / f"geoplatform-tests-{os.getuid()}"


@contextlib.contextmanager
def empty_installation() -> Iterator[dict[str, str]]:
    """An empty var directory (reachable by the postgres user) and a free port block, as environment variables."""
    RUNS.mkdir(mode=0o711, exist_ok=True)
    var = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{start_time(os.getpid())}-", dir=RUNS))
    var.chmod(0o711)
    try:
        yield {"GEOPLATFORM_VAR": str(var), "GEOPLATFORM_PORT": str(free_port_block())}
    finally:
        shutil.rmtree(var)


@contextlib.contextmanager
def temporary_installation(patch: pytest.MonkeyPatch) -> Iterator[configuration.Config]:
    """An empty installation that this process's `config.load()` points to."""
    with empty_installation() as environment:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield configuration.load()


def free_port_block() -> int:
    """Return a port that is free together with those that follow it for the other parts."""
    for _ in range(200):
        port = random.randrange(15000, 32000, 10)
        if all(port_is_free(port + offset) for offset in configuration.PORT_OFFSETS.values()):
            return port
    raise RuntimeError("no block of free ports between 15000 and 32000")


def sweep() -> None:
    """Stop and remove what a killed test run left behind."""
    for var in RUNS.glob("*-*-*") if RUNS.exists() else []:
        pid, started, _ = var.name.split("-", 2)
        if start_time(int(pid)) == int(started):
            continue
        left = configuration.Config(var, None, 0, True, "")
        if manager := running_manager(left):
            os.kill(manager[0], signal.SIGKILL)
        stop_orphans(left)
        for pid_file in var.glob("postgres/data/postmaster.pid"):
            clusters.stop_orphan(Cluster(pid_file.parent.parent, 0, None, ""))
        redis_server.stop_orphan(var / "redis")
        shutil.rmtree(var, ignore_errors=True)
