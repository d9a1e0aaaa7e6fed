"""Answers as programs and pages read them: titles, addresses and snippets in the reader's language."""

from __future__ import annotations

from typing import Any

import orjson

from geoplatform import config
from geoplatform.layers.definition import Text
from geoplatform.search.backend import Hit, Suggestion
from geoplatform.search.service import Answer
from geoplatform.search.snippet import Snippet, snippet
from geoplatform.search.wishes import SUGGESTED, Wish

#: Addresses that are the same in every language.
_ONE_LANGUAGE = ("/ogcapi/", "/catalogue/", "/api/", "/wms", "/static/")


def path(url: str, language: str) -> str:
    """Return the path of a document's page in the reader's language."""
    if language.startswith("en") and not url.startswith(_ONE_LANGUAGE):
        return f"/en{url}"
    return url


def titled(titles: dict[str, Text], code: str, language: str) -> str:
    """Return what a kind or collection is called, its code when nobody named it."""
    return titles[code].in_language(language) if code in titles else code


def passage(hit: Hit, answer: Answer, language: str) -> Snippet:
    """Return the passage of the document's text that fits the words looked for."""
    text = hit.body.in_language(language)
    return snippet(text, answer.keys)


def item(hit: Hit, answer: Answer, language: str) -> dict[str, Any]:
    """Return a hit as the search's JSON has it."""
    return {
        "id": f"{hit.collection}/{hit.id}",
        "kind": hit.kind,
        "collection": hit.collection,
        "url": config.load().site_url + path(hit.url, language),
        "title": hit.title.in_language(language),
        "subtitle": hit.subtitle.in_language(language),
        "snippet": passage(hit, answer, language).text,
        "geometry": orjson.Fragment(hit.geometry) if hit.geometry else None,
        "score": hit.score,
        "is_demo": hit.is_demo,
    }


def facets(answer: Answer, language: str) -> dict[str, list[dict[str, Any]]]:
    """Return the numbers of hits by kind and by collection, the largest first."""
    named = answer.titles
    return {
        "kind": _facet(answer.hits.kinds, named.kinds if named else {}, language),
        "collection": _facet(answer.hits.collections, named.collections if named else {}, language),
    }


def suggestion(found: Suggestion, titles: dict[str, Text], language: str) -> dict[str, Any]:
    """Return a suggestion as the combobox reads it; one that stands for several documents leads to the search for them."""
    return {
        "title": found.title.in_language(language),
        "kind": found.kind,
        "kind_title": titled(titles, found.kind, language),
        "subtitle": found.subtitle.in_language(language) if found.count == 1 else "",
        "count": found.count,
        "url": path(found.url, language) if found.count == 1 else None,
        "is_demo": found.is_demo,
    }


def wish(found: Wish, language: str) -> dict[str, Any]:
    """Return a wish that what was typed may become as a suggestion: it leads to the map, which answers it."""
    return {
        "title": found.title(language),
        "kind": "wish",
        "kind_title": SUGGESTED.in_language(language),
        "subtitle": found.place,
        "count": 1,
        "url": path(found.address(), language),
        "is_demo": False,
    }


def _facet(counts: dict[str, int], titles: dict[str, Text], language: str) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"value": code, "title": titled(titles, code, language), "count": count} for code, count in ordered if count]
