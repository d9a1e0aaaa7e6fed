"""What a table brings, what of it can't be taken, and that nothing is taken by halves."""

from __future__ import annotations

import psycopg
import pytest

from geoplatform.indicators import shipped, store
from geoplatform.indicators.table import TableError
from tests.integration.indicators.conftest import VALUES, code, indicator


def test_a_report_names_every_row_that_can_t_be_taken(look):
    report = look(
        f"katottg;name;year;value\n{code(0)};;2024;1,5\n{code(0)[2:]};;2024;2\n;Долинська;2024;3\nUA99999999999999999;;2024;4\n"
        f"{code(2)};;2024;багато\n{code(3)};;колись;5\n{code(4)};;2024;–\n"
    )
    assert report.values == {(code(0), 2024): 1.5, (code(1), 2024): 3.0}
    assert [(t.code, t.cell.row) for t in report.troubles] == [
        ("duplicate", 3),
        ("unmatched", 5),
        ("not_number", 6),
        ("bad_year", 7),
    ]
    assert report.by_name == 1 and report.empty == 1 and len(report.missing) == 6


def test_only_unknown_areas_may_be_left_out(look):
    report = look(f"katottg,year,value\n{code(0)},2024,1\nUA99999999999999999,2024,4\n")
    with pytest.raises(TableError) as caught:
        shipped.check_may_take(report, leave_unmatched=False)
    assert caught.value.code == "unmatched_left"
    shipped.check_may_take(report, leave_unmatched=True)
    with pytest.raises(TableError) as caught:
        shipped.check_may_take(look(f"katottg,year,value\n{code(0)},2024,багато\n"), leave_unmatched=True)
    assert caught.value.code == "grave_left"


def test_values_that_make_no_sense_are_out_of_range(look):
    report = look(f"katottg,year,value\n{code(0)},2024,101\n{code(1)},2024,-1\n{code(2)},2024,100\n", kind="share")
    assert [t.code for t in report.troubles] == ["out_of_range", "out_of_range"]


def test_years_of_the_table_are_replaced_and_others_stay(places, wells):
    store.write(places, wells, {(code(0), 2024): 1.0}, "test")
    kept = places.execute("select year, count(*) from indicators.value group by 1 order by 1").fetchall()
    assert kept == [(2023, 7), (2024, 1)]
    assert places.execute("select count(*) from indicators.classes where year = 2024").fetchone() == (0,)


def test_a_write_that_fails_leaves_everything_as_it_was(places, wells):
    with pytest.raises(psycopg.Error):
        store.write(places, wells, {(code(0), 2023): 1.0, (code(1), 9999): 2.0}, "test")
    assert places.execute("select count(*) from indicators.value").fetchone() == (len(VALUES),)


def test_levels_see_what_is_theirs(places, wells):
    store.write(places, indicator("inside", publication="staff"), VALUES, "test")
    store.write(places, indicator("members", publication="registered"), VALUES, "test")
    public = {row[0] for row in places.execute("select distinct indicator from pub_public.indicator_value")}
    assert public == {"wells"}
    assert {row[0] for row in places.execute("select distinct indicator from pub_public.indicator_classes")} == {"wells"}


def test_the_shipped_indicators_wait_until_their_areas_have_data(places):
    lines = shipped.load(places, demo=False)
    assert all("values" in line or "nothing_to_take" in line for line in lines)
    assert not [kept for kept in store.kept(places) if kept.indicator.is_demo]
