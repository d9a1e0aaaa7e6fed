"""Where this installation lives: directories, ports, secrets and database addresses, read from the environment.

Imported by every plane, so it may import only the standard library.
"""

from __future__ import annotations

import json
import os
import secrets as _random
import tempfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

#: One loopback port for each part, counted from the public one, so that an operator can guess them.
PORT_OFFSETS = {"nginx": 0, "postgres": 1, "redis": 2, "control": 3, "serving": 4, "mapserver": 5, "mapproxy": 6}

#: PostgreSQL login roles. `owner` writes (control plane, sync engine); the others read one level of views each.
ROLES = {"owner": "gp_owner", "public": "gp_public", "registered": "gp_registered", "staff": "gp_staff"}

CONTROL_DATABASE = "geoplatform"
DATA_DATABASE = "geoplatform_data"


class ConfigError(Exception):
    """A setting is missing or makes no sense; the message says which one and what to do."""


@dataclass(frozen=True)
class Config:
    """The installation's fixed facts.

    var: directory of everything this installation writes.
    data: the local data root that `data://` sources are read from, or None.
    port: the public port of nginx; the other parts follow it (`PORT_OFFSETS`).
    demo: whether bundled sample and demonstration data may be loaded.
    site_url: the address residents type, without a trailing slash.
    """

    var: Path
    data: Path | None
    port: int
    demo: bool
    site_url: str

    def port_of(self, part: str) -> int:
        """Return the loopback port of `part`, one of `PORT_OFFSETS`."""
        return self.port + PORT_OFFSETS[part]

    @cached_property
    def run(self) -> Path:
        """Directory of pid files and generated configuration."""
        return self.var / "run"

    def secret(self, name: str) -> str:
        """Return the secret `name`: `GEOPLATFORM_SECRET_<NAME>` if set, else the one generated on first use.

        Raises ConfigError when the secrets file can't be read or written.
        """
        from_environment = os.environ.get(f"GEOPLATFORM_SECRET_{name.upper()}")
        if from_environment:
            return from_environment
        return _secrets_of(self.var / "secrets.json").get(name) or _stored_secret(self.var / "secrets.json", name)

    def dsn(self, role: str = "owner", database: str = DATA_DATABASE) -> str:
        """Return the libpq connection string of `role` (a key of `ROLES`) for `database`.

        `GEOPLATFORM_PGHOST` and `GEOPLATFORM_PGPORT` point to a PostgreSQL of one's own instead of the private cluster.
        """
        host = os.environ.get("GEOPLATFORM_PGHOST", "127.0.0.1")
        port = os.environ.get("GEOPLATFORM_PGPORT", str(self.port_of("postgres")))
        return f"host={host} port={port} dbname={database} user={ROLES[role]} password={self.secret('pg_' + role)}"

    @property
    def redis_url(self) -> str:
        """Return the address of Redis, without a database number."""
        return os.environ.get("GEOPLATFORM_REDIS_URL") or (f"redis://:{self.secret('redis')}@127.0.0.1:{self.port_of('redis')}")


#: What `load` reads.
_VARIABLES = ("GEOPLATFORM_VAR", "GEOPLATFORM_DATA", "GEOPLATFORM_PORT", "GEOPLATFORM_MODE", "GEOPLATFORM_SITE_URL")


def load() -> Config:
    """Return the configuration that the environment describes now.

    Raises ConfigError when a variable has a value that can't be used.
    """
    return _read(*map(os.environ.get, _VARIABLES))


@lru_cache(maxsize=8)  # asked for by every request
def _read(var: str | None, data_root: str | None, port: str | None, mode: str | None, site_url: str | None) -> Config:
    port_text, mode = port or "8000", mode or "demo"
    if not port_text.isdigit() or not 1 <= int(port_text) <= 65535 - max(PORT_OFFSETS.values()):
        raise ConfigError(f"GEOPLATFORM_PORT={port_text!r} is not a port number; use one between 1 and 65529.")
    if mode not in ("demo", "production"):
        raise ConfigError(f"GEOPLATFORM_MODE={mode!r} is unknown; use demo or production.")
    if data_root and not Path(data_root).is_dir():
        raise ConfigError(f"GEOPLATFORM_DATA={data_root!r} is not a directory.")
    return Config(
        var=Path(var or PROJECT / "var").resolve(),
        data=Path(data_root).resolve() if data_root else None,
        port=int(port_text),
        demo=mode == "demo",
        site_url=(site_url or f"http://localhost:{port_text}").rstrip("/"),
    )


def _secrets_of(path: Path) -> dict[str, str]:
    """Return the secrets that the file holds, read again only when it is another than before; none where there is no file."""
    try:
        state = path.stat()
    except OSError:
        return {}
    return _read_secrets(path, state.st_ino, state.st_mtime_ns)


@lru_cache(maxsize=8)
def _read_secrets(path: Path, _inode: int, _modified: int) -> dict[str, str]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}  # who makes or reads a secret under the lock says what is wrong


def _stored_secret(path: Path, name: str) -> str:
    """Return the secret `name` kept in the file `path` (mode 0600), making it first when it is not there.

    An exclusive lock beside the file keeps two starting processes from generating two values.
    """
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            stored = json.loads(path.read_text()) if path.exists() else {}
            if name not in stored:
                stored[name] = _random.token_urlsafe(32)
                descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # created with mode 0600
                with os.fdopen(descriptor, "w") as file:
                    json.dump(stored, file, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            return stored[name]
    except (OSError, ValueError) as error:
        raise ConfigError(f"Can't read or write the secrets file {path}: {error}") from error
