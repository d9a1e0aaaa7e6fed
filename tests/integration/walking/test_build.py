"""The graph that is made of a published layer: cut where ways meet, without what nobody may walk, gone when nobody may see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from geoplatform import config
from geoplatform.layers.definition import Level
from geoplatform.walking import build
from tests.integration.serving.layers import library
from tests.integration.walking.conftest import RULES, WALKWAYS, draw, way

CROSS = (way((0, 0), (100, 0), (200, 0)), way((100, -100), (100, 0), (100, 100)))


def edges(conn: psycopg.Connection) -> list[tuple]:
    """Return the metres and steps of the edges that everybody sees."""
    return [(round(metres), steps) for metres, steps in conn.execute("select metres, steps from pub_public.walk_edge order by 1")]


def nodes(conn: psycopg.Connection) -> int:
    return conn.execute(
        "select count(distinct n) from (select unnest(array[source, target]) as n from walking.edge) x"
    ).fetchone()[0]


def test_ways_are_cut_where_they_share_a_point(network):
    conn = network(*CROSS)
    assert edges(conn) == [(100, False)] * 4 and nodes(conn) == 5


def test_a_bridge_joins_nothing_that_it_leads_over(network):
    conn = network(way((0, 0), (200, 0)), way((100, -100), (100, 100)))
    assert edges(conn) == [(200, False)] * 2 and nodes(conn) == 4


def test_a_round_way_and_a_point_given_twice_are_kept(network):
    conn = network(way((0, 0), (100, 0), (100, 0), (100, 100), (0, 100), (0, 0)), way((-100, 0), (0, 0)))
    assert sum(metres for metres, _steps in edges(conn)) == pytest.approx(500, abs=2)
    assert nodes(conn) == 3, "the crossing, the far end, and where the point comes twice"


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "footway", "foot": "no"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "yes"}, True),
        ({"highway": "STEPS"}, True),
    ],
)
def test_who_may_walk_where_is_told_by_the_tags(network, tags, walked):
    assert bool(edges(network(way((0, 0), (100, 0), **tags)))) is walked


def test_stairs_and_what_no_wheelchair_can_use_are_marked(network):
    conn = network(way((0, 0), (100, 0), highway="steps"), way((0, 10), (200, 10), wheelchair="no"), way((0, 20), (300, 20)))
    assert edges(conn) == [(100, True), (200, True), (300, False)]


def test_nothing_is_built_twice_and_another_version_is_built_whole(network):
    conn = network(*CROSS)
    assert build.follow(RULES) is False
    assert build.status(RULES).behind is False and build.status(RULES).edges == 4
    draw(conn, [way((0, 0), (500, 0))], version=2)
    assert build.status(RULES).behind is True
    assert build.follow(RULES) is True
    assert edges(conn) == [(500, False)]
    assert build.follow(RULES.model_copy(update={"barred": ["residential"]})) is True
    assert edges(conn) == [] and build.status(RULES).edges == 0


def test_nobody_sees_streets_that_are_no_longer_public(network):
    from geoplatform.publishing.publish import publish, unpublish

    conn = network(*CROSS)
    narrow = WALKWAYS.model_copy(update={"publication": Level.staff})
    with conn.transaction():
        publish(conn, type(WALKWAYS).model_validate(narrow.model_dump(by_alias=True)), library(WALKWAYS))
    conn.commit()
    with psycopg.connect(config.load().dsn("public")) as reader:
        assert edges(reader) == [], "in the transaction that narrows it"
        assert reader.execute("select count(*) from pub_public.walk_network").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from walking.edge")
    assert build.follow(RULES) is True and build.status(RULES) is None
    with conn.transaction():
        unpublish(conn, "walkways")
    conn.commit()
    assert build.follow(RULES) is False


def test_an_attribute_that_everybody_may_not_see_decides_nothing(data_db):
    hidden = [
        attribute.model_copy(update={"publication": Level.staff}) if attribute.name == "foot" else attribute
        for attribute in WALKWAYS.attributes
    ]
    from tests.integration.serving.layers import put

    layer = type(WALKWAYS).model_validate(WALKWAYS.model_copy(update={"attributes": hidden}).model_dump(by_alias=True))
    geom = "MULTILINESTRING((32.25 48.5, 32.26 48.5))"
    tags = {"highway": "footway", "foot": "no", "access": None, "wheelchair": None}
    put(data_db, layer, [{"id": "w1", "is_demo": False, "code": "w1", "geom": geom, **tags}])
    build.follow(RULES)
    assert len(edges(data_db)) == 1


def test_a_build_that_is_killed_leaves_the_old_graph(network):
    conn = network(*CROSS)
    draw(conn, [way((0, 0), (500, 0))], version=2)
    conn.execute(
        "create function walking.dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(3); return new; end'"
    )
    conn.execute("create trigger dawdle after insert on walking.network for each row execute function walking.dawdle()")
    conn.commit()
    program = "from tests.integration.walking.conftest import RULES\nfrom geoplatform.walking import build\nbuild.follow(RULES)"
    child = subprocess.Popen([sys.executable, "-c", program], env=os.environ.copy())
    asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and application_name = 'geoplatform-walking'"
    deadline = time.monotonic() + 60
    with psycopg.connect(config.load().dsn(), autocommit=True) as watcher:
        while watcher.execute(asleep).fetchone()[0] == 0:
            assert child.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        while watcher.execute(asleep).fetchone()[0]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert len(edges(conn)) == 4, "the old graph"
    conn.rollback()
    conn.execute("drop trigger dawdle on walking.network")
    conn.commit()
    assert build.follow(RULES) is True
    assert edges(conn) == [(500, False)]
