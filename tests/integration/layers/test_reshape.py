"""A changed definition reshapes the table in the same transaction; what was known before stays readable in history."""

from __future__ import annotations

import pytest

from tests.layer_cases import attribute, definition, record


def _columns(conn):
    return dict(
        conn.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = 'layers.clinics'::regclass and attnum > 0 and not attisdropped"
        ).fetchall()
    )


def _past(conn):
    return conn.execute("select id, attributes from history.feature order by id").fetchall()


def _publish(conn, layer):
    names = ", ".join(f'"{a.name}"' for a in layer.attributes)
    conn.execute("drop view if exists pub_public.clinics")
    conn.execute(f"create view pub_public.clinics as select {names}, geom from layers.clinics")


RECORDS = [record("c1", name="Перша", beds="10"), record("c2", 32.3, name="Друга", beds="20")]


def test_an_attribute_is_added(owner, sync):
    sync(definition(), RECORDS, publish=_publish)
    report = sync(definition(attribute("name"), attribute("beds", "integer")), RECORDS, publish=_publish)
    assert (report.version, report.changed) == (2, 2)
    assert owner.execute("select code, name, beds from pub_public.clinics order by code").fetchall() == [
        ("c1", "Перша", 10),
        ("c2", "Друга", 20),
    ]
    assert [(attributes["name"], attributes["beds"]) for _, attributes in _past(owner)] == [("Перша", None), ("Друга", None)]


def test_an_attribute_is_removed_and_its_values_stay_in_history(owner, sync):
    sync(definition(attribute("name"), attribute("beds", "integer")), RECORDS, publish=_publish)
    report = sync(definition(), RECORDS, publish=_publish)
    assert (report.status, report.version, report.changed) == ("applied", 2, 2)
    assert "beds" not in _columns(owner)
    assert [attributes["beds"] for _, attributes in _past(owner)] == [10, 20]


def test_an_attribute_is_renamed(owner, sync):
    sync(definition(attribute("name")), RECORDS, publish=_publish)
    report = sync(definition(attribute("title", source="name")), RECORDS, publish=_publish)
    assert (report.version, report.changed, report.added, report.removed) == (2, 2, 0, 0)
    assert owner.execute("select title from layers.clinics order by id").fetchall() == [("Перша",), ("Друга",)]
    assert [attributes["name"] for _, attributes in _past(owner)] == ["Перша", "Друга"]


def test_an_attribute_is_retyped_and_each_state_is_closed_once(owner, sync):
    sync(definition(attribute("beds")), RECORDS, publish=_publish)
    sync(definition(attribute("beds", "integer")), RECORDS, publish=_publish)
    assert _columns(owner)["beds"] == "bigint"
    assert owner.execute("select beds, version from layers.clinics order by id").fetchall() == [(10, 2), (20, 2)]
    assert [(i, a["beds"]) for i, a in _past(owner)] == [("c1", "10"), ("c2", "20")]


@pytest.mark.parametrize("kind", ["multipoint", "none"])
def test_the_geometry_type_changes(owner, sync, kind):
    sync(definition(), RECORDS)
    report = sync(definition(geometry=kind), RECORDS)
    assert (report.status, report.changed) == ("applied", 2)
    assert _columns(owner).get("geom") == (None if kind == "none" else "geometry(MultiPoint,4326)")
    assert owner.execute("select count(*) from history.feature where geom is not null").fetchone() == (2,)
    assert sync(definition(geometry=kind), RECORDS).status == "unchanged"
    back = sync(definition(), RECORDS)
    assert (back.changed, _columns(owner)["geom_3857"]) == (2, "geometry(Point,3857)")


def test_a_reshape_that_can_not_be_published_leaves_table_and_views_as_they_were(owner, sync):
    sync(definition(attribute("name"), attribute("beds", "integer")), RECORDS, publish=_publish)

    def broken(conn, layer):
        conn.execute("select 1 / 0")

    report = sync(definition(), RECORDS, publish=broken)
    assert (report.status, report.error) == ("failed", "database: division by zero")
    assert "beds" in _columns(owner)
    assert owner.execute("select count(beds) from pub_public.clinics").fetchone() == (2,)
    assert _past(owner) == []
