"""Addresses as people write them, and distances as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoplatform.places import names, words


@pytest.mark.parametrize(
    ("text", "street", "house", "settlement"),
    [
        ("вул. Шевченка, 12а", "вулиця|шевченка", "12а", ""),
        ("вулиця Шевченка 12-А", "вулиця|шевченка", "12а", ""),
        ("вулиця Шевченка, 12 а, кв. 5", "вулиця|шевченка", "12а", ""),
        ("м. Кропивницький, вул. Велика Перспективна, буд. 41", "вулиця|велика перспективна", "41", "Кропивницький"),
        ("просп. Перемоги 5/3", "проспект|перемоги", "5/3", ""),
        ("пр-т Правди, 10", "проспект|правди", "10", ""),
        ("б-р Студентський 3", "бульвар|студентський", "3", ""),
        ("с. Нове, пров. Шкільний, б. 2", "провулок|шкільний", "2", "Нове"),
        ("Шевченка Тараса вул., 7", "вулиця|тараса шевченка", "7", ""),
        ("вулиця 50 років УПА, 3", "вулиця|50 років упа", "3", ""),
        ("вулиця 40 років Жовтня", "вулиця|40 жовтня років", "", ""),
        ("вул. 8 Березня 14", "вулиця|8 березня", "14", ""),
        ("пл. Героїв Майдану", "площа|героїв майдану", "", ""),
        ("Дворцова 12 корп. 2", "вулиця|дворцова", "12 к2", ""),
        ("буд.5, вул.Шульгиних", "вулиця|шульгиних", "5", ""),
        ("ул. Ленина, д. 3", "вулиця|ленина", "3", ""),
        ("Shevchenko street 5", "вулиця|shevchenko", "5", ""),
    ],
)
def test_address_is_taken_apart(text, street, house, settlement):
    asked = names.parse_address(text)
    assert (asked.street.key, asked.house, asked.settlement) == (street, house, settlement)


@given(st.text(max_size=200))
def test_any_text_is_taken_apart(text):
    names.parse_address(text)


@pytest.mark.parametrize(
    ("metres", "uk", "en"),
    [
        (3, "менш ніж 10 метрів", "less than 10 metres"),
        (304, "300 метрів", "300 metres"),
        (994, "990 метрів", "990 metres"),
        (996, "1 кілометр", "1 kilometre"),
        (1500, "1,5 кілометра", "1.5 kilometres"),
        (2000, "2 кілометри", "2 kilometres"),
        (9960, "10 кілометрів", "10 kilometres"),
        (11_000, "11 кілометрів", "11 kilometres"),
        (21_400, "21 кілометр", "21 kilometres"),
    ],
)
def test_distance_in_words(metres, uk, en):
    assert (words.distance(metres, "uk"), words.distance(metres, "en")) == (uk, en)


@pytest.mark.parametrize("number", [1, 21, 101, 1001])
def test_plural_after_one(number):
    assert words.plural(number, ("метр", "метри", "метрів")) == "метр"


@pytest.mark.parametrize("number", [0, 5, 11, 12, 14, 111, 112])
def test_plural_after_many(number):
    assert words.plural(number, ("метр", "метри", "метрів")) == "метрів"


def test_direction_goes_round_the_compass():
    said = [words.direction(bearing, "uk") for bearing in (0, 45, 90, 135, 180, 225, 270, 315, 359, -45)]
    assert said[0] == said[8] == "на північ" and said[1] == "на північний схід" and said[9] == said[7] == "на північний захід"
    assert words.direction(100, "en") == "to the east"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("вулиця Садова", "від вулиці Садової"),
        ("вулиця Велика Перспективна", "від вулиці Великої Перспективної"),
        ("вулиця Шевченка", "від вулиці Шевченка"),
        ("вулиця Перемоги", "від вулиці Перемоги"),
        ("Студентський бульвар", "від Студентського бульвару"),
        ("Кропивницький", "від Кропивницького"),
        ("Знам’янка", "від Знам’янки"),
        ("Xyz", "від: Xyz"),
    ],
)
def test_name_after_a_distance_is_in_the_genitive(name, said):
    assert words.of_name(name, "uk") == said


def test_metres_and_bearing_on_the_globe():
    metres, bearing = words.metres_and_bearing((32.26, 48.51), (32.26, 48.52))
    assert metres == pytest.approx(1112, abs=2) and bearing == pytest.approx(0)
    assert words.metres_and_bearing((32.26, 48.51), (32.27, 48.51))[1] == pytest.approx(90, abs=0.1)
