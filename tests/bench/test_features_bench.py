"""How long features and tiles take beside tipg, stock pygeoapi and bare SQL, in one run on the same rows; ratios are printed.

200,000 points and 20,000 polygons with ten attributes, one worker process each, no cache of answers. Each cell is the median of
requests that differ, asked of the servers in turns.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from geoplatform import config
from geoplatform.layers import tables
from geoplatform.layers.definition import Level
from geoplatform.publishing.publish import publish
from geoplatform.serving import publication, tiles
from tests.bench import rivals
from tests.bench.rivals import Rival
from tests.conftest import Services, fresh_data_database
from tests.integration.serving.asking import tile_at
from tests.integration.serving.layers import attribute, definition, library

POINTS, AREAS = 200_000, 20_000
#: Times faster than tipg without the count, at least; ahead of both everywhere.
TIMES_TIPG = {"limit=10": 3.0, "limit=1000": 3.0, "bbox": 2.0}
#: Times of the bare SQL, at most.
TIMES_SQL = {"limit=1000": 1.5, "bbox": 1.5}
ITEM_OVER_SQL_SECONDS = 0.002
TIMES_TILE = 1.2
ROUNDS = 15

_ATTRIBUTES = (
    attribute("name"), attribute("street"), attribute("house"), attribute("kind"), attribute("beds", type="integer"),
    attribute("rating", type="number"), attribute("phone"), attribute("founded", type="date"), attribute("note"),
)  # fmt: skip
LAYERS = {
    "points": definition("points", *_ATTRIBUTES),
    "areas": definition("areas", *_ATTRIBUTES, geometry="polygon"),
}
_VALUES = """
    'p' || to_char(n, 'FM000000') as id, false as is_demo, 'p' || to_char(n, 'FM000000') as code, 'Заклад № ' || n as name,
    'вулиця ' || n %% 700 as street, (n %% 200)::text as house, (array['hospital','clinic','school'])[1 + n %% 3] as kind,
    (n %% 500)::bigint as beds, n / 7.0::float8 as rating, '+38052' || n as phone, date '1990-01-01' + n %% 9000 as founded,
    'Примітка про заклад ' || n as note, {geom} as geom, now() as valid_from, 1::bigint as version
    from generate_series(1, %s) n
"""
_X, _Y = "32 + (n::bigint * 7919 %% 200003) / 200003.0 * 0.6", "48.3 + (n::bigint * 104729 %% 200017) / 200017.0 * 0.4"
_GEOMETRY = {
    "points": f"ST_SetSRID(ST_MakePoint({_X}, {_Y}), 4326)",
    "areas": f"ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint({_X}, {_Y}), 4326), 0.0004, 4))",
}


@pytest.fixture(scope="module")
def data(services: Services) -> Iterator[psycopg.Connection]:
    """The database with both layers published, and the same rows as plain tables of the schema `bench` for the others."""
    publication.forget()
    with fresh_data_database(services) as conn:
        conn.execute("create schema bench")
        for name, count in (("points", POINTS), ("areas", AREAS)):
            _fill(conn, name, count)
        conn.commit()
        conn.autocommit = True
        conn.execute("vacuum analyze")
        yield conn
    publication.forget()


def _fill(conn: psycopg.Connection, name: str, count: int) -> None:
    layer, table = LAYERS[name], tables.table(name)
    tables.create(conn, layer)
    columns = "id, is_demo, code, name, street, house, kind, beds, rating, phone, founded, note, geom, valid_from, version"
    conn.execute(sql.SQL(f"insert into {{}} ({columns}) select " + _VALUES.format(geom=_GEOMETRY[name])).format(table), [count])
    tables.create_indexes(conn, layer)
    conn.execute(
        "insert into registry.layer (id, definition, definition_hash, version, feature_count, source_kind, changed_at, bbox)"
        " values (%s, %s, 'x', 1, %s, 'source', now(), ST_MakeEnvelope(32, 48.3, 32.6, 48.7, 4326))",
        [name, layer.canonical_json(), count],
    )
    publish(conn, layer, library(layer))
    plain = sql.Identifier("bench", name)
    kept = "fid, id, code, name, street, house, kind, beds, rating, phone, founded, note, geom"
    conn.execute(sql.SQL(f"create table {{}} as select {kept} from {{}}").format(plain, table))
    conn.execute(sql.SQL("alter table {} add primary key (fid)").format(plain))
    conn.execute(sql.SQL("create index on {} using gist (geom)").format(plain))


@pytest.fixture(scope="module")
def servers(data: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Rival]]:
    """The three servers, warm."""
    folder, settings = tmp_path_factory.mktemp("rivals"), config.load()
    known = psycopg.conninfo.conninfo_to_dict(settings.dsn())
    url = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**known)
    database = {name: known[name] for name in ("host", "port", "user", "password", "dbname")}
    with ExitStack() as stack:
        found = [
            stack.enter_context(rivals.ours(folder)),
            stack.enter_context(rivals.tipg(folder, url)),
            stack.enter_context(rivals.pygeoapi(folder, database, list(LAYERS))),
        ]
        yield {server.name: server for server in found}


def _box(number: int) -> str:
    """Return a box with about 900 points in it."""
    west, south = 32.05 + number % 10 * 0.04, 48.35 + number % 7 * 0.04
    return f"{west:.4f},{south:.4f},{west + 0.0329:.4f},{south + 0.0329:.4f}"


def _address(server: Rival, cell: str, number: int, *, count: bool) -> str:
    items = server.items.format("points")
    whether = ("" if count else "&count=false") if server.name == "ours" else ""
    if server.name == "pygeoapi" and not count:
        whether = "&skipCount=true"
    shape = "" if server.name == "tipg" else "f=json&"
    if cell == "limit=10":
        return f"{items}?{shape}limit=10&offset={number}{whether}"
    if cell == "limit=1000":
        return f"{items}?{shape}limit=1000&offset={number}{whether}"
    if cell == "bbox":
        return f"{items}?{shape}limit=2000&bbox={_box(number)}{whether}"
    if cell == "cql2":
        return f"{items}?{shape}limit=10&filter-lang=cql2-text&filter={quote(f'beds={number + 3} AND rating>100')}{whether}"
    return server.item.format("points", number + 1000) + ("" if server.name == "tipg" else "?f=json")


def _medians(jobs: dict[str, Callable[[int], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return each job's median time in seconds; they take turns, so that the machine's load is the same for all."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(-3, rounds):
        for name, job in jobs.items():
            started = time.perf_counter()
            job(abs(number))
            if number >= 0:
                taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(times) for name, times in taken.items()}


def _shown(title: str, times: dict[str, float]) -> None:
    base = times["ours"]
    print(f"{title:24}" + "".join(f"{name:>10} {1000 * t:8.2f} ms {t / base:5.2f}x" for name, t in times.items()))


@pytest.mark.parametrize("count", [False, True], ids=["without the count", "with the count"])
@pytest.mark.parametrize("cell", ["limit=10", "limit=1000", "bbox", "item", "cql2"])
def test_features_come_before_the_others(servers: dict[str, Rival], cell: str, count: bool) -> None:
    def job(server: Rival) -> Callable[[int], object]:
        return lambda number: server.get(_address(server, cell, number, count=count))

    times = _medians({name: job(server) for name, server in servers.items()})
    _shown(f"{cell} {'with' if count else 'without'} count", times)
    assert times["ours"] < times["tipg"] and times["ours"] < times["pygeoapi"]
    if not count and cell in TIMES_TIPG:
        assert times["tipg"] / times["ours"] >= TIMES_TIPG[cell]


def test_all_answer_the_same(servers: dict[str, Rival]) -> None:
    for cell in ("limit=1000", "bbox", "cql2"):
        found = {
            name: len(json.loads(server.get(_address(server, cell, 1, count=True)))["features"])
            for name, server in servers.items()
        }
        assert len(set(found.values())) == 1, (cell, found)
        print(cell, found)


_BARE = """
    select json_build_object('type', 'FeatureCollection', 'features', json_agg(f))::text from (
        select json_build_object('type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geom, 7)::json, 'properties',
            json_build_object('code', code, 'name', name, 'street', street, 'house', house, 'kind', kind, 'beds', beds,
            'rating', rating, 'phone', phone, 'founded', founded, 'note', note)) as f from (select * from bench.points {}) x) y
"""


@pytest.mark.parametrize("cell", ["limit=1000", "bbox", "item"])
def test_little_is_added_to_the_bare_query(servers: dict[str, Rival], data: psycopg.Connection, cell: str) -> None:
    def bare(number: int) -> object:
        if cell == "limit=1000":
            return data.execute(_BARE.format("order by fid limit 1000 offset %s"), [number]).fetchone()
        if cell == "bbox":
            corners = list(map(float, _box(number).split(",")))
            return data.execute(_BARE.format("where geom && ST_MakeEnvelope(%s,%s,%s,%s,4326) order by fid"), corners).fetchone()
        return data.execute(_BARE.format("where fid = %s"), [number + 1000]).fetchone()

    server = servers["ours"]
    times = _medians({"ours": lambda n: server.get(_address(server, cell, n, count=False)), "bare SQL": bare}, 40)
    _shown(f"{cell} bare", times)
    if cell == "item":
        assert times["ours"] - times["bare SQL"] <= ITEM_OVER_SQL_SECONDS
    else:
        assert times["ours"] / times["bare SQL"] <= TIMES_SQL[cell]


@pytest.mark.parametrize("zoom", [12, 14])
def test_tiles_cost_what_their_query_costs(servers: dict[str, Rival], data: psycopg.Connection, zoom: int) -> None:
    server, path = servers["ours"], tile_at(32.3, 48.5, zoom)
    z, row, column = map(int, path.split("/"))
    names = ", ".join(tiles.attribute_names(publication.current(Level.public).layers["points"]) or ["kind"])
    bare = (
        f"select ST_AsMVT(f, 'points', 4096, 'geom', 'fid') from (select fid, id, is_demo, {names}, ST_AsMVTGeom(geom_3857,"
        " ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) as geom from layers.points"
        " where geom_3857 && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625)) as f where geom is not null"
    )
    address = f"/ogcapi/collections/points/tiles/WebMercatorQuad/{path}"
    times = _medians(
        {
            "ours": lambda _: server.get(address),
            "ST_AsMVT": lambda _: data.execute(bare, {"z": z, "x": column, "y": row}, binary=True).fetchone(),
        }
    )
    _shown(f"tile z{zoom}", times)
    assert times["ours"] / times["ST_AsMVT"] <= TIMES_TILE


def test_depth_of_paging_costs_nothing(servers: dict[str, Rival]) -> None:
    server = servers["ours"]
    first = address = "/ogcapi/collections/points/items?f=json&limit=10"
    for _ in range(2000):
        following = next(link["href"] for link in json.loads(server.get(address))["links"] if link["rel"] == "next")
        address = following[following.index("/ogcapi") :]
    times = _medians({"ours": lambda _: server.get(first), "page 2000": lambda _: server.get(address)}, 60)
    _shown("paging", times)
    assert times["page 2000"] / times["ours"] <= 1.25


def test_many_collections_cost_no_more_than_few(data: psycopg.Connection, tmp_path: Path) -> None:
    with rivals.ours(tmp_path) as server:
        address = "/ogcapi/collections/points/items?f=json&limit=10"
        few = _medians({"ours": lambda _: server.get(address)}, 60)["ours"]
    with data.transaction():
        for number in range(500):
            layer = definition(f"extra_{number}")
            tables.create(data, layer)
            data.execute(
                "insert into registry.layer (id, definition, definition_hash) values (%s, %s, 'x')",
                [layer.id, layer.canonical_json()],
            )
            publish(data, layer, library(layer))
    with rivals.ours(tmp_path) as server:
        many = _medians({"ours": lambda _: server.get(address)}, 60)["ours"]
    _shown("500 collections", {"ours": few, "with 500": many})
    assert many / few <= 1.25
