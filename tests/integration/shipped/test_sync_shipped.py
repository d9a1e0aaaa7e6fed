"""The shipped layers go the whole way on a real PostGIS: the bundled sample alone, and with the real files of a data root."""

from __future__ import annotations

import json

import pytest
from psycopg import sql

from geoplatform.config import PROJECT
from geoplatform.layers.demo import FACILITIES
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline

SAMPLE = PROJECT / "layers" / "sample"
#: Without a data root these have neither a source that may be asked in the demo nor a sample.
EMPTY_WITHOUT_DATA = {"hromady", "raions", "protected_areas", "toponyms"}
REAL_COUNTS = {
    "community_boundary": 1,
    "city_districts": 2,
    "hromady": 49,
    "raions": 4,
    "katottg": 1083,
    "settlements": 161,
    "protected_areas": 145,
    "toponyms": 2029,
}


def sync(ids: list[str] | None = None) -> dict:
    reports = {report.layer: report for report in pipeline.sync(ids)}
    assert {layer: report.error for layer, report in reports.items() if report.error} == {}
    return reports


def counts(conn) -> dict[str, tuple[int, int]]:
    """Return layer -> features and demonstration features that its table holds."""
    found = {}
    for (layer,) in conn.execute("select id from registry.layer").fetchall():
        table = sql.Identifier("layers", layer)
        query = sql.SQL("select count(*), count(*) filter (where is_demo) from {}").format(table)
        found[layer] = conn.execute(query).fetchone()
    conn.commit()
    return found


def sample_rows(location: str) -> int:
    path = SAMPLE / location.removeprefix("sample://")
    if path.suffix == ".csv":
        return len(path.read_text(encoding="utf-8").splitlines()) - 1
    return len(json.loads(path.read_text(encoding="utf-8"))["features"])


def test_the_sample_loads_whole_and_a_second_sync_changes_nothing(data_db):
    library = load_library(PROJECT / "layers")
    reports = sync()
    assert {layer: report.refused for layer, report in reports.items() if report.refused} == {}
    assert {layer: report.mended for layer, report in reports.items() if report.mended} == {}
    loaded = counts(data_db)
    assert set(loaded) == set(library.layers)
    for layer in library.layers.values():
        expected = sample_rows(layer.sample.location) if layer.sample else 0
        expected += layer.id == "street_renames"  # one line of the act names two streets that became one
        assert loaded[layer.id][0] == expected, layer.id
    assert {layer for layer, (total, _) in loaded.items() if total == 0} == EMPTY_WITHOUT_DATA | {
        layer.id for layer in library.layers.values() if layer.life_depends
    }

    true_facts = {layer: total - demo for layer, (total, demo) in loaded.items() if total != demo}
    assert true_facts == {"education": 2, "institutions": 12, "katottg": 10, "settlements": 1, "street_renames": 10}
    assert all(loaded[layer][1] > 0 for layer in FACILITIES)

    again = pipeline.sync()
    assert {report.status for report in again} == {"unchanged"}
    assert counts(data_db) == loaded


def test_levels_see_what_the_definitions_allow(data_db):
    pipeline.sync(["communal_property", "shelters", "health_state"])
    seen = dict.fromkeys(("public", "registered", "staff"))
    for level in seen:
        rows = data_db.execute(
            "select table_name, column_name from information_schema.columns where table_schema = %s", (f"pub_{level}",)
        ).fetchall()
        seen[level] = {f"{table}.{column}" for table, column in rows}
    assert "communal_property.status" not in seen["public"]
    assert "communal_property.status" in seen["registered"]
    assert "communal_property.book_value" not in seen["registered"]
    assert "communal_property.book_value" in seen["staff"]
    assert "shelters.opening_hours" in seen["public"]
    assert "shelters.capacity" not in seen["public"] | seen["registered"]
    assert "shelters.capacity" in seen["staff"]
    everywhere = seen["public"] | seen["registered"] | seen["staff"]
    assert not {"shelters.key_holder", "communal_property.tenant", "health_state.duty_contact"} & everywhere


@pytest.mark.shared
def test_the_real_files_load_with_codes_of_the_codifier_and_only_what_has_no_code_is_refused(data_db, shared_data):
    reports = sync(list(REAL_COUNTS))
    loaded = counts(data_db)
    assert {layer: loaded[layer][0] for layer in REAL_COUNTS} == REAL_COUNTS
    assert {layer: loaded[layer][1] for layer in REAL_COUNTS} == dict.fromkeys(REAL_COUNTS, 0)
    refused = {layer: report.refused for layer, report in reports.items() if report.refused}
    assert refused == {"settlements": 3}
    numbers = data_db.execute("select record ->> 'geonameid' from registry.refused_record").fetchall()
    # two districts and a part of a city: no settlements
    assert {number for (number,) in numbers} == {"13546531", "13546532", "13546047"}
    renamed = data_db.execute("select name, name_en from layers.settlements where katottg = 'UA35080110020037819'").fetchone()
    assert renamed == ("Інгулецьке", "Inhuletske")

    for layer in ("settlements", "hromady", "raions", "city_districts", "community_boundary"):
        unknown = data_db.execute(
            sql.SQL("select katottg from {} where katottg not in (select katottg from layers.katottg)").format(
                sql.Identifier("layers", layer)
            )
        ).fetchall()
        assert unknown == [], layer
    city = data_db.execute("select name, category from layers.settlements where katottg = 'UA35040210010019355'").fetchone()
    assert city == ("Кропивницький", "city")
    outside = data_db.execute(
        "select s.name from layers.settlements s join layers.hromady h on h.katottg = s.hromada"
        " where not st_intersects(s.geom, h.geom)"
    ).fetchall()
    assert outside == []


def test_the_sample_never_replaces_real_data(data_db, tmp_path, monkeypatch):
    institutions = "code,name,category,source_url\nТ-1,Перевірка,ЦНАП,https://example.org/\n"
    (tmp_path / "institutions.csv").write_text(institutions, encoding="utf-8")
    monkeypatch.setenv("GEOPLATFORM_DATA", str(tmp_path))
    pipeline.sync(["institutions"])
    monkeypatch.delenv("GEOPLATFORM_DATA")
    (report,) = pipeline.sync(["institutions"])
    assert (report.status, report.error) == ("unchanged", None)
    assert "the sample never replaces real data" in report.warnings[0]
    assert counts(data_db)["institutions"] == (1, 0)
