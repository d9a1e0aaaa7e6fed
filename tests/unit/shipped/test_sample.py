"""The bundled sample: true facts have their source, everything else is demonstration data that says so."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys

import pytest
from opening_hours import OpeningHours, validate

from geoplatform.layers.demo import FACILITIES, SAMPLE, build, read_facts, write
from geoplatform.layers.demo.__main__ import main

DEMO = SAMPLE / "demo"
PLAINLY_DEMO = re.compile(r"[Дд]емонстрац|схематичн")


def features(path):
    return json.loads(path.read_text(encoding="utf-8"))["features"]


@pytest.fixture(params=sorted(DEMO.glob("*.geojson")), ids=lambda path: path.stem)
def demo_file(request):
    return request.param


def test_making_it_again_gives_the_same_bytes(tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-m", "geoplatform.layers.demo", tmp_path], check=True, env=environment)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in DEMO.iterdir()}
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_another_seed_gives_other_data(tmp_path):
    write(tmp_path, build(1, []))
    assert (tmp_path / "pharmacies.geojson").read_bytes() != (DEMO / "pharmacies.geojson").read_bytes()


def test_a_missing_facts_file_is_one_clear_line(tmp_path, capsys):
    assert main(["--facts", str(tmp_path / "none.csv"), str(tmp_path)]) == 1
    assert capsys.readouterr().err.strip() == f"demo: {tmp_path / 'none.csv'}: No such file or directory"


def test_the_streets_that_are_walked_join_at_their_crossings():
    ends: dict[tuple[float, float], set[str]] = {}
    for feature in features(DEMO / "walkways.geojson"):
        for point in feature["geometry"]["coordinates"]:
            ends.setdefault(tuple(point), set()).add(feature["properties"]["code"])
    together: list[set[str]] = []
    for ways in ends.values():
        near = [group for group in together if group & ways]
        together = [group for group in together if group not in near] + [ways.union(*near)]
    assert len(together) == 1 and sum(len(ways) > 1 for ways in ends.values()) > 30


def test_it_is_small():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_000_000


def test_each_record_says_whether_it_is_demonstration_data(demo_file):
    for feature in features(demo_file):
        assert isinstance(feature["properties"].get("is_demo"), bool)


def test_a_demonstration_record_cannot_be_taken_for_a_real_one(demo_file):
    for feature in features(demo_file):
        properties = feature["properties"]
        if not properties["is_demo"]:
            continue
        shown = [properties[key] for key in ("name", "street", "document") if key in properties]
        assert shown, properties
        assert all(PLAINLY_DEMO.search(text) for text in shown), properties
        assert not {"phone", "email", "website"} & properties.keys()
        if "address" in properties:
            assert properties["address"].startswith("Демонстраційна вулиця ")


def test_a_real_record_among_them_has_a_source_and_the_place_that_the_source_gives():
    facts = {row["code"]: row for row in read_facts(SAMPLE / "institutions.csv")}
    real = [f for path in DEMO.glob("*.geojson") for f in features(path) if not f["properties"]["is_demo"]]
    assert {feature["properties"]["code"] for feature in real} == {
        code for code, row in facts.items() if row["place_lon"] and row["place_layer"] in FACILITIES
    }
    for feature in real:
        row = facts[feature["properties"]["code"]]
        assert feature["properties"]["source_url"] == row["source_url"]
        assert feature["geometry"]["coordinates"] == [float(row["place_lon"]), float(row["place_lat"])]


def test_every_fact_has_a_source():
    for row in read_facts(SAMPLE / "institutions.csv"):
        assert row["source_url"].startswith(("http://", "https://")), row["code"]


def test_opening_hours_can_be_read(demo_file):
    for feature in features(demo_file):
        hours = feature["properties"].get("opening_hours")
        if hours:
            assert validate(hours), hours
            assert OpeningHours(hours).next_change() is not None or hours == "24/7"


def test_some_facilities_were_never_surveyed_and_no_survey_contradicts_itself():
    pharmacies = [feature["properties"] for feature in features(DEMO / "pharmacies.geojson")]
    surveyed = [properties for properties in pharmacies if "wheelchair" in properties]
    assert 0 < len(surveyed) < len(pharmacies)
    for properties in surveyed:
        there, missing = (set(properties.get(key, "").split(";")) - {""} for key in ("accessibility", "accessibility_missing"))
        assert there | missing
        assert not there & missing


def test_no_layer_on_which_a_life_may_depend_has_a_sample_file(library):
    files = {path.stem for path in SAMPLE.rglob("*") if path.is_file()}
    assert not files & {layer.id for layer in library.layers.values() if layer.life_depends}


def test_every_sample_location_is_a_file_and_every_file_is_used(library):
    located = {layer.sample.location.removeprefix("sample://") for layer in library.layers.values() if layer.sample}
    files = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file()}
    assert located == files


def test_the_sample_codifier_agrees_with_itself():
    with (SAMPLE / "katottg.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = {[row[f"level{i}"] for i in range(1, 6) if row[f"level{i}"]][-1] for row in rows}
    assert len(codes) == len(rows)
    assert all(row[f"level{i}"] in codes for row in rows for i in range(1, 6) if row[f"level{i}"])


@pytest.mark.shared
def test_the_sample_codifier_agrees_with_the_real_one(shared_data):
    real = next((shared_data / "gazetteer").glob("katottg_*.csv")).read_text(encoding="utf-8").splitlines()
    sample = (SAMPLE / "katottg.csv").read_text(encoding="utf-8").splitlines()
    assert set(sample) <= set(real)
