"""Tables as office software writes them, sound and unsound."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest

from geoplatform.indicators import shipped, table, wording
from geoplatform.indicators.table import SourceError, TableError

LONG = "Код КАТОТТГ;Назва;Рік;Значення\nUA35040210000014072;Кропивницька;2024;1 234,5\n"


def cells(tmp_path, content: bytes | str, name: str = "t.csv", year: str = ""):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(c.row, c.code, c.name, c.year, c.value) for c in table.read(path, year)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_csv_is_read_in_the_encodings_of_office_software(tmp_path, encoding):
    assert cells(tmp_path, LONG.encode(encoding)) == [(2, "UA35040210000014072", "Кропивницька", "2024", "1 234,5")]


def test_a_column_for_each_year_gives_a_cell_for_each(tmp_path):
    found = cells(tmp_path, "katottg,name,2021,2022 рік\nUA1,А,1,2\n\nUA2,Б,,4\n")
    assert [(c[1], c[3], c[4]) for c in found] == [
        ("UA1", "2021", "1"),
        ("UA1", "2022", "2"),
        ("UA2", "2021", ""),
        ("UA2", "2022", "4"),
    ]


def test_the_only_other_column_holds_the_values_and_the_year_may_be_named_outside(tmp_path):
    assert cells(tmp_path, "code,wells\nUA1,3\n", year="2024") == [(2, "UA1", "", "2024", "3")]


def test_a_workbook_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Код", "Рік", "Значення"], ["UA1", 2024, 12.5], ["UA2", 2024, 7], [None, None, None]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    assert [(c.code, c.year, c.value) for c in table.read(tmp_path / "t.xlsx")] == [("UA1", "2024", "12.5"), ("UA2", "2024", "7")]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        ("a,b\n1,2\n", "t.csv", "no_area_column"), ("code,a,b\n1,2,3\n", "t.csv", "no_value_column"),
        ("code,value\nUA1,3\n", "t.csv", "no_year"), ("code,year,value\n", "t.csv", "no_rows"), ("", "t.csv", "empty"),
        ("code,2020,2020 рік\nUA1,1,2\n", "t.csv", "year_columns_twice"), ("x", "t.pdf", "kind_of_file"),
        ("code," + ",".join(f"c{n}" for n in range(400)) + "\n1\n", "t.csv", "columns"),
    ],
)  # fmt: skip
def test_a_table_that_can_t_be_used_says_why(tmp_path, content, name, code):
    with pytest.raises(TableError) as caught:
        cells(tmp_path, content, name)
    assert caught.value.code == code
    assert "%(" not in wording.english(code, caught.value.facts)


def test_a_hundred_megabytes_are_refused_without_reading(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(TableError) as caught:
        table.read(path)
    assert caught.value.code == "too_large" and caught.value.facts == {"size": 100, "most": 15}


def test_a_zip_bomb_and_a_broken_workbook_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (300 << 20), compresslevel=9)
    with pytest.raises(SourceError, match=r"zip bomb|unpacks to"):
        table.read(tmp_path / "bomb.xlsx")
    for content in (b"PK\x03\x04rubbish", b"no workbook"):
        (tmp_path / "broken.xlsx").write_bytes(content)
        with pytest.raises(SourceError):
            table.read(tmp_path / "broken.xlsx")


def test_the_shipped_indicators_are_sound_and_say_what_is_made_up():
    found, faults = shipped.described()
    assert faults == [] and {"settlements_by_hromada", "demo_residents"} <= found.keys()
    for indicator, values in found.values():
        assert values is not None and table.read(values)
        assert indicator.is_demo == indicator.id.startswith("demo_")
        assert not indicator.is_demo or ("вигадані" in indicator.title.uk and "made-up" in indicator.title.en)
        assert indicator.is_demo or indicator.source_url


def test_a_definition_that_is_wrong_is_named_with_its_place(tmp_path):
    folder = tmp_path / "indicators"
    folder.mkdir()
    (folder / "bad.yaml").write_text("id: bad\nkind: colour\n")
    (folder / "worse.yaml").write_text("id: [\n")
    found, faults = shipped.described(tmp_path)
    assert (
        not found and any(f.startswith("bad.yaml: kind:") for f in faults) and any(f.startswith("worse.yaml: ") for f in faults)
    )
