"""The servers that the features benchmark compares: ours, tipg, stock pygeoapi; one worker process each, no cache of answers."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from geoplatform.config import PROJECT

_TIPG = ("tipg==1.*", "uvicorn")
_PYGEOAPI = ("pygeoapi==0.24.*", "sqlalchemy>=2", "geoalchemy2", "psycopg2-binary", "gunicorn")


@dataclass
class Rival:
    """A running server; `collections` and `item` tell how it calls things."""

    name: str
    port: int
    items: str
    item: str

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def get(self, path: str) -> bytes:
        """Return the body of the answer, which must be a success."""
        headers = {"Accept": "application/geo+json, application/json, */*"}
        try:
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # it kept the connection no longer while another server was made ready
            self.connection.close()
            self.connection.request("GET", path, headers=headers)
            answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (self.name, path, answer.status, body[:300])
        return body


def environment_of(folder: Path, *packages: str) -> Path:
    """Make a throw-away environment with the packages from PyPI; return its directory of programs."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "pip"), "install", "-q", *packages], check=True)
    return folder / "bin"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    """Run a server until the block ends; raises RuntimeError when it does not listen within a minute."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out, cwd=PROJECT)
        try:
            deadline = time.monotonic() + 60
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]}: {log.read_text()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(20)


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[Rival]:
    """Our serving plane as the platform runs it, with one process."""
    port = free_port()
    settings = str(PROJECT / "geoplatform" / "ops" / "gunicorn_serving.py")
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", settings, "--workers", "1", "--bind", f"127.0.0.1:{port}"]
    with running([*gunicorn, "geoplatform.serving.app:application"], port, folder / "ours.log"):
        yield Rival("ours", port, "/ogcapi/collections/{}/items", "/ogcapi/collections/{}/items/p{:06d}")


@contextlib.contextmanager
def tipg(folder: Path, url: str) -> Iterator[Rival]:
    """tipg over the tables of the schema `bench`."""
    port, programs = free_port(), environment_of(folder / "tipg", *_TIPG)
    settings = {
        "DATABASE_URL": url,
        "TIPG_DB_SCHEMAS": '["bench"]',
        "TIPG_CACHE_DISABLE": "TRUE",
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
    }
    command = [str(programs / "uvicorn"), "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    with running(command, port, folder / "tipg.log", **settings):
        yield Rival("tipg", port, "/collections/bench.{}/items", "/collections/bench.{}/items/{}")


@contextlib.contextmanager
def pygeoapi(folder: Path, database: dict[str, object], tables: list[str]) -> Iterator[Rival]:
    """Stock pygeoapi with its PostgreSQL provider over the same tables."""
    port, programs = free_port(), environment_of(folder / "pygeoapi", *_PYGEOAPI)
    configuration, description = folder / "pygeoapi.yaml", folder / "pygeoapi-openapi.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(port, database, tables)))
    settings = {"PYGEOAPI_CONFIG": str(configuration), "PYGEOAPI_OPENAPI": str(description)}
    generate = [str(programs / "pygeoapi"), "openapi", "generate", str(configuration), "--output-file", str(description)]
    subprocess.run(generate, check=True, env={**os.environ, **settings}, capture_output=True)
    gunicorn = [str(programs / "gunicorn"), "--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    with running([*gunicorn, "pygeoapi.flask_app:APP"], port, folder / "pygeoapi.log", **settings):
        yield Rival("pygeoapi", port, "/collections/{}/items", "/collections/{}/items/{}")


def _configuration(port: int, database: dict[str, object], tables: list[str]) -> dict[str, object]:
    provider = {"type": "feature", "name": "PostgreSQL", "data": {**database, "search_path": ["bench"]}, "id_field": "fid"}
    named = {"name": "bench", "url": "http://localhost"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "en",
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "https://tile.example/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "bench", "description": "bench", "keywords": ["bench"], "keywords_type": "theme",
                "terms_of_service": "http://localhost", "url": "http://localhost",
            },
            "license": named, "provider": named, "contact": {"name": "bench"},
        },
        "resources": {
            table: {
                "type": "collection",
                "title": table,
                "description": table,
                "keywords": ["bench"],
                "links": [],
                "extents": {"spatial": {"bbox": [32, 48, 33, 49], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                "providers": [{**provider, "table": table, "geom_field": "geom"}],
            }
            for table in tables
        },
    }  # fmt: skip
