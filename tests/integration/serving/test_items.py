"""Pages of features: complete, distinct, filtered and shaped as asked."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import pytest
from werkzeug.test import Client

from tests.integration.serving.layers import NAMES, PLACES, definition, place, put

ITEMS = "/ogcapi/collections/places/items"


def ask(client: Client, path: str = ITEMS, **parameters: object) -> dict:
    answer = client.get(f"{path}?{urlencode(parameters)}")
    assert answer.status_code == 200, answer.text
    return answer.json


def numbers(document: dict) -> list[int]:
    return [int(feature["id"][1:]) for feature in document["features"]]


def link(document: dict, rel: str) -> str | None:
    found = next((item["href"] for item in document["links"] if item["rel"] == rel), None)
    if found is None:
        return None
    parts = urlsplit(found)
    return f"{parts.path}?{parts.query}"


def follow(client: Client, first: dict) -> list[int]:
    """Return the numbers of all features from the page `first` on."""
    found, page = numbers(first), first
    while (address := link(page, "next")) is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json
        assert page["features"], "no empty page at the end"
        found += numbers(page)
    return found


@pytest.mark.parametrize("parameters", [{}, {"sortby": "-beds"}, {"sortby": "name,-founded"}, {"kind": "clinic"}])
@pytest.mark.parametrize("limit", [1, 7, 50, 200, 1000])
def test_following_next_gives_every_feature_once(places: Client, parameters: dict, limit: int) -> None:
    first = ask(places, limit=limit, **parameters)
    expected = [n for n in range(200) if parameters.get("kind") != "clinic" or n % 2 == 1]
    assert sorted(follow(places, first)) == expected
    assert first["numberMatched"] == len(expected)
    assert first["numberReturned"] == min(limit, len(expected))


def test_next_link_is_not_shifted_by_a_feature_that_comes_before_it(places: Client, data_db) -> None:
    first = ask(places, limit=50)
    put(data_db, PLACES, [place(number) for number in range(200)] + [place(0, id="a-new-one", code="a-new-one")], version=2)
    rest = places.get(link(first, "next")).json
    assert numbers(rest) == list(range(50, 100))


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


def test_ids_may_hold_any_letter_that_a_path_can(client: Client, data_db) -> None:
    layer = definition("odd_ids")
    ids = ["вул.Шевченка,1", "a+b&c=d", "x;y:z", "“лапки”", "a.b", "..a"]
    put(data_db, layer, [{"id": i, "code": i, "is_demo": False, "geom": "POINT(32 48)"} for i in ids])
    page = ask(client, "/ogcapi/collections/odd_ids/items")
    assert {feature["id"] for feature in page["features"]} == set(ids)
    for feature in page["features"]:
        from urllib.parse import quote

        answer = client.get(f"/ogcapi/collections/odd_ids/items/{quote(feature['id'], safe='')}")
        assert answer.json["id"] == feature["id"]


def test_a_layer_without_geometry_works(client: Client, data_db) -> None:
    layer = definition("codes", geometry="none")
    put(data_db, layer, [{"id": f"c{n}", "code": f"c{n}", "is_demo": False} for n in range(5)])
    page = ask(client, "/ogcapi/collections/codes/items", limit=2)
    assert [feature["geometry"] for feature in page["features"]] == [None, None]
    assert ask(client, "/ogcapi/collections/codes/items", bbox="-180,-90,180,90")["features"] == []
    described = ask(client, "/ogcapi/collections/codes")
    assert "extent" not in described and not [item for item in described["links"] if "tiles" in item["rel"]]
    assert client.get("/ogcapi/collections/codes/tiles/WebMercatorQuad/0/0/0").status_code == 404
    assert client.get("/ogcapi/collections/codes/style").status_code == 404
    assert "geometry" not in ask(client, "/ogcapi/collections/codes/schema")["properties"]


def test_an_empty_layer_answers(client: Client, data_db) -> None:
    put(data_db, definition("nothing"), [])
    page = ask(client, "/ogcapi/collections/nothing/items")
    assert (page["features"], page["numberMatched"]) == ([], 0)
    assert ask(client, "/ogcapi/collections/nothing")["numberItems"] == 0
    assert client.get("/ogcapi/collections/nothing/tiles/WebMercatorQuad/0/0/0").status_code == 204
