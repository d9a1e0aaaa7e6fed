"""OWSLib, as a harvester would use it: reads the catalogue by OGC API Records, each record once."""

from __future__ import annotations

import pytest
from owslib.ogcapi.records import Records

LAYER = "settlements"


@pytest.fixture(scope="module")
def records(stack) -> Records:
    """The collection of records, all layers in it."""
    stack.wait_until_catalogued()
    return Records(f"{stack.base_url}/ogcapi/")


@pytest.fixture(scope="module")
def titles(records: Records) -> dict[str, str]:
    """Title of each record by its id, as OGC API Records gives them."""
    found = records.collection_items("catalogue", limit=1000)
    assert found["numberMatched"] == found["numberReturned"]
    return {feature["id"]: feature["properties"]["title"] for feature in found["features"]}


def test_records_are_a_collection_with_pages_filters_and_single_records(records: Records, titles: dict[str, str]):
    assert records.records() == ["catalogue"]
    paged: list[str] = []
    while len(paged) < len(titles):
        page = records.collection_items("catalogue", limit=7, offset=len(paged))["features"]
        assert page
        paged += [feature["id"] for feature in page]
    assert sorted(paged) == sorted(titles)
    one = records.collection_item("catalogue", LAYER)
    assert (one["id"], one["properties"]["title"]) == (LAYER, titles[LAYER])
    found = records.collection_items("catalogue", q=titles[LAYER].split()[0], limit=100)["features"]
    assert LAYER in {feature["id"] for feature in found}
    assert records.collection_items("catalogue", bbox=[-80, -40, -70, -30], limit=100)["numberMatched"] < len(titles)
