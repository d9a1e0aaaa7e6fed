"""What requests share: connections that work, and a knowledge of what is published that is never old."""

from __future__ import annotations

import threading

import psycopg
import pytest

from geoplatform import config, database
from geoplatform.layers.definition import Level
from geoplatform.publishing.publish import unpublish
from geoplatform.serving import publication
from tests.integration.serving.layers import PLACES, place, put
from tests.waiting import until


def test_a_connection_that_postgresql_has_closed_is_not_given_out(data_db: psycopg.Connection) -> None:
    with database.pool("public").connection() as conn:
        process = conn.info.backend_pid
    with psycopg.connect(config.load().dsn(), autocommit=True) as owner:
        owner.execute("select pg_terminate_backend(%s)", [process])
        until(lambda: not owner.execute("select from pg_stat_activity where pid = %s", [process]).fetchall())
    for _ in range(3):
        with database.pool("public").connection() as conn:
            assert conn.info.backend_pid != process
            assert conn.execute("select current_user").fetchone() == ("gp_public",)


def test_a_connection_that_works_is_kept(data_db: psycopg.Connection) -> None:
    pool = database.pool("public")
    with pool.connection() as conn:
        conn.execute("select 1")
    made = pool.get_stats()["connections_num"]
    for _ in range(5):
        with pool.connection() as conn:
            conn.execute("select 1")
    assert pool.get_stats()["connections_num"] == made


def test_nobody_is_answered_from_an_old_publication_while_another_asks_for_the_new(
    data_db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a quiet hour, when several requests come at once."""
    publication.forget()
    put(data_db, PLACES, [place(1)])
    assert set(publication.current(Level.public).layers) == {"places"}
    unpublish(data_db, "places")
    data_db.commit()
    keeper = publication._keepers[Level.public]
    monkeypatch.setattr(keeper, "checked", keeper.checked - 60)
    seen: list[set[str]] = []
    with keeper.lock:  # another thread is asking
        asking = threading.Thread(target=lambda: seen.append(set(publication.current(Level.public).layers)))
        asking.start()
        asking.join(0.5)
        assert asking.is_alive() and not seen
    asking.join(10)
    assert seen == [set()]
    publication.forget()
