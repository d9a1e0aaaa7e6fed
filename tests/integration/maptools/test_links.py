"""Short links: what they lead to, what is refused, and whose requests a limit counts."""

from urllib.parse import urlsplit

import pytest

MAKE = "/map/-/short-link/"


def test_a_short_link_leads_to_the_view_it_was_made_of(visitor):
    target = "/en/map/?layer=pharmacies&q=%D0%B0"
    made = visitor.post(MAKE, {"target": target})
    assert made.status_code == 200
    followed = visitor.get(urlsplit(made.json()["address"]).path)
    assert followed.status_code in (301, 302)
    assert followed.headers["Location"] == target
    assert visitor.post(MAKE, {"target": target}).json() == made.json(), "the same view has one link"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/map/", "/\\evil.example", "/hub/", "", "/map/\n"])
def test_only_views_of_the_map_are_shortened(visitor, target):
    answer = visitor.post(MAKE, {"target": target})
    assert (answer.status_code, answer.json()) == (400, {"error": "foreign"})


def test_one_visitor_s_limit_leaves_the_others_alone(visitor):
    def status(number: int, address: str) -> int:
        # the first entry is the visitor's own claim; nginx writes the last one
        forwarded = f"203.0.113.{number % 250}, {address}"
        return visitor.post(MAKE, {"target": f"/map/?page={number}"}, headers={"x-forwarded-for": forwarded}).status_code

    from geoplatform.maptools.links import PER_HOUR

    asked = [status(number, "198.51.100.7") for number in range(1, PER_HOUR + 2)]
    assert asked == [200] * PER_HOUR + [429]
    assert status(1, "198.51.100.8") == 200
