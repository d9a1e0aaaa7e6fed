"""`numberMatched` is exact where it is told, and left out where counting would cost or is not wanted."""

from __future__ import annotations

import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.serving.features import COUNT_LIMIT
from tests.integration.serving.asking import ask, link
from tests.integration.serving.layers import attribute, definition, put

MANY = COUNT_LIMIT + 1
ITEMS = "/ogcapi/collections/numbers/items"


@pytest.fixture(scope="module")
def numbers(module_data_db: psycopg.Connection, shared_client: Client) -> Client:
    """A client of a service with one feature more than are counted for each page, numbered from 1."""
    layer = definition("numbers", attribute("n", type="integer"), geometry="none")
    put(module_data_db, layer, [])
    module_data_db.execute(
        "insert into layers.numbers (id, code, is_demo, n, valid_from, version)"
        " select 'n' || n, 'n' || n, false, n, '2026-01-01', 1 from generate_series(1, %s) n",
        [MANY],
    )
    module_data_db.execute("update registry.layer set feature_count = %s where id = 'numbers'", [MANY])
    module_data_db.commit()
    return shared_client


@pytest.mark.parametrize(
    ("parameters", "matched"),
    [
        ({}, MANY),  # the whole collection's number is known
        ({"filter": f"n <= {COUNT_LIMIT}"}, COUNT_LIMIT),
        ({"filter": f"n <= {MANY}"}, None),
        ({"filter": f"n <= {MANY}", "count": "true"}, MANY),
        ({"filter": f"n <= {MANY}", "resulttype": "hits"}, MANY),
        ({"filter": f"n <= {MANY}", "offset": COUNT_LIMIT}, MANY),  # the last page tells by itself
        ({"filter": f"n <= {MANY}", "limit": COUNT_LIMIT}, None),
        ({"count": "false"}, None),
        ({"filter": f"n <= {COUNT_LIMIT}", "count": "false"}, None),
        ({"filter": "n <= 3", "count": "false"}, None),
        ({"filter": "n <= 3"}, 3),
        ({"filter": "n < 0"}, 0),
    ],
)
def test_matches_are_told_exactly_or_not_at_all(numbers: Client, parameters: dict, matched: int | None):
    page = ask(numbers, ITEMS, **parameters)
    assert page.get("numberMatched") == matched
    assert ("numberMatched" in page) == (matched is not None), "left out, and not null"
    assert page["numberReturned"] == len(page["features"])


def test_further_pages_count_as_the_first_one_does(numbers: Client):
    for parameters, matched in (({}, None), ({"count": "true"}, MANY)):
        first = ask(numbers, ITEMS, filter=f"n <= {MANY}", **parameters)
        following = numbers.get(link(first, "next"))
        assert following.status_code == 200, following.text
        assert following.json.get("numberMatched") == matched


@pytest.mark.parametrize("value", ["yes", "", "1", "true,false"])
def test_a_count_that_is_neither_true_nor_false_is_refused(numbers: Client, value: str):
    assert numbers.get(f"{ITEMS}?count={value}").status_code == 400
