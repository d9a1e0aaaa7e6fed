"""The whole way of the data: which source is read, what is published, and that the shipped layers go through it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from geoplatform import config as configuration
from geoplatform.publishing import pipeline
from tests.layer_cases import definition

REAL = {"driver": "geojson", "location": "https://example.org/clinics.geojson"}
SHARED = {"driver": "geojson", "location": "data://clinics.geojson"}
SAMPLE = {"driver": "geojson", "location": "sample://clinics.geojson", "demo": True}
HERE = {"driver": "geojson", "location": "clinics.geojson"}


@pytest.mark.parametrize(
    ("source", "sample", "demo", "live", "wanted"),
    [
        (REAL, SAMPLE, True, False, "sample"),
        (REAL, None, True, False, None),
        (REAL, SAMPLE, True, True, "source"),
        (REAL, SAMPLE, False, False, "source"),
        (SHARED, SAMPLE, True, False, "source"),
        ({**SHARED, "location": "data://none.geojson"}, SAMPLE, True, False, "sample"),
        ({**SHARED, "location": "data://none.geojson"}, None, True, False, None),
        (HERE, None, True, False, "source"),
        (HERE, SAMPLE, True, False, "sample"),
    ],
)
def test_the_source_is_chosen_by_mode(tmp_path: Path, monkeypatch, source, sample, demo, live, wanted):
    (tmp_path / "clinics.geojson").touch()
    config = replace(configuration.load(), data=tmp_path, demo=demo)
    chosen = pipeline.choose_source(definition(source=source, sample=sample), config, live)
    assert (chosen and chosen[1]) == wanted


@pytest.mark.parametrize(
    ("refresh", "wanted"),
    [("P1D", timedelta(days=1)), ("PT6H", timedelta(hours=6)), ("PT15M", timedelta(minutes=15)), (None, None)],
)
def test_the_refresh_of_a_source_is_a_time_span(refresh, wanted):
    assert pipeline.refresh_interval(refresh) == wanted


def test_the_shipped_layers_load_and_are_published_twice_without_a_change(data_db):
    first = pipeline.sync()
    assert [report.text() for report in first if not report.ok] == []
    data_db.autocommit = True
    layers, published = data_db.execute("select count(*), count(*) filter (where published) from registry.layer").fetchone()
    assert layers == len(first)
    assert published == data_db.execute("select count(distinct layer) from registry.published").fetchone()[0] > 20
    views = {row[0] for row in data_db.execute("select viewname from pg_views where schemaname = 'pub_public'")}
    known = {report.layer for report in first}
    assert {row[0] for row in data_db.execute("select layer from pub_public.published")} == views & known
    before = data_db.execute("select id, version from registry.layer order by id").fetchall()
    again = pipeline.sync()
    assert {report.status for report in again} == {"unchanged"}
    assert data_db.execute("select id, version from registry.layer order by id").fetchall() == before
    deadly = data_db.execute(
        "select id from registry.layer where demo_count > 0 and (definition->>'life_depends')::boolean"
    ).fetchall()
    assert deadly == []


@pytest.mark.shared
def test_with_the_shared_data_the_real_boundaries_and_settlements_are_loaded(data_db, shared_data):
    reports = {r.layer: r for r in pipeline.sync(["community_boundary", "settlements", "katottg", "toponyms", "raions"])}
    assert {report.source_kind for report in reports.values()} == {"source"}
    assert [report.text() for report in reports.values() if report.status != "applied"] == []


def test_nothing_is_due_that_was_just_synchronised(data_db):
    assert pipeline.sync(["pharmacies"])[0].status == "applied"
    assert "pharmacies" not in [report.layer for report in pipeline.sync(due=True)]
    assert "pharmacies" not in [report.layer for report in pipeline.sync(due=True)]
