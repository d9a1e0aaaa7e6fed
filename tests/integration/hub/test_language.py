"""Portal pages speak the language of their address, GeoNode's the reader's; Ukrainian when nothing says otherwise."""

import re

import pytest


def language_of(answer) -> str:
    return answer.headers["Content-Language"]


@pytest.mark.parametrize(("path", "expected"), [("/", "uk"), ("/en/", "en"), ("/hub/", "uk"), ("/en/hub/", "en")])
def test_the_address_decides_on_portal_pages_whatever_the_browser_says(staff_client, staff, path, expected):
    staff.language = "en"
    staff.save()
    staff_client.cookies["django_language"] = "uk" if expected == "en" else "en"
    answer = staff_client.get(path, HTTP_ACCEPT_LANGUAGE="uk" if expected == "en" else "en")
    assert answer.status_code == 200
    assert re.search(r'<html lang="(\w+)"', answer.content.decode()).group(1) == expected


def test_geonodes_pages_are_ukrainian_by_default(anonymous_client):
    assert language_of(anonymous_client.get("/account/login/")) == "uk"
    assert language_of(anonymous_client.get("/account/login/", HTTP_ACCEPT_LANGUAGE="pl")) == "uk"


def test_geonodes_pages_follow_the_browser(anonymous_client):
    assert language_of(anonymous_client.get("/account/login/", HTTP_ACCEPT_LANGUAGE="en-GB,en;q=0.9")) == "en"


def test_the_language_that_a_visitor_chose_beats_the_browser(anonymous_client):
    answer = anonymous_client.post("/i18n/setlang/", {"language": "en", "next": "/account/login/"}, HTTP_ACCEPT_LANGUAGE="uk")
    assert answer.status_code == 302
    assert language_of(anonymous_client.get("/account/login/", HTTP_ACCEPT_LANGUAGE="uk")) == "en"


def test_a_signed_in_persons_profile_decides(staff_client, staff):
    staff.language = "en"
    staff.save()
    assert language_of(staff_client.get("/account/email/", HTTP_ACCEPT_LANGUAGE="uk")) == "en"


def test_the_mapstore_client_is_offered_ukrainian_first_and_told_to_use_it(anonymous_client):
    page = anonymous_client.get("/catalogue/").content.decode()
    settings = re.search(r'id="GEONODE_SETTINGS"[^>]*>(.*?)</script>', page, re.DOTALL).group(1)
    import json

    found = json.loads(settings)
    assert [code for code, _name in found["LANGUAGES"]] == ["uk", "en"]
    assert found["TRANSLATIONS_PATH"] == ["/static/geoplatform/mapstore-translations"]
    assert "languageCode: 'uk'" in page


@pytest.mark.parametrize(("prefix", "heading"), [("", "Довідка"), ("/en", "Help")])
def test_help_is_ours_and_says_nothing_of_servers_that_are_not_here(anonymous_client, prefix, heading):
    page = anonymous_client.get(f"{prefix}/help/").content.decode()
    assert f">{heading}</h1>" in page
    assert "/ogcapi/" in page and "GeoServer" not in page and "Google Earth" not in page


def test_developers_are_led_to_the_data_service_and_about_to_help(anonymous_client):
    assert anonymous_client.get("/developer/")["Location"] == "/ogcapi/?lang=uk"
    assert anonymous_client.get("/en/developer/")["Location"] == "/ogcapi/?lang=en"
    assert anonymous_client.get("/about/")["Location"] == "/help/"


def test_nobody_is_invited_to_sign_up_while_that_is_closed(anonymous_client):
    for language in ("uk", "en"):
        page = anonymous_client.get("/account/login/", HTTP_ACCEPT_LANGUAGE=language).content.decode()
        assert "/account/signup" not in page and "зареєструйтеся" not in page


def test_the_catalogues_search_is_named_in_the_readers_language(anonymous_client):
    assert '"": "Пошук"' in anonymous_client.get("/catalogue/").content.decode()
    assert '"": "Search"' in anonymous_client.get("/catalogue/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_the_menu_leads_to_no_server_that_is_not_here(staff_client, staff):
    staff.is_superuser = True
    staff.save()
    page = staff_client.get("/catalogue/").content.decode()
    assert "/account/logout/" in page and "recent-activity" not in page and ">GeoServer<" not in page
