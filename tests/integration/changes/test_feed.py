"""The feed of what changes in an area: valid Atom at an address that holds the question, told once and kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from tests.integration.publicmap.states import rename

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def lately(places):
    """The layers' past brought near: what happened in 2025 happened in the last twenty days."""
    shift = "now() - interval '20 days' + (%s::timestamptz - '2025-06-01T08:00Z') / 5"
    columns = {
        "layers.clinics": ["valid_from"],
        "history.feature": ["valid_from", "valid_to"],
        "registry.change_event": ["at"],
        "registry.layer": ["changed_at"],
    }
    with places.transaction():  # of one moment: what ends a state begins the next one
        for table, names in columns.items():
            changes = ", ".join(f"{name} = {shift.replace('%s', name)}" for name in names)
            places.execute(f"update {table} set {changes}")
    return places


def feed(client, query: str, path: str = "/feeds/changes.atom", **headers: str):
    return client.get(f"{path}?{query}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def titles(client, query: str) -> set[str]:
    answer = feed(client, query)
    assert answer.status_code == 200, answer.content.decode()[:300]
    return {entry.findtext(f"{ATOM}title") for entry in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")}


def test_the_feed_tells_what_happened_in_the_last_days(lately, anonymous_client):
    assert titles(anonymous_client, "layer=clinics") == {
        "Змінено: Амбулаторія <script>alert(1)</script> «Кам’янка»",
        "Додано: Нова амбулаторія",
        "Додано: =Далека амбулаторія",
        "Вилучено: Поліклініка 100%_",
    }


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("area=blocks:b1", {"Нова"}),
        ("near=32.35,48.45&within=1000", {"=Далека"}),
        ("bbox=32.29,48.49,32.31,48.51", {"Поліклініка"}),
        ("q=нова", {"Нова"}),
        ("category=hospital", {"Поліклініка"}),
    ],
)
def test_it_tells_only_of_where_the_reader_looks(lately, anonymous_client, where, names):
    found = {title.partition(": ")[2].split()[0] for title in titles(anonymous_client, f"layer=clinics&{where}")}
    assert found - {"Амбулаторія"} == names


def test_it_is_sound_atom_in_both_languages(lately, anonymous_client):
    for prefix, added in (("", "Додано"), ("/en", "Added")):
        answer = feed(anonymous_client, "layer=clinics", f"{prefix}/feeds/changes.atom")
        root = ElementTree.fromstring(answer.content)
        assert answer["Content-Type"].startswith("application/atom+xml")
        for element in (root, *root.iter(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert element.findtext(f"{ATOM}{name}"), name
            datetime.fromisoformat(element.findtext(f"{ATOM}updated"))
        own = next(link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "self")
        assert own == root.findtext(f"{ATOM}id") and own.endswith(f"{prefix}/feeds/changes.atom?layer=clinics")
        ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
        assert len(ids) == len(set(ids)) == 4
        assert sum(title.startswith(added) for title in titles_of(root)) == 2
        moments = [entry.findtext(f"{ATOM}updated") for entry in root.iter(f"{ATOM}entry")]
        assert moments == sorted(moments, reverse=True)
    assert "phone" in answer.content.decode() and "+380 522 00-00-00" in answer.content.decode()


def titles_of(root: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in root.iter(f"{ATOM}entry")]


def test_it_tells_nothing_that_may_not_be_seen(lately, anonymous_client):
    text = feed(anonymous_client, "layer=clinics&layer=hidden").content.decode()
    for secret in ("Тиха", "нотатка", "Таємниця", "ключ"):
        assert secret not in text


def test_a_reader_who_has_it_gets_it_again_only_when_it_changed(lately, anonymous_client):
    first = feed(anonymous_client, "layer=clinics")
    assert feed(anonymous_client, "layer=clinics", If_None_Match=first["ETag"]).status_code == 304
    assert feed(anonymous_client, "layer=clinics", If_Modified_Since=first["Last-Modified"]).status_code == 304
    yesterday = (datetime.now(UTC) - timedelta(days=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert feed(anonymous_client, "layer=clinics", If_Modified_Since=yesterday).status_code == 200
    rename(lately, "clinics", "c3", "Ще новіша амбулаторія")
    again = feed(anonymous_client, "layer=clinics", If_None_Match=first["ETag"])
    assert again.status_code == 200 and "Ще новіша" in again.content.decode()


def test_many_at_once_are_told_as_a_number(lately, anonymous_client, monkeypatch):
    from geoplatform.changes import events

    monkeypatch.setattr(events, "ONE_BY_ONE", 1)
    found = titles(anonymous_client, "layer=clinics")
    assert any(title.startswith("Додано: 2 – ") for title in found) and "Вилучено: Поліклініка 100%_" in found


@pytest.mark.parametrize(
    ("query", "status"),
    [("bbox=1", 400), ("near=x", 400), ("within=far", 400), ("area=blocks:gone", 404), ("layer=hidden", 200), ("chosen=1", 200)],
)
def test_what_can_not_be_followed_is_said(lately, anonymous_client, query, status):
    answer = feed(anonymous_client, query)
    assert answer.status_code == status
    if status == 200:
        assert b"<entry>" not in answer.content


def test_the_page_offers_the_feed_and_says_what_is_followed(lately, anonymous_client):
    text = anonymous_client.get("/follow/?layer=clinics&area=blocks:b1&asof=2020-01-01&page=3").content.decode()
    assert "у Подільському районі" in text
    assert "/feeds/changes.atom?layer=clinics&amp;area=blocks%3Ab1</a>" in text
