"""The supervisor with a real database and Redis: restart, order of stopping, and what a killed manager leaves behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from geoplatform.ops import cluster as clusters
from geoplatform.ops import redis as redis_server
from geoplatform.ops.supervisor import record_path, stop_orphans
from geoplatform.ops.system import start_time, wait_for_port

MANAGER = """
import sys
from geoplatform import config
from geoplatform.ops import cluster, supervisor
from geoplatform.ops.parts import Part, parts
installation = config.load()
supervisor.DELAYS = (0.05, 0.05, 0.05)
chosen = [part for part in parts(installation, cluster.find(installation)) if part.name in ("postgres", "redis")]
if "broken" in sys.argv:
    chosen.append(Part("broken", [sys.executable, "-c", "print('no such file: settings.yaml'); raise SystemExit(3)"], 1))
if "children" in sys.argv:
    chosen.append(Part("parent", ["sh", "-c", "sleep 1000 & sleep 1000"], 0))
chosen.append(Part("worker", ["sleep", "1000"], 1))
manager = supervisor.Supervisor(installation, chosen)
manager.loop()
sys.exit(manager.returncode)
"""


@pytest.fixture
def installation(fresh_installation):
    cluster = clusters.find(fresh_installation)
    clusters.create(cluster, durable=False)
    redis_server.write_configuration(fresh_installation, durable=False)
    fresh_installation.run.mkdir()
    return fresh_installation


@pytest.fixture
def start(installation, tmp_path) -> Iterator:
    started: list[subprocess.Popen] = []
    log = tmp_path / "manager.log"

    def launch(*words: str) -> tuple[subprocess.Popen, dict[str, dict[str, int]]]:
        with log.open("ab") as output:
            manager = subprocess.Popen(
                [sys.executable, "-c", MANAGER, *words], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        started.append(manager)
        assert wait_for_port(installation.port_of("postgres"), 30)
        deadline = time.monotonic() + 30
        while not {"postgres", "redis", "worker"} <= set(recorded := json.loads(record_path(installation).read_text())):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return manager, recorded

    launch.log = log
    yield launch
    for manager in started:
        if manager.poll() is None:
            manager.kill()
            manager.wait()
    stop_orphans(installation)


def session_of(leader: int) -> list[int]:
    """Return the other processes of the session that `leader` leads."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == leader != int(entry.name):
                found.append(int(entry.name))
    return found


def alive(recorded: dict[str, dict[str, int]]) -> set[str]:
    return {name for name, process in recorded.items() if start_time(process["pid"]) == process["started"]}


def test_workers_stop_before_the_database_and_nothing_is_left(start, installation):
    manager, recorded = start()
    manager.send_signal(signal.SIGTERM)
    assert manager.wait(timeout=40) == 0
    assert alive(recorded) == set()
    said = start.log.read_text()
    assert said.index("stopping worker") < said.index("stopping postgres")
    cluster = clusters.find(installation)
    assert re.search(r"cluster state: +shut down\n", cluster.run("pg_controldata", str(cluster.data)).stdout), "stopped politely"


def test_what_starts_and_stops_as_it_should_says_nothing_of_itself(start):
    manager, _recorded = start()
    manager.send_signal(signal.SIGTERM)
    manager.wait(timeout=40)
    assert re.findall(r"\b(?:postgres|redis) *\| .*", start.log.read_text()) == []


def test_what_a_killed_manager_leaves_is_found_and_stopped(start, installation):
    manager, recorded = start()
    manager.kill()
    manager.wait()
    assert alive(recorded) == {"postgres", "redis", "worker"}
    assert stop_orphans(installation) == ["worker", "redis", "postgres"]
    assert alive(recorded) == set()
    assert stop_orphans(installation) == []


def test_a_reused_process_id_is_left_alone(installation):
    record_path(installation).write_text(json.dumps({"worker": {"pid": os.getpid(), "started": start_time(os.getpid()) - 1}}))
    assert stop_orphans(installation) == []
    assert start_time(os.getpid())


def test_a_part_that_keeps_dying_is_said_in_one_line_and_harms_no_other(start):
    _, recorded = start("broken")
    deadline = time.monotonic() + 30
    while "keeps dying" not in start.log.read_text():
        assert time.monotonic() < deadline, start.log.read_text()
        time.sleep(0.1)
    line = next(line for line in start.log.read_text().splitlines() if "keeps dying" in line)
    assert "broken keeps dying (3 times in a row, with status 3); the other parts go on" in line
    assert "no such file: settings.yaml" in line
    assert alive(recorded) >= {"postgres", "redis", "worker"}


def test_workers_of_a_killed_main_process_do_not_stay(start):
    """A part whose children outlive it is started again only when they are gone."""
    _, recorded = start("children")
    child = recorded["parent"]["pid"]
    session = session_of(child)
    assert session
    os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(start_time(pid) for pid in session):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_part_comes_back(start, installation):
    _, recorded = start()
    os.kill(recorded["worker"]["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (again := json.loads(record_path(installation).read_text()).get("worker")) in (None, recorded["worker"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert alive({"worker": again}) == {"worker"}
