"""Brings the data database to the schema this version needs: applies sql/NNNN_*.sql once each, in order of their names."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg

SQL_DIRECTORY = Path(__file__).parent / "sql"

#: Key of the advisory lock that keeps two starting processes from migrating at once.
_LOCK = 0x67706D69  # "gpmi"


class SchemaError(Exception):
    """The database's schema is not one that these files lead to; the message is one line."""


def migrate(dsn: str, directory: Path = SQL_DIRECTORY) -> list[str]:
    """Apply the files of `directory` that this database has not seen; return their names (empty: nothing to do).

    Each file is applied in a transaction of its own together with the note that it was. Whoever comes second waits.
    Extensions and roles must be there before (they need a superuser).

    Raises SchemaError when an applied file was changed afterwards or a file fails, psycopg.OperationalError when there
    is no database.
    """
    applied: list[str] = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(%s)", (_LOCK,))  # goes with the connection
        conn.execute("set client_min_messages = warning")  # "already exists, skipping" is no news
        conn.execute("create schema if not exists registry")
        conn.execute(
            "create table if not exists registry.migration "
            "(name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
        )
        known = dict(conn.execute("select name, sha256 from registry.migration").fetchall())
        for path in sorted(directory.glob("[0-9]*.sql")):
            text = path.read_text(encoding="utf-8")
            sha256 = hashlib.sha256(text.encode()).hexdigest()
            if path.name in known:
                if known[path.name] != sha256:
                    raise SchemaError(f"{path.name}: changed after it was applied; put the change in a new file.")
                continue
            try:
                with conn.transaction():
                    conn.execute(text.encode())
                    conn.execute("insert into registry.migration (name, sha256) values (%s, %s)", (path.name, sha256))
            except psycopg.Error as error:
                raise SchemaError(f"{path.name}: {str(error).splitlines()[0]}") from error
            applied.append(path.name)
    return applied
