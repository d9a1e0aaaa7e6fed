"""What a start says before it starts: a taken port, a full disk, settings that make no sense. One line each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys

import pytest

from geoplatform.config import ConfigError
from geoplatform.ops import nginx, prepare
from geoplatform.ops.system import OpsError


def geoplatform(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "geoplatform.cli", *words],
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("part", ["nginx", "postgres", "redis", "control", "serving"])
def test_a_taken_port_is_one_line_that_names_port_part_and_holder(fresh_installation, part):
    port = fresh_installation.port_of(part)
    with socket.create_server(("127.0.0.1", port)):
        done = geoplatform("up")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert f"Port {port}, which {part} needs, is taken by pid {os.getpid()}" in done.stderr


def test_a_full_disk_is_one_line(fresh_installation, monkeypatch):
    monkeypatch.setattr(prepare, "FIRST_SPACE", shutil.disk_usage(fresh_installation.var).total * 2)
    with pytest.raises(OpsError, match=r"^The disk of .* MB free and .* MB are needed; make room"):
        prepare.check_machine(fresh_installation, own_postgres=True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("GEOPLATFORM_PORT", "eight"), ("GEOPLATFORM_MODE", "test"), ("GEOPLATFORM_DATA", "/does/not/exist")],
)
def test_a_setting_that_makes_no_sense_is_one_line(fresh_installation, variable, value):
    done = geoplatform("status", **{variable: value})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert variable in done.stderr


def test_a_listen_address_can_not_smuggle_configuration(fresh_installation, monkeypatch):
    monkeypatch.setenv("GEOPLATFORM_LISTEN", "127.0.0.1; root /")
    with pytest.raises(ConfigError, match="GEOPLATFORM_LISTEN"):
        nginx.write_configuration(fresh_installation)


def test_nginx_takes_its_configuration_with_every_option(fresh_installation, monkeypatch):
    monkeypatch.setenv("GEOPLATFORM_LISTEN", "0.0.0.0")
    monkeypatch.setenv("GEOPLATFORM_TRUSTED_PROXY", "10.0.0.0/8")
    monkeypatch.setenv("GEOPLATFORM_UPLOAD_LIMIT", "2g")
    nginx.write_configuration(fresh_installation)
    nginx.check(fresh_installation)


def test_nothing_running_is_said_and_stopping_it_is_no_error(fresh_installation):
    assert "Nothing answers on port" in geoplatform("status").stderr
    assert geoplatform("down").stdout == "nothing was running\n"


def test_help_is_there_even_if_a_part_is_broken():
    done = geoplatform("--help")
    assert done.returncode == 0
    for command in ("up", "down", "status", "layers", "plugins", "backup", "restore", "version"):
        assert f"\n  {command} " in done.stdout
