"""Asking an Overpass server: what is sent, and what a busy one answers."""

import json

import pytest

from geoplatform.layers.sources.base import SourceError
from tests.integration.sources.conftest import Answer
from tests.reading import read_source

QUERY = "nwr[amenity=pharmacy]({{bbox}});out center;"
ANSWER = json.dumps(
    {"version": 0.6, "elements": [{"type": "node", "id": 1, "lat": 48.51, "lon": 32.26, "tags": {"name": "Аптека"}}]}
)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (QUERY, "[out:json];nwr[amenity=pharmacy](48.3,31.9,48.7,32.6);out center;"),
        (f"[timeout:60];{QUERY}", "[out:json][timeout:60];nwr[amenity=pharmacy](48.3,31.9,48.7,32.6);out center;"),
        (f"[out:json][timeout:60];{QUERY}", "[out:json][timeout:60];nwr[amenity=pharmacy](48.3,31.9,48.7,32.6);out center;"),
    ],
)
@pytest.mark.parametrize("by", ["option", "bounds"])
def test_the_query_is_posted_with_its_bbox(site, query, sent, by):
    site.answer = lambda asked: Answer(ANSWER)
    more = {"options": {"bbox": "48.3,31.9,48.7,32.6"}} if by == "option" else {"within": {"bounds": (31.9, 48.3, 32.6, 48.7)}}
    read = read_source("overpass", f"{site.url}/api/interpreter", "name", query=query, **more)
    assert read.rows == [{"name": "Аптека"}]
    assert (site.asked[0].method, site.asked[0].form) == ("POST", {"data": sent})


def test_what_the_query_lacks_is_said_before_anything_is_asked(site):
    with pytest.raises(SourceError, match="needs a `query`"):
        read_source("overpass", site.url)
    for options in ({}, {"bbox": "48.3;drop"}):
        with pytest.raises(SourceError, match="option bbox"):
            read_source("overpass", site.url, query=QUERY, options=options)
    assert site.asked == []


def test_a_server_out_of_time_or_busy_is_said(site):
    site.answer = lambda asked: Answer('{"version":0.6,"elements":[\n],\n"remark": "runtime error: Query run out of memory [1]"}')
    with pytest.raises(SourceError, match="out of memory"):
        read_source("overpass", site.url, query="node(1);out;")
    site.answer = lambda asked: Answer("<html>", status=504)
    with pytest.raises(SourceError, match="answered 504"):
        read_source("overpass", site.url, query="node(1);out;")
