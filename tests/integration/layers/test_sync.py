"""A sync applies the difference by key, writes the past into history and one change event, and repeats without effect."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from geoplatform.layers import engine, history
from geoplatform.layers.job import ApplyError
from tests.layer_cases import Records, attribute, definition, job, record

LAYER = definition()
FIVE = [record(f"c{n}", 32.2 + n / 100, name=f"Клініка {n}") for n in range(5)]


def _rows(conn, columns="id, name", where="true"):
    return conn.execute(f"select {columns} from layers.clinics where {where} order by id").fetchall()


def _counts(report):
    return report.added, report.changed, report.removed, report.unchanged, report.refused


def _history(conn):
    return conn.execute("select id, attributes, version from history.feature order by id, valid_from").fetchall()


def test_the_first_sync_makes_the_table_and_one_event(owner, sync):
    report = sync(LAYER, FIVE)
    assert (report.status, report.version, _counts(report)) == ("applied", 1, (5, 0, 0, 0, 0))
    assert _rows(owner)[0] == ("c0", "Клініка 0")
    layer = owner.execute(
        "select version, feature_count, demo_count, ST_AsText(bbox, 4), source_kind, checked_at = changed_at from registry.layer"
    ).fetchone()
    assert layer == (1, 5, 0, "POLYGON((32.2 48.5,32.2 48.5,32.24 48.5,32.24 48.5,32.2 48.5))", "source", True)
    assert owner.execute("select version, added, changed, removed, run from registry.change_event").fetchall() == [
        (1, 5, 0, 0, report.run)
    ]
    assert owner.execute("select bool_and(ST_Equals(geom_3857, ST_Transform(geom, 3857))) from layers.clinics").fetchone()[0]
    assert _history(owner) == []


def test_the_same_source_twice_changes_nothing(owner, sync):
    sync(LAYER, FIVE)
    before = _rows(owner, "id, fid, valid_from, version, xmin::text")
    report = sync(LAYER, list(reversed(FIVE)))
    assert (report.status, report.version, _counts(report)) == ("unchanged", 1, (0, 0, 0, 5, 0))
    assert _rows(owner, "id, fid, valid_from, version, xmin::text") == before
    assert owner.execute("select count(*) from registry.change_event").fetchone() == (1,)
    assert _history(owner) == []


def test_the_same_bytes_are_not_read_again(owner, sync):
    first, again = Records(FIVE, fingerprint="abc"), Records(FIVE, fingerprint="abc")
    sync(LAYER, first)
    report = sync(LAYER, again)
    assert (report.status, report.unchanged, first.reads, again.reads) == ("unchanged", 5, 1, 0)


def test_the_same_bytes_are_read_again_when_the_definition_asks_for_other_rows(owner, sync):
    sync(LAYER, Records(FIVE, fingerprint="abc"))
    again = Records(FIVE, fingerprint="abc")
    sync(definition(attribute("name", required=True)), again)
    assert again.reads == 1


def test_a_new_wording_is_published_as_a_new_version_without_reading(owner, sync):
    sync(LAYER, Records(FIVE, fingerprint="abc"))
    again, published = Records(FIVE, fingerprint="abc"), []
    report = sync(
        definition(title={"uk": "Поліклініки", "en": "Clinics"}),
        again,
        publish=lambda conn, layer: published.append(layer.title.uk),
    )
    assert (report.status, report.version, again.reads, published) == ("applied", 2, 0, ["Поліклініки"])
    assert owner.execute("select definition->'title'->>'uk', version from registry.layer").fetchone() == ("Поліклініки", 2)
    assert _history(owner) == []


def test_a_difference_is_applied_by_key_and_the_past_is_kept(owner, sync):
    sync(LAYER, FIVE)
    began = owner.execute("select valid_from from layers.clinics limit 1").fetchone()[0]
    changed = [FIVE[0], record("c1", 32.21, name="Нова назва"), *FIVE[2:4], record("c5", 32.3, 48.55, name="Нова")]
    report = sync(LAYER, changed)
    assert (report.status, report.version, _counts(report)) == ("applied", 2, (1, 1, 1, 3, 0))
    assert [row[0] for row in _rows(owner)] == ["c0", "c1", "c2", "c3", "c5"]
    assert _rows(owner, "id, version") == [("c0", 1), ("c1", 2), ("c2", 1), ("c3", 1), ("c5", 2)]
    assert [(i, a["name"], v) for i, a, v in _history(owner)] == [("c1", "Клініка 1", 2), ("c4", "Клініка 4", 2)]
    closed = owner.execute("select distinct valid_from, valid_to from history.feature").fetchall()
    assert closed == [(began, owner.execute("select valid_from from layers.clinics where id = 'c1'").fetchone()[0])]


def test_the_event_covers_old_and_new_places(owner, sync):
    sync(LAYER, FIVE)
    sync(LAYER, [record("c0", 32.12, 48.47, name="Клініка 0"), *FIVE[1:]])
    box = owner.execute("select ST_XMin(bbox), ST_YMin(bbox), ST_XMax(bbox), ST_YMax(bbox) from registry.change_event"
                        " where version = 2").fetchone()  # fmt: skip
    assert box == (32.12, 48.47, 32.2, 48.5)


def test_what_was_true_at_a_moment_can_be_asked(owner, sync):
    sync(LAYER, FIVE)
    moment = owner.execute("select clock_timestamp()").fetchone()[0]
    sync(LAYER, [record("c0", 32.3, name="Переїхала"), *FIVE[1:]])
    query = history.as_of(owner, "clinics")
    then = {row[0]: row[1]["name"] for row in owner.execute(query, {"moment": moment})}
    now = {row[0]: row[1]["name"] for row in owner.execute(query, {"moment": datetime.now(UTC)})}
    before = owner.execute(query, {"moment": datetime(2000, 1, 1, tzinfo=UTC)}).fetchall()
    assert (then["c0"], now["c0"], len(then), len(now), before) == ("Клініка 0", "Переїхала", 5, 5, [])


def test_a_sudden_loss_is_not_applied_until_it_is_confirmed(owner, sync):
    sync(LAYER, FIVE)
    report = sync(LAYER, FIVE[:3])
    assert (report.status, report.removed, report.version) == ("needs_confirmation", 0, 1)
    assert "2 of 5 features would vanish (40%, the limit is 20%)" in report.error
    assert not report.ok
    assert len(_rows(owner)) == 5
    report = sync(LAYER, FIVE[:3], confirm=True)
    assert (report.status, report.removed, len(_rows(owner))) == ("applied", 2, 3)


def test_a_loss_within_the_limit_is_applied(owner, sync):
    sync(LAYER, FIVE)
    assert sync(LAYER, FIVE[:4]).status == "applied"
    assert len(_rows(owner)) == 4


def test_an_emptied_source_leaves_the_last_good_data(owner, sync):
    sync(LAYER, FIVE)
    empty = Records([])
    empty.available = ["code", "name"]
    assert sync(LAYER, empty).status == "needs_confirmation"
    assert len(_rows(owner)) == 5


def test_a_source_that_breaks_half_way_leaves_the_last_good_data(owner, sync):
    sync(LAYER, FIVE)
    report = sync(LAYER, Records([record("x", name="нова")], breaks="clinics.geojson: byte 900: the file ends in the middle"))
    assert (report.status, report.error) == ("failed", "clinics.geojson: byte 900: the file ends in the middle")
    assert len(_rows(owner)) == 5
    assert owner.execute("select status, error from registry.sync_run order by id desc limit 1").fetchone() == (
        "failed",
        report.error,
    )


def test_a_failed_publication_leaves_data_and_registry_as_they_were(owner, sync):
    sync(LAYER, FIVE)

    def publish(conn, layer):
        raise ApplyError("the view can't be made")

    report = sync(LAYER, [*FIVE, record("c9", name="нова")], publish=publish)
    assert (report.status, report.error, report.added) == ("failed", "the view can't be made", 0)
    assert len(_rows(owner)) == 5
    assert owner.execute("select version from registry.layer").fetchone() == (1,)
    assert owner.execute("select count(*) from registry.change_event").fetchone() == (1,)


def test_demonstration_data_give_way_to_real_data_whole(owner, sync):
    demo = [record(f"d{n}", name="Приклад", is_demo=True) for n in range(5)]
    assert sync(LAYER, demo, allow_demo=True, source_kind="sample").status == "applied"
    assert owner.execute("select demo_count, source_kind from registry.layer").fetchone() == (5, "sample")
    assert sync(LAYER, FIVE).status == "applied"
    assert owner.execute("select demo_count, feature_count, source_kind from registry.layer").fetchone() == (0, 5, "source")


def test_all_attribute_types_reach_the_table(owner, sync):
    layer = definition(
        attribute("beds", "integer"),
        attribute("area", "number"),
        attribute("open", "boolean"),
        attribute("since", "date"),
        attribute("seen", "datetime"),
        attribute("more", "json"),
        attribute("tags", multiple=True),
        attribute("note"),
    )
    given = record("c1", beds="12", area="3,5", open="так", since="31.05.2026", seen="2026-05-31T10:00+03:00",
                   more='{"a": [1]}', tags='a;"b"', note='He said "no", \n\\N, end')  # fmt: skip
    assert sync(layer, [given, record("c2")]).added == 2
    columns = "beds, area, open, since::text, seen at time zone 'UTC', more, tags, note"
    assert _rows(owner, columns) == [
        (12, 3.5, True, "2026-05-31", datetime(2026, 5, 31, 7), {"a": [1]}, ["a", '"b"'], 'He said "no", \n\\N, end'),
        (None,) * 8,
    ]
    assert sync(layer, [given, record("c2")]).status == "unchanged"


def test_a_layer_without_geometry_has_no_geometry_columns(owner, sync):
    layer = definition(geometry="none")
    assert sync(layer, FIVE).added == 5
    columns = owner.execute(
        "select count(*) from information_schema.columns where table_schema = 'layers' and column_name like 'geom%'"
    ).fetchone()
    assert columns == (0,)
    assert sync(layer, [*FIVE[:4], record("c4", name="інша")]).changed == 1


def test_a_version_is_never_used_twice_even_if_the_layer_was_forgotten(owner, sync):
    sync(LAYER, FIVE)
    owner.execute("drop table layers.clinics")
    owner.execute("delete from registry.layer")
    assert sync(LAYER, FIVE).version == 2


def test_an_established_layer_is_known_and_empty(owner, tmp_path):
    published = []
    empty = job(LAYER, Records([]), tmp_path, publish=lambda conn, layer: published.append(layer.id))
    report = engine.establish(owner, empty)
    assert (report.status, report.version, published) == ("applied", 1, ["clinics"])
    assert owner.execute("select feature_count, source_kind, checked_at from registry.layer").fetchone() == (0, "none", None)
    assert engine.establish(owner, empty).status == "unchanged"
    assert engine.sync(owner, job(LAYER, Records(FIVE), tmp_path)).added == 5
    report = engine.establish(owner, job(definition(order=5), Records([]), tmp_path))
    assert (report.status, report.unchanged, len(_rows(owner))) == ("applied", 5, 5)
    assert owner.execute("select source_kind from registry.layer").fetchone() == ("source",)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_the_size_of_batches_makes_no_difference(owner, sync, size):
    report = sync(LAYER, Records([*FIVE, record("c1", name="двічі"), record(None, name="без ключа")], size=size))
    assert (report.read, report.added, report.refused) == (7, 4, 3)
    assert sorted(note.position for note in report.refused_examples) == [2, 6, 7]
