"""OGC API Features part 4 through the real entrance: nginx leads reads to one plane and writes to the other, at one address."""

from __future__ import annotations

import base64
import dataclasses
import http.client
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geoplatform.access import tokens
from geoplatform.config import CONTROL_DATABASE, PROJECT
from tests.layer_cases import attribute, definition, text
from tests.stack import Stack
from tests.waiting import until

LAYER = "fountains"
ITEMS = f"/ogcapi/collections/{LAYER}/items"
GEOJSON, MERGE, PROBLEM = "application/geo+json", "application/merge-patch+json", "application/problem+json"


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The installation has one more layer, which is kept in the platform."""
    layers = tmp_path_factory.mktemp("described") / "layers"
    shutil.copytree(PROJECT / "layers", layers)
    source = {"driver": "platform", "location": "platform"}
    seats = attribute("jets", "integer")
    layer = definition(attribute("name", role="name"), seats, id=LAYER, title=text("Фонтани"), source=source)
    (layers / f"{LAYER}.yaml").write_text(layer.canonical_json())
    told = dataclasses.replace(stack, env={**stack.env, "GEOPLATFORM_LAYERS": str(layers)})
    told.command("layers", "sync", LAYER)
    stack.wait_until_catalogued()
    yield layers
    told.command("layers", "unpublish", LAYER)


@pytest.fixture(scope="module")
def token(stack: Stack, folder: Path) -> str:
    """A token of the account `staff`, whose right to edit has reached both planes."""
    with psycopg.connect(stack.config.dsn("owner", CONTROL_DATABASE)) as conn:
        (account,) = conn.execute("select id from people_profile where username = 'staff'").fetchone()
    with psycopg.connect(stack.config.dsn(), autocommit=True) as conn:
        granted = "select 1 from access.permission where layer = %s and operation = 'edit'"
        until(lambda: conn.execute(granted, [LAYER]).fetchone(), 30)
        return tokens.make(conn, account, "test", 1)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{token}".encode()).decode()


def send(stack: Stack, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], dict | None]:
    """Return status, headers (names in lower case) and the JSON of the answer, None where there is no body."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.config.port, timeout=60)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text) if text else None
    finally:
        connection.close()


def fountain(code: str, jets: int, **properties: object) -> dict:
    """Return a feature as a client writes it."""
    place = {"type": "Point", "coordinates": [32.26, 48.51]}
    return {"type": "Feature", "geometry": place, "properties": {"code": code, "jets": jets, **properties}}


def jets_of(stack: Stack, path: str) -> int | None:
    """Return what the serving plane says of the feature, None when it is not there."""
    status, _, body = stack.get(f"{path}?f=json")
    return json.loads(body)["properties"]["jets"] if status == 200 else None


@pytest.mark.parametrize("shown", [bearer, basic])
def test_a_feature_lives_at_one_address_in_both_planes(stack: Stack, token: str, shown: Callable[[str], str]) -> None:
    code, who = f"by-{shown.__name__}", {"Authorization": shown(token)}
    status, headers, body = send(stack, "POST", ITEMS, fountain(code, 1), Content_Type=GEOJSON, **who)
    assert status == 201, body
    path = f"{ITEMS}/{code}"
    assert headers["location"] == stack.base_url + path
    until(lambda: jets_of(stack, path) == 1)

    # what the serving plane calls this state is what the control plane knows it by
    read = stack.get(f"{path}?f=json")[1]["etag"]
    replaced = fountain(code, 2, name="Біля ратуші")
    status, _, body = send(stack, "PUT", path, replaced, Content_Type=GEOJSON, If_Match=read, **who)
    assert (status, body) == (204, None)
    until(lambda: jets_of(stack, path) == 2)

    status, headers, body = send(stack, "PATCH", path, {"properties": {"jets": 9}}, Content_Type=MERGE, If_Match=read, **who)
    assert (status, headers["content-type"], body["status"]) == (412, PROBLEM, 412)
    assert jets_of(stack, path) == 2
    read = stack.get(f"{path}?f=json")[1]["etag"]
    status, headers, _ = send(stack, "PATCH", path, {"properties": {"jets": 3}}, Content_Type=MERGE, If_Match=read, **who)
    assert status == 204 and headers["etag"] != read
    until(lambda: jets_of(stack, path) == 3)

    assert send(stack, "DELETE", path, If_Match=read, **who)[0] == 412
    assert send(stack, "DELETE", path, If_Match=headers["etag"], **who)[0] == 204
    until(lambda: jets_of(stack, path) is None)


REFUSED = {
    "no credentials": ({"Content_Type": GEOJSON}, 401),
    "a forged token": ({"Content_Type": GEOJSON, "Authorization": bearer("gpt_" + "x" * 43)}, 401),
    "a wrong media type": ({"Content_Type": "text/csv"}, 415),
    "no media type": ({}, 415),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_refused_is_a_problem_and_changes_nothing(stack: Stack, token: str, why: str) -> None:
    headers, expected = REFUSED[why]
    if expected == 415:
        headers = {**headers, "Authorization": bearer(token)}
    status, told, problem = send(stack, "POST", ITEMS, fountain("refused", 1), **headers)
    assert (status, told["content-type"], problem["status"]) == (expected, PROBLEM, expected), problem
    assert len(problem["detail"]) > 10
    assert jets_of(stack, f"{ITEMS}/refused") is None


def test_who_asks_what_may_be_written_is_told_by_the_plane_that_writes(stack: Stack, token: str) -> None:
    status, headers, _ = send(stack, "OPTIONS", ITEMS)
    assert status in (200, 204) and "POST" in headers["allow"] and GEOJSON in headers["accept-post"]
    status, headers, problem = send(stack, "PROPFIND", ITEMS)
    assert (status, headers["content-type"], problem["status"]) == (405, PROBLEM, 405)
