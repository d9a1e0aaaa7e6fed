"""The serving plane as clients reach it, behind nginx and gunicorn: long addresses, refusals, compressed answers."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from geoplatform.ops.nginx import LONGEST_LINE, LONGEST_PAGE_ADDRESS
from tests.integration.serving.asking import ITEMS, numbers
from tests.integration.serving.layers import PLACES, place, put
from tests.maps_stack import Maps, running_maps

PROBLEM = "application/problem+json"
#: The longest name that an attribute takes by default; all begin alike.
LONG_NAME = "Ґ" * 9_990
#: 20,000 letters, of which almost all take six bytes in an address; true of every place.
FILTER = f"NOT name='{'ї' * (20_000 - 11)}'"


@pytest.fixture(scope="module")
def entrance(services, module_data_db: psycopg.Connection) -> Iterator[Maps]:
    """nginx and the serving plane, with 30 places whose names are long; the control plane does not run."""
    put(module_data_db, PLACES, [place(number, name=f"{LONG_NAME}{number:04d}") for number in range(30)])
    with running_maps(services.config, ("serving", "nginx")) as running:
        yield running


def page(entrance: Maps, address: str) -> dict:
    status, _, body = entrance.get(address)
    assert status == 200, body[:500]
    return json.loads(body)


def next_of(document: dict) -> str | None:
    """Return path and query of the link to the next page."""
    found = next((urlsplit(link["href"]) for link in document["links"] if link["rel"] == "next"), None)
    return f"{found.path}?{found.query}" if found else None


@pytest.mark.parametrize("typed", [quote, lambda text: text.replace(" ", "%20")], ids=["percent-encoded", "as it is typed"])
def test_the_longest_filter_is_answered_and_so_are_its_next_pages(entrance: Maps, typed: Callable[[str], str]) -> None:
    assert len(FILTER) == 20_000 and len(quote(FILTER)) > 119_000
    address = f"{ITEMS}?limit=12&sortby=name,kind&properties=beds&filter={typed(FILTER)}"
    status, _, body = raw(entrance, b"GET " + address.encode())
    assert status == 200, body[:500]
    document = json.loads(body)
    found, links = numbers(document), []
    while link := next_of(document):
        links.append(link)
        document = page(entrance, link)
        found += numbers(document)
    assert (sorted(found), len(found), len(links)) == (list(range(30)), 30, 2)
    assert min(map(len, links)) > 120_000


def test_pages_sorted_by_long_texts_lead_on(entrance: Maps) -> None:
    document = page(entrance, f"{ITEMS}?limit=7&sortby=-name,kind&properties=beds")
    found = numbers(document)
    while link := next_of(document):
        assert len(link) < 2_000
        document = page(entrance, link)
        found += numbers(document)
    assert sorted(found) == list(range(30))


@pytest.mark.parametrize("length", [130_100, LONGEST_LINE - 200, LONGEST_LINE + 100, 1_000_000])
def test_an_address_beyond_that_is_refused_in_words(entrance: Maps, length: int) -> None:
    status, headers, body = raw(entrance, b"GET %s?filter=%s" % (ITEMS.encode(), b"x" * length))
    assert (status, headers["content-type"]) == (414, PROBLEM)
    assert "horten" in json.loads(body)["detail"]
    assert headers["access-control-allow-origin"] == "*"


def test_pages_take_shorter_addresses_and_refuse_in_both_languages(entrance: Maps) -> None:
    status, headers, body = entrance.get("/map/?q=" + "x" * LONGEST_PAGE_ADDRESS)
    assert (status, headers["content-type"]) == (414, "text/html; charset=utf-8")
    assert "Задовга адреса" in body.decode() and "The address is too long" in body.decode()
    status, headers, body = entrance.get("/api/v2/datasets/?q=" + "x" * LONGEST_PAGE_ADDRESS)
    assert (status, headers["content-type"], json.loads(body)["status"]) == (414, PROBLEM, 414)
    # nobody is behind it here, so what was let through is answered so
    assert entrance.get("/map/?q=" + "x" * (LONGEST_PAGE_ADDRESS - 100))[0] == 503


def raw(entrance: Maps, line: bytes, *headers: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the answer to a request written byte for byte, of which the server may read only the beginning."""
    request = b"\r\n".join([line + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *headers, b"", b""])
    with socket.create_connection(("127.0.0.1", entrance.config.port), 30) as connection, connection.makefile("rb") as answer:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has seen enough, and has answered
            connection.sendall(request)
        status = int(answer.readline().split()[1])
        told = {}
        while (header := answer.readline().strip()) and b":" in header:
            name, _, value = header.decode().partition(":")
            told[name.lower()] = value.strip()
        return status, told, answer.read(int(told["content-length"]))


REFUSED = {
    "no host": (b"GET /ogcapi/", [b"Host: twice"], 400),
    "a method nobody knows": (b"PROPFIND /ogcapi/collections", [], 405),
    "a method of the control plane's": (b"PROPFIND /ogcapi/collections/places/items", [], 405),
    "a body too large": (b"POST /ogcapi/collections/places/items", [b"Content-Length: 99999999"], 413),
    "a cookie too large": (b"GET /ogcapi/", [b"Cookie: a=" + b"x" * LONGEST_LINE], 431),
    "a change under another name": (b"DELETE http://evil.example/ogcapi/collections/places/items/p0001", [], 421),
    "nobody behind it": (b"DELETE /ogcapi/collections/places/items/p0001", [], 503),
    "no such archive": (b"GET /pmtiles/absent.pmtiles", [], 404),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_nginx_refuses_for_an_api_is_a_problem_that_says_what_to_do(entrance: Maps, why: str) -> None:
    line, headers, expected = REFUSED[why]
    status, told, body = raw(entrance, line, *headers)
    assert (status, told["content-type"]) == (expected, PROBLEM)
    problem = json.loads(body)
    assert (problem["type"], problem["status"]) == ("about:blank", expected)
    assert problem["title"] and len(problem["detail"]) > 100, "in both languages"
    if expected == 405:
        assert told["allow"].startswith("GET, HEAD, OPTIONS") and told["allow"].endswith("POST") is ("items" in line.decode())
    if expected == 503:
        assert told["retry-after"] and told["cache-control"] == "no-store"


def test_a_large_cookie_that_nginx_takes_is_taken_behind_it(entrance: Maps) -> None:
    assert raw(entrance, b"GET /ogcapi/", b"Cookie: a=" + b"x" * 60_000)[0] == 200


TEXTS = (
    f"{ITEMS}?f=json", f"{ITEMS}?f=jsonfg", f"{ITEMS}?f=html", f"{ITEMS}?f=csv", f"{ITEMS}/p0001?f=json",
    "/ogcapi/?f=json", "/ogcapi/conformance?f=json", "/ogcapi/openapi?f=json", "/ogcapi/collections?f=json",
    "/ogcapi/collections/places/schema?f=json", "/ogcapi/collections/places/queryables?f=json",
    "/ogcapi/collections/places/tiles/WebMercatorQuad?f=tilejson", "/ogcapi/styles?f=json", "/ogcapi/styles/places?f=mbs",
    "/ogcapi/styles/places?f=sld11", "/ogcapi/collections/catalogue/items?f=json", "/ogcapi/catalogue.jsonld",
    "/ogcapi/TileMatrixSets/WebMercatorQuad?f=json", "/ogcapi/pages.css",
    "/wms?SERVICE=WMS&REQUEST=GetCapabilities", "/wmts/1.0.0/WMTSCapabilities.xml",
)  # fmt: skip


@pytest.mark.parametrize("address", TEXTS)
def test_texts_come_compressed(entrance: Maps, address: str) -> None:
    _, plain, body = entrance.get(address)
    assert len(body) > 512 and "content-encoding" not in plain, body
    _, zipped, packed = entrance.get(address, Accept_Encoding="gzip")
    assert zipped.get("content-encoding") == "gzip", zipped["content-type"]
    assert len(gzip.decompress(packed)) == pytest.approx(len(body), abs=20)
    _, brotli, packed = entrance.get(address, Accept_Encoding="br")
    assert brotli.get("content-encoding") == "br" and len(packed) < len(body)
    assert zipped["content-type"] == brotli["content-type"] == plain["content-type"]
