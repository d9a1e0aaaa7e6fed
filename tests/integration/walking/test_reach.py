"""Distances on foot over PostGIS: true to the metre, never shorter than straight, growing with what is asked."""

from __future__ import annotations

import heapq
import itertools
import math
import random

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from geoplatform import database
from geoplatform.walking import build, network, outline, reach
from tests.integration.walking.conftest import RULES, degrees, draw, way

STAIRS = (
    way((0, 0), (100, 0), (200, 0)),
    way((100, 0), (100, 100), highway="steps"),
    way((200, 0), (200, 100), (100, 100)),
    way((100, 100), (100, 200)),
)


def places(*points: tuple[float, float]) -> tuple[sql.Composable, list]:
    """Return the query for places at these points (metres)."""
    lons, lats = zip(*(degrees(*point) for point in points), strict=True)
    statement = sql.SQL(
        "select n, ST_SetSRID(ST_MakePoint(lon, lat), 4326) as place"
        " from unnest(%s::float8[], %s::float8[]) with ordinality as given(lon, lat, n) order by n"
    )
    return statement, [list(lons), list(lats)]


def walked(conn, start, ends, limit, *, steps=True) -> list[float]:
    found = reach.within(conn, *degrees(*start), limit, steps=steps)
    _rows, spots = network.meet(conn, *places(*ends), steps=steps)
    return found.to(spots).tolist()


@pytest.fixture
def public(data_db):
    """A connection of the public role."""
    with database.pool("public").connection() as conn:
        yield conn


def test_the_way_leads_along_the_streets_with_the_bit_to_and_from_them(network, public):
    network(*STAIRS)
    to_stairs, round_about, beyond, same_street = walked(public, (10, 20), [(100, 100), (150, 110), (100, 260), (60, 0)], 1000)
    assert to_stairs == pytest.approx(20 + 90 + 100, abs=1)
    assert round_about == pytest.approx(20 + 90 + 100 + 50 + 10, abs=1)
    assert beyond == pytest.approx(20 + 90 + 200 + 60, abs=1)
    assert same_street == pytest.approx(20 + 50, abs=1)


def test_wheels_go_round_by_where_there_are_no_stairs(network, public):
    network(*STAIRS)
    assert walked(public, (100, 0), [(100, 100)], 1000) == [pytest.approx(100, abs=1)]
    assert walked(public, (100, 0), [(100, 100)], 1000, steps=False) == [pytest.approx(300, abs=1)]


def test_what_is_beyond_the_limit_or_on_no_way_is_not_reached(network, public):
    network(*STAIRS, way((2000, 0), (2100, 0)))
    assert walked(public, (0, 0), [(100, 200), (2050, 0), (100, 1000)], 250) == [math.inf] * 3
    assert walked(public, (0, 0), [(2050, 0)], 5000) == [math.inf], "no way leads there"
    assert reach.within(public, *degrees(0, 5000), 1000) is None, "no way is near the start"


def test_of_two_ways_between_the_same_crossings_the_shorter_counts(network, public):
    network(way((0, 0), (50, 200), (100, 0)), way((0, 0), (100, 0)), way((100, 0), (200, 0)), way((-10, 0), (0, 0)))
    assert walked(public, (0, 0), [(150, 0)], 1000) == [pytest.approx(150, abs=1)]


def test_without_streets_there_is_no_network(network, public):
    assert build.status(RULES) is None
    from geoplatform.walking.network import known

    assert known(public) is None
    network(way((0, 0), (100, 0)), demo=True)
    assert known(public).demo is True and known(public).edges == 1


SIDE, STEP = 9, 120.0


@pytest.fixture(scope="module")
def town(module_data_db):
    """A crooked grid of streets with gaps, and a connection of the public role."""
    chance = random.Random(5)
    corner = {
        (i, j): (i * STEP + chance.uniform(-35, 35), j * STEP + chance.uniform(-35, 35)) for i in range(SIDE) for j in range(SIDE)
    }
    blocks = [((i, j), (i + 1, j)) for i in range(SIDE - 1) for j in range(SIDE)]
    blocks += [((i, j), (i, j + 1)) for i in range(SIDE) for j in range(SIDE - 1)]
    kept = [pair for pair in blocks if chance.random() > 0.15]
    draw(module_data_db, [way(corner[a], corner[b]) for a, b in kept])
    build.follow(RULES)
    with database.pool("public").connection() as conn:
        yield conn


spots = st.tuples(st.floats(-100, SIDE * STEP), st.floats(-100, SIDE * STEP))


def straight(conn: psycopg.Connection, start, end) -> float:
    points = (*degrees(*start), *degrees(*end))
    statement = "select ST_Distance(ST_MakePoint(%s, %s)::geography, ST_MakePoint(%s, %s)::geography)"
    return conn.execute(statement, points).fetchone()[0]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(start=spots, ends=st.lists(spots, min_size=1, max_size=8), limit=st.sampled_from([150, 400, 900, 2500]))
def test_no_way_is_shorter_than_straight_and_all_that_a_plain_search_finds_is_found(town, start, ends, limit):
    found = reach.within(town, *degrees(*start), limit)
    if found is None:
        return
    _rows, met = network.meet(town, *places(*ends), steps=True)
    metres = found.to(met)
    expected = plain_search(found, met, limit)
    for end, far, slow in zip(ends, metres.tolist(), expected, strict=True):
        assert far == pytest.approx(slow, rel=1e-5, abs=0.05)
        if math.isfinite(far):
            # shares of an edge are taken in a plane that stretches north by some tenths of a per cent
            assert far >= straight(town, start, end) * 0.995 - 0.5


def plain_search(found: reach.Reach, met: network.Spots, limit: float) -> list[float]:
    """Dijkstra with a heap, from the ends of the start's edge."""
    around: dict[int, list[tuple[int, float]]] = {}
    for a, b, metres in zip(*(getattr(found.edges, name).tolist() for name in ("source", "target", "metres")), strict=True):
        around.setdefault(a, []).append((b, metres))
        around.setdefault(b, []).append((a, metres))
    start = found.start
    share, whole, gap = start.share[0], start.metres[0], start.gap[0]
    heap = [(gap + share * whole, int(start.source[0])), (gap + (1 - share) * whole, int(start.target[0]))]
    best: dict[int, float] = {}
    while heap:
        cost, node = heapq.heappop(heap)
        if node in best or cost > limit:
            continue
        best[node] = cost
        for other, metres in around.get(node, ()):
            heapq.heappush(heap, (cost + metres, other))
    result = []
    for n in range(len(met)):
        ends = [best.get(int(met.source[n]), math.inf) + met.share[n] * met.metres[n]]
        ends.append(best.get(int(met.target[n]), math.inf) + (1 - met.share[n]) * met.metres[n])
        if met.edge[n] == start.edge[0]:
            ends.append(gap + abs(met.share[n] - share) * met.metres[n])
        total = min(ends) + met.gap[n]
        result.append(total if met.edge[n] >= 0 and total <= limit else math.inf)
    return result


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(start=spots)
def test_more_time_reaches_all_that_less_time_does(town, start):
    if reach.within(town, *degrees(*start), 100) is None:
        return
    grid = [(x * 90.0, y * 90.0) for x, y in itertools.product(range(13), range(13))]
    _rows, met = network.meet(town, *places(*grid), steps=True)
    before, area = np.full(len(grid), math.inf), None
    for limit in (120, 300, 700, 1500):
        found = reach.within(town, *degrees(*start), limit)
        now = found.to(met)
        near = np.isfinite(before)
        assert np.allclose(now[near], before[near], atol=0.05), "a way gets no longer with more time"
        assert np.isfinite(now).sum() >= near.sum()
        shape = shapely.geometry.shape(outline.outline(town, found))
        assert shape.is_valid and shape.is_empty == (found.start.gap[0] >= limit)
        if area is not None:
            # the edge is drawn to 15 metres
            assert area.difference(shape.buffer(4e-4)).is_empty, "what was in the area stays in it"
        before, area = now, shape
