"""Tests that follow each other find the same database: what one changed is undone to the last row, or it is copied anew."""

from __future__ import annotations

import subprocess

import psycopg
import pytest

from tests.conftest import DATA_TEMPLATE
from tests.integration.serving.layers import PLACES, place, put
from tests.renewal import Renewal

NAME = "renewed"

UNDONE = {
    "rows are added": "insert into registry.change_event (layer, version, added, changed, removed) values ('x', 1, 1, 0, 0)",
    "a row is changed": "update spatial_ref_sys set srtext = 'wrong' where srid = 4326",
    "a row is removed": "delete from spatial_ref_sys where srid = 9840",
    "a table is emptied": "truncate spatial_ref_sys",
    "a number is drawn": "select nextval(pg_get_serial_sequence('registry.sync_run', 'id'))",
    "a row that is kept for good is written": "insert into access.audit (actor, action) values ('x', 'y')",
    "a table and its view are made": "create table layers.t (id serial primary key); create view pub_staff.t as table layers.t",
    "a temporary table is made": "create temporary table t (id int primary key, name text)",
    "a partition is made": "create table history.feature_t partition of history.feature for values in ('t')",
}
COPIED_ANEW = {
    "a column is added": "alter table registry.layer add column more text",
    "a function is replaced": "create or replace function access.keep_audit() returns trigger language plpgsql as 'begin end'",
    "a right is granted": "grant select on registry.layer to gp_public",
    "a table is dropped": "drop table registry.change_event cascade",
    "a trigger is switched off": "alter table access.audit disable trigger audit_is_kept",
    "a schema is made": "create schema more",
    "a setting is made": f"alter database {NAME} set timezone to 'Europe/Kyiv'",
}


@pytest.fixture
def renewal(services) -> Renewal:
    """A renewal that knows the database `renewed`, which is fresh."""
    renewal = Renewal(services.cluster)
    renewal.renew(NAME, DATA_TEMPLATE)
    return renewal


def number(services) -> int:
    """Return the database's own number: a copy has another."""
    with psycopg.connect(services.cluster.dsn()) as conn:
        return conn.execute("select oid from pg_database where datname = %s", [NAME]).fetchone()[0]


def whole(services, database: str) -> list[str]:
    """Return definition and rows of a database as pg_dump tells them, sorted."""
    words = ["pg_dump", "--dbname", services.cluster.dsn(database)]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return sorted(line for line in told.splitlines() if "restrict " not in line)


def change(services, statements: str) -> None:
    with psycopg.connect(services.cluster.dsn(NAME), autocommit=True) as conn:
        for statement in statements.split("; "):
            conn.execute(statement)


@pytest.mark.parametrize("statement", UNDONE.values(), ids=UNDONE.keys())
def test_rows_and_tables_are_undone_in_place(services, renewal, statement):
    fresh, before = whole(services, NAME), number(services)
    change(services, statement)
    renewal.renew(NAME, DATA_TEMPLATE)
    assert whole(services, NAME) == fresh
    assert number(services) == before


@pytest.mark.parametrize("statement", COPIED_ANEW.values(), ids=COPIED_ANEW.keys())
def test_what_cannot_be_undone_by_rows_makes_a_new_copy(services, renewal, statement):
    fresh, before = whole(services, NAME), number(services)
    change(services, statement)
    renewal.renew(NAME, DATA_TEMPLATE)
    assert whole(services, NAME) == fresh
    assert number(services) != before


def test_published_layers_are_gone_and_whoever_is_connected_is_thrown_out(services, renewal):
    fresh, before = whole(services, NAME), number(services)
    for _ in range(2):
        left = psycopg.connect(services.config.dsn(database=NAME))
        put(left, PLACES, [place(number) for number in range(20)])
        left.execute("lock table registry.layer in share mode")
        renewal.renew(NAME, DATA_TEMPLATE)
        with pytest.raises(psycopg.OperationalError):
            left.execute("select 1")
        assert whole(services, NAME) == fresh
    assert number(services) == before
