"""PMTiles archives: the tiles of the service in one file, switched with the data, gone with the publication."""

from __future__ import annotations

import contextlib
import gzip
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from werkzeug.test import Client

from geoplatform import config
from geoplatform.layers import published
from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.ops import nginx as server
from geoplatform.publishing.publish import unpublish
from geoplatform.serving import archives
from geoplatform.serving.publication import ServedLayer
from tests.integration.serving.asking import ask, decoded, tile_at
from tests.integration.serving.layers import PLACES, definition, place, put


@pytest.fixture
def settings(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> config.Config:
    """The configuration with a directory of its own for archives."""
    found = config.load()
    return config.Config(tmp_path, found.data, found.port, found.demo, found.site_url)


def test_an_archive_holds_the_tiles_of_the_service(data_db: psycopg.Connection, client: Client, settings: config.Config) -> None:
    put(data_db, PLACES, [place(number) for number in range(50)])
    assert archives.follow(settings) == 1 and archives.follow(settings) == 0
    with archives.link(settings, "places").open("rb") as file:
        source = MmapSource(file)
        found = {address: gzip.decompress(data) for address, data in all_tiles(source)}
        told = Reader(source)
        assert (told.header()["min_zoom"], told.header()["max_zoom"]) == (0, archives.MAX_ZOOM)
        assert told.metadata()["attribution"] == "source українською"
    for zoom in (0, 9, 14):
        z, row, column = map(int, tile_at(32.206, 48.48, zoom).split("/"))
        served = client.get(f"/ogcapi/collections/places/tiles/WebMercatorQuad/{z}/{row}/{column}").data
        assert found[(z, column, row)] == served and served
    deepest = [(f"{z}/{y}/{x}", data) for (z, x, y), data in found.items() if z == 14]
    assert {told["id"] for path, data in deepest for _, told in decoded(data, path)} == {f"p{n:04d}" for n in range(50)}
    links = ask(client, "/ogcapi/collections/places")["links"]
    assert [link["href"] for link in links if link["type"] == "application/vnd.pmtiles"] == [
        f"{settings.site_url}/pmtiles/places.pmtiles"
    ]


def test_a_change_switches_the_archive(data_db: psycopg.Connection, settings: config.Config) -> None:
    put(data_db, PLACES, [place(1)], version=1)
    archives.follow(settings)
    first = archives.link(settings, "places").resolve()
    put(data_db, PLACES, [place(1), place(2)], version=2)
    archives.follow(settings)
    second = archives.link(settings, "places").resolve()
    assert first != second and not first.exists() and list(second.parent.iterdir()) == [second]


def test_what_is_taken_back_has_no_archive(data_db: psycopg.Connection, settings: config.Config) -> None:
    put(data_db, PLACES, [place(1)])
    put(data_db, definition("hourly", update_promise_days=1), [])
    put(data_db, definition("inner", publication="staff"), [])
    archives.follow(settings)
    assert [path.name for path in sorted((settings.var / "pmtiles").iterdir())] == ["places", "places.pmtiles"]
    with data_db.transaction():
        unpublish(data_db, "places")
    data_db.commit()
    assert archives.follow(settings) == 0
    assert list((settings.var / "pmtiles").iterdir()) == []


def test_who_may_not_download_finds_no_archive(data_db: psycopg.Connection, settings: config.Config) -> None:
    put(data_db, PLACES, [place(1)])
    archives.follow(settings)
    data_db.execute("insert into access.permission values ('places', 'view', 'anyone')")
    data_db.commit()
    archives.follow(settings)
    assert not archives.link(settings, "places").exists()


def test_a_link_goes_at_once_while_other_archives_are_written(data_db: psycopg.Connection, settings: config.Config) -> None:
    put(data_db, PLACES, [place(1)])
    archives.follow(settings)
    put(data_db, PLACES, [place(1), place(2)], version=2)
    assert set(archives.withdraw(settings)) == {"places"}
    assert not archives.link(settings, "places").is_symlink()


def test_what_is_narrowed_while_its_archive_is_written_gets_no_link(
    data_db: psycopg.Connection, settings: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(data_db, PLACES, [place(1)])
    write = archives.write

    def narrowed_meanwhile(*arguments: object) -> int:
        written = write(*arguments)
        data_db.execute("insert into access.permission values ('places', 'view', 'anyone')")
        data_db.commit()
        return written

    monkeypatch.setattr(archives, "write", narrowed_meanwhile)
    archives.follow(settings)
    assert not archives.link(settings, "places").is_symlink()


def test_only_who_sees_what_everybody_sees_is_led_to_an_archive(data_db: psycopg.Connection) -> None:
    put(data_db, PLACES, [place(1)])
    for level in SERVED_LEVELS:
        with psycopg.connect(config.load().dsn(level)) as conn:
            (layer,) = map(ServedLayer, published.read(conn, level))
        assert archives.is_archived(layer) is (level is Level.public)


@pytest.fixture
def nginx(data_db: psycopg.Connection, settings: config.Config) -> Iterator[str]:
    """The address of an nginx of its own that serves the archives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = config.Config(settings.var, None, port, True, f"http://127.0.0.1:{port}")
    server.write_configuration(own)
    server.check(own)
    process = subprocess.Popen(server.command(own))
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.05)
        yield own.site_url
    finally:
        process.terminate()
        process.wait(10)


def test_nginx_gives_ranges_of_an_archive(data_db: psycopg.Connection, settings: config.Config, nginx: str) -> None:
    put(data_db, PLACES, [place(number) for number in range(50)])
    archives.follow(settings)
    for folder in (settings.var, *settings.var.parents):  # nginx's workers are another user than root
        if folder.stat().st_uid == os.getuid() and folder.name.startswith(("pytest", "test_")):
            folder.chmod(0o755)
    answer = httpx.get(f"{nginx}/pmtiles/places.pmtiles", headers={"Range": "bytes=0-6"})
    assert (answer.status_code, answer.content) == (206, b"PMTiles")
    assert answer.headers["Content-Type"] == "application/vnd.pmtiles"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    whole = httpx.get(f"{nginx}/pmtiles/places.pmtiles")
    assert httpx.get(f"{nginx}/pmtiles/places.pmtiles", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    present = archives.link(settings, "places").resolve().name
    for hidden in ("places/", "places", "../secrets.json", "places.pmtiles/x", f"places/{present}"):
        assert httpx.get(f"{nginx}/pmtiles/{hidden}").status_code in (404, 503)
