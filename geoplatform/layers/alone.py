"""Statements that need a view or a table to themselves: who reads it at length is cut off, so that a narrowing never waits long.

A download reads a view in one transaction for minutes, and PostgreSQL lets nobody drop the view meanwhile; worse, everybody who
comes later queues behind the statement that waits. So readers have a moment to end, and then their connections are ended.
"""

from __future__ import annotations

import psycopg
from psycopg import Connection, sql

from geoplatform.config import ROLES

#: Readers that were there before have so long (ms) to end of themselves; ordinary requests take far less.
PATIENCE = 1000
#: So often are readers cut off; who comes after the first time came between two attempts.
_ATTEMPTS = 4

_READERS = [name for role, name in ROLES.items() if role != "owner"]
_HOLDERS = (
    "select l.pid, l.virtualtransaction from pg_locks l join pg_stat_activity a using (pid)"
    " where l.relation = to_regclass(%s) and l.database = (select oid from pg_database where datname = current_database())"
    " and l.granted and a.usename = any(%s)"
)


def run(conn: Connection, statement: sql.Composable, relation: str) -> None:
    """Run `statement`, which takes `relation` (quoted, with its schema) for itself; in the caller's transaction as gp_owner.

    Transactions of the levels' roles that hold the relation longer than PATIENCE are ended with their connections; the statement
    and everything else of the caller's transaction stay. Others, as an edit or a backup, are waited for.
    """
    before = conn.execute("select current_setting('lock_timeout')").fetchone()[0]
    for _ in range(_ATTEMPTS):
        holders = _holders(conn, relation)
        try:
            with conn.transaction():
                _wait_at_most(conn, f"{PATIENCE}ms")
                conn.execute(statement)
                _wait_at_most(conn, before)
            return
        except psycopg.errors.LockNotAvailable:
            for pid, transaction in holders & _holders(conn, relation):
                # asked again: its transaction may just have ended, and the connection do something else
                conn.execute(
                    "select pg_terminate_backend(%s) where exists"
                    " (select from pg_locks where pid = %s and virtualtransaction = %s and relation = to_regclass(%s))",
                    [pid, pid, transaction, relation],
                )
    conn.execute(statement)


def _holders(conn: Connection, relation: str) -> set[tuple[int, str]]:
    """Return the transactions of the levels' roles that hold the relation: process and number."""
    return set(conn.execute(_HOLDERS, [relation, _READERS]).fetchall())


def _wait_at_most(conn: Connection, time: str) -> None:
    conn.execute("select set_config('lock_timeout', %s, true)", [time])
