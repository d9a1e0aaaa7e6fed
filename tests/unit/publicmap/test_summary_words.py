"""Words of the summary: kinds after numbers, areas in their case."""

from __future__ import annotations

import pytest

from geoplatform.layers.library import load_library
from geoplatform.places import words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Подільський район", "Подільському районі"),
        ("вулиця Садова", "вулиці Садовій"),
        ("вулиця Шевченка", "вулиці Шевченка"),
        ("Кропивницький", "Кропивницькому"),
        ("Соколівське", "Соколівському"),
        ("Кропивницька міська територіальна громада", "Кропивницькій міській територіальній громаді"),
        ("Xyz", None),
    ],
)
def test_name_after_a_preposition_of_place(name, said):
    assert words.locative(name) == said


def test_every_kind_of_facility_can_be_counted():
    terms = load_library().vocabularies["facility_categories"].terms
    headings = {term.broader for term in terms}
    kinds = [term for term in terms if term.code not in headings and term.code != "other"]
    assert len(kinds) > 50
    assert [term.code for term in kinds if term.counted is None] == []
    for term in kinds:
        assert term.counted.uk[0] == term.counted.uk[0].strip() and len(set(term.counted.en)) == 2
        assert term.counted.uk[0][0].islower() and all(form.split()[0] for form in term.counted.uk)
    pharmacy = next(term for term in kinds if term.code == "pharmacy").counted.uk
    assert [f"{number} {words.plural(number, pharmacy)}" for number in (1, 2, 5, 11, 12, 21, 112)] == [
        "1 аптека", "2 аптеки", "5 аптек", "11 аптек", "12 аптек", "21 аптека", "112 аптек",
    ]  # fmt: skip
