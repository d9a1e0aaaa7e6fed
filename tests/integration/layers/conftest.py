"""A connection as the sync engine uses it, and short ways to sync and look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql as psql

from geoplatform import config as configuration
from geoplatform.layers import engine
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.edits import Editor
from geoplatform.layers.report import RunReport
from tests.integration.layers import benches
from tests.layer_cases import Records, job

DATABASE = "layers_tests"


@pytest.fixture(scope="session")
def layers_dsn(services) -> str:
    """The owner's way into a data database for these tests alone, made once; `owner` empties it after each test."""
    with psycopg.connect(services.cluster.dsn(), autocommit=True) as superuser:
        superuser.execute(psql.SQL("create database {} template data_template owner gp_owner").format(psql.Identifier(DATABASE)))
    return services.config.dsn(database=DATABASE)


@pytest.fixture
def owner(layers_dsn: str) -> Iterator[psycopg.Connection]:
    """A connection to an empty data database as its owner, in autocommit."""
    with psycopg.connect(layers_dsn, autocommit=True) as conn:
        yield conn
    with psycopg.connect(layers_dsn, autocommit=True) as conn:
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"
                     " and usename = current_user", (DATABASE,))  # fmt: skip
        tables = conn.execute(
            "select schemaname, tablename from pg_tables where schemaname = 'layers' or tablename like 'feature\\_%'"
        ).fetchall()
        for schema, table in tables:
            conn.execute(psql.SQL("drop table {} cascade").format(psql.Identifier(schema, table)))
        conn.execute("truncate registry.layer, registry.sync_run, registry.refused_record, registry.change_event cascade")


@pytest.fixture
def sync(owner: psycopg.Connection, tmp_path: Path) -> Callable[..., RunReport]:
    """Return a function that syncs records (or a Records reader) into a layer."""

    def run(layer: LayerDefinition, records, *, confirm: bool = False, **facts) -> RunReport:
        reader = records if isinstance(records, Records) else Records(records)
        return engine.sync(owner, job(layer, reader, tmp_path, **facts), confirm=confirm)

    return run


@pytest.fixture
def conn(data_db: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A connection to a fresh data database in autocommit, as requests have it."""
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def editor(conn: psycopg.Connection) -> Editor:
    """An editor of the layer `benches`, which is kept in the platform and empty."""
    return benches.establish(conn)
