"""The install script and the container files: one package list, sound syntax, nothing to do the second time."""

from __future__ import annotations

import re
import subprocess

import dockerfile
import yaml

from geoplatform.config import PROJECT

DOCKER = PROJECT / "docker"


def packages() -> dict[str, str]:
    lines = (PROJECT / "scripts" / "debian-packages.txt").read_text().splitlines()
    listed = [line.split(None, 2) for line in lines if line and not line.startswith("#")]
    assert all(len(words) == 3 for words in listed), "each line: name, use, why"
    return {name: use for name, use, _ in listed}


def test_each_package_says_what_it_is_for():
    assert set(packages().values()) == {"run", "build", "test"}


def test_the_image_is_made_from_the_same_list_and_lock():
    steps = dockerfile.parse_file(str(DOCKER / "Dockerfile"))
    commands = [step.cmd for step in steps]
    assert commands[0] == "FROM"
    assert commands[-2:] == ["ENTRYPOINT", "CMD"]
    runs = " ".join(word for step in steps if step.cmd == "RUN" for word in step.value)
    assert "scripts/install --packages" in runs
    assert not re.search(r"apt-get install|pip install|uv sync", runs), "what is installed is said in one place"
    for step in steps:
        if step.cmd == "COPY":
            assert all((PROJECT / source).exists() for source in step.value[:-1]), step.original


def test_the_container_does_not_run_as_root():
    users = [step.value[0] for step in dockerfile.parse_file(str(DOCKER / "Dockerfile")) if step.cmd == "USER"]
    assert users == ["geoplatform"]


def test_compose_builds_that_image_and_keeps_what_it_writes():
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    service = compose["services"]["geoplatform"]
    assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    (volume,) = service["volumes"]
    name, _, place = volume.partition(":")
    assert name in compose["volumes"]
    env = next(step for step in dockerfile.parse_file(str(DOCKER / "Dockerfile")) if step.cmd == "ENV")
    assert place in env.value


def test_installing_again_does_nothing():
    first = subprocess.run(["scripts/install"], cwd=PROJECT, capture_output=True, text=True, check=True)
    again = subprocess.run(["scripts/install"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert first.stdout.strip().endswith("ready")
    assert re.fullmatch(r"\[ +\d+\.\d s\] ready\n", again.stdout)
