"""Records that fail a check are refused with reasons and kept for download; what was good before stays."""

from __future__ import annotations

import csv
import io
import json

import pytest

from geoplatform.layers import runs
from tests.layer_cases import Records, attribute, definition, record

GOOD = record("good", name="Добра")


def _refusal(sync, bad, layer=None, **facts):
    """Sync one good record and `bad`; return the report and the only refused record's reasons."""
    report = sync(layer or definition(), [GOOD, bad], **facts)
    assert (report.status, report.added, report.refused) == ("applied", 1, 1)
    assert not report.ok
    (note,) = report.refused_examples
    assert note.position == 2
    assert len(note.uk) == len(note.en)
    return note.en


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record(None, name="x"), "code: is part of the key and has no value"),
        (record("a/b", name="x"), "code: 'a/b' can't be part of an address"),
        (record("a b", name="x"), "code: 'a b' can't be part of an address"),
        (record("..", name="x"), "code: '..' can't be part of an address"),
        (record("к" * 201, name="x"), "code: the key is longer than 200 characters"),
        (record("x", 5, 5, name="x"), "lies outside the bounds at 5 5"),
        (record("x", 48.5, 32.2, name="x"), "its coordinates look swapped"),
        (record("x", name="x", geometry=None), "has no geometry"),
        (record("x", name="Л\ufffdкарня"), "name: 'Л\ufffdкарня' was read in the wrong encoding"),
        (record("x", name="a" * 10_001), "name: is longer than 10000 characters"),
        (record("x", name="a\0b"), "name: holds a NUL character"),
        (record("x", name="x", is_demo=True), "is demonstration data, which is not loaded here"),
    ],
)
def test_a_record_is_refused_with_its_reason(owner, sync, bad, reason):
    (line,) = _refusal(sync, bad)
    assert reason in line
    assert owner.execute("select id from layers.clinics").fetchall() == [("good",)]


def test_all_reasons_of_a_record_are_given(owner, sync):
    layer = definition(attribute("name", required=True), attribute("beds", "integer"))
    assert _refusal(sync, record("x", 5, 5, beds="many"), layer) == [
        "name: has no value, but one is required",
        "beds: 'many' is no whole number",
        "lies outside the bounds at 5 5",
    ]


def test_a_record_that_the_driver_could_not_read_is_refused(owner, sync, monkeypatch):
    reader = Records([GOOD, record("x", name="x")])
    batches = list(reader.batches())
    batches[0].problems[1] = "line 3 has 2 fields, the header 4"
    monkeypatch.setattr(reader, "batches", lambda: iter(batches))
    report = sync(definition(), reader)
    assert report.refused_examples[0].en == ["can't be read: line 3 has 2 fields, the header 4"]


def test_all_records_with_a_shared_key_are_refused_and_the_last_good_state_stays(owner, sync):
    sync(definition(), [GOOD, record("c1", name="Перша")])
    report = sync(definition(), [GOOD, record("c1", name="Друга"), record("c1", name="Третя")])
    assert (report.refused, report.kept, report.removed, report.status) == (2, 1, 0, "unchanged")
    assert [n.en for n in report.refused_examples] == [["the key c1 is used by 2 records"]] * 2
    assert owner.execute("select name from layers.clinics where id = 'c1'").fetchone() == ("Перша",)


def test_a_feature_whose_record_is_refused_keeps_its_last_good_state(owner, sync):
    sync(definition(), [GOOD, record("c1", name="Перша")])
    report = sync(definition(), [GOOD, record("c1", 5, 5, name="Перша")])
    assert (report.refused, report.kept, report.removed) == (1, 1, 0)
    assert owner.execute("select count(*) from layers.clinics").fetchone() == (2,)


def test_a_source_in_which_nothing_is_sound_leaves_the_last_good_data(owner, sync):
    sync(definition(), [GOOD])
    swapped = [record(f"c{n}", 48.5, 32.2, name="x") for n in range(50)]
    report = sync(definition(), swapped)
    assert (report.status, report.error) == ("refused", "every record was refused; the last good data stay")
    assert (report.reasons[0].code, report.reasons[0].count, len(report.refused_examples)) == ("outside_swapped", 50, 20)
    assert "… and 30 more refused" in report.text()
    assert owner.execute("select id from layers.clinics").fetchall() == [("good",)]


def test_a_missing_column_of_the_key_fails_the_run_and_names_those_that_are_there(owner, sync):
    report = sync(definition(), [{"kod": "1", "name": "x", "geometry": "POINT (32.2 48.5)"}])
    assert report.status == "failed"
    assert report.error == "attribute code (key): the source has no column code; it has kod, name"


def test_a_missing_column_of_no_need_is_a_warning(owner, sync):
    report = sync(definition(attribute("name"), attribute("phone")), [GOOD])
    assert report.ok
    assert report.warnings == ["attribute phone: the source has no column phone"]


def test_demonstration_data_are_never_loaded_where_a_life_may_depend_on_them(owner, sync):
    layer = definition(life_depends=True)
    assert _refusal(sync, record("x", name="x", is_demo=True), layer, allow_demo=True) == [
        "is demonstration data, which is not loaded here"
    ]


def test_refused_records_can_be_downloaded(owner, sync):
    report = sync(definition(), [GOOD, record("a/b", name="=cmd()"), record("x", name="y", geometry=None)])
    records = runs.refused_records(owner, report.run)
    rows = list(csv.DictReader(io.StringIO(runs.as_csv(records))))
    assert [(row["position"], row["code"], row["name"]) for row in rows] == [("2", "a/b", "'=cmd()"), ("3", "x", "y")]
    collection = json.loads(runs.as_geojson(records))
    assert [feature["geometry"] and feature["geometry"]["type"] for feature in collection["features"]] == ["Point", None]
    assert collection["features"][1]["id"] == "x"


def test_kept_records_are_bounded_and_short_but_all_are_counted(owner, sync, monkeypatch):
    monkeypatch.setattr(runs, "KEPT_RECORDS", 5)
    bad = [record(f"c{n}", name="x" * 1_000_000) for n in range(12)]
    report = sync(definition(), [GOOD, *bad])
    kept, longest = owner.execute("select count(*), max(length(record::text)) from registry.refused_record").fetchone()
    assert (report.refused, kept, longest < 1000) == (12, 5, True)


def test_forty_megabytes_in_one_attribute_are_named_and_refused(owner, sync):
    (line,) = _refusal(sync, record("x", name="x" * 40_000_000))
    assert line == "name: is longer than 10000 characters"


def test_the_same_bytes_with_refused_records_remind_of_them(owner, sync):
    records = [GOOD, record("a/b", name="x")]
    first = sync(definition(), Records(records, fingerprint="f"))
    again = sync(definition(), Records(records, fingerprint="f"))
    assert again.status == "unchanged"
    assert again.warnings == [f"1 records of these same bytes were refused in run {first.run}"]
