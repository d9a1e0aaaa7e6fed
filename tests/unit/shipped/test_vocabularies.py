"""The shipped vocabularies: no word of a source means two terms, and every one is used."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from geoplatform.layers.definition import Attribute


def test_no_word_of_a_source_means_two_terms(library):
    for vocabulary in library.vocabularies.values():
        words = Counter(
            word for term in vocabulary.terms for word in {" ".join(w.casefold().split()) for w in (term.code, *term.matches)}
        )
        assert [word for word, count in words.items() if count > 1] == [], vocabulary.id


def test_every_vocabulary_is_used(library):
    used = {attribute.vocabulary for layer in library.layers.values() for attribute in layer.attributes}
    assert set(library.vocabularies) - used == {"audiences"}


def test_no_title_stands_for_two_terms(library):
    for vocabulary in library.vocabularies.values():
        for language in ("uk", "en"):
            titles = Counter(term.title.in_language(language) for term in vocabulary.terms)
            assert [title for title, count in titles.items() if count > 1] == [], vocabulary.id


def test_codifier_letters_are_known_in_both_alphabets(library):
    words = {word for term in library.vocabularies["settlement_categories"].terms for word in term.matches}
    assert set("OPHMTXCBK") <= words
    assert set("ОРНМТХСВК") <= words


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "column", "layer", "attribute"),
    [
        ("protected_areas_kirovohradska", "kind", "protected_areas", "kind"),
        ("protected_areas_kirovohradska", "status", "protected_areas", "rank"),
        ("toponyms_physical_kirovohradska", "kind", "toponyms", "kind"),
    ],
)
def test_every_word_of_the_real_register_is_a_term(library, shared_data, file, column, layer, attribute):
    described: Attribute = library.layers[layer].attribute(attribute)
    known = {
        " ".join(word.casefold().split())
        for term in library.vocabularies[described.vocabulary].terms
        for word in (term.code, *term.matches)
    }
    features = json.loads((shared_data / "gazetteer" / f"{file}.geojson").read_text(encoding="utf-8"))["features"]
    words = {" ".join(feature["properties"][column].casefold().split()) for feature in features}
    assert words - known == set()
