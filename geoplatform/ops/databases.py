"""What the superuser sets up inside the cluster: roles by level, two databases, extensions, the local coordinate system."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geoplatform import config as configuration
from geoplatform.config import CONTROL_DATABASE, DATA_DATABASE, PROJECT, ROLES, Config
from geoplatform.ops.system import OpsError

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist", "unaccent")
EPSG_9840 = PROJECT / "geoplatform" / "layers" / "sql" / "epsg_9840.sql"

_HINT = "`python -m geoplatform.ops.databases` prepares a PostgreSQL of your own (docs/operating.md)."

#: Roles that answer strangers' requests: they only read, and no request may hold the database for long.
READER_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "15s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "30s",
    # Their queries are short: starting workers or compiling costs more than either brings.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",  # times in answers, whatever the server's own zone
}


class Server(Protocol):
    """A PostgreSQL server with a superuser to connect as: the private cluster or one that somebody else runs."""

    def dsn(self, database: str = "postgres") -> str:
        """Return the superuser's connection string for `database`."""
        ...


def set_up(cluster: Server, config: Config) -> None:
    """Bring roles, databases and extensions to what this installation needs. Idempotent; the server must be running."""
    with psycopg.connect(cluster.dsn(), autocommit=True) as conn:
        for role, name in ROLES.items():
            _role(conn, name, config.secret(f"pg_{role}"), READER_SETTINGS if role != "owner" else {})
        # a narrowing cuts off who still reads what it takes away (geoplatform.layers.alone)
        conn.execute(sql.SQL("grant pg_signal_backend to {}").format(sql.Identifier(ROLES["owner"])))
        for database in (CONTROL_DATABASE, DATA_DATABASE):
            create_database(conn, database)
    for database in (CONTROL_DATABASE, DATA_DATABASE):
        prepare_database(cluster, database)


def create_database(conn: psycopg.Connection, name: str, template: str = "template1") -> None:
    """Create the database `name` of gp_owner from `template` if there is none, and say who may enter it.

    The level roles enter the data database only. `conn` is the superuser's, in autocommit.
    """
    if not conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
        conn.execute(
            sql.SQL("create database {} owner {} template {}").format(
                sql.Identifier(name), sql.Identifier(ROLES["owner"]), sql.Identifier(template)
            )
        )
    # rights on a database itself are not copied from its template
    database = sql.Identifier(name)
    conn.execute(sql.SQL("revoke all on database {} from public").format(database))
    for role in ROLES.values():
        if role == ROLES["owner"] or name == DATA_DATABASE:
            conn.execute(sql.SQL("grant connect on database {} to {}").format(database, sql.Identifier(role)))


def check(config: Config) -> None:
    """Raise OpsError, one line, when a role of somebody else's PostgreSQL can't enter or an extension is missing."""
    databases = [(role, DATA_DATABASE) for role in ROLES] + [("owner", CONTROL_DATABASE)]
    for role, database in databases:
        try:
            with psycopg.connect(config.dsn(role, database), connect_timeout=5) as conn:
                there = {
                    name for (name,) in conn.execute("select extname from pg_extension union select collname from pg_collation")
                }
                signals = conn.execute("select pg_has_role('pg_signal_backend', 'member')").fetchone()[0]
        except psycopg.OperationalError as error:
            raise OpsError(
                f"{ROLES[role]} can't enter the database {database}: {str(error).strip().splitlines()[0]}; {_HINT}"
            ) from error
        if role == "owner" and not signals:
            raise OpsError(f"{ROLES[role]} may not end readers' connections (pg_signal_backend); {_HINT}")
        if missing := [name for name in (*EXTENSIONS, "natural_uk") if name not in there]:
            raise OpsError(f"The database {database} lacks {', '.join(missing)}; {_HINT}")


def prepare_database(cluster: Server, name: str) -> None:
    """Give the database `name` its extensions and take from it what is nobody's. Idempotent."""
    with psycopg.connect(cluster.dsn(name)) as conn:
        conn.execute("set client_min_messages = warning")
        for extension in EXTENSIONS:
            conn.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        # lists that people read: the Ukrainian alphabet, and 2 before 10
        conn.execute("create collation if not exists public.natural_uk (provider = icu, locale = 'uk-u-kn-true')")
        # Nobody else's tables here: neither in `public` nor temporary ones. What a role may read is granted view by view.
        conn.execute("revoke create on schema public from public")
        conn.execute(Path(EPSG_9840).read_text())


def _role(conn: psycopg.Connection, name: str, password: str, settings: dict[str, str]) -> None:
    """Create the login role `name` or bring it to this password and these settings."""
    role = sql.Identifier(name)
    if not conn.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone():
        conn.execute(sql.SQL("create role {}").format(role))
    # The verifier is made on this side, so the password is not in the statement.
    verifier = conn.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    conn.execute(
        sql.SQL("alter role {} login nosuperuser nocreatedb nocreaterole noreplication password {}").format(
            role, sql.Literal(verifier)
        )
    )
    conn.execute(sql.SQL("alter role {} reset all").format(role))
    for setting, value in settings.items():
        conn.execute(sql.SQL("alter role {} set {} = {}").format(role, sql.SQL(setting), sql.Literal(value)))


class _Foreign:
    """A PostgreSQL that somebody else runs; libpq's own variables (PGUSER, PGPASSWORD, PGPASSFILE) say who enters it."""

    def dsn(self, database: str = "postgres") -> str:
        place = conninfo_to_dict(configuration.load().dsn())
        return make_conninfo(
            host=place["host"], port=place["port"], dbname=database, user=os.environ.get("PGUSER", "postgres"), connect_timeout=5
        )


def main() -> int:
    """Prepare the PostgreSQL of GEOPLATFORM_PGHOST as its superuser: `python -m geoplatform.ops.databases`; safe to repeat."""
    if not os.environ.get("GEOPLATFORM_PGHOST"):
        print(
            "GEOPLATFORM_PGHOST names no PostgreSQL of your own; the private one is prepared by `geoplatform up`.",
            file=sys.stderr,
        )
        return 1
    try:
        set_up(_Foreign(), configuration.load())
    except (psycopg.Error, configuration.ConfigError) as error:
        print(str(error).strip().splitlines()[-1], file=sys.stderr)
        return 1
    print("roles, databases and extensions are ready; the passwords are those of secrets.json or GEOPLATFORM_SECRET_PG_...")
    return 0


if __name__ == "__main__":
    sys.exit(main())
