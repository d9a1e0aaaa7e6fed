"""Pools give out connections that work, without asking PostgreSQL each time."""

from __future__ import annotations

import psycopg

from geoplatform import config, database
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
