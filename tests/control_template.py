"""The migrated control database, made once on a machine and kept as a dump: migrating takes two minutes, restoring two seconds.

The dump's name is a hash of everything that decides its content, so a change of migrations or packages makes another one.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from geoplatform import config as configuration
from geoplatform.config import CONTROL_DATABASE, DATA_DATABASE, PROJECT

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "geoplatform-tests"
#: How many dumps of earlier states to keep.
KEPT = 3


@functools.cache
def fingerprint() -> str:
    """Return a hash of what the prepared databases depend on: packages that bring migrations, our own ones and preparations."""
    digest = hashlib.sha256()
    for distribution in sorted(importlib.metadata.distributions(), key=lambda found: found.name or ""):
        if any("/migrations/0" in str(file) for file in distribution.files or []):
            digest.update(f"{distribution.name}=={distribution.version}\n".encode())
    files = sorted((PROJECT / "geoplatform").glob("**/migrations/*.py"))
    files += sorted((PROJECT / "plugins").glob("*/**/migrations/*.py"))
    files += [PROJECT / "geoplatform" / "hub" / name for name in ("prepare.py", "accounts.py")]
    for file in files:
        digest.update(str(file.relative_to(PROJECT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def prepare_databases() -> None:
    """Fill the empty control database, and Django's tables of the data database, of the running cluster.

    The databases exist (`geoplatform.ops.databases.set_up`) and `config.load()` points to them. The first call on a machine
    migrates (two minutes) and keeps dumps; later ones restore. Afterwards the state is that of `prepare_hub`, except that the
    staff account and the OAuth application have the secrets of the installation that made the dump: tests set their own.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    name = fingerprint()
    control, data = CACHE / f"control-{name}.dump", CACHE / f"datastore-{name}.dump"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one run wait for the first instead of migrating in parallel
        if not (control.exists() and data.exists()):
            _prepare_hub()
            _dump(CONTROL_DATABASE, control)
            _dump(DATA_DATABASE, data, "--table", "public.dynamic_models_*", "--table", "public.django_migrations*")
            _forget_old()
            return
    _restore(CONTROL_DATABASE, control)
    _restore(DATA_DATABASE, data)


def restore_datastore(database: str) -> None:
    """Put Django's tables of uploads into `database`, a template of data databases; `prepare_databases` was called before."""
    _restore(database, CACHE / f"datastore-{fingerprint()}.dump")


def _prepare_hub() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "geoplatform.settings.test"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "prepare_hub"], env=environment, capture_output=True, text=True, cwd=PROJECT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"prepare_hub failed:\n{done.stderr[-4000:]}")


def _dump(database: str, path: Path, *selection: str) -> None:
    words = ["pg_dump", "--format=custom", "--compress=1", *selection, "--dbname", _dsn(database)]
    with tempfile.NamedTemporaryFile(dir=CACHE, delete=False) as file:
        subprocess.run(words, stdout=file, check=True, env=_environment())
    Path(file.name).replace(path)


def _restore(database: str, path: Path) -> None:
    words = ["pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", "--dbname", _dsn(database)]
    with path.open("rb") as file:
        listed = subprocess.run(["pg_restore", "--list", str(path)], capture_output=True, text=True, check=True).stdout
        # Extensions and the order of letters are there already, and only the superuser may make them or write their tables.
        there = (" EXTENSION ", " COLLATION ", "spatial_ref_sys")
        wanted = "\n".join(line for line in listed.splitlines() if not any(word in line for word in there))
        with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
            contents.write(wanted)
            contents.flush()
            subprocess.run([*words, "--use-list", contents.name], stdin=file, check=True, env=_environment())


def _dsn(database: str) -> str:
    """Return the owner's address of `database` without its password, which goes by the environment."""
    return " ".join(word for word in configuration.load().dsn("owner", database).split(" ") if not word.startswith("password="))


def _environment() -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": configuration.load().secret("pg_owner")}


def _forget_old() -> None:
    for pattern in ("control-*.dump", "datastore-*.dump"):
        for old in sorted(CACHE.glob(pattern), key=lambda path: -path.stat().st_mtime)[KEPT:]:
            old.unlink()
