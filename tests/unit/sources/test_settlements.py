"""Points of settlements get their KATOTTG code by hromada and name, and never by guess."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import open_source
from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.settlements import normalised, romanised

COLUMNS = {"katottg", "name", "name_en", "category", "hromada", "raion", "population"}
CODIFIER = """\
level1,level2,level3,level4,level5,category,name_uk
UA01,,,,,O,Перша
UA01,UA0101,,,,P,Перший
UA01,UA0101,UA010101,,,H,Західна
UA01,UA0101,UA010101,UA01010101,,M,Західне
UA01,UA0101,UA010101,UA01010102,,C,Мар’янівка
UA01,UA0101,UA010101,UA01010103,,X,Двійка
UA01,UA0101,UA010101,UA01010104,,C,Двійка
UA01,UA0101,UA010101,UA01010101,UA0101010101,B,Мар’янівка
UA01,UA0101,UA010102,,,H,Східна
UA01,UA0101,UA010102,UA01010201,,C,Мар’янівка
"""


def square(west: float, east: float) -> dict:
    return {"type": "Polygon", "coordinates": [[[west, 48], [east, 48], [east, 49], [west, 49], [west, 48]]]}


def collection(features: list[tuple[dict, dict]]) -> str:
    made = [{"type": "Feature", "properties": properties, "geometry": geometry} for properties, geometry in features]
    return json.dumps({"type": "FeatureCollection", "features": made})


@pytest.fixture
def read(tmp_path: Path):
    """Return a function: points [(properties, lon)] and options -> (records, problems)."""
    (tmp_path / "codes.csv").write_text(CODIFIER, encoding="utf-8")
    (tmp_path / "hromady.geojson").write_text(
        collection([({"katotth": "UA010101"}, square(30, 31)), ({"katottg": "UA010102"}, square(31, 32))]), encoding="utf-8"
    )
    work = tmp_path / "work"
    work.mkdir()

    def read_points(points: list[tuple[dict, float]], **options):
        (tmp_path / "points.geojson").write_text(
            collection([(properties, {"type": "Point", "coordinates": [lon, 48.5]}) for properties, lon in points]),
            encoding="utf-8",
        )
        source = Source(
            driver="settlements",
            location="data://points.geojson",
            options={
                "codifier": "data://codes.csv", "hromady": "data://hromady.geojson",
                "names": ["names"], "latin": "latin", "id": "number", **options,
            },
        )  # fmt: skip
        with open_source(source, SourceContext(data_root=tmp_path, sample_root=tmp_path, work=work), COLUMNS) as reader:
            assert set(reader.available) >= COLUMNS - {"population"}
            records, problems = [], {}
            for batch in reader.batches():
                columns = {name: array.to_pylist() for name, array in batch.columns.items()}
                records += [{name: values[i] for name, values in columns.items()} for i in range(len(batch))]
                problems |= batch.problems
        return records, problems

    return read_points


def test_the_same_name_gets_another_code_in_another_hromada(read):
    records, problems = read([({"names": "Мар'янівка", "population": 7}, 30.5), ({"names": "Марьяновка; Мар’янівка"}, 31.5)])
    assert problems == {}
    assert [record["katottg"] for record in records] == ["UA01010102", "UA01010201"]
    assert records[0] == {
        "katottg": "UA01010102", "name": "Мар’янівка", "name_en": "Marianivka", "category": "C", "hromada": "UA010101",
        "raion": "UA0101", "population": 7,
    }  # fmt: skip


def test_a_name_in_latin_letters_is_tried_last(read):
    records, problems = read([({"names": "", "latin": "Marianivka"}, 30.5), ({"names": "Заходнє", "latin": "Zakhidne"}, 30.5)])
    assert problems == {}
    assert [record["katottg"] for record in records] == ["UA01010102", "UA01010101"]


@pytest.mark.parametrize(
    ("properties", "lon", "reason"),
    [
        ({"names": "Двійка"}, 30.5, "2 of that name in UA010101 (UA01010103, UA01010104); decide in `codes`"),
        ({"names": "Нема"}, 30.5, "no settlement of that name in UA010101"),
        ({"names": "Західне"}, 31.5, "no settlement of that name in UA010102"),
        ({"names": "Західне"}, 35.0, "the point lies in no hromada"),
        ({"names": "Західне"}, 31.0, "on the border of UA010101 and UA010102"),
    ],
)
def test_a_point_without_exactly_one_match_is_a_problem_and_gets_no_code(read, properties, lon, reason):
    records, problems = read([(properties, lon)])
    assert list(problems) == [0]
    assert reason in problems[0]
    assert records[0]["katottg"] is None


def test_what_a_person_decided_goes_before_names(read):
    points = [({"names": "Двійка", "number": 5}, 30.5), ({"names": "Двійка", "number": 6}, 30.5)]
    records, problems = read(points, codes=["5=UA01010103", "6=UA01010104"])
    assert problems == {}
    assert [record["category"] for record in records] == ["X", "C"]


def test_a_decision_for_a_code_that_is_no_settlement_is_an_error(read):
    with pytest.raises(SourceError, match="'5=UA010101' names no settlement of the codifier"):
        read([], codes=["5=UA010101"])


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("codifier", "code,name\n1,2\n", "has no column category, level1"),
        ("codifier", "level1,level2,level3,level4,level5,category,name_uk\n", "has no settlement"),
        ("hromady", "<html>", "not a GeoJSON of hromady"),
        ("hromady", '{"features": [{"properties": null, "geometry": null}]}', "not a GeoJSON of hromady"),
    ],
)
def test_a_table_that_is_something_else_is_named(read, tmp_path, option, text, message):
    (tmp_path / "wrong").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=f"data://wrong: .*{message}"):
        read([({"names": "Західне"}, 30.5)], **{option: "data://wrong"})


def test_a_codifier_in_another_encoding_is_named(read, tmp_path):
    (tmp_path / "wrong").write_bytes(CODIFIER.encode("cp1251"))
    with pytest.raises(SourceError, match="data://wrong: after line 0: not a CSV in UTF-8"):
        read([({"names": "Західне"}, 30.5)], codifier="data://wrong")


def test_an_option_that_is_missing_is_named(tmp_path):
    source = Source(driver="settlements", location="data://points.geojson")
    with pytest.raises(SourceError, match="needs the option codifier"):
        open_source(source, SourceContext(data_root=tmp_path, sample_root=tmp_path, work=tmp_path), COLUMNS)


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Кропивницький", "kropyvnytskyi"),
        ("Знам’янка", "znamianka"),
        ("Згурівка", "zghurivka"),
        ("Єлизаветівка", "yelyzavetivka"),
        ("Ємилівка", "yemylivka"),
        ("Великі Їжачки", "velyki yizhachky"),
        ("Щасливе", "shchaslyve"),
        ("Юр’ївка", "yurivka"),
        ("Любо-Надіївка", "liubo-nadiivka"),
    ],
)
def test_names_are_romanised_by_resolution_55(name, latin):
    assert romanised(name) == latin


def test_apostrophes_and_case_make_no_difference():
    assert normalised("ЗНАМ`ЯНКА  Друга") == normalised("знам’янка друга") == normalised("Знамʼянка Друга")
