"""A backup of the running platform makes an empty installation the same again."""

from __future__ import annotations

import json
import stat
import tarfile

import psycopg
import pytest

from geoplatform.config import CONTROL_DATABASE, DATA_DATABASE, load
from geoplatform.ops import backup, databases
from geoplatform.ops import cluster as clusters
from geoplatform.ops.system import OpsError

COUNT_ROWS = """
    select schemaname || '.' || relname, (xpath('/row/n/text()', query_to_xml(
        format('select count(*) as n from %I.%I', schemaname, relname), false, true, '')))[1]::text
    from pg_stat_user_tables where relname not in ('django_session', 'spatial_ref_sys') and relname not like 'django_celery%'
"""


def rows(dsn: str) -> dict[str, str]:
    with psycopg.connect(dsn) as conn:
        return dict(conn.execute(COUNT_ROWS).fetchall())


@pytest.fixture(scope="module")
def archive(stack, tmp_path_factory):
    stack.wait_until_catalogued()
    (stack.config.var / "media").mkdir(exist_ok=True)
    (stack.config.var / "media" / "план.txt").write_text("завантажене")
    path = tmp_path_factory.mktemp("backup") / "copy.tar"
    stack.command("backup", str(path))
    return path


def test_only_the_owner_can_read_a_backup(archive):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_a_backup_is_never_overwritten(stack, archive):
    done = stack.command("backup", str(archive), check=False)
    assert done.returncode == 1
    assert "exists already" in done.stderr


def test_restored_into_an_empty_installation_it_holds_the_same(stack, archive, fresh_installation):
    backup.restore(fresh_installation, archive, print)
    config = load()
    assert json.loads((config.var / "secrets.json").read_text()) == json.loads((stack.config.var / "secrets.json").read_text())
    assert (config.var / "media" / "план.txt").read_text() == "завантажене"
    cluster = clusters.find(config)
    with clusters.running(cluster):
        databases.set_up(cluster, config)
        for database in (CONTROL_DATABASE, DATA_DATABASE):
            assert rows(config.dsn("owner", database)) == rows(stack.config.dsn("owner", database))
        with psycopg.connect(config.dsn("public")) as conn:
            assert conn.execute("select count(*) from pub_public.published").fetchone()[0] > 0


def test_an_installation_is_not_restored_over(stack, archive):
    with pytest.raises(OpsError, match="already holds an installation"):
        backup.restore(stack.config, archive, print)


@pytest.mark.parametrize("damage", ["cut", "text", "no secrets"])
def test_a_damaged_backup_is_named_and_leaves_nothing_behind(archive, fresh_installation, tmp_path, damage):
    broken = tmp_path / "broken.tar"
    if damage == "cut":
        broken.write_bytes(archive.read_bytes()[:2000])
    elif damage == "text":
        broken.write_text("this is no archive")
    else:
        with tarfile.open(archive) as source, tarfile.open(broken, "w") as target:
            for member in source:
                if not member.name.startswith("var/"):
                    target.addfile(member, source.extractfile(member))
    with pytest.raises(OpsError, match=str(broken)):
        backup.restore(fresh_installation, broken, print)
    assert list(fresh_installation.var.iterdir()) == []
