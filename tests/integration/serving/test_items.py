"""Pages of features: complete, distinct, filtered and shaped as asked."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from tests.integration.serving.asking import ask, follow, link, numbers
from tests.integration.serving.layers import NAMES

ITEMS = "/ogcapi/collections/places/items"


@pytest.mark.parametrize("parameters", [{}, {"sortby": "-beds"}, {"sortby": "name,-founded"}, {"kind": "clinic"}])
@pytest.mark.parametrize("limit", [1, 7, 50, 200, 1000])
def test_following_next_gives_every_feature_once(places: Client, parameters: dict, limit: int) -> None:
    first = ask(places, limit=limit, **parameters)
    expected = [n for n in range(200) if parameters.get("kind") != "clinic" or n % 2 == 1]
    assert sorted(follow(places, first)) == expected
    assert first["numberMatched"] == len(expected)
    assert first["numberReturned"] == min(limit, len(expected))


def test_offset_passes_over_features(places: Client) -> None:
    page = ask(places, limit=10, offset=195)
    assert numbers(page) == list(range(195, 200))
    assert link(page, "next") is None
    assert numbers(places.get(link(page, "prev")).json) == list(range(185, 195))


def test_a_feature_carries_all_properties_of_its_level(places: Client) -> None:
    feature = ask(places, limit=1, offset=3)["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [32.206, 48.48]}
    assert feature["properties"] == {
        "is_demo": False,
        "code": "p0003",
        "name": "Інгул",
        "kind": "clinic",
        "beds": 3,
        "rating": 0.3,
        "open": False,
        "founded": "2003-01-15",
        "seen": feature["properties"]["seen"],
        "features": ["ramp", "lift"],
        "extra": {"a": 3},
    }
    assert feature["properties"]["seen"].startswith("2026-01-31T1")


def test_letters_are_not_escaped(places: Client) -> None:
    assert "Кам'янка".encode() in places.get(f"{ITEMS}?limit=1").data


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({"beds": 7}, [7]),
        ({"rating": 0.7}, [7]),
        ({"code": "p0007"}, [7]),
        ({"id": "p0007"}, [7]),
        ({"name": "Кам'янка", "beds": 8}, [8]),
        ({"open": "false", "beds": 7}, [7]),
        ({"is_demo": "true", "limit": 3}, [0, 5, 10]),
        ({"features": "lift", "limit": 3}, [0, 3, 6]),
        ({"founded": "2007-01-15", "limit": 2}, [7, 32]),
        ({"seen": "2026-01-31T10:00:00Z", "limit": 2}, [0, 1]),
        ({"name": "' or 1=1 --"}, []),
        ({"sortby": "-beds", "limit": 2}, [199, 198]),
        ({"datetime": "2025-12-31"}, []),
        ({"datetime": "2026-01-01", "limit": 1}, [0]),
        ({"datetime": "../2026-02-01T00:00:00Z", "limit": 1}, [0]),
        ({"datetime": "2025-01-01/2025-06-01"}, []),
        ({"datetime": "2026-06-01/..", "limit": 1}, [0]),
    ],
)
def test_features_are_filtered_by_parameters(places: Client, parameters: dict, wanted: list[int]) -> None:
    assert numbers(ask(places, **parameters)) == wanted


def test_names_are_sorted_by_the_ukrainian_alphabet(places: Client) -> None:
    page = ask(places, sortby="name", limit=200, properties="name")
    seen = list(dict.fromkeys(feature["properties"]["name"] for feature in page["features"]))
    assert seen == ["Абетка", "Ґанок", "Єва", "Єлисавет", "Інгул", "Їжак", "Кам'янка", "Яблуня"]
    assert set(seen) == set(NAMES)


def test_properties_and_geometry_are_left_out_when_asked(places: Client) -> None:
    feature = ask(places, limit=1, properties="beds,name", skipGeometry="true")["features"][0]
    assert feature["geometry"] is None
    assert feature["properties"] == {"name": "Кам'янка", "beds": 0}
    assert ask(places, limit=1, properties="")["features"][0]["properties"] == {}


def test_hits_count_without_features(places: Client) -> None:
    page = ask(places, resulttype="hits", kind="hospital")
    assert (page["numberMatched"], page["numberReturned"], page["features"]) == (100, 0, [])


def test_limit_is_bounded(places: Client) -> None:
    assert ask(places)["numberReturned"] == 10
    assert ask(places, limit=10**17)["numberReturned"] == 200


def test_one_feature_by_its_id(places: Client) -> None:
    feature = ask(places, f"{ITEMS}/p0007")
    assert (feature["type"], feature["id"], feature["properties"]["beds"]) == ("Feature", "p0007", 7)
    assert {item["rel"] for item in feature["links"]} == {"self", "alternate", "collection"}
