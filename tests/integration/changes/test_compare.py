"""Two dates or two layers compared: what was added, changed and removed, from what to what, as everybody may see it."""

from __future__ import annotations

import csv
import io
import json

import pytest

from geoplatform.walking import build, network
from tests.integration.walking import conftest as walkways

ALL = "/map/compare/?layer=clinics&before=2025-04-01&after=2025-12-01"


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def rows(client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page(client, path))))


def test_every_change_is_told_with_what_it_was_and_is(places, anonymous_client):
    text = page(anonymous_client, ALL)
    assert "2 місця додано; 1 місце змінено; 1 місце вилучено." in text
    for told in (
        "Нова амбулаторія",
        "=Далека амбулаторія",
        "Поліклініка 100%_",
        "було «+380 522 12-34-56; call me», стало «+380 522 00-00-00»",
    ):
        assert told in text
    assert "Місце змістилося на" in text and "демонстраційні дані" in text
    assert "/map/clinics/c2/?asof=2025-04-01T23:59" in text
    assert "<script>alert" not in text


def test_a_change_that_only_staff_may_see_is_none(places, anonymous_client):
    text = page(anonymous_client, "/map/compare/?layer=clinics&layer=hidden&before=2025-04-01&after=2025-07-01")
    assert "1 місце змінено." in text
    for secret in ("Тиха", "нотатка", "Таємниця", "ключ"):
        assert secret not in text
    data = page(anonymous_client, "/map/compare/changes.geojson?layer=clinics&layer=hidden&before=2025-04-01")
    assert "нотатка" not in data and "note_staff" not in data and "Таємниця" not in data


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("&area=blocks:b1", {"c1", "c3"}),
        ("&near=32.35,48.45&within=1000", {"c4"}),
        ("&near=32.26,48.51&within=100", {"c1"}),  # it was there, and has moved away
        ("&bbox=32.29,48.49,32.31,48.51", {"c2"}),
        ("&q=нова", {"c3"}),
        ("&category=hospital", {"c2"}),
        ("", {"c1", "c2", "c3", "c4"}),
    ],
)
def test_only_what_matches_on_one_of_the_two_sides_is_told(places, anonymous_client, where, ids):
    assert {row["id"] for row in rows(anonymous_client, ALL.replace("/?", "/changes.csv?") + where)} == ids


@pytest.mark.parametrize(
    ("dates", "kinds"),
    [
        ("before=2025-04-01&after=2025-07-01", {("c1", "changed")}),
        ("before=2025-07-01&after=2025-12-01", {("c2", "removed"), ("c3", "added"), ("c4", "added")}),
        ("before=2025-12-01&after=2025-07-01", {("c2", "removed"), ("c3", "added"), ("c4", "added")}),
        ("before=2025-06-01T10:59&after=2025-06-01T11:00", {("c1", "changed")}),
        ("before=2025-10-01", set()),
        ("before=2024-01-01&after=2025-04-01", {("c1", "added"), ("c2", "added"), ("c5", "added")}),
        ("before=2025-10-01&after=2025-10-01", set()),
    ],
)
def test_it_counts_what_lies_between_the_two_moments(places, anonymous_client, dates, kinds):
    found = rows(anonymous_client, f"/map/compare/changes.csv?layer=clinics&{dates}")
    assert {(row["id"], row["change"]) for row in found} == kinds


def test_the_table_holds_each_attribute_and_no_formula(places, anonymous_client):
    found = rows(anonymous_client, ALL.replace("/?", "/changes.csv?"))
    changed = next(row for row in found if row["change"] == "changed")
    assert (changed["attribute"], changed["after"]) == ("phone", "+380 522 00-00-00"), "a telephone is no formula"
    assert 150 < float(changed["moved_metres"]) < 250
    assert next(row for row in found if row["id"] == "c4")["name"] == "'=Далека амбулаторія"


def test_the_data_say_before_and_after(places, anonymous_client):
    document = json.loads(page(anonymous_client, ALL.replace("/?", "/changes.geojson?")))
    by_id = {feature["properties"]["id"]: feature for feature in document["features"]}
    assert by_id["c1"]["geometry"]["coordinates"] == [32.2627, 48.51]
    assert by_id["c1"]["properties"]["before"]["phone"] == "+380 522 12-34-56; call me"
    assert (by_id["c2"]["properties"]["after"], by_id["c3"]["properties"]["before"]) == (None, None)


def test_a_comparison_measures_straight_where_the_map_measured_on_foot(places, anonymous_client):
    """The ways are those of today, and so are the numbers of the features that they were looked for to."""
    walkways.draw(places, [walkways.way((0, 1110), (1500, 1110))])
    build.follow(walkways.RULES)
    assert network.known(places) is not None
    near = "&near=32.26,48.51&within=100"
    found = [
        {row["id"] for row in rows(anonymous_client, ALL.replace("/?", "/changes.csv?") + near + walk)}
        for walk in ("", "&walk=1")
    ]
    assert found == [{"c1"}, {"c1"}]


def test_two_layers_are_compared_by_the_ids_that_both_have(places, anonymous_client):
    text = page(anonymous_client, "/map/compare/?layer=clinics&other=register")
    assert "1 місце лише в другому шарі; 1 місце відрізняється; 3 місця лише в першому шарі." in text
    assert "стало «інший»" in text


def test_pages_of_the_list_hold_every_change_once(places, anonymous_client, monkeypatch):
    from geoplatform.changes.views import compare

    monkeypatch.setattr(compare, "PAGE_SIZE", 2)
    first, second = page(anonymous_client, ALL), page(anonymous_client, ALL + "&page=2")
    assert "Нова" in first and "Поліклініка" not in first
    assert "Поліклініка" in second and "Нова" not in second
    assert "Поліклініка" in page(anonymous_client, ALL + "&page=9", status=404)


@pytest.mark.parametrize("fault", ["before=later", "after=2999-01-01", "before=<script>", "bbox=1,2", "page=-1", "near=x"])
def test_what_can_not_be_followed_is_said(places, anonymous_client, fault):
    text = page(anonymous_client, f"/map/compare/?layer=clinics&{fault}", status=400)
    assert 'role="alert"' in text and "<script>»" not in text
    if "page" not in fault:
        page(anonymous_client, f"/map/compare/changes.csv?layer=clinics&{fault}", status=400)


@pytest.mark.parametrize("odd", ["other=nothing", "other=clinics", "other=hidden", "layer=hidden", "area=blocks:gone"])
def test_what_is_not_there_is_left_out_and_said(places, anonymous_client, odd):
    text = page(anonymous_client, f"/map/compare/?layer=clinics&before=2025-07-01&{odd}")
    assert "gp-notice--warning" in text and "Нова амбулаторія" in text and "Таємниця" not in text


def test_too_many_changes_are_no_file(places, anonymous_client, monkeypatch):
    from geoplatform.changes.views import compare

    monkeypatch.setattr(compare, "MOST_IN_FILE", 3)
    text = page(anonymous_client, ALL.replace("/?", "/changes.csv?"), status=400)
    assert "понад 3 місць" in text


def test_the_map_of_two_sides_is_told_which_tiles_to_ask_for(places, anonymous_client):
    text = page(anonymous_client, "/en" + ALL)
    settings = json.loads(text.split('id="swipe-settings" type="application/json">')[1].split("</script>")[0])
    sides = [settings[side][0]["at"] for side in ("left", "right")]
    assert sides == ["2025-04-01T20:59:59.999999Z", "2025-12-01T21:59:59.999999Z"]
    assert settings["labels"] == ["April 1, 2025", "Dec. 1, 2025"]
    assert "2 places added; 1 place changed; 1 place removed." in text
