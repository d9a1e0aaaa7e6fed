"""Backup and restore: databases, uploaded files and secrets in one archive that makes an empty installation the same again."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from geoplatform.config import CONTROL_DATABASE, DATA_DATABASE, Config
from geoplatform.ops import cluster as clusters
from geoplatform.ops import databases
from geoplatform.ops.cluster import Cluster
from geoplatform.ops.system import OpsError
from geoplatform.ops.up import own_cluster, running_manager

#: What is kept beside the databases, below var.
KEPT = ("secrets.json", "oidc.pem", "media", "assets", "rasters")
#: What is made from the databases again; of another installation it would be wrong.
DERIVED = ("tiles", "run/mapproxy")
FORMAT = 1
#: Lines of a dump's table of contents about what the superuser made already.
SUPERUSERS_OWN = (
    *(" EXTENSION ", " COMMENT - EXTENSION ", " public spatial_ref_sys ", " SCHEMA - public ", " COMMENT - SCHEMA "),
    " COLLATION public natural_uk ",
)


def backup(config: Config, archive: Path, say: Callable[[str], None]) -> str:
    """Write the installation to the new file `archive`; a running one goes on serving. Return one line on the result.

    Each database is one consistent moment; a file uploaded between the two moments may be missing in one.
    Raises OpsError when `archive` exists, nothing is installed, or a dump fails.
    """
    if archive.exists():
        raise OpsError(f"{archive} exists already; a backup is never overwritten.")
    if not (config.var / "secrets.json").exists():
        raise OpsError(f"There is no installation in {config.var} to back up.")
    partial = archive.with_name(archive.name + ".partial")
    with _server(config), tempfile.TemporaryDirectory(dir=config.var) as scratch:
        manifest = {"format": FORMAT, "version": version("geoplatform"), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        Path(scratch, "manifest.json").write_text(json.dumps(manifest))
        for database in (CONTROL_DATABASE, DATA_DATABASE):
            say(f"dumping {database}")
            _client(config, database, "pg_dump", "--format=custom", "--no-owner", f"--file={scratch}/{database}.dump")
        partial.touch(mode=0o600)  # it holds the secrets
        with tarfile.open(partial, "w") as tar:
            for path in sorted(Path(scratch).iterdir()):
                tar.add(path, path.name)
            for name in KEPT:
                if (config.var / name).exists():
                    tar.add(config.var / name, f"var/{name}")
    partial.rename(archive)
    return f"{archive}: {archive.stat().st_size / 2**20:.1f} MB, readable by its owner only since it holds the secrets"


def restore(config: Config, archive: Path, say: Callable[[str], None]) -> str:
    """Make the empty installation of `config` what `archive` holds; return one line on the result.

    Raises OpsError when the installation is not empty, or `archive` is no backup of ours or broken; then nothing is left behind.
    """
    if running_manager(config) or (config.var / "secrets.json").exists() or (config.var / "postgres.place").exists():
        raise OpsError(f"{config.var} already holds an installation; restore into an empty GEOPLATFORM_VAR.")
    config.var.mkdir(parents=True, exist_ok=True)
    for name in DERIVED:
        shutil.rmtree(config.var / name, ignore_errors=True)
    made_before = set(config.var.iterdir())
    cluster: Cluster | None = None
    try:
        with tempfile.TemporaryDirectory(dir=config.var) as scratch:
            _unpack(archive, Path(scratch))
            for path in sorted(Path(scratch, "var").iterdir()):
                shutil.move(path, config.var / path.name)
            cluster = own_cluster(config)
            with _server(config, make=True):
                for database in (CONTROL_DATABASE, DATA_DATABASE):
                    say(f"restoring {database}")
                    _load(config, database, Path(scratch, f"{database}.dump"))
    except BaseException:
        if cluster is not None:
            shutil.rmtree(cluster.home, ignore_errors=True)
        for path in set(config.var.iterdir()) - made_before:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    return f"restored from {archive}; `geoplatform up` starts it"


@contextlib.contextmanager
def _server(config: Config, make: bool = False) -> Iterator[None]:
    """Use the running PostgreSQL, or run the private one while the block lasts; `make` creates it."""
    cluster = own_cluster(config)
    if cluster is None or running_manager(config) is not None:
        yield
        return
    if make or (cluster.data / "PG_VERSION").exists():
        clusters.create(cluster)
        with clusters.running(cluster):
            databases.set_up(cluster, config)
            yield
    else:
        raise OpsError(f"There is no database in {cluster.home} to back up.")


def _unpack(archive: Path, target: Path) -> None:
    """Unpack `archive` into `target`; raises OpsError when it is not a whole backup of a format that is known here."""
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
        manifest = json.loads((target / "manifest.json").read_text())
        complete = all((target / f"{name}.dump").is_file() for name in (CONTROL_DATABASE, DATA_DATABASE))
        if not complete or not (target / "var" / "secrets.json").is_file():
            raise OpsError(f"{archive} is not a whole backup: a database or the secrets are missing.")
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise OpsError(f"{archive} is not a backup of geoplatform or is damaged ({error}).") from error
    if manifest.get("format") != FORMAT:
        raise OpsError(f"{archive} has backup format {manifest.get('format')}; this version reads format {FORMAT}.")


def _load(config: Config, database: str, dump: Path) -> None:
    """Restore `dump` as the owner; extensions and the rows that they brought are there already, made by the superuser."""
    listing = _client(config, None, "pg_restore", "--list", str(dump))
    wanted = [line for line in listing.splitlines() if not any(words in line for words in SUPERUSERS_OWN)]
    chosen = dump.with_suffix(".list")
    chosen.write_text("\n".join(wanted) + "\n")
    _client(
        config, database, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", f"--use-list={chosen}", str(dump)
    )
    with psycopg.connect(config.dsn("owner", database), autocommit=True) as conn:
        conn.execute("analyze")


def _client(config: Config, database: str | None, name: str, *arguments: str) -> str:
    """Run a PostgreSQL client program as the owner of `database` (None: without one); return what it printed.

    The password travels in the environment, which other users can't read, not in the arguments. Raises OpsError when it fails.
    """
    environment = dict(os.environ)
    cluster = own_cluster(config)
    program = cluster.program(name) if cluster else name
    if database is not None:
        place = psycopg.conninfo.conninfo_to_dict(config.dsn("owner", database))
        environment |= {
            "PGHOST": place["host"], "PGPORT": str(place["port"]), "PGUSER": place["user"], "PGPASSWORD": place["password"],
            "PGDATABASE": place["dbname"],
        }  # fmt: skip
        if name == "pg_restore":
            arguments = (f"--dbname={place['dbname']}", *arguments)
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OpsError(f"{name} of {database} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout
