"""GeoNode's switches `read only` and `maintenance`: people get a page, clients of an API a problem."""

from __future__ import annotations

import pytest

WRITES = [
    ("post", "/ogcapi/collections/benches/items"),
    ("put", "/ogcapi/collections/benches/items/a"),
    ("patch", "/ogcapi/collections/benches/items/a"),
    ("delete", "/ogcapi/collections/benches/items/a"),
    ("patch", "/api/v2/datasets/1/"),
]


@pytest.fixture
def switched(control_db):
    """A function that turns one of the switches on."""
    from django.core.cache import cache
    from geonode.base.models import Configuration

    def switch(name: str) -> None:
        stored = Configuration.load()
        setattr(stored, name, True)
        stored.save()
        cache.clear()

    return switch


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(("name", "status"), [("read_only", 405), ("maintenance", 503)])
def test_a_client_that_writes_is_told_in_a_problem(switched, anonymous_client, name, status, method, path):
    switched(name)
    answer = getattr(anonymous_client, method)(path, "{}", content_type="application/geo+json")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status and "try again" in problem["detail"]
    if status == 503:
        assert int(answer["Retry-After"]) > 0
    else:
        assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_people_get_a_page(switched, resident_client):
    switched("read_only")
    answer = resident_client.post("/account/tokens/", {"name": "x"})
    assert (answer.status_code, answer["Content-Type"]) == (405, "text/html; charset=utf-8")
    switched("maintenance")
    answer = resident_client.get("/people/")
    assert (answer.status_code, answer["Content-Type"]) == (503, "text/html; charset=utf-8")


def test_who_reads_a_read_only_portal_notices_nothing(switched, anonymous_client):
    switched("read_only")
    assert anonymous_client.get("/api/v2/datasets/").status_code == 200
