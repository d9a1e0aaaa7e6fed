"""The running platform as a whole: what nginx serves, how a dead part is named and comes back, how all of it stops."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import signal
import time
from pathlib import Path

import pytest

from geoplatform.ops.system import start_time


@pytest.fixture(autouse=True)
def leave_it_well(stack):
    """Whatever a test stopped is back before the next one."""
    yield
    stack.wait_until_well()


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.1)
    return found


def test_health_lists_every_part(stack):
    status, headers, body = stack.get("/healthz")
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert set(json.loads(body)["parts"]) == {
        "postgres",
        "redis",
        "control",
        "worker",
        "serving",
        "nginx",
        "disk",
        "mapserver",
        "mapproxy",
        "keeper",
        "access",
    }


def test_health_names_a_redis_that_hangs(stack):
    os.kill(stack.part("redis"), signal.SIGSTOP)
    try:
        status, _, body = wait_for(lambda: (answer := stack.get("/healthz"))[0] != 200 and answer)
    finally:
        os.kill(stack.part("redis"), signal.SIGCONT)
    assert status == 503
    assert json.loads(body)["parts"]["redis"] == {"ok": False, "why": "does not answer"}


def test_a_killed_part_is_started_again(stack):
    before = stack.part("redis")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: stack.part("redis") != before if "redis" in (stack.config.run / "parts.json").read_text() else False)
    stack.wait_until_well()
    assert "redis stopped by signal SIGKILL and is started again" in stack.log.read_text()


def test_without_the_control_plane_layers_are_served_and_pages_say_what_is_wrong(stack):
    before = stack.part("control")
    os.kill(before, signal.SIGKILL)
    _, headers, page = wait_for(lambda: (answer := stack.get("/account/login/"))[0] == 503 and answer)
    assert headers["retry-after"]
    assert "Сторінка тимчасово недоступна" in page.decode()
    assert "This page is not available" in page.decode()
    assert stack.get("/ogcapi/collections?f=json")[0] == 200
    _, headers, problem = stack.get("/api/v2/datasets/")
    assert (headers["content-type"], json.loads(problem)["title"]) == ("application/problem+json", "Service Unavailable")
    # health is asked at most once a second, so the answer from before may still stand
    wait_for(lambda: stack.health()["parts"]["control"]["ok"] is False)


def test_without_the_serving_plane_health_names_it(stack):
    serving = stack.part("serving")
    os.kill(serving, signal.SIGKILL)
    _, _, body = wait_for(lambda: (answer := stack.get("/healthz"))[0] == 503 and answer)
    assert json.loads(body)["parts"]["serving"]["ok"] is False


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_ogc_api_takes_reading_methods_only(stack, method):
    connection = http.client.HTTPConnection("127.0.0.1", stack.config.port, timeout=30)
    connection.request(method, "/ogcapi/collections", body=b"{}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.read())["title"] == "Method Not Allowed"
    connection.close()


def test_hashed_files_never_expire_and_come_compressed(stack):
    manifest = json.loads(stack.get("/static/publicmap/dist/manifest.json")[2])
    name = manifest["src/site/site.ts"]["file"]
    status, headers, body = stack.get(f"/static/publicmap/dist/{name}", Accept_Encoding="gzip")
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body)
    assert stack.get(f"/static/publicmap/dist/{name}", Accept_Encoding="br")[1]["content-encoding"] == "br"


@pytest.mark.parametrize("path", ["/", "/map/", "/ogcapi/?f=html"])
def test_our_pages_may_run_only_our_files(stack, path):
    status, headers, _ = stack.get(path, Accept="text/html")
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]


def test_geonodes_pages_may_run_their_inline_scripts(stack):
    assert "script-src 'self' 'unsafe-inline'" in stack.get("/account/login/")[1]["content-security-policy"]


def test_an_upload_beyond_the_limit_is_refused_in_words(stack):
    connection = http.client.HTTPConnection("127.0.0.1", stack.config.port, timeout=30)
    connection.putrequest("POST", "/account/login/")
    connection.putheader("Content-Length", str(17 * 2**20))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert "Завеликий файл" in answer.read().decode()
    connection.close()


def test_a_name_that_is_not_ours_goes_no_further(stack):
    connection = http.client.HTTPConnection("127.0.0.1", stack.config.port, timeout=30)
    connection.request("GET", "/robots.txt", headers={"Host": "evil.example"})
    answer = connection.getresponse()
    assert answer.status == 421
    assert "GEOPLATFORM_SITE_URL" in answer.read().decode()
    connection.close()


def test_a_second_start_says_that_it_runs(stack):
    done = stack.command("up", check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"already runs (pid {stack.process.pid})" in done.stderr


def test_status_lists_the_parts(stack):
    assert stack.command("status").stdout.count(" ok\n") == 11


def test_no_secret_is_in_an_argument_list(stack):
    secrets = json.loads((stack.config.var / "secrets.json").read_text())
    for name in ("postgres", "redis", "serving", "nginx", "control", "worker", "mapserver", "mapproxy", "keeper", "access"):
        words = Path(f"/proc/{stack.part(name)}/cmdline").read_text()
        assert not [secret for secret, value in secrets.items() if value in words], name
        assert start_time(stack.part(name))
