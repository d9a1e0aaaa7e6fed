"""Seconds from starting the serving plane's processes to its first good answers; run it on a machine that does nothing else."""

from __future__ import annotations

import http.client
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.layers.library import load_library
from geoplatform.ops import parts
from geoplatform.publishing import pipeline

#: First good answer of the landing page, in seconds.
READY = 3.0
ROUNDS = 5
#: The landing page waits for pygeoapi; features and the health of parts do not.
PATHS = {"landing page": "/ogcapi/?f=json", "features": "/ogcapi/collections/libraries/items?f=json&limit=10"}


@pytest.fixture
def published(data_db: psycopg.Connection) -> None:
    """Every shipped layer, known and published, one of them with its sample's features."""
    pipeline.sync(sorted(load_library().layers))


@contextmanager
def started() -> Iterator[float]:
    """Run the serving plane as `geoplatform up` does, on a port of its own; yield the moment of its start."""
    config = configuration.load()
    [part] = [part for part in parts.parts(config, None) if part.name == "serving"]
    begun = time.monotonic()
    process = subprocess.Popen(part.command, cwd=part.cwd, env=parts.environment())
    try:
        yield begun
    finally:
        process.send_signal(part.stop)
        process.wait(timeout=part.patience)


def seconds_until(path: str) -> float:
    """Return the seconds from a fresh start to the first answer 200 at `path`."""
    port = configuration.load().port_of("serving")
    with started() as begun:
        while time.monotonic() - begun < 60:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("GET", path, headers={"Host": "localhost"})
                if connection.getresponse().status == 200:
                    return time.monotonic() - begun
            except OSError:
                time.sleep(0.01)
            finally:
                connection.close()
    raise AssertionError(f"no good answer at {path} within 60 s")


def test_serving_plane_is_ready_soon_after_its_start(published: None, capsys: pytest.CaptureFixture[str]):
    seconds_until(PATHS["features"])  # the first start also compiles what was never imported, and fills the disk's cache
    found = {name: [seconds_until(path) for _ in range(ROUNDS)] for name, path in PATHS.items()}
    load = Path("/proc/loadavg").read_text().split()[0]
    with capsys.disabled():
        print(f"\nserving plane, seconds from its start to the first answer 200 (load of the machine {load}):")
        for name, times in found.items():
            print(f"  {name:<13} median {statistics.median(times):.2f}, best {min(times):.2f}, worst {max(times):.2f}")
    assert min(found["landing page"]) < READY
