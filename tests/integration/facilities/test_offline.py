"""What a phone keeps for a blackout: only what everybody may see, small, the same tag for the same content; and the worker."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from geoplatform import config
from geoplatform.facilities import offline
from geoplatform.publicmap import current


@pytest.fixture(autouse=True)
def nothing_remembered():
    offline.forget()
    yield
    offline.forget()


def document(client) -> dict:
    answer = client.get("/offline/data.json")
    assert answer.status_code == 200
    return json.loads(answer.content)


def rows(found: dict) -> dict[str, dict]:
    return {row["id"]: row for row in (dict(zip(found["columns"], values, strict=True)) for values in found["places"])}


def test_every_facility_is_in_it_with_its_state_hours_and_place(press, places, anonymous_client):
    press("on_generator", "0:clinics:c1", note="До 20:00", said_by="черговий 7")
    found = document(anonymous_client)
    clinic = rows(found)["c1"]
    assert (clinic["lon"], clinic["lat"], clinic["demo"]) == (32.26, 48.51, 0)
    assert found["words"][clinic["state"]["title"]] == ["Працює від генератора", "Open on a generator"]
    assert clinic["state"]["note"] == "До 20:00"
    assert rows(found)["c3"]["state"] is None, "nobody has told: not known"
    assert rows(found)["c2"]["demo"] == 1
    week = found["open"][clinic["open"]]
    assert 5 <= len(week) <= 7, "five weekdays and a Saturday"
    assert all(0 < ends - since <= 9 * 3600 for since, ends in week)
    assert rows(found)["c2"]["open"] is None, "hours that can't be read are shown as they are written"
    # a layer on which a life may depend, without data, says so
    assert [layer["id"] for layer in found["layers"] if layer["life"] and layer["note"]] == ["shelters"]


def test_nothing_above_the_public_is_in_it(press, places, anonymous_client, staff_client):
    press("open", "0:clinics:c1", said_by="черговий 7")
    for client in (anonymous_client, staff_client):
        text = client.get("/offline/data.json").content.decode()
        assert "черговий 7" not in text
        assert "ключ у сторожа" not in text


def test_the_tag_stays_while_the_content_does(press, places, anonymous_client):
    first = anonymous_client.get("/offline/data.json")
    tag = first.headers["ETag"]
    offline.forget()
    assert anonymous_client.get("/offline/data.json", headers={"If-None-Match": tag}).status_code == 304
    press("open", "0:clinics:c1")
    changed = anonymous_client.get("/offline/data.json", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "no-cache" in changed.headers["Cache-Control"]
    assert not changed.cookies


def test_an_announcement_is_in_it(places, anonymous_client, staff_client):
    form = {"severity": "danger", "title_uk": "Знеструмлення", "title_en": "Blackout", "hours": "1"}
    assert staff_client.post("/hub/banner/", form).status_code == 302
    assert document(anonymous_client)["banners"][0]["title"] == ["Знеструмлення", "Blackout"]


def test_the_archives_follow_what_is_published_and_are_bounded(places, tmp_path, monkeypatch):
    from geoplatform import database

    with database.pool("public").connection() as conn:
        available = current.layers(conn)
    clinics = next(layer for layer in available if layer.id == "clinics")
    ground = [
        clinics.model_copy(update={"definition": clinics.definition.model_copy(update={"id": name})}) for name in offline.GROUND
    ]
    here = replace(config.load(), var=tmp_path)
    (tmp_path / "pmtiles").mkdir()
    assert offline.archived(ground, here) == []
    for name in offline.GROUND:
        (tmp_path / "pmtiles" / f"{name}.pmtiles").write_bytes(b"x" * 100)
    assert [found["layer"] for found in offline.archived(ground, here)] == list(offline.GROUND)
    assert [found["layer"] for found in offline.archived(ground[:1], here)] == ["community_boundary"], "another is not published"
    monkeypatch.setattr(offline, "MOST_ARCHIVED", 250)
    assert sum(found["bytes"] for found in offline.archived(ground, here)) == 200


def test_the_worker_keeps_both_languages_and_only_files_that_are_there(places, anonymous_client):
    answer = anonymous_client.get("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    shell = json.loads(re.match(r"self\.SHELL=(.*);\n", answer.content.decode()).group(1))
    assert shell["pages"] == {"uk": "/offline/", "en": "/en/offline/"}
    for language, path in shell["pages"].items():
        page = anonymous_client.get(path).content.decode()
        linked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)) - {"/static/portal/share.png"}
        assert linked <= set(shell["files"]), language
    names = [name.rpartition("/")[2] for name in shell["files"]]
    assert not any(name.startswith(("map", "ground", "tile_cache")) for name in names), "the map is kept on the reader's wish"


def test_the_page_works_without_scripts_by_naming_the_list(places, anonymous_client):
    page = anonymous_client.get("/offline/").content.decode()
    assert re.search(r'<noscript>.*href="/facilities/".*</noscript>', page, re.S)
