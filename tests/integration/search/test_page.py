"""The search page as a visitor without a session sees it: both languages, paging, mended words, whatever an address holds."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.integration.publicmap.conftest import django_ready  # noqa: F401 - a fixture
from tests.integration.search.conftest import CLINICS, clinic, put


@pytest.fixture
def page(django_ready, conn, follow) -> Callable[[str], tuple[int, str]]:  # noqa: F811
    """Return a function: address -> status and HTML, over thirty clinics."""
    from django.test import RequestFactory
    from django.urls import resolve
    from django.utils import translation

    put(conn, CLINICS, [clinic(number, about="Рентген <b>щодня</b>.") for number in range(30)])
    follow()

    def asked(address: str) -> tuple[int, str]:
        with translation.override("en" if address.startswith("/en/") else "uk"):
            request = RequestFactory().get(address)
            answer = resolve(request.path_info).func(request)
        assert not answer.cookies
        return answer.status_code, answer.content.decode()

    return asked


def test_results_are_counted_marked_and_linked(page):
    status, html = page("/search/?q=рентген")
    assert status == 200 and "Знайдено 30 результатів" in html
    assert "<mark>Рентген</mark> &lt;b&gt;щодня&lt;/b&gt;" in html
    assert html.count('class="gp-search__item"') == 20
    assert 'href="/map/clinics/c0/"' in html
    assert re.search(r'rel="next"', html) and "offset=20" in html
    _, second = page("/search/?q=рентген&offset=20")
    assert second.count('class="gp-search__item"') == 10 and 'rel="prev"' in second


def test_english_page_leads_to_english_pages(page):
    status, html = page("/en/search/?q=рентген")
    assert status == 200 and '<html lang="en"' in html and "30 results" in html and 'href="/en/map/clinics/c0/"' in html
    assert "Знайдено" not in html and "Пошук" not in html


def test_mended_words_are_said(page):
    _, html = page("/search/?q=абмулаторія")
    assert "Можливо, ви мали на увазі:" in html and "амбулаторія" in html


def test_nothing_found_offers_what_begins_so(page):
    status, html = page("/search/?q=амбулаторно99щ")
    assert status == 200 and ("Нічого не знайдено" in html)
    _, near = page("/search/?q=амбулатщщ")
    assert "Можливо, ви мали на увазі:" in near and "Амбулаторія" in near


def test_coordinates_lead_to_the_map(page):
    status, html = page("/search/?q=48.51,+32.26")
    assert status == 200 and "48.51000, 32.26000" in html and 'href="/map/#map=17/48.51000/32.26000"' in html


HOSTILE = [
    "", "?q=", "?q=+", "?q=%00", "?q=" + "a" * 9000, "?q=x&bbox=1", "?q=(((", "?q=x&offset=99999999", "?kind=%27", "?q=%F0%28",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_an_address_holds_the_page_answers(page, query):
    status, html = page(f"/search/{query}")
    assert status in (200, 400) and 'id="search-words"' in html
    if status == 400:
        assert 'role="alert"' in html


def test_a_wish_leads_to_the_map_and_finds_the_kind(page):
    status, html = page("/search/?q=найближчі відчинені clinics")
    assert status == 200
    assert 'href="/map/?category=clinic&amp;open=now&amp;sort=distance"' in html
    assert "Clinic українською: відчинено зараз, найближчі спершу" in html
    assert '<input type="hidden" name="category" value="clinic">' in html and 'name="from"' in html
    _, named = page("/en/search/?q=open clinics near 48.51, 32.26")
    assert 'href="/en/map/?category=clinic&amp;open=now&amp;from=48.51%2C+32.26"' in named and 'id="wish-from"' not in named
    _, plain = page("/search/?q=рентген")
    assert "gp-search__wish" not in plain


def test_suggestions_offer_the_wish_first(page):
    from werkzeug.test import Client

    from geoplatform.serving import publication
    from geoplatform.serving.app import application

    publication.forget()
    answer = Client(application).get("/api/search/suggest", query_string={"q": "найближчі відчинені clini", "lang": "uk"})
    first = answer.json["items"][0]
    assert (first["kind"], first["url"]) == ("wish", "/map/?category=clinic&open=now&sort=distance")
    assert Client(application).get("/api/search/suggest", query_string={"q": "x" * 299}).status_code == 200
