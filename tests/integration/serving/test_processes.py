"""Real server processes: quick to answer, they see what is published and taken back; ogr2ogr and OWSLib read them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from geoplatform.publishing.publish import announce, unpublish
from tests.conftest import Services
from tests.integration.serving.layers import PLACES, attribute, definition, place, put

#: A change is seen within about this many seconds.
SEEN_WITHIN = 2.0


@dataclass
class Server:
    """One gunicorn with one worker process."""

    port: int
    process: subprocess.Popen

    def get(self, path: str) -> tuple[int, dict]:
        """Return status and JSON of the answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def start(port: int) -> Server:
    """Start gunicorn as the installation does, with the settings of the serving plane."""
    settings = Path("geoplatform/ops/gunicorn_serving.py")
    command = [sys.executable, "-m", "gunicorn", "--config", str(settings), "--workers", "1", "--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "GEOPLATFORM_SITE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([*command, "geoplatform.serving.app:application"], env=environment)
    return Server(port, process)


def wait_until(true: object, seconds: float) -> float:
    """Wait until `true()` holds; return how long it took, or fail."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if true():
            return time.monotonic() - begun
        time.sleep(0.05)
    raise AssertionError(f"did not come true within {seconds} s")


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def servers(services: Services, data_db: psycopg.Connection) -> Iterator[list[Server]]:
    """Two separate servers on a database where places are published."""
    put(data_db, PLACES, [place(number) for number in range(200)])
    running = [start(free_port()) for _ in range(2)]
    try:
        for server in running:
            wait_until(lambda port=server.port: listening(port), 60)
            assert server.get("/ogcapi/conformance")[0] == 200  # returns when what is slow to load is loaded
        yield running
    finally:
        for server in running:
            server.process.send_signal(signal.SIGTERM)
        for server in running:
            server.process.wait(20)


def test_publishing_and_taking_back_is_seen_by_all_running_processes(servers: list[Server], data_db: psycopg.Connection) -> None:
    for server in servers:
        assert server.get("/ogcapi/collections/late")[0] == 404
        assert server.get("/ogcapi/collections/places/items?resulttype=hits")[1]["numberMatched"] == 200
    put(data_db, definition("late"), [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}])
    for server in servers:
        wait_until(lambda server=server: server.get("/ogcapi/collections/late/items")[0] == 200, SEEN_WITHIN)
        names = [collection["id"] for collection in server.get("/ogcapi/collections")[1]["collections"]]
        assert names == ["late", "places", "catalogue"]
    put(data_db, PLACES, [place(number) for number in range(150)], version=2)
    for server in servers:
        wait_until(lambda server=server: server.get("/ogcapi/collections/places")[1]["version"] == 2, SEEN_WITHIN)
        assert server.get("/ogcapi/collections/places/items")[1]["numberMatched"] == 150
    unpublish(data_db, "places")
    data_db.commit()
    for server in servers:
        for part in ("", "/items", "/items/p0001", "/queryables", "/tiles/WebMercatorQuad/0/0/0", "/style"):
            wait_until(lambda server=server, part=part: server.get(f"/ogcapi/collections/places{part}")[0] == 404, SEEN_WITHIN)
        assert [c["id"] for c in server.get("/ogcapi/collections")[1]["collections"]] == ["late", "catalogue"]
        assert "/collections/places" not in server.get("/ogcapi/openapi")[1]["paths"]


def test_permissions_that_change_are_seen_by_all_running_processes(servers: list[Server], data_db: psycopg.Connection) -> None:
    put(data_db, definition("files", publication="public"), [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}])
    for server in servers:
        wait_until(lambda server=server: server.get("/ogcapi/collections/files/items")[0] == 200, SEEN_WITHIN)
    data_db.execute("insert into access.permission values ('files', 'view', 'group:5')")
    announce(data_db)
    data_db.commit()
    for server in servers:
        for part in ("", "/items", "/items/a", "/tiles/WebMercatorQuad/0/0/0", "/style"):
            wait_until(lambda server=server, part=part: server.get(f"/ogcapi/collections/files{part}")[0] == 404, SEEN_WITHIN)
        assert "files" not in [c["id"] for c in server.get("/ogcapi/collections")[1]["collections"]]


def test_republishing_with_other_columns_never_fails_a_request(servers: list[Server], data_db: psycopg.Connection) -> None:
    """While the view is made anew again and again, with one attribute more or less, every answer is whole."""
    features = [{"id": f"f{n}", "code": f"f{n}", "is_demo": False, "geom": "POINT(32 48)", "more": "x"} for n in range(20)]
    wide, narrow = definition("changing", attribute("more")), definition("changing", attribute("more", "staff"))
    put(data_db, wide, features)
    wait_until(lambda: servers[0].get("/ogcapi/collections/changing")[0] == 200, SEEN_WITHIN)
    answers: list[tuple[int, dict]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers.append(servers[0].get("/ogcapi/collections/changing/items?limit=20"))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for version in range(2, 12):
            put(data_db, narrow if version % 2 == 0 else wide, features, version=version)
            time.sleep(0.3)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert {status for status, _ in answers} == {200}
    assert {len(document["features"]) for _, document in answers} == {20}
    shapes = {tuple(document["features"][0]["properties"]) for _, document in answers}
    assert shapes == {("is_demo", "code"), ("is_demo", "code", "more")}


def test_ogr_reads_every_feature_once(servers: list[Server], tmp_path: Path) -> None:
    address = f"OAPIF:http://127.0.0.1:{servers[0].port}/ogcapi/"
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    shown = subprocess.run(
        ["ogrinfo", "-al", "-so", address], capture_output=True, text=True, check=True, timeout=120, env=environment
    )
    assert "Feature Count: 200" in shown.stdout and "beds: Integer" in shown.stdout
    target = tmp_path / "places.csv"
    command = ["ogr2ogr", "-f", "CSV", str(target), address, "places", "-oo", "PAGE_SIZE=7"]
    subprocess.run(command, check=True, timeout=120, capture_output=True, env=environment)
    codes = [line.split(",")[2] for line in target.read_text().splitlines()]
    assert len(set(codes[1:])) == 200 and len(codes) == 201


def test_owslib_reads_collections_queryables_and_items(servers: list[Server]) -> None:
    from owslib.ogcapi.features import Features

    service = Features(f"http://127.0.0.1:{servers[0].port}/ogcapi/")
    assert service.feature_collections() == ["places"]
    assert service.collection("places")["id"] == "places"
    assert "beds" in service.collection_queryables("places")["properties"]
    assert service.collection_items("places", limit=3, bbox=[32.19, 48.47, 32.25, 48.5])["numberReturned"] == 3
    assert service.collection_item("places", "p0007")["properties"]["beds"] == 7
    assert [f["id"] for f in service.collection_items("places", filter="beds = 7")["features"]] == ["p0007"]


def test_features_are_served_before_anything_slow_is_loaded(services: Services, data_db: psycopg.Connection) -> None:
    """The application itself imports neither pygeoapi nor Django, so that a new process answers at once."""
    program = (
        "import sys; from werkzeug.test import Client; from geoplatform.serving.app import application;"
        "answer = Client(application).get('/ogcapi/collections/places/items');"
        "assert answer.status_code == 200, answer.text;"
        "print([name for name in ('django', 'geonode', 'pygeoapi', 'shapely', 'numpy', 'lark', 'jinja2') if name in sys.modules])"
    )
    put(data_db, PLACES, [place(1)])
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.strip() == "[]"
