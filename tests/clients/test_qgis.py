"""QGIS without a screen, as GIS staff would use it: reads every feature of a collection, in the right place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.looking import look

COLLECTIONS = ("settlements", "community_boundary", "streets")


@pytest.fixture(scope="module")
def seen(stack, tmp_path_factory) -> dict[str, dict]:
    """What QGIS read of each collection."""
    address = f"{stack.base_url}/ogcapi/"
    sources = {name: f"url='{address}' typename='{name}' pageSize='500'" for name in COLLECTIONS}
    folder: Path = tmp_path_factory.mktemp("qgis")
    return look(folder, features=sources)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_qgis_reads_every_feature_in_its_place(stack, seen: dict[str, dict], collection: str):
    items = json.loads(stack.get(f"/ogcapi/collections/{collection}/items?f=json&limit=1")[2])
    bbox = json.loads(stack.get(f"/ogcapi/collections/{collection}?f=json")[2])["extent"]["spatial"]["bbox"][0]
    found = seen[collection]
    assert found["valid"], found["fault"]
    assert found["read"] == found["distinct"] == items["numberMatched"]
    assert found["extent"] == pytest.approx(bbox, abs=1e-4)
