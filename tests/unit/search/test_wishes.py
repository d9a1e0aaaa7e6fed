"""Wishes among the words of a search: which kind, open, nearest, and from where; anything else stays plain words."""

from __future__ import annotations

import pytest

from geoplatform.layers import described
from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer, trimmed
from geoplatform.search import wishes


@pytest.fixture(scope="module")
def layers() -> list[PublishedLayer]:
    """The shipped layers as if each had data."""
    library = described.library()
    facts = {
        "level": "public", "version": 1, "feature_count": 5, "demo_count": 0, "bbox": None, "source_kind": "source",
        "source_date": None, "checked_at": None, "changed_at": None,
    }  # fmt: skip
    documents = [
        trimmed(library.layers[name], library.vocabularies, library.themes, Level.public)
        for name in ("health", "pharmacies", "banks", "shelters", "administrative_services", "education", "walkways")
    ]
    return [PublishedLayer.model_validate({**document.model_dump(by_alias=True), **facts}) for document in documents]


@pytest.mark.parametrize(
    ("text", "kind", "nearest", "opened", "place"),
    [
        ("найближча відкрита аптека", "pharmacy", True, True, ""),
        ("Найближчі відчинені аптеки", "pharmacy", True, True, ""),
        ("де найближча аптека?", "pharmacy", True, False, ""),
        ("яка аптека зараз працює", "pharmacy", False, True, ""),
        ("аптека поруч зі мною", "pharmacy", True, False, ""),
        ("відкрита аптека біля вул. Садової, 5", "pharmacy", True, True, "вул. Садової, 5"),
        ("найближча аптека до площі Героїв Майдану", "pharmacy", True, False, "площі Героїв Майдану"),
        ("ближайшая открытая аптека", "pharmacy", True, True, ""),
        ("аптека рядом со мной", "pharmacy", True, False, ""),
        ("nearest open pharmacy", "pharmacy", True, True, ""),
        ("where is the nearest pharmacy", "pharmacy", True, False, ""),
        ("pharmacies near me open now", "pharmacy", True, True, ""),
        ("pharmacy near Sadova Street 5", "pharmacy", True, False, "Sadova Street 5"),
        ("open pharmacies", "pharmacy", False, True, ""),
        ("найближчий ЦНАП", "service_centre", True, False, ""),
        ("найближче укриття", "shelters", True, False, ""),
    ],
)  # fmt: skip
def test_a_wish_is_understood(layers, text, kind, nearest, opened, place):
    wish = wishes.read(text, layers)
    assert wish is not None
    assert (wish.kind.category or wish.kind.layer, wish.nearest, wish.open, wish.place) == (kind, nearest, opened, place)


@pytest.mark.parametrize(
    "text",
    [
        "", "аптека", "аптека Садова", "відкрита", "найближча", "найближча відкрита", "відкритий університет Кропивницького",
        "біля", "аптека біля", "найближча блаблабла", "near", "open", "вулиця Садова, 5", "x" * 500, "найближча аптека і школа",
        "'; drop table --", "((((", "\u202e\u0000",
    ],
)  # fmt: skip
def test_other_words_stay_words(layers, text):
    assert wishes.read(text, layers) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("найближча відкрита аптека", "/map/?category=pharmacy&open=now&sort=distance"),
        ("nearest open pharmacy near Sadova 5", "/map/?category=pharmacy&open=now&from=Sadova+5"),
        ("відчинені аптеки", "/map/?category=pharmacy&open=now"),
        ("найближче укриття", "/map/?layer=shelters&sort=distance"),
    ],
)
def test_a_wish_is_a_query_of_the_map(layers, text, address):
    assert wishes.read(text, layers).address() == address


def test_while_one_types_a_begun_kind_is_offered(layers):
    assert [w.kind.category for w in wishes.begun("найближча апте", layers)] == ["pharmacy"]
    assert [w.kind.category for w in wishes.begun("nearest open phar", layers)] == ["pharmacy"]
    assert wishes.begun("апте", layers) == [], "a word that is only begun may be anything"
    alone = wishes.begun("аптека", layers)
    assert [(w.kind.category, w.nearest, w.open) for w in alone] == [("pharmacy", True, True)]


def test_hours_are_not_asked_of_what_tells_none(layers):
    bare = [layer.model_copy(update={"feature_count": 0}) if layer.id != "walkways" else layer for layer in layers]
    assert wishes.kinds(bare) == [], "what tells more of others is no kind of place"
    (shelter,) = wishes.begun("укриття", layers)
    assert shelter.open is shelter.kind.has_hours


def test_a_place_is_looked_for_only_where_one_may_be_named():
    assert wishes.may_name_a_place("аптека біля Садової")
    assert not wishes.may_name_a_place("найближча аптека") and not wishes.may_name_a_place("аптека біля мене")
