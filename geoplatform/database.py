"""Pools of PostgreSQL connections, one for each role and process. No Django."""

from __future__ import annotations

import os
import select
from functools import cache

from psycopg import Connection
from psycopg_pool import ConnectionPool

from geoplatform import config


def _check(conn: Connection) -> None:
    """Raise psycopg.OperationalError when the connection is of no use any more.

    PostgreSQL says so, or closes it; so there is something to read from one that it gave up. To ask each of them would cost every
    request as much as a small query.
    """
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    if poll.poll(0):
        ConnectionPool.check_connection(conn)


@cache
def _pool(role: str, process: int, dsn: str) -> ConnectionPool:
    return ConnectionPool(
        dsn,
        min_size=0,
        max_size=int(os.environ.get("GEOPLATFORM_POOL_SIZE", "4")),
        timeout=10,
        max_idle=120,
        kwargs={"autocommit": True, "application_name": f"geoplatform-{role}"},
        check=_check,
        open=True,
        name=f"{role}-{process}",
    )


def pool(role: str) -> ConnectionPool:
    """Return this process's pool of connections to the data database as `role`: owner, public, registered or staff.

    A pool made before a fork is not used after it. Connections are in autocommit; open a transaction with `conn.transaction()`.
    """
    return _pool(role, os.getpid(), config.load().dsn(role))
