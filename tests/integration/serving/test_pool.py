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
    processes = set()
    for _ in range(5):
        with database.pool("public").connection() as conn:
            processes.add(conn.info.backend_pid)
    assert len(processes) == 1
