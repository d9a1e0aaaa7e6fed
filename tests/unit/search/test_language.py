"""Words and lemmas: what people type in any form, script or layout meets what is written."""

from __future__ import annotations

import pytest

from geoplatform.layers.definition import Level
from geoplatform.search import analysis, language, letters, service
from geoplatform.search.document import Document, DocumentError, Words, faces
from geoplatform.search.snippet import snippet


def found(typed: str, written: str) -> bool:
    """Return whether each word typed meets a word written, as a query meets a document."""
    stored = {key for word in language.words(written) for key in language.keys(word) | language.latin_keys(word)}
    readings = service.all_readings(language.words(typed), typed)
    return any(all(keys & stored for keys in reading) for reading in readings)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("аптеки", "Аптека № 5"),
        ("лікарень", "Обласна лікарня"),
        ("больницы", "городская больница"),
        ("кропивницького", "Кропивницький"),
        ("pharmacy", "Pharmacies"),
        ("пам'ять", "площа Пам’яті"),
        ("память", "площа Памʼяті"),
        ("Кам`янка", "Кам’янка"),
        ("ганок", "Ґанок"),
        ("ghbdsn", "привіт"),
        ("fgntrf", "Аптека"),
        ("]'f", "їєа"),
        ("Kropyvnytskyi", "Кропивницький"),
        ("Kropivnitskiy", "Кропивницький"),
        ("Shevchenko", "вулиця Шевченка"),
        ("вул Шевченка", "вулиця Тараса Шевченка"),
        ("ул. Шевченко", "вулиця Шевченка"),
        ("пр-т Правди", "проспект Правди"),
        ("Пари\u0301ж", "Париж"),
        ("міні\u00adстерство", "міністерство"),
        ("aптека", "аптека"),
        ("Café", "cafe\u0301"),
    ],
)
def test_typed_meets_written(typed, written):
    assert found(typed, written)


@pytest.mark.parametrize(("typed", "written"), [("школа", "лікарня"), ("лід", "під"), ("Їжак", "Иржавець")])
def test_other_words_stay_apart(typed, written):
    assert not found(typed, written)


def test_keys_hold_nothing_that_a_tsquery_could_mistake():
    hostile = "a'b \\ ' : * & | ! ( ) <-> ґ'анок o'neill’s ''' \u202e %_ \U0001f600"
    literal = analysis.query_literal([[language.keys(word) | language.latin_keys(word) for word in language.words(hostile)]])
    assert set(literal) <= set("()|&'~") | {letter for letter in literal if letter.isalnum()}
    assert literal.count("'") % 2 == 0


def test_nothing_is_no_query():
    assert analysis.query_literal([]) == "" == analysis.query_literal([[]]) == analysis.query_literal([[frozenset()]])


def test_other_layouts_of_cyrillic_and_latin():
    assert "привіт" in letters.other_layouts("ghbdsn")
    assert "їжак" in letters.other_layouts("]:fr".replace(":", ";"))
    assert letters.other_layouts("123") == []


def test_a_title_is_compared_without_the_kind_of_street():
    assert analysis.sort_key("вулиця Шевченка, 1") == analysis.sort_key("Шевченка 1") == "шевченка 1"
    assert analysis.sort_key("вулиця") == "вулиця"


def test_snippet_shows_and_marks_what_was_found():
    text = "Перший абзац ні про що. " * 20 + "Тут працює аптека цілодобово. " + "Кінець. " * 40
    shown = snippet(text, language.keys("аптеки"))
    assert ("аптека", True) in shown.parts()
    assert shown.text.startswith("…") and shown.text.endswith("…") and len(shown.text) < 260
    assert snippet("коротко", set()).parts() == [("коротко", False)]
    assert snippet("", {"x"}).parts() == []


def test_levels_that_see_the_same_are_kept_once():
    public, registered, staff = Level.public, Level.registered, Level.staff
    assert faces([public, registered, staff]) == ["prs"]
    assert faces([public, staff]) == ["p", "s"]
    assert faces([staff]) == ["s"] and faces([]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": Words("")},
        {"url": "//evil.example/"},
        {"url": "https://evil.example/"},
        {"id": ""},
        {"collection": "Я"},
        {"levels": frozenset({Level.restricted})},
    ],
)
def test_unsound_documents_are_refused(wrong):
    sound = {"collection": "records", "id": "1", "kind": "record", "title": Words("Назва"), "url": "/x/"}
    with pytest.raises(DocumentError):
        Document(**{**sound, **wrong})
