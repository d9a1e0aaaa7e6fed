"""A vector tile that was asked for before, beside a file of the same bytes that the same nginx serves; the ratio is printed."""

from __future__ import annotations

import http.client
import shutil
import statistics
import time

import psycopg

from tests.integration.wms import wells
from tests.maps_stack import Maps

#: A stored tile may take so many times a file's time.
TIMES_FILE = 1.1
ROUNDS = 3000
#: So many wells about the place make a tile of some 40 kB.
WELLS = [
    wells.well(f"w{n}", ("deep", "other")[n % 2], wells.PLACE[0] + n % 40 / 4e4, wells.PLACE[1] + n // 40 / 4e4)
    for n in range(900)
]


def test_a_stored_vector_tile_costs_what_a_file_costs(maps: Maps, module_data_db: psycopg.Connection) -> None:
    wells.serve(maps, module_data_db)
    wells.change(module_data_db, wells.layer(), WELLS, 2, None)
    zoom, column, row = wells.tile_of(*wells.PLACE, 14)
    tile = f"/ogcapi/collections/wells/tiles/WebMercatorQuad/{zoom}/{row}/{column}?f=mvt&v=2"
    file = maps.config.var / f"tiles/public/wells/current/mvt/2/{zoom}/{column}/{row}.mvt"
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline
        assert maps.get(tile)[0] in (200, 204)
    copy = maps.config.var / "static" / "bench" / "tile.mvt"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, copy)
    connection = http.client.HTTPConnection("127.0.0.1", maps.config.port, timeout=60)

    def asked(path: str) -> float:
        started = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        taken = time.perf_counter() - started
        assert answer.status == 200 and len(body) == copy.stat().st_size
        return taken

    times: dict[str, list[float]] = {tile: [], "/static/bench/tile.mvt": []}
    for number in range(-200, ROUNDS):
        for path, taken in times.items():
            seconds = asked(path)
            if number >= 0:
                taken.append(seconds)
    ours, theirs = (statistics.median(taken) for taken in times.values())
    print(f"stored tile {1000 * ours:.3f} ms, file {1000 * theirs:.3f} ms, {ours / theirs:.2f}x, {copy.stat().st_size} bytes")
    assert ours / theirs <= TIMES_FILE
