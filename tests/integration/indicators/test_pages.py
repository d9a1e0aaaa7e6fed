"""The public pages of indicators as a stranger sees them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from geoplatform.indicators import store
from tests.integration.indicators.conftest import NAMES, VALUES, code, indicator


def test_the_list_names_what_is_public_and_has_values(ask, places, wells):
    store.write(places, indicator("inside", publication="staff"), VALUES, "test")
    store.write(places, indicator("unfilled"), {}, "test")
    status, text = ask("/indicators/")
    assert status == 200
    assert "Показник wells" in text and "2023–2024" in text
    assert "inside" not in text and "unfilled" not in text


def test_a_page_tells_in_words_what_the_map_and_the_table_show(ask, wells):
    status, text = ask("/indicators/wells/")
    assert status == 200, text[-2000:]
    for sentence in (
        "2024: значення для 6 територій із 8.", "Найбільше: =Суботцівська, 60,0", "Найменше: Ганнівська, 0,0", "Порівняно з 2023",
        "Немає значень для 2 територій",
    ):  # fmt: skip
        assert sentence in text
    assert text.count('role="img"') == 3  # map, bars, years
    assert text.count('class="gp-shade-') >= 6 and text.count('class="gp-none" d=') == 2
    assert "<b>" not in text and "&lt;b&gt;Знам’янська" in text
    assert "style=" not in text.split("<main", 1)[1] and "<script" not in text.split("<main", 1)[1].split("</main>")[0]


def test_the_english_page_has_english_words_and_names(ask, wells):
    text = ask("/en/indicators/wells/?year=2023")[1]
    assert "2023: values for 7 areas of 8." in text and "The highest: Area 6, 60.0" in text and "Half of the areas have" in text


def test_counts_are_drawn_as_symbols_and_rates_by_filling(ask, places, wells):
    store.write(places, indicator("people", kind="count", decimals=0), VALUES, "test")
    counted, rated = ask("/indicators/people/")[1], ask("/indicators/wells/")[1]
    assert 'class="gp-symbol"' in counted and 'class="gp-shade-' not in counted
    assert 'class="gp-symbol"' not in rated and 'id="method"' in rated and 'id="method"' not in counted


@pytest.mark.parametrize("method", ["quantiles", "natural", "equal"])
@pytest.mark.parametrize("count", [3, 5, 7])
def test_every_method_gives_classes_that_hold_each_value_once(ask, wells, method, count):
    status, text = ask(f"/en/indicators/wells/?method={method}&classes={count}")
    legend = text.split('class="gp-legend"')[1].split("</ul>")[0]
    counts = [int(part.split(" area")[0]) for part in legend.split('gp-count">(')[1:]]
    assert status == 200 and sum(counts) == 6 and len(counts) <= count


def test_the_table_is_sorted_as_asked_and_unknown_values_come_last(ask, wells):
    def order(query: str) -> list[str]:
        page = ask(f"/en/indicators/wells/{query}")[1]
        body = page.split('id="table"')[1].split("<tbody")[1].split("</tbody>")[0]
        return [part.split("<")[0] for part in body.split('class="govuk-table__header">')[1:]]

    assert order("?sort=value")[:2] == ["Area 5", "Area 3"]
    assert order("?sort=value&order=asc")[0] == "Area 0" and set(order("?sort=value&order=asc")[-2:]) == {"Area 6", "Area 7"}
    assert len(order("?sort=change")) == 8
    assert order("?sort=name")[0] == "Area 6"  # <b>… by its Ukrainian name
    assert order("?sort=name") == order("?sort=name&order=desc")[::-1]


@pytest.mark.parametrize(
    "query",
    ["year=1999", "year=x", "year=%00", "classes=99", "classes=-1", "method=DROP", "sort=evil", "page=99999", "page=x",
     "area=nobody", "classes=" + "9" * 300, "year=²0²4", "classes=%EF%BC%95"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_still_gives_the_page(ask, wells, query):
    status, text = ask(f"/indicators/wells/?{query}")
    assert status == 200 and "Найбільше" in text
    if query.startswith(("year=1", "classes", "method")):
        assert "gp-notice--warning" in text


def test_an_unknown_indicator_is_not_found(ask, wells):
    assert ask("/indicators/nothing/")[0] == 404
    assert ask("/indicators/nothing/export.csv")[0] == 404


@pytest.mark.parametrize("path", ["/indicators/inside/", "/indicators/inside/export.csv", "/indicators/inside/export.geojson"])
def test_what_staff_may_see_is_not_found_by_strangers(ask, places, wells, path):
    store.write(places, indicator("inside", publication="staff"), VALUES, "test")
    assert ask(path)[0] == 404


def test_an_indicator_over_a_layer_that_is_withdrawn_is_gone_with_it(ask, places, wells):
    from geoplatform.publicmap import current

    places.execute("delete from registry.published where layer = 'hromady' and level = 'public'")
    places.execute("update registry.publication set serial = serial + 1")
    current.forget()
    assert ask("/indicators/wells/")[0] == 404 and "wells" not in ask("/indicators/")[1]
    rows = places.execute("select count(*) from pub_public.indicator_value").fetchone()
    assert rows == (0,)


def test_downloads_hold_what_the_page_shows(ask, wells):
    status, text = ask("/indicators/wells/export.csv")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert status == 200 and len(rows) == len(VALUES)
    assert {(r["area"], int(r["year"])): float(r["value"]) for r in rows} == VALUES
    assert "'=Суботцівська" in {r["name"] for r in rows}, "no cell is a formula"
    assert len(list(csv.DictReader(io.StringIO(ask("/indicators/wells/export.csv?year=2024")[1])))) == 6
    document = json.loads(ask("/indicators/wells/export.geojson?year=2023")[1])
    found = {f["id"]: f["properties"]["value"] for f in document["features"]}
    assert len(found) == len(NAMES) and found[code(6)] == 60.0 and found[code(7)] is None
    assert document["features"][0]["geometry"]["type"] == "MultiPolygon" and document["licence"] == "CC-BY-4.0"


def test_a_page_with_many_areas_stays_light(ask, wells):
    assert len(ask("/indicators/wells/")[1].encode()) < 60_000
