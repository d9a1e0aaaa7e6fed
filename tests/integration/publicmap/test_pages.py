"""Pages of the public map and the home page: both languages, without JavaScript, and whatever an address may hold."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from tests.integration.publicmap.conftest import NUMBER_OF_PLACES


def test_home_tells_what_to_do_in_an_emergency_and_that_shelters_have_no_data(ask):
    page = ask("/")
    assert page.status == 200
    assert 'href="tel:112"' in page.text
    assert re.search(r"<strong>shelters українською</strong>\s*<span[^>]*>ще немає даних|даних ще немає", page.text)
    assert 'href="/map/?layer=places' in page.text


def test_home_and_map_speak_english_below_en(ask):
    home, public_map = ask("/en/"), ask("/en/map/")
    assert '<html lang="en"' in home.text and "In an emergency" in home.text
    assert '<html lang="en"' in public_map.text and "Found places" in public_map.text
    for cyrillic in ("Знайдено", "Геопортал", "Шари"):
        assert cyrillic not in home.text + public_map.text


def test_language_switch_keeps_the_page_and_its_query(ask):
    page = ask("/map/?layer=places&q=%D0%87%D0%B6%D0%B0%D0%BA&page=1")
    assert 'href="/en/map/?layer=places&amp;q=%D0%87%D0%B6%D0%B0%D0%BA&amp;page=1"' in page.text
    back = ask("/en/map/?layer=places")
    assert 'href="/map/?layer=places"' in back.text


def test_list_is_complete_without_javascript_page_by_page(ask):
    seen: list[str] = []
    address = "/map/?layer=places"
    for number in range(1, 4):
        page = ask(f"{address}&page={number}")
        seen += re.findall(r'href="/map/places/(p\d{4})/"', page.text)
    assert len(seen) == len(set(seen)) == NUMBER_OF_PLACES


def test_default_view_shows_the_critical_layers_and_says_which_have_no_data(ask):
    page = ask("/map/?layer=clinics&layer=shelters")
    assert "shelters українською: даних ще немає." in page.text
    default = ask("/map/")
    assert 'href="/map/clinics/c1/"' in default.text and 'href="/map/places/' not in default.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("layer=clinics&q=Поліклініка", "Знайдено 1 об’єкт у шарі «clinics українською» (слова: Поліклініка)."),
        ("layer=clinics", "Знайдено 2 об’єкти у шарі «clinics українською»."),
        ("layer=places&q=Абетка", "Знайдено 7 об’єктів у шарі «places українською» (слова: Абетка)."),
        ("layer=places&layer=clinics", "Знайдено 62 об’єкти у шарах «clinics українською» та «places українською». "),
        ("layer=clinics&q=Поліклініка", "Усе це – демонстраційні дані."),
    ],
)
def test_summary_counts_in_proper_ukrainian(ask, query, sentence):
    assert sentence in ask(f"/map/?{query}").text


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "/map/?layer=clinics&layer=places&category=hospital&category=clinic&q=zzz&near=32.2,48.4&profile=hearing&sort=distance",
            "Нічого не знайдено у шарах «clinics українською» та «places українською»"
            " (вид: hospital українською або clinic українською; слова: zzz). Відстані – навпростець."
            " Відстані виміряно від вибраного місця. Ваші потреби: «Не чую або погано чую». Список починається з найближчого.",
        ),
        (
            "/en/map/?layer=clinics&category=hospital&q=zzz&profile=wheelchair&sort=fit",
            "Nothing was found in the layer “clinics” (kind: hospital; words: zzz)."
            " Your needs: “Wheelchair user”. The list begins with what fits you best.",
        ),
        ("/en/map/?chosen=1&q=zzz", "No layer is chosen. Nothing was found (words: zzz)."),
        ("/en/map/?chosen=1", "No layer is chosen."),
        ("/map/?layer=shelters", "У вибраних шарах ще немає даних."),
    ],
)
def test_summary_names_all_that_was_asked_also_when_nothing_was_found(ask, path, told):
    assert re.search(r'id="summary">(.*?)</p>', ask(path).text, re.S)[1] == told


def test_demonstration_data_are_marked_on_list_card_and_banner(ask):
    assert "Частина місць тут вигадана" in ask("/map/?layer=clinics").text
    card = ask("/map/clinics/c2/").text
    assert "Це місце вигадане" in card
    true_one = ask("/map/clinics/c1/").text
    assert "Це місце вигадане" not in true_one and "Частина місць тут вигадана" not in true_one


def test_card_tells_the_unknown_as_unknown_and_keeps_scripts_harmless(ask):
    page = ask("/map/clinics/c1/").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert 'href="javascript' not in page
    assert re.search(r"<dt>step_free українською</dt><dd>так</dd>", page)
    assert re.search(r"<dt>toilet українською</dt><dd class=\"gp-unknown\">невідомо</dd>", page)
    assert 'href="tel:+380522123456"' in page
    assert "Години роботи на найближчий тиждень" in page
    assert "ключ у сторожа" not in page and "note_staff" not in page
    assert "hidden.example" not in page


def test_hours_that_nobody_can_read_are_shown_as_written(ask):
    page = ask("/map/clinics/c2/").text
    assert "коли захочемо" in page and "(як записано в джерелі)" in page


def test_card_in_english_prefers_the_english_name(ask):
    page = ask("/en/map/clinics/c1/").text
    assert re.search(r'id="card-title"[^>]*>Kamianka surgery<', page)
    assert "Where the facts come from" in page


def test_card_fragment_and_card_inside_the_map_page_are_the_same_card(ask):
    fragment = ask("/map/clinics/c1/card/")
    inside = ask("/map/?layer=clinics&place=clinics:c1")
    assert fragment.status == inside.status == 200
    facts = re.findall(r"<dd[^>]*>.*?</dd>", fragment.text, re.S)
    assert facts and all(fact in inside.text for fact in facts)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/map/?page=0", 400, "не номер сторінки"),
        ("/map/?page=-1", 400, "не номер сторінки"),
        ("/map/?page=1e9", 400, "не номер сторінки"),
        ("/map/?page=٣", 400, "не номер сторінки"),
        ("/map/?page=999999999999999999999", 400, "не номер сторінки"),
        ("/map/?page=7", 404, "показано останню"),
        ("/map/?q=%00", 400, "символи"),
        ("/map/?q=" + "а" * 5000, 400, "задовгий"),
        ("/map/?q=%ff%fe", 200, "Нічого не знайдено"),
        ("/map/?q=%25", 200, "Поліклініка 100%"),
        ("/map/?q='%20or%201=1--", 200, "Нічого не знайдено"),
        ("/map/?layer=nothing", 200, "Шару «nothing» немає"),
        ("/map/?layer=" + quote("'; drop table x;--"), 200, "немає або його більше не публікують"),
        ("/map/?" + "&".join(f"layer=l{n}" for n in range(900)), 400, "забагато шарів"),
        ("/map/?category=%00%01", 400, "Виду"),
        ("/map/?category=unheard_of", 200, "Виду «unheard_of» немає"),
        ("/map/?open=yesterday", 400, "це не час"),
        ("/map/?open=2026-13-45T99:99", 400, "це не час"),
        ("/map/?open=9999-12-31T23:59", 400, "години роботи невідомі"),
        ("/map/?open=" + quote("2026-11-23T10:00'; select 1"), 400, "це не час"),
        ("/map/?accessible=%00", 400, "Елемента безбар’єрності"),
        ("/map/?accessible=wings", 200, "Елемента безбар’єрності «wings» немає"),
        ("/map/?area=clinics", 400, "Адресу території пошкоджено"),
        ("/map/?area=clinics:c1", 400, "не території"),
        ("/map/?area=nothing:1", 200, "немає або його більше не публікують"),
        ("/map/?area=blocks:" + quote("x' or '1'='1"), 200, "Цієї території вже немає"),
        ("/map/?area=blocks:" + "x" * 900, 400, "Адресу території пошкоджено"),
        ("/map/?bbox=1,2,3", 400, "не прямокутник"),
        ("/map/?bbox=33,48,32,49", 400, "не прямокутник"),
        ("/map/?bbox=nan,inf,1,1e999", 400, "не прямокутник"),
        ("/map/?near=32.26", 400, "не координати"),
        ("/map/?near=500,48", 400, "не координати"),
        ("/map/?near=32.26,48.51&within=-5", 400, "не відстань"),
        ("/map/?near=32.26,48.51&within=99999999", 400, "не відстань"),
        ("/map/?within=500", 200, "вкажіть, звідки"),
        ("/map/?sort=price", 400, "Порядку «price» для списку немає"),
        ("/map/?sort=distance", 200, "вкажіть, звідки"),
        ("/map/?from=" + "а" * 5000, 400, "Адреса задовга"),
        ("/map/?from=%00%01", 200, "Знайдено"),
        ("/map/?from=" + quote("<script>alert(1)</script>"), 200, "не знайдено, тому відстань не виміряно"),
        ("/map/?place=clinics", 400, "Адреса місця пошкоджена"),
        ("/map/?place=clinics:%00", 400, "Адреса місця пошкоджена"),
        ("/map/?place=clinics:gone", 200, "Цього місця вже немає"),
        ("/map/?place=secret:c1", 200, "немає або його більше не публікують"),
        ("/map/?layer=clinics&layer=clinics&whatever=1", 200, "Знайдено 2 об’єкти у шарі"),
        ("/map/?chosen=1", 200, "Не вибрано жодного шару"),
    ],
)
def test_hostile_or_outdated_address_is_answered_in_the_readers_words(ask, address, status, said):
    page = ask(address)
    assert page.status == status
    assert said in page.text
    assert ask("/en" + address).status == status


@pytest.mark.parametrize(
    "path", ["/map/clinics/none/", "/map/nothing/c1/", "/map/clinics/%00/", "/map/clinics/" + "x" * 900 + "/"]
)
def test_place_that_is_not_there_is_a_404_in_the_readers_language(ask, path):
    page = ask(path)
    assert page.status == 404 and "Сторінку не знайдено" in page.text
    assert "Page not found" in ask("/en" + path).text


def test_notice_never_carries_markup_of_the_address(ask):
    page = ask("/map/?layer=%3Cscript%3Ealert(1)%3C/script%3E&q=%3Cimg%20src=x%3E")
    assert "<script>alert" not in page.text and "<img src=x" not in page.text


def test_results_for_the_client_are_the_pages_own_list(ask):
    page, fragment = ask("/map/?layer=places&q=Інгул"), json.loads(ask("/map/results/?layer=places&q=Інгул").text)
    assert fragment["html"] in page.text
    assert fragment["summary"] in page.text
    assert fragment["layers"] == ["places"]
    assert set(fragment["fids"]) == {"places"}


def test_page_without_the_database_says_so_in_the_readers_language(ask, monkeypatch):
    from psycopg_pool import PoolTimeout

    from geoplatform.publicmap import current

    def down(_conn):
        raise PoolTimeout("no connection")

    monkeypatch.setattr(current, "layers", down)
    for path, words in (("/map/", "Дані зараз недоступні"), ("/en/", "The data can&#x27;t be read just now")):
        page = ask(path)
        assert page.status == 503 and words in page.text
