"""The whole platform for tests that look from outside: `geoplatform up` on ports of its own, once for a test process."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.config import CONTROL_DATABASE, PROJECT, Config
from geoplatform.ops import cluster as clusters
from geoplatform.ops import databases, prepare
from geoplatform.ops import redis as redis_server
from tests import control_template
from tests.installation import empty_installation
from tests.post import Post, mail_server

#: Seconds that a start may take: the first one on a machine collects static files and compiles, while other tests run.
PATIENCE = 600


@dataclass(frozen=True)
class Stack:
    """The running platform.

    base_url: of nginx, without a trailing slash. env: the environment to run `geoplatform` in. log: what `up` printed.
    staff_password: of the account `staff`. post: of the mail server to which it sends its letters.
    """

    base_url: str
    env: dict[str, str]
    staff_password: str
    config: Config
    process: subprocess.Popen
    log: Path
    post: Post

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `geoplatform` with `words` in this installation."""
        done = subprocess.run([*GEOPLATFORM, *words], env=self.env, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (names in lower case) and body of a GET through nginx."""
        connection = http.client.HTTPConnection("127.0.0.1", self.config.port, timeout=60)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def health(self) -> dict:
        """Return the state that /healthz tells."""
        return json.loads(self.get("/healthz")[2])

    def part(self, name: str) -> int:
        """Return the process id of the part `name`."""
        return json.loads((self.config.run / "parts.json").read_text())[name]["pid"]

    def wait_until_well(self, seconds: float = PATIENCE) -> None:
        """Wait until every part answers."""
        deadline = time.monotonic() + seconds
        state: dict = {}
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"geoplatform up ended:\n{self.tail()}"
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                state = self.health()
                if state["ok"]:
                    return
            time.sleep(0.2)
        raise AssertionError(f"not well after {seconds} s: {state}\n{self.tail()}")

    def wait_until_catalogued(self, seconds: float = PATIENCE) -> None:
        """Wait until the catalogue has followed every published layer and raster."""
        missing_from = (
            "select id from registry.layer where published and catalogued is null"
            " union all select id from registry.raster where publication <> 'restricted' and catalogued is null"
        )
        deadline = time.monotonic() + seconds
        with psycopg.connect(self.config.dsn(), autocommit=True) as conn:
            while missing := conn.execute(missing_from).fetchall():
                assert time.monotonic() < deadline, f"not in the catalogue after {seconds} s: {missing}\n{self.tail()}"
                time.sleep(0.5)

    def tail(self) -> str:
        """Return the end of what `geoplatform up` printed."""
        return self.log.read_text(errors="replace")[-6000:]


GEOPLATFORM = [sys.executable, "-m", "geoplatform.cli"]


@contextlib.contextmanager
def running_stack(data: Path | None) -> Iterator[Stack]:
    """Run the platform while the block lasts; `data` is the shared data folder or None. It must end by itself when told to."""
    with empty_installation() as place, mail_server() as post:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GEOPLATFORM_")} | place
        env |= {"GEOPLATFORM_SMTP_HOST": "127.0.0.1", "GEOPLATFORM_SMTP_PORT": str(post.port), "GEOPLATFORM_SMTP_TLS": "0"}
        env.pop("DJANGO_SETTINGS_MODULE", None)
        if data is not None:
            env["GEOPLATFORM_DATA"] = str(data)
        config, password = _prepare(env)
        log = config.var / "up.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*GEOPLATFORM, "up"], env=env, stdout=output, stderr=subprocess.STDOUT, cwd=PROJECT, start_new_session=True
            )
        stack = Stack(f"http://localhost:{config.port}", env, password, config, process, log, post)
        try:
            stack.wait_until_well()
            yield stack
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=150)
            _keep_static(config)
        assert status == 0, f"geoplatform up ended with {status}:\n{stack.tail()}"


def _prepare(env: dict[str, str]) -> tuple[Config, str]:
    """Fill a fresh installation from the machine's dumps, so that the start migrates nothing; return the staff password."""
    password = secrets.token_urlsafe(12)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GEOPLATFORM_") or name == "DJANGO_SETTINGS_MODULE"]:
            patch.delenv(name)
        for name, value in env.items():
            patch.setenv(name, value)
        config = configuration.load()
        cluster = clusters.find(config)
        clusters.create(cluster, durable=False)
        redis_server.write_configuration(config, durable=False)
        with clusters.running(cluster), redis_server.running(config):
            databases.set_up(cluster, config)
            control_template.prepare_databases()
            with psycopg.connect(config.dsn("owner", CONTROL_DATABASE)) as conn:
                # The dump is another installation's: its password and address are put right.
                conn.execute("update people_profile set password = %s where username = 'staff'", (_django_hash(password),))
                conn.execute("update django_site set domain = %s", (config.site_url.partition("://")[2],))
            prepare.Steps(config).done("hub", prepare.hub_fingerprint(config))
    kept = _static_cache()
    if kept.is_dir():
        shutil.copytree(kept, config.var / "static")
        (config.var / "static.fingerprint").write_text(prepare.static_fingerprint())
    return config, password


def _django_hash(password: str) -> str:
    """Return `password` in Django's stored form."""
    salt, rounds = secrets.token_hex(11), 100_000
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"


def _static_cache() -> Path:
    return control_template.CACHE / f"static-{prepare.static_fingerprint()[:16]}"


def _keep_static(config: Config) -> None:
    """Keep the collected static files for the next run; only the newest set."""
    kept = _static_cache()
    stamp = config.var / "static.fingerprint"
    if kept.is_dir() or not stamp.exists() or stamp.read_text() != prepare.static_fingerprint():
        return
    temporary = kept.with_name(f"new-{os.getpid()}")
    shutil.copytree(config.var / "static", temporary)
    for old in control_template.CACHE.glob("static-*"):
        shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(OSError):  # another run was quicker
        temporary.rename(kept)
    shutil.rmtree(temporary, ignore_errors=True)
