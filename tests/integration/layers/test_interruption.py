"""kill -9 at any point leaves the last good state and no lock; two syncs of one layer never run at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from geoplatform.config import PROJECT
from geoplatform.layers import engine
from tests.layer_cases import Records, definition, job, record

FIVE = [record(f"c{n}", name="Стара") for n in range(5)]
NEW = [record(f"c{n}", name="Нова") for n in range(5)]

#: Syncs NEW and, at the point named by its argument, says so and waits to be killed.
CHILD = """
import sys, time
from pathlib import Path
import psycopg
from geoplatform.layers import engine
from tests.integration.layers.test_interruption import NEW
from tests.layer_cases import Records, definition, job

dsn, point, work = sys.argv[1:]

def wait():
    print("there", flush=True)
    time.sleep(60)

class Slow(Records):
    def batches(self):
        yield from super().batches()
        if point == "staging":
            wait()

def publish(conn, layer):
    if point == "apply":
        wait()

with psycopg.connect(dsn, autocommit=True) as conn:
    engine.sync(conn, job(definition(), Slow(NEW), Path(work), publish=publish))
"""


@pytest.fixture
def child(layers_dsn: str, tmp_path: Path):
    """Return a function that starts a sync in a process of its own and waits until it is at the point."""
    started: list[subprocess.Popen] = []

    def start(point: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, layers_dsn, point, str(tmp_path / "child")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
        )
        started.append(process)
        assert process.stdout.readline() == "there\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("point", ["staging", "apply"])
def test_kill_9_leaves_the_last_good_state_and_the_next_sync_goes_through(owner, sync, child, tmp_path, point):
    sync(definition(), FIVE)
    process = child(point)
    assert owner.execute("select distinct name from layers.clinics").fetchall() == [("Стара",)]
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert owner.execute("select distinct name from layers.clinics").fetchall() == [("Стара",)]
    assert owner.execute("select version from registry.layer").fetchone() == (1,)

    report = engine.sync(owner, job(definition(), Records(NEW), tmp_path), wait=True)
    assert (report.status, report.version, report.changed) == ("applied", 2, 5)
    assert owner.execute("select distinct name from layers.clinics").fetchall() == [("Нова",)]
    assert owner.execute("select status from registry.sync_run order by id").fetchall() == [
        ("applied",),
        ("interrupted",),
        ("applied",),
    ]
    assert owner.execute("select count(*), max(version) from history.feature").fetchone() == (5, 2)


def test_a_second_sync_of_the_same_layer_is_refused_clearly(owner, sync, child):
    sync(definition(), FIVE)
    child("apply")
    report = sync(definition(), NEW)
    assert report.status == "refused"
    assert report.error == "another synchronisation of this layer is under way; wait for it, or run with --wait"
    assert report.run is None
    other = sync(definition(id="schools"), NEW)
    assert other.status == "applied"


def test_a_sync_that_waits_begins_when_the_other_has_ended(owner, layers_dsn, tmp_path):
    inside, go_on = threading.Event(), threading.Event()

    def publish(conn, layer):
        inside.set()
        assert go_on.wait(20)

    def first():
        with psycopg.connect(layers_dsn, autocommit=True) as conn:
            engine.sync(conn, job(definition(), Records(FIVE), tmp_path / "a", publish=publish))

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    reports = []
    second = threading.Thread(
        target=lambda: reports.append(engine.sync(owner, job(definition(), Records(NEW), tmp_path / "b"), wait=True))
    )
    second.start()
    time.sleep(0.3)
    assert reports == []
    go_on.set()
    thread.join(20)
    second.join(20)
    assert (reports[0].status, reports[0].version, reports[0].changed) == ("applied", 2, 5)


def test_an_interrupted_process_says_so_in_the_registry(owner, sync):
    class Interrupted(Records):
        def batches(self):
            yield from super().batches()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(definition(), Interrupted(FIVE))
    assert owner.execute("select status, error from registry.sync_run").fetchone() == (
        "interrupted",
        "interrupted by KeyboardInterrupt",
    )
    assert sync(definition(), FIVE).added == 5


def test_a_lost_database_connection_is_reported_and_the_next_sync_goes_through(owner, layers_dsn, sync, tmp_path):
    sync(definition(), FIVE)
    with psycopg.connect(layers_dsn, autocommit=True) as conn:

        def publish(connection, layer):
            owner.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
            connection.execute("select 1")

        report = engine.sync(conn, job(definition(), Records(NEW), tmp_path, publish=publish))
    assert report.status == "failed"
    assert report.error.startswith("database: ")
    assert sync(definition(), NEW).version == 2


def test_readers_see_the_old_state_until_the_new_one_is_whole(owner, layers_dsn, sync):
    sync(definition(), FIVE)
    seen = []

    def publish(conn, layer):
        with psycopg.connect(layers_dsn) as reader:
            seen.extend(reader.execute("select distinct name from layers.clinics").fetchall())

    sync(definition(), NEW, publish=publish)
    assert seen == [("Стара",)]
