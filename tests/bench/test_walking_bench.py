"""A catchment of 1.5 km takes less than 200 ms, and as long in a network of 300,000 edges as in one of 10,000."""

from __future__ import annotations

import statistics
import time

import psycopg
import pytest

from geoplatform import database
from geoplatform.walking import build, network, outline, reach
from tests.integration.serving.layers import put
from tests.integration.walking.conftest import RULES, WALKWAYS

#: Streets each way -> edges: 71 make 10,000, 123 make 30,000, 388 make 300,000.
SIDES = {10_000: 71, 30_000: 123, 300_000: 388}
METRES = 1_500
RUNS = 20
#: Crossings every 100 metres, moved by up to 30: the same every time.
_STREETS = """
insert into layers.walkways (id, is_demo, code, highway, geom, valid_from, version)
with crossing as (
  select i, j, 31.9 + (i * 100 + 60 * ((i * 7919 + j * 104729) %% 1000) / 1000.0) / 73870 as lon,
         48.3 + (j * 100 + 60 * ((i * 15485863 + j * 32452843) %% 1000) / 1000.0) / 111210 as lat
    from generate_series(1::bigint, %(side)s) as i, generate_series(1::bigint, %(side)s) as j),
street as (
  select 'e' || j as id, ST_MakeLine(ST_MakePoint(lon, lat) order by i) as line from crossing group by j
  union all select 'n' || i, ST_MakeLine(ST_MakePoint(lon, lat) order by j) from crossing group by i)
select id, false, id, 'residential', ST_SetSRID(ST_Multi(line), 4326), now(), 2 from street
"""


def fill(conn: psycopg.Connection, side: int) -> float:
    """Publish a crooked grid of streets and build its graph; return the seconds that building took."""
    put(conn, WALKWAYS, [])
    conn.execute(_STREETS, {"side": side})
    conn.execute("update registry.layer set version = %s where id = 'walkways'", [side])
    conn.commit()
    start = time.monotonic()
    assert build.follow(RULES)
    return time.monotonic() - start


def timed(side: int, metres: int = METRES, runs: int = RUNS) -> tuple[dict[str, float], int]:
    """Return the median milliseconds of a catchment, of ways to 300 places and of the area to draw; and the edges looked at."""
    lon, lat = 31.9 + side * 50 / 73870, 48.3 + side * 50 / 111210
    places = (
        "select n, ST_SetSRID(ST_MakePoint(%s + ((n * 7919) %% 1000 - 500) / 25000.0,"
        "   %s + ((n * 104729) %% 1000 - 500) / 38000.0), 4326) as place from generate_series(1::bigint, 300) as n"
    )
    took: dict[str, list[float]] = {"catchment": [], "places": [], "area": []}
    with database.pool("public").connection() as conn:
        for run in range(runs):
            began = time.perf_counter()
            found = reach.within(conn, lon + run * 0.0003, lat, metres)
            then = time.perf_counter()
            rows, spots = network.meet(conn, psycopg.sql.SQL(places), [lon, lat], steps=True)
            assert found is not None and len(rows) == 300 and (found.to(spots) <= metres).sum() > 100
            last = time.perf_counter()
            outline.outline(conn, found)
            took["catchment"].append(then - began)
            took["places"].append(last - then)
            took["area"].append(time.perf_counter() - last)
    return {name: statistics.median(times) * 1000 for name, times in took.items()}, len(found.edges)


@pytest.fixture(scope="module")
def measured(module_data_db) -> dict[int, dict[str, float]]:
    """The medians for each size of the network; under 0 those of the longest walk that may be asked for."""
    found = {}
    for edges, side in SIDES.items():
        seconds = fill(module_data_db, side)
        found[edges], seen = timed(side)
        if edges == 30_000:
            found[0], _seen = timed(side, metres=5_000, runs=3)
            print(f"{edges} edges, 5000 m: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in found[0].items()))
        told = ", ".join(f"{name} {ms:.0f} ms" for name, ms in found[edges].items())
        print(f"{edges} edges: built in {seconds:.1f} s; {METRES} m: {told}; {seen} edges looked at")
    return found


def test_a_catchment_takes_less_than_200_ms(measured):
    assert measured[30_000]["catchment"] + measured[30_000]["places"] < 200


def test_the_longest_walk_with_its_area_takes_less_than_a_second(measured):
    assert sum(measured[0].values()) < 1_000


def test_the_cost_grows_with_the_catchment_and_not_with_the_network(measured):
    small, large = measured[10_000], measured[300_000]
    assert large["catchment"] + large["places"] < 1.5 * (small["catchment"] + small["places"]) + 5
