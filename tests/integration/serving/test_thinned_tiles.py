"""Far zooms of a large layer show some of its features, unless the address names which; near ones and named ones show all."""

from __future__ import annotations

import itertools

import numpy as np
import psycopg
import pytest
from werkzeug.test import Client

from geoplatform.layers.thinning import FULL_ZOOM, SMALL, thinned_below
from tests.integration.serving.asking import decoded, tile_at
from tests.integration.serving.layers import definition, put

PATH = "/ogcapi/collections/crowd/tiles/WebMercatorQuad"
#: Two hundred metres across: a cell or two of a far tile.
COUNT = SMALL + 100


@pytest.fixture
def crowd(client: Client, data_db: psycopg.Connection) -> Client:
    places = itertools.islice(itertools.product(range(60), range(60)), COUNT)
    features = [
        {"id": f"c{number}", "code": f"c{number}", "is_demo": False, "geom": f"POINT({32.2 + x * 0.00004} {48.5 + y * 0.00004})"}
        for number, (x, y) in enumerate(places)
    ]
    put(data_db, definition("crowd"), features)
    return client


def drawn(client: Client, zoom: int, **asked: str) -> dict[int, str]:
    path = tile_at(32.2008, 48.5008, zoom)
    answer = client.get(f"{PATH}/{path}", query_string=asked)
    assert answer.status_code in (200, 204), answer.text
    return {items["mvt_id"]: items["id"] for _, items in decoded(answer.data, path)} if answer.data else {}


def _base36(number: int) -> str:
    return np.base_repr(number, 36).lower()


def named(fids: list[int]) -> str:
    return ".".join(_base36(later - earlier) for earlier, later in itertools.pairwise([0, *sorted(fids)]))


def test_a_far_tile_shows_one_of_a_cell_and_a_near_one_all(crowd: Client) -> None:
    assert thinned_below(COUNT, "point") == FULL_ZOOM and thinned_below(SMALL, "point") == 0
    assert 1 <= len(drawn(crowd, 10)) <= 4
    assert len(drawn(crowd, FULL_ZOOM - 1)) < COUNT
    inside = drawn(crowd, FULL_ZOOM)
    assert len(inside) > len(drawn(crowd, FULL_ZOOM - 1)) / 4 and len(inside) > 500


def test_features_that_are_named_are_all_shown(crowd: Client, data_db: psycopg.Connection) -> None:
    fids = [fid for (fid,) in data_db.execute("select fid from layers.crowd order by fid limit 9").fetchall()]
    assert set(drawn(crowd, 10, only=named(fids))) == set(fids)
    assert drawn(crowd, 10, only=named([10**15])) == {}
    assert set(drawn(crowd, 10)) != set(fids), "what was asked for before is no answer to another question"


@pytest.mark.parametrize(
    "only", ["", ".", "1..2", "-1", "1,2", "ї", "z" * 12, ".".join(["zzzzzzzzzzz"] * 80), "1 2"], ids=range(9)
)
def test_numbers_that_are_none_are_refused(places: Client, only: str) -> None:
    answer = places.get("/ogcapi/collections/places/tiles/WebMercatorQuad/0/0/0", query_string={"only": only})
    assert answer.status_code == 400 and "only" in answer.json["detail"]
