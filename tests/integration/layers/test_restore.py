"""Earlier versions of a layer: compared page by page, and brought back as a new version with its author."""

import pytest

from geoplatform.layers import restore
from geoplatform.layers.edits import Edit
from geoplatform.layers.job import ApplyError
from geoplatform.layers.library import load_library
from geoplatform.layers.restore import RestoreError
from geoplatform.publishing import pipeline
from tests.integration.layers import benches
from tests.integration.layers.benches import BENCHES, HERE, THERE


@pytest.fixture
def past(conn, editor) -> int:
    """A layer that was changed since the version that is returned: a changed, b moved, c removed, d added, e as it was."""

    def made(code: str) -> Edit:
        return Edit("create", properties={"code": code, "seats": 2, "tags": ["wood", "back"], "note": "n"}, geometry=HERE)

    version = editor.apply(conn, [made(code) for code in "abce"]).version
    editor.apply(conn, [Edit("update", "a", {"seats": 5, "tags": None}), Edit("update", "b", geometry=THERE)])
    editor.apply(conn, [Edit("delete", "c"), made("d")])
    return version


def state(conn) -> list[tuple]:
    return conn.execute("select id, seats, tags, note, ST_AsText(geom) from layers.benches order by id").fetchall()


def test_versions_are_listed_newest_first_and_page(conn, past):
    found = restore.listed(conn, "benches")
    assert [v.version for v in found] == sorted((v.version for v in found), reverse=True)
    assert (found[0].added, found[0].removed, found[0].author) == (1, 1, "account:7")
    assert restore.listed(conn, "benches", limit=1, before=found[0].version) == [found[1]]


def test_two_versions_are_compared_feature_by_feature_and_attribute_by_attribute(conn, past):
    newest = restore.listed(conn, "benches")[0].version
    moments = restore.moment_of(conn, "benches", past), restore.moment_of(conn, "benches", newest)
    found = {difference.id: difference for difference in restore.compare(conn, "benches", *moments)}
    assert {name: d.kind for name, d in found.items()} == {"a": "changed", "b": "changed", "c": "removed", "d": "added"}
    assert found["a"].attributes == {"seats": (2, 5), "tags": (["wood", "back"], None)}
    assert not found["a"].moved
    assert found["b"].attributes == {}
    assert (found["b"].moved, found["b"].earlier, found["b"].later) == (True, HERE, THERE)
    assert found["c"].attributes["seats"] == (2, None)
    assert found["d"].earlier is None
    assert restore.count(conn, "benches", *moments) == {"added": 1, "changed": 2, "removed": 1}
    backwards = {d.id: d.kind for d in restore.compare(conn, "benches", *reversed(moments))}
    assert backwards == {"a": "changed", "b": "changed", "c": "added", "d": "removed"}
    assert restore.compare(conn, "benches", moments[0], moments[0]) == []


def test_a_comparison_pages_by_id(conn, past):
    moments = restore.moment_of(conn, "benches", past), restore.moment_of(conn, "benches", past + 2)
    seen, after = [], None
    while page := restore.compare(conn, "benches", *moments, limit=1, after=after):
        after = page[-1].id
        seen.append(after)
    assert seen == ["a", "b", "c", "d"]


def test_a_layer_is_brought_back_as_a_new_version_and_forward_again(conn, editor, past):
    after_edits = state(conn)
    newest = restore.listed(conn, "benches")[0].version
    library = load_library()
    moment = restore.moment_of(conn, "benches", past)
    done = restore.restore(conn, editor.definition, moment, "account:9", pipeline.publisher(library))
    assert (done.version, done.added, done.changed, done.removed) == (newest + 1, 1, 2, 1)
    expected = [(code, 2, ["wood", "back"], "n", "POINT(32.26 48.51)") for code in "abce"]
    assert state(conn) == expected
    assert conn.execute("select count(*) from pub_public.benches").fetchone() == (4,)
    assert conn.execute("select version, feature_count from registry.layer where id = 'benches'").fetchone() == (done.version, 4)
    event = restore.listed(conn, "benches")[0]
    assert (event.version, event.author, event.added, event.changed, event.removed) == (done.version, "account:9", 1, 2, 1)
    authors = conn.execute("select author from history.feature where layer = 'benches' and version = %s", [done.version])
    assert {author for (author,) in authors} == {"account:9"}
    restore.restore(conn, editor.definition, restore.moment_of(conn, "benches", newest), "account:9")
    assert state(conn) == after_edits, "what was undone is in the history and comes back"


def test_going_back_to_what_is_there_makes_no_version(conn, editor, past):
    newest = restore.listed(conn, "benches")[0].version
    done = restore.restore(conn, editor.definition, restore.moment_of(conn, "benches", newest), "account:9")
    assert (done.touched, done.version) == (False, newest)
    assert restore.listed(conn, "benches")[0].version == newest


def test_a_version_that_never_was_and_a_layer_that_is_not_are_refused(conn, editor):
    with pytest.raises(RestoreError, match="no version 99"):
        restore.moment_of(conn, "benches", 99)
    now = conn.execute("select now()").fetchone()[0]
    missing = editor.definition.model_copy(update={"id": "missing"})
    with pytest.raises(RestoreError, match="no layer missing"):
        restore.restore(conn, missing, now, "account:9")
    with pytest.raises(RestoreError, match="no layer missing"):
        restore.compare(conn, "missing", now, now)


def test_a_publication_that_fails_leaves_the_layer_as_it_was(conn, editor, past):
    before = state(conn)

    def fail(conn, definition):
        raise ApplyError("no")

    with pytest.raises(ApplyError):
        restore.restore(conn, editor.definition, restore.moment_of(conn, "benches", past), "account:9", fail)
    assert state(conn) == before


def test_an_attribute_that_came_later_is_empty_and_one_that_went_is_left_out(conn, editor, past):
    height = {"name": "height", "type": "number", "title": {"uk": "В", "en": "H"}, "publication": "public"}
    kept = [known for known in BENCHES["attributes"] if known["name"] != "note"]
    later = benches.establish(conn, attributes=[*kept, height])
    restore.restore(conn, later.definition, restore.moment_of(conn, "benches", past), "account:9", later.publish)
    rows = conn.execute("select id, seats, height from layers.benches order by id").fetchall()
    assert rows == [(code, 2, None) for code in "abce"]
