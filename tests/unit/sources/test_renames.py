"""A council's table of renamed streets: each old name is a record, the part of the street is kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import open_source
from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.renames import COLUMNS

TABLE = """\
old_uk,new_uk,act_uk,act_date
"вулиця Леніна, вулиця Палацова (від вулиці Першої до вулиці Другої)",вулиця Архітектора,№ 24,2016-02-19
"вулиця Майора Петренка, героя",вулиця Тиха,,
"""


def read(tmp_path: Path, table: str = TABLE, **options: str) -> list[dict]:
    (tmp_path / "renames.csv").write_text(table, encoding="utf-8")
    (tmp_path / "work").mkdir(exist_ok=True)
    source = Source(driver="renames", location="data://renames.csv", options=options)
    with open_source(source, SourceContext(tmp_path, tmp_path, tmp_path / "work"), set(COLUMNS)) as reader:
        return [
            {name: array[row].as_py() for name, array in batch.columns.items()}
            for batch in reader.batches()
            for row in range(len(batch))
        ]


def test_each_old_name_of_a_line_is_a_record_of_its_own(tmp_path):
    first, second, third = read(tmp_path)
    assert [first["old_name"], second["old_name"]] == ["вулиця Леніна", "вулиця Палацова"]
    assert first["name"] == second["name"] == "вулиця Архітектора"
    assert first["part"] == second["part"] == "від вулиці Першої до вулиці Другої"
    assert (first["act"], first["act_date"]) == ("№ 24", "2016-02-19")
    assert third["old_name"] == "вулиця Майора Петренка, героя", "a comma before no kind of street parts nothing"
    assert third["part"] is None and third["act_date"] is None


def test_codes_stay_and_differ(tmp_path):
    codes = [record["code"] for record in read(tmp_path)]
    assert codes == [record["code"] for record in read(tmp_path)]
    assert len(set(codes)) == 3


def test_columns_may_be_called_otherwise(tmp_path):
    assert read(tmp_path, "was;is\nвулиця А;вулиця Б\n", old="was", new="is", delimiter=";")[0]["name"] == "вулиця Б"


def test_another_table_is_refused(tmp_path):
    with pytest.raises(SourceError, match="it has no column old_uk, new_uk"):
        read(tmp_path, "a,b\n1,2\n")
