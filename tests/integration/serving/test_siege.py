"""Heavy and forged requests: a clear 4xx each, and while a hundred of them come the good ones are answered."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from werkzeug.test import Client, create_environ, run_wsgi_app

from geoplatform.serving.app import application
from tests.integration.serving.asking import ITEMS

_RING = ",".join(f"[{32 + number * 1e-7:.7f},48]" for number in range(1_000_000))
MILLION = '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"LineString","coordinates":[' + _RING + "]}]}"
TEN_MEGABYTES = "name='" + "x" * 10_000_000 + "'"

BAD = [
    ("limit=many", {}, 400),
    ("crs=EPSG:0", {}, 400),
    ("filter=beds >", {}, 400),
    ("filter=" + "NOT " * 3000 + "beds=1", {}, 400),
    ("filter=name='" + "x" * 25_000 + "'", {}, 400),
    ("", {"Authorization": "Bearer forged"}, 401),
    ("", {"Authorization": "Basic ???"}, 401),
    ("datetime=2026-99-99", {}, 400),
    ("f=gpkg&offset=1", {}, 400),
    ("profile=none", {}, 400),
    ("geometry-precision=99", {}, 400),
    ("after=e30", {}, 400),
]


HEAVY = {
    "a million points": f"filter-lang=cql2-json&filter={quote(MILLION)}",
    "ten megabytes": f"filter-lang=cql2-text&filter={quote(TEN_MEGABYTES)}",
}


def heavy(query: str) -> tuple[int, str, bytes]:
    """Return status, media type and body of the answer to a query of megabytes."""
    environ = create_environ(ITEMS)
    environ["QUERY_STRING"] = query
    body, status, headers = run_wsgi_app(application, environ)
    return int(status[:3]), headers["Content-Type"], b"".join(body)


@pytest.mark.parametrize("kind", HEAVY)
def test_a_filter_of_megabytes_is_refused_unread(kind: str) -> None:
    started = time.monotonic()
    status, media_type, body = heavy(HEAVY[kind])
    assert time.monotonic() - started < 2
    assert (status, media_type) == (414, "application/problem+json")
    assert "longer than" in json.loads(body)["detail"]


@pytest.mark.parametrize(("query", "headers", "status"), BAD, ids=[(query or str(headers))[:30] for query, headers, _ in BAD])
def test_a_bad_request_gets_a_problem_that_says_what_to_do(places: Client, query: str, headers: dict, status: int) -> None:
    answer = places.get(ITEMS, query_string=query, headers=headers)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    problem = answer.json
    assert problem["status"] == status and len(problem["detail"]) > 10


def test_good_requests_are_answered_among_a_hundred_bad_ones(places: Client) -> None:
    def bad(number: int) -> int:
        if number % 5 == 0:
            return heavy(list(HEAVY.values())[number // 5 % len(HEAVY)])[0]
        query, headers, _ = BAD[number % len(BAD)]
        return Client(application).get(ITEMS, query_string=query, headers=headers).status_code

    def good(number: int) -> tuple[int, float]:
        started = time.monotonic()
        answer = Client(application).get(f"{ITEMS}?limit=5&beds={number}")
        assert json.loads(answer.data)["numberReturned"] == 1
        return answer.status_code, time.monotonic() - started

    with ThreadPoolExecutor(100) as crowd, ThreadPoolExecutor(2) as visitors:
        attack = [crowd.submit(bad, number) for number in range(100)]
        answers = list(visitors.map(good, range(20)))
        refused = [future.result() for future in attack]
    assert set(refused) == {400, 401, 414}
    assert [status for status, _ in answers] == [200] * 20
    assert max(seconds for _, seconds in answers) < 10
