"""Area, distance, opening hours and features of accessibility, as a visitor asks for them and is told of them."""

from __future__ import annotations

import html
import json
import re

import pytest

#: A Monday, in Kyiv.
MORNING, EVENING = "2026-11-23T10:00", "2026-11-23T20:00"


def names(page) -> list[str]:
    return re.findall(r'gp-list__name" href="/(?:en/)?map/([a-z]+/[a-z0-9]+)/', page.text)


def summary(page) -> str:
    return re.search(r'id="summary">(.*?)</p>', page.text, re.S)[1]


def test_places_that_are_open_at_a_time_and_those_of_which_nobody_knows(ask):
    page = ask(f"/map/?layer=clinics&open={MORNING}")
    assert names(page) == ["clinics/c1"]
    assert "(відчинено 23 листопада 2026 р. о 10:00)" in summary(page)
    assert "Ще про 1 місце невідомо, чи воно підходить" in summary(page)
    closed = ask(f"/map/?layer=clinics&open={EVENING}")
    assert names(closed) == []
    told = "Нічого не знайдено у шарі «clinics українською» (відчинено 23 листопада 2026 р. о 20:00). Ще про 1 місце невідомо"
    assert told in summary(closed)


def test_a_given_time_wins_over_now_and_the_form_keeps_it(ask):
    page = ask(f"/map/?layer=clinics&open=now&open={MORNING}")
    assert names(page) == ["clinics/c1"]
    assert f'value="{MORNING}"' in page.text
    assert 'id="open-now" checked' not in page.text


def test_area_is_a_published_feature_and_is_told_in_its_case(ask):
    page = ask("/map/?layer=clinics&layer=places&area=blocks:b1")
    assert "у Подільському районі" in summary(page)
    assert "clinics/c1" in names(page) and "clinics/c2" not in names(page)
    assert '<option value="blocks:b1" selected>Подільський район</option>' in page.text
    assert "in Podilskyi district" in summary(ask("/en/map/?layer=clinics&area=blocks:b1"))


def test_list_from_a_point_is_ordered_by_distance_through_all_layers(ask):
    page = ask("/map/?layer=clinics&layer=places&near=32.221,48.482&within=900")
    told = [int(metres) for metres in re.findall(r'gp-list__where">За (\d+) метр', page.text)]
    assert told == sorted(told) and len(told) > 5 and max(told) <= 900
    assert not any(name.startswith("clinics/") for name in names(page))
    assert "не далі ніж за 900 метрів від вибраного місця" in summary(page)
    first = re.search(r'gp-list__name"[^>]*>([^<]+)<', page.text)[1]
    assert f"Найближче: {html.unescape(first)} – за {told[0]} метрів на" in html.unescape(summary(page))


def test_every_item_and_card_says_in_words_where_it_lies(ask):
    listed = ask("/map/?layer=clinics&sort=name")
    where = re.findall(r'gp-list__where">(.*?)</span>', listed.text)
    assert len(where) == 2 and all("від центру Кропивницького" in text or "Просто" in text for text in where)
    assert any("Подільський район" in text for text in where)
    card = ask("/map/clinics/c1/")
    assert re.search(r"<dt>Розташування</dt><dd>[^<]*Подільський район", card.text)
    assert "від вибраного місця" in ask("/map/clinics/c1/card/?near=32.2,48.4").text
    # the street's name of its address is not said twice, and a made-up neighbour is not told beside a real place
    assert "p0005" not in card.text


def test_coordinates_typed_as_an_address_are_measured_from(ask):
    page = ask("/map/?layer=clinics&from=48.512,%2032.26")
    assert names(page)[0] == "clinics/c1"
    assert "від адреси «48.512, 32.26»" in summary(page)


def test_position_of_the_device_is_rounded_and_stands_in_no_address(ask):
    answered = ask("/map/results/?layer=clinics&within=2000", **{"Geoplatform-Position": "32.261234,48.512345"})
    document = json.loads(answered.text)
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.headers["Vary"] == "Geoplatform-Position"
    assert json.loads(answered.text)["private"], "the map names nothing of it in the addresses of tiles"
    assert not json.loads(ask("/map/results/?layer=clinics&near=32.261,48.512&within=2000").text)["private"]
    assert document["address"] == "?layer=clinics"
    assert "від вас" in document["summary"]
    assert "32.261234" not in answered.text and "48.512345" not in answered.text
    # only the link that shares it on purpose holds it, rounded
    assert re.findall(r"near=[^&\"]*", answered.text) == ["near=32.261%2C48.512"]
    assert ask("/map/results/", **{"Geoplatform-Position": "here"}).status == 400


@pytest.mark.parametrize("feature", ["ramp", "lift"])
def test_features_are_offered_only_where_a_layer_tells_of_them(ask, feature):
    page = ask(f"/map/?layer=clinics&accessible={feature}")
    assert f"Елемента безбар’єрності «{feature}» немає" in page.text
    assert names(page) == ["clinics/c1", "clinics/c2"]
