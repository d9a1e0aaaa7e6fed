"""Numbers, years and areas as people write them."""

from __future__ import annotations

import pytest

from geoplatform.indicators import numbers
from geoplatform.indicators.matching import AreaName, Areas


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("12,5", 12.5), ("12.5", 12.5), ("1 234,5", 1234.5), ("1\u00a0234\u202f567", 1234567), ("1,234.5", 1234.5),
        ("1.234,5", 1234.5), ("1,234,567", 1234567), ("1.234.567", 1234567), ("−3,2", -3.2), ("45,6 %", 45.6), ("1e3", 1000),
        ("0,0", 0), (" 7 ", 7), ("+2", 2), (".5", 0.5),
    ],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(text, value):
    assert numbers.number(text) == value


@pytest.mark.parametrize("text", ["", "–", "-", "н/д", "…", "NaN", "немає даних", "x"])
def test_a_cell_without_a_value_is_none(text):
    assert numbers.number(text) is None


@pytest.mark.parametrize(
    "text", ["багато", "12а", "1,23,4", "1.2.3", "=1+1", "1e999", "--5", "0x10", "12 осіб", "1,2345.6", "1;2", "9" * 60]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        numbers.number(text)


@pytest.mark.parametrize(
    ("text", "year"), [("2024", 2024), ("2024 р.", 2024), ("01.01.2024", 2024), ("2024-12-31", 2024), ("2024.0", 2024)]
)
def test_a_year_is_found(text, year):
    assert numbers.year(text) == year


@pytest.mark.parametrize("text", ["", "24", "2023/2024", "20245", "рік", "1066"])
def test_what_names_no_single_year_is_refused(text):
    with pytest.raises(ValueError):
        numbers.year(text)


AREAS = Areas(
    [
        AreaName("UA35040210000014072", "UA35040210000014072", ("Кропивницька міська громада", "Kropyvnytskyi urban community")),
        AreaName("UA35040250000058411", "UA35040250000058411", ("Новопразька громада",)),
        AreaName("a", "UA35040250000058400", ("Знам’янська", "Мала Виска")),
        AreaName("b", "UA35040250000058499", ("Знам'янська",)),
    ]
)


@pytest.mark.parametrize(
    ("code", "name", "area"),
    [
        ("UA35040210000014072", "", "UA35040210000014072"), ("35040210000014072", "", "UA35040210000014072"),
        ("УА35040210000014072", "", "UA35040210000014072"), ("ua 3504 0210000014072", "", "UA35040210000014072"),
        ("UA35040250000058400", "", "a"), ("", "Кропивницька", "UA35040210000014072"),
        ("", "КРОПИВНИЦЬКА  міська територіальна громада", "UA35040210000014072"),
        ("Новопразька", "", "UA35040250000058411"), ("", "kropyvnytskyi", "UA35040210000014072"),
    ],
)  # fmt: skip
def test_an_area_is_found_by_code_or_name(code, name, area):
    assert AREAS.match(code, name).area == area


@pytest.mark.parametrize(
    ("code", "name", "trouble"),
    [
        ("UA99999999999999999", "", "unmatched"), ("UA99999999999999999", "Кропивницька", "unmatched"), ("", "", "unmatched"),
        ("", "Знаменська", "unmatched"), ("", "Знам`янська громада", "ambiguous"), ("35040210000014000", "", "damaged_code"),
        ("3.50402100000141E+16", "", "damaged_code"), ("", "Громада", "unmatched"),
    ],
)  # fmt: skip
def test_a_row_that_names_no_single_area_says_why(code, name, trouble):
    assert AREAS.match(code, name).trouble == trouble


def test_a_damaged_code_is_helped_by_the_name():
    assert AREAS.match("3.50402E+16", "Кропивницька громада").area == "UA35040210000014072"
