"""The private cluster: made once, repaired after a kill, closed to those who have no business there."""

import os
import signal
import time

import psycopg
import pytest

from geoplatform.config import CONTROL_DATABASE
from geoplatform.ops import cluster as clusters
from geoplatform.ops import databases
from geoplatform.ops.system import OpsError, start_time


def test_setting_up_twice_changes_nothing(services, data_db):
    databases.set_up(services.cluster, services.config)
    with psycopg.connect(services.config.dsn("public")) as conn:
        assert conn.execute("select extname from pg_extension where extname = 'postgis'").fetchone()
        assert conn.execute("show statement_timeout").fetchone() == ("15s",)


def test_local_coordinate_system_is_known(data_db):
    assert data_db.execute("select auth_name from spatial_ref_sys where srid = 9840").fetchone() == ("EPSG",)


@pytest.mark.parametrize("role", ["public", "registered", "staff"])
def test_a_level_role_can_neither_write_nor_see_tables(services, data_db, role):
    data_db.execute("create table public.private_notes (note text)")
    data_db.commit()
    with psycopg.connect(services.config.dsn(role)) as conn:
        conn.execute("set default_transaction_read_only = off")
        conn.commit()
        for statement in (
            "create table public.mine (a int)",
            "create temporary table mine (a int)",
            "select * from public.private_notes",
            "select * from registry.layer",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)
            conn.rollback()


@pytest.mark.parametrize("role", ["public", "registered", "staff"])
def test_a_level_role_can_not_enter_the_control_database(services, role):
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(services.config.dsn(role, CONTROL_DATABASE))


def test_names_sort_as_ukrainians_expect(data_db):
    rows = data_db.execute("select n from unnest(array['Яма','Їжак','Євшан','Ґанок','Індик','Ера','Гай','Жук']) n order by n")
    assert [name for (name,) in rows] == ["Гай", "Ґанок", "Ера", "Євшан", "Жук", "Індик", "Їжак", "Яма"]


def test_a_killed_server_and_a_half_made_cluster_are_repaired(fresh_installation):
    cluster = clusters.find(fresh_installation)
    half_made = cluster.home / "new.123"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("15\n")
    clusters.create(cluster)
    assert not half_made.exists()
    with clusters.running(cluster) as process:
        databases.set_up(cluster, fresh_installation)
        with psycopg.connect(fresh_installation.dsn(), autocommit=True) as conn:
            conn.execute("create table kept as select 1 as one")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert (cluster.data / "postmaster.pid").exists()
    # the worst pid file: its number now belongs to another process
    words = (cluster.data / "postmaster.pid").read_text().split("\n")
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *words[1:]]))
    clusters.create(cluster)
    with clusters.running(cluster), psycopg.connect(fresh_installation.dsn()) as conn:
        assert conn.execute("select one from kept").fetchone() == (1,)


def test_a_server_left_running_is_stopped_before_the_next_start(fresh_installation):
    cluster = clusters.find(fresh_installation)
    clusters.create(cluster, durable=False)
    with clusters.running(cluster) as process:
        assert clusters.stop_orphan(cluster)
        process.wait(timeout=10)
        assert start_time(process.pid) is None


def test_foreign_secrets_are_named(fresh_installation):
    cluster = clusters.find(fresh_installation)
    clusters.create(cluster, durable=False)
    other = clusters.Cluster(cluster.home, cluster.port, cluster.user, "another")
    begun = time.monotonic()
    with pytest.raises(OpsError, match=r"secrets\.json"), clusters.running(other):
        pass
    assert time.monotonic() - begun < 30
