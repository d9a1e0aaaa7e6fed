"""Edits of single features: checked like a source, one transaction, history with the author, no lost updates."""

import threading

import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.layers import edits, etag
from geoplatform.layers.edits import Edit, Editor
from tests.integration.layers.benches import HERE, THERE


def create(editor, conn, code="a", **changes) -> edits.Outcome:
    properties = {"code": code, "seats": 2, "tags": ["wood", "back"], "note": "n"} | changes
    return editor.apply(conn, [Edit("create", properties=properties, geometry=HERE)])


def rows(conn) -> list[tuple]:
    return conn.execute("select id, seats, tags, note, ST_X(geom), version from layers.benches order by id").fetchall()


def test_a_created_feature_is_stored_published_and_told_in_an_event(conn, editor):
    outcome = create(editor, conn)
    assert outcome.ids == ["a"]
    assert rows(conn) == [("a", 2, ["wood", "back"], "n", 32.26, outcome.version)]
    assert conn.execute("select seats from pub_public.benches where id = 'a'").fetchone() == (2,)
    event = conn.execute(
        "select added, changed, removed, author, ST_XMin(bbox) from registry.change_event order by id desc"
    ).fetchone()
    assert event == (1, 0, 0, "account:7", 32.26)
    assert conn.execute("select feature_count from registry.layer where id = 'benches'").fetchone() == (1,)


def test_an_update_changes_what_is_named_and_keeps_the_past_with_its_author(conn, editor):
    create(editor, conn)
    outcome = editor.apply(conn, [Edit("update", "a", {"seats": 3})])
    assert rows(conn) == [("a", 3, ["wood", "back"], "n", 32.26, outcome.version)]
    past = conn.execute("select attributes->>'seats', author, version from history.feature where layer = 'benches'").fetchall()
    assert past == [("2", "account:7", outcome.version)]


def test_a_replacement_without_a_value_takes_it_away(conn, editor):
    create(editor, conn)
    outcome = editor.apply(conn, [Edit("replace", "a", {"code": "a", "seats": 4}, THERE)])
    assert rows(conn) == [("a", 4, None, None, 32.27, outcome.version)]


def test_a_deleted_feature_goes_into_history(conn, editor):
    create(editor, conn)
    editor.apply(conn, [Edit("delete", "a")])
    assert rows(conn) == []
    assert conn.execute("select count(*) from history.feature where layer = 'benches'").fetchone() == (1,)


def test_an_edit_that_changes_nothing_makes_no_version(conn, editor):
    created = create(editor, conn)
    outcome = editor.apply(conn, [Edit("update", "a", {"seats": 2})])
    assert not outcome.changed
    assert outcome.version == created.version


def test_the_server_names_a_feature_that_the_client_does_not(conn, editor):
    outcome = create(editor, conn, code=None)
    assert len(outcome.ids[0]) == 20


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (Edit("create", properties={"code": "a", "seats": 1}, geometry=HERE), edits.Conflict),
        (Edit("create", properties={"code": "b", "seats": "many"}, geometry=HERE), edits.Refused),
        (Edit("create", properties={"code": "b"}, geometry=HERE), edits.Refused),
        (Edit("create", properties={"code": "b/c", "seats": 1}, geometry=HERE), edits.Refused),
        (Edit("create", properties={"code": "b", "seats": 1}, geometry=None), edits.Refused),
        (Edit("create", properties={"code": "b", "seats": 1}, geometry={"type": "Point", "coordinates": ["x"]}), edits.Refused),
        (Edit("create", properties={"code": "b", "seats": 1}, geometry={"type": "Point", "coordinates": [0, 0]}), edits.Refused),
        (Edit("create", properties={"code": "b", "seats": 1, "colour": "red"}, geometry=HERE), edits.EditError),
        (Edit("update", "a", {"code": "b"}), edits.Conflict),
        (Edit("replace", "a", {"code": "b", "seats": 1}, HERE), edits.Conflict),
        (Edit("update", "missing", {"seats": 1}), edits.Missing),
        (Edit("delete", "missing"), edits.Missing),
        (Edit("update", "a", {"seats": 9}, versions=frozenset({999})), edits.Stale),
        (Edit("update", "a", {"seats": None}), edits.Refused),
    ],
)
def test_a_faulty_edit_changes_nothing(conn, editor, edit, error):
    create(editor, conn)
    before = rows(conn)
    with pytest.raises(error):
        editor.apply(conn, [Edit("create", properties={"code": "z", "seats": 1}, geometry=HERE), edit])
    assert rows(conn) == before


def test_a_layer_that_follows_a_source_is_not_edited(conn, editor):
    definition = editor.definition.model_copy(
        update={"source": editor.definition.source.model_copy(update={"driver": "geojson", "location": "data://x.geojson"})}
    )
    with pytest.raises(edits.NotEditable):
        Editor(definition, {}, None, "account:7").apply(conn, [Edit("delete", "a")])


def test_of_two_writers_who_read_the_same_state_one_is_refused(conn, editor, data_db):
    version = create(editor, conn).version
    results = []

    def write(seats: int) -> None:
        with psycopg.connect(configuration.load().dsn(), autocommit=True) as own:
            try:
                editor.apply(own, [Edit("update", "a", {"seats": seats}, versions=frozenset({version}))])
                results.append("done")
            except edits.Stale:
                results.append("stale")

    threads = [threading.Thread(target=write, args=(seats,)) for seats in (5, 6, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "stale", "stale"]


def test_if_match_reads_its_own_etags_weak_strong_and_listed():
    tag = etag.of(12, "x")
    assert etag.versions(tag) == {12}
    assert etag.versions(f'{tag}, "7-ab"') == {7, 12}
    assert etag.versions("*") is None
    for broken in ("12", '"x"', "", 'W/"12"'):
        with pytest.raises(etag.EtagError):
            etag.versions(broken)
