"""Values of sources become an attribute's type or are marked; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from geoplatform.layers.casting import cast
from geoplatform.layers.definition import Attribute
from geoplatform.layers.vocabulary import Vocabulary
from tests.layer_cases import attribute, text

KINDS = Vocabulary.model_validate(
    {
        "id": "kinds",
        "title": text("Kinds"),
        "terms": [
            {"code": "clinic", "title": text("Clinic"), "matches": ["Клініка", "amenity=clinic"]},
            {"code": "other", "title": text("Other")},
        ],
    }
)


def _cast(kind, values, terms=None, **more):
    model = Attribute.model_validate(attribute("a", kind, **more))
    column = pa.array(values)
    found = cast(model, [column], len(values), terms)
    faulty = sorted({(int(row), fault.code) for fault in found.faults for row in fault.rows.nonzero()[0]})
    return found.values.to_pylist(), faulty


@pytest.mark.parametrize(
    ("kind", "given", "wanted"),
    [
        ("text", "  Лікарня  ", "Лікарня"),
        ("text", " \u00a0 ", None),
        ("text", 5, "5"),
        ("text", 5.0, "5"),
        ("text", 5.25, "5.25"),
        ("text", True, "true"),
        ("integer", " 42 ", 42),
        ("integer", "-7", -7),
        ("integer", "12.0", 12),
        ("integer", 12.0, 12),
        ("integer", float("nan"), None),
        ("number", "12,5", 12.5),
        ("number", "1e3", 1000.0),
        ("number", 3, 3.0),
        ("number", float("nan"), None),
        ("boolean", "так", True),
        ("boolean", "No", False),
        ("boolean", 1, True),
        ("date", "2026-05-31", date(2026, 5, 31)),
        ("date", "31.05.2026", date(2026, 5, 31)),
        ("date", "2026/05/31", date(2026, 5, 31)),
        ("date", datetime(2026, 5, 31, 10, 0), date(2026, 5, 31)),
        ("datetime", "2026-05-31T10:00+03:00", datetime(2026, 5, 31, 7, 0, tzinfo=UTC)),
        ("datetime", "2026-05-31T10:00", datetime(2026, 5, 31, 7, 0, tzinfo=UTC)),
        ("datetime", datetime(2026, 5, 31, 10, 0), datetime(2026, 5, 31, 10, 0, tzinfo=UTC)),
        ("json", '{"b": 1, "a": [2]}', '{"a": [2], "b": 1}'),
    ],
)
def test_a_value_is_turned_into_the_type(kind, given, wanted):
    assert _cast(kind, [given]) == ([wanted], [])


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("integer", "abc", "type_integer"),
        ("integer", "12.5", "type_integer"),
        ("integer", 12.5, "type_integer"),
        ("integer", "9" * 30, "type_integer"),
        ("integer", float("inf"), "type_integer"),
        ("number", "1.000.000", "type_number"),
        ("number", "1e999", "type_number"),
        ("number", "nan", "type_number"),
        ("number", float("inf"), "type_number"),
        ("boolean", "maybe", "type_boolean"),
        ("date", "2026-02-30", "type_date"),
        ("date", "sometime", "type_date"),
        ("datetime", "99", "type_datetime"),
        ("json", "{", "type_json"),
        ("json", '{"a": NaN}', "type_json"),
        ("json", '"\\u0000"', "type_json"),
        ("json", "[" * 9_000, "type_json"),
        ("text", "a\0b", "nul"),
        ("text", "Л\ufffdкарня", "encoding"),
        ("text", "Полтава".encode().decode("cp1251", "replace"), "encoding"),
        ("text", "Полтава".encode().decode("latin-1"), "encoding"),
        ("text", "Полтава".encode("cp1251").decode("latin-1"), "encoding"),
        ("text", "x" * 10_001, "too_long"),
    ],
)
def test_a_value_that_can_not_be_turned_is_marked_with_its_reason(kind, given, code):
    assert _cast(kind, [given, None]) == ([None, None], [(0, code)])


@pytest.mark.parametrize(
    "word",
    ["Кропивницький", "СССР", "РСФСР", "вулиця Ґонти, 5", "Café Österreich", "Їжакевич", "№ 5 — «Дружба»", "Преображенська"],
)
def test_honest_text_is_not_taken_for_a_wrong_encoding(word):
    assert _cast("text", [word]) == ([word], [])


def test_words_become_terms_without_regard_to_case():
    values, faulty = _cast("text", ["КЛІНІКА", "clinic", "Amenity=Clinic", "барлога", None], KINDS, vocabulary="kinds")
    assert values == ["clinic", "clinic", "clinic", None, None]
    assert faulty == [(3, "vocabulary")]


def test_an_unknown_word_becomes_the_other_term_when_one_is_named():
    assert _cast("text", ["барлога"], KINDS, vocabulary="kinds", vocabulary_other="other") == (["other"], [])


def test_several_values_become_an_array_each_once():
    assert _cast("text", ['a; b ;a; "c\\'], multiple=True) == (['{"a","b","\\"c\\\\"}'], [])
    assert _cast("text", ['["a", "b"]'], multiple=True) == (['{"a","b"}'], [])
    assert _cast("text", ["clinic;КЛІНІКА"], KINDS, multiple=True, vocabulary="kinds") == (['{"clinic"}'], [])


def test_the_first_source_column_with_a_value_wins_and_a_bad_one_is_not_passed_over():
    model = Attribute.model_validate(attribute("a", "integer"))
    found = cast(model, [pa.array([None, "x", "1"]), pa.array(["2", "2", "bad"])], 3, None)
    assert found.values.to_pylist() == [2, None, 1]
    assert [(fault.code, fault.rows.tolist()) for fault in found.faults] == [("type_integer", [False, True, False])]


def test_forty_megabytes_in_one_attribute_are_refused_not_stored():
    values, faulty = _cast("text", ["x" * 40_000_000, "kept"])
    assert (values, faulty) == ([None, "kept"], [(0, "too_long")])
