"""Short ways to ask the serving plane and to read its answers."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from werkzeug.test import Client

ITEMS = "/ogcapi/collections/places/items"


def ask(client: Client, path: str = ITEMS, **parameters: object) -> dict:
    """Return the JSON answer, which must be a success."""
    answer = client.get(f"{path}?{urlencode(parameters)}")
    assert answer.status_code == 200, answer.text
    return answer.json


def numbers(document: dict) -> list[int]:
    """Return the numbers of the places on a page."""
    return [int(feature["id"][1:]) for feature in document["features"]]


def link(document: dict, rel: str) -> str | None:
    """Return the path and query of the link `rel`, or None."""
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
