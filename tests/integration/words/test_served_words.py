"""What a browser gets: the client's messages from nginx, and GeoNode's pages in the visitor's language."""

from __future__ import annotations

import json

import pytest


@pytest.mark.parametrize(("language", "sign_in"), [("uk", "Увійти"), ("en", "Sign in")])
def test_the_client_finds_its_messages_in_each_language(stack, language, sign_in):
    status, _, body = stack.get(f"/static/geoplatform/mapstore-translations/data.{language}.json")
    assert status == 200
    messages = json.loads(body)["messages"]
    assert messages["gnhome"]["signIn"] == sign_in
    assert messages["toc"]["layerMetadata"]["title"]  # MapStore's own messages are there as well


def test_the_catalogue_names_only_folders_that_hold_every_language(stack):
    status, _, body = stack.get("/catalogue/", **{"Accept-Language": "uk"})
    assert status == 200
    start = body.index(b'id="GEONODE_SETTINGS"')
    settings = json.loads(body[body.index(b"{", start) : body.index(b"</script>", start)])
    assert [code for code, _ in settings["LANGUAGES"]] == ["uk", "en"]
    for folder in settings["TRANSLATIONS_PATH"]:
        for code, _ in settings["LANGUAGES"]:
            assert stack.get(f"{folder}/data.{code}.json")[0] == 200


def test_the_sign_in_page_is_in_ukrainian(stack):
    status, _, body = stack.get("/account/login/", **{"Accept-Language": "uk"})
    assert status == 200
    assert "Увійдіть до наявного облікового запису" in body.decode()
