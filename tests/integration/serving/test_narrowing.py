"""Taking a layer back waits for nobody: who reads it at length is cut off, and nothing of it goes out afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from werkzeug.test import Client, TestResponse

from geoplatform import config
from geoplatform.access import gate, tokens
from geoplatform.layers import tables
from geoplatform.layers.definition import Coarser, Level
from geoplatform.publishing.publish import publish, unpublish
from geoplatform.serving import downloads
from tests.integration.serving.asking import ITEMS
from tests.integration.serving.layers import PLACES, definition, library, place, put
from tests.waiting import until

#: Somebody waits for a narrowing at most so long (seconds).
LIMIT = 5.0
NARROWER = PLACES.model_copy(update={"publication": Level.staff})


def narrow(layer=NARROWER) -> float:
    """Publish the layer to staff only, in a connection of its own; return the seconds that it took."""
    started = time.monotonic()
    with psycopg.connect(config.load().dsn()) as conn:
        publish(conn, layer, library(layer))
    return time.monotonic() - started


def reading(view: str = "pub_public.places") -> psycopg.Connection:
    """Return a connection of the public role in the midst of reading the view, as a download is."""
    conn = psycopg.connect(config.load().dsn("public"))
    conn.execute(f"declare slow cursor for select * from {view}")
    assert conn.execute("fetch 1 from slow").fetchone()
    return conn


@pytest.mark.parametrize("view", ["pub_public.places", 'pub_public."places.states"'])
def test_a_reader_who_takes_his_time_is_cut_off(client: Client, data_db: psycopg.Connection, view: str) -> None:
    put(data_db, PLACES, [place(number) for number in range(20)])
    slow = reading(view)
    assert narrow() < LIMIT
    with pytest.raises(psycopg.OperationalError):
        slow.execute("fetch 1 from slow")
    assert client.get(ITEMS).status_code == 404


def test_readers_who_come_meanwhile_see_the_new_state_and_other_layers_go_on(client: Client, data_db: psycopg.Connection) -> None:
    put(data_db, PLACES, [place(number) for number in range(20)])
    other = definition("wells_there")
    put(data_db, other, [{"id": "a", "code": "a", "is_demo": False, "geom": "POINT(32 48)"}])
    slow, slow_too = reading(), reading("pub_public.wells_there")
    seen: list[int] = []
    with psycopg.connect(config.load().dsn()) as conn:
        publish(conn, NARROWER, library(PLACES))
        # the narrowing is not committed yet: who asks for the layer waits, who asks for another does not
        asking = threading.Thread(target=lambda: seen.append(Client(client.application).get(ITEMS).status_code))
        asking.start()
        assert client.get("/ogcapi/collections/wells_there/items").status_code == 200
        assert slow_too.execute("fetch all from slow").fetchall() == []
    asking.join(20)
    assert seen == [404]
    with pytest.raises(psycopg.OperationalError):
        slow.execute("select 1")
    slow_too.close()


def test_a_table_gets_its_new_shape_while_somebody_reads(client: Client, data_db: psycopg.Connection) -> None:
    put(data_db, PLACES, [place(number) for number in range(20)])
    slow = reading()
    without = PLACES.model_copy(update={"attributes": [a for a in PLACES.attributes if a.name != "beds"]})
    started = time.monotonic()
    with data_db.transaction():
        tables.drop_views(data_db, "places")
        tables.reshape(data_db, without, tables.compare(data_db, without))
        publish(data_db, without, library(without))
    assert time.monotonic() - started < LIMIT
    slow.close()
    properties = client.get(f"{ITEMS}?limit=1").json["features"][0]["properties"]
    assert "beds" not in properties and "rating" in properties


def test_who_only_reads_for_a_moment_is_left_alone(client: Client, data_db: psycopg.Connection) -> None:
    put(data_db, PLACES, [place(number) for number in range(20)])
    brief = reading()
    ending = threading.Timer(0.3, brief.commit)
    ending.start()
    assert narrow() < LIMIT
    ending.join()
    assert brief.execute("select 1").fetchone() == (1,)
    brief.close()


def test_the_owner_is_waited_for_and_not_cut_off(client: Client, data_db: psycopg.Connection) -> None:
    put(data_db, PLACES, [place(number) for number in range(20)])
    with psycopg.connect(config.load().dsn()) as owner:
        owner.execute("select * from pub_public.places").fetchall()
        narrowing = threading.Thread(target=narrow)
        narrowing.start()
        until(lambda: _waiting(data_db), LIMIT)
        assert owner.execute("select count(*) from pub_public.places").fetchone() == (20,)
    narrowing.join(LIMIT * 2)
    assert not narrowing.is_alive()


def _waiting(conn: psycopg.Connection) -> bool:
    conn.rollback()
    return bool(conn.execute("select from pg_locks where not granted and relation is not null").fetchall())


def test_a_download_that_is_being_written_ends_with_what_is_left(client: Client, data_db: psycopg.Connection) -> None:
    """GDAL, stopped in the midst of reading, neither holds the narrowing up nor gets further."""
    put(data_db, PLACES, [place(0)])
    _fill(data_db, 60_000)
    answers: list[TestResponse] = []
    asking = threading.Thread(target=lambda: answers.append(client.get(f"{ITEMS}?f=gpkg")))
    asking.start()
    writer = _stopped_writer(data_db)
    try:
        assert narrow() < LIMIT
    finally:
        os.kill(writer, signal.SIGCONT)
    asking.join(60)
    assert answers[0].status_code == 404, answers[0].text[:300]


def test_a_download_that_is_being_written_comes_without_an_attribute_taken_back(
    client: Client, data_db: psycopg.Connection
) -> None:
    put(data_db, PLACES, [place(0)])
    _fill(data_db, 60_000)
    answers: list[TestResponse] = []
    asking = threading.Thread(target=lambda: answers.append(client.get(f"{ITEMS}?f=gpkg")))
    asking.start()
    writer = _stopped_writer(data_db)
    hidden = [a.model_copy(update={"publication": Level.staff}) if a.name == "name" else a for a in PLACES.attributes]
    try:
        assert narrow(PLACES.model_copy(update={"attributes": hidden})) < LIMIT
    finally:
        os.kill(writer, signal.SIGCONT)
    asking.join(120)
    assert answers[0].status_code == 200
    assert "Кам'янка".encode() not in answers[0].data and b"hospital" in answers[0].data


@pytest.mark.parametrize("how", ["taken out", "permission withdrawn", "token revoked", "exactness"])
def test_a_file_under_way_is_cut_in_the_middle(client: Client, data_db: psycopg.Connection, how: str, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "_BLOCK", 1000)
    gate.forget()
    put(data_db, PLACES, [place(number) for number in range(500)])
    data_db.execute("insert into access.account (id, level, groups) values (1, 'registered', '{}')")
    token = tokens.make(data_db, 1, "narrowing", 1)
    data_db.execute("insert into access.permission select 'places', o, 'account:1' from unnest('{view,download}'::text[]) o")
    data_db.commit()
    answer = client.get(f"{ITEMS}?f=csv", headers={"Authorization": f"Bearer {token}"}, buffered=False)
    assert answer.status_code == 200
    body = answer.iter_encoded()
    assert next(body)
    if how == "taken out":
        unpublish(data_db, "places")
    elif how == "permission withdrawn":
        data_db.execute("delete from access.permission where layer = 'places' and operation = 'download'")
        publish(data_db, PLACES, library(PLACES))
    elif how == "token revoked":
        data_db.execute("update access.token set revoked_at = now()")
    else:
        rounded = dict.fromkeys(("public", "registered"), Coarser(decimals=2))
        publish(data_db, PLACES.model_copy(update={"publication_geometry": rounded}), library(PLACES))
    data_db.commit()
    with pytest.raises(downloads.CutOff):
        deadline = time.monotonic() + LIMIT
        for _ in body:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # a client on a slow line


def test_a_file_goes_on_when_only_the_data_change(client: Client, data_db: psycopg.Connection, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "_BLOCK", 1000)
    put(data_db, PLACES, [place(number) for number in range(500)])
    answer = client.get(f"{ITEMS}?f=csv", buffered=False)
    body = answer.iter_encoded()
    first = next(body)
    put(data_db, PLACES, [place(number) for number in range(400)], version=2)
    time.sleep(1.2)  # so that the process looks at what is published now
    assert len(first + b"".join(body)) == int(answer.headers["Content-Length"])


def _fill(conn: psycopg.Connection, count: int) -> None:
    """Multiply the layer's one place, without the engine: enough that a file of it is not written in a moment."""
    names = [name for name in tables.columns(conn, "places") if name not in ("fid", "id", "code", "geom_3857")]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    conn.execute(
        sql.SQL(
            "insert into layers.places (id, code, {columns}) select 'q' || n, 'q' || n, {columns}"
            " from layers.places, generate_series(1, %s) n"
        ).format(columns=columns),
        [count],
    )
    conn.commit()


def _stopped_writer(conn: psycopg.Connection) -> int:
    """Wait until GDAL reads the public view, stop its process and return its number."""
    found: list[int] = []

    def reads() -> bool:
        conn.rollback()
        held = conn.execute(
            "select from pg_locks l join pg_stat_activity a using (pid)"
            " where l.relation = 'pub_public.places'::regclass and a.application_name not like 'geoplatform%'"
            " and a.pid <> pg_backend_pid()"
        ).fetchall()
        if held:
            found.extend(_writers())
            for process in found:
                os.kill(process, signal.SIGSTOP)
        return bool(found)

    until(reads, 30)
    return found[0]


def _writers() -> list[int]:
    """Return the processes of this one's that write a file with GDAL."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    numbers = [int(number) for path in children for number in path.read_text().split()]
    return [n for n in numbers if b"vector_writer" in Path(f"/proc/{n}/cmdline").read_bytes()]
