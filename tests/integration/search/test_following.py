"""The documents follow what is published: at the cost of the change, narrowing at once; a killed indexer loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from geoplatform.layers.definition import Level, Text
from geoplatform.publishing.publish import unpublish
from geoplatform.search import indexing, layer_source
from geoplatform.search.document import Document, Words
from geoplatform.search.sources import Changes, DocumentSource
from tests.integration.search.conftest import CLINICS, clinic, edit, put
from tests.integration.serving.layers import attribute, definition


def test_added_changed_and_removed_features_are_found_as_they_are(conn, follow, titles):
    put(conn, CLINICS, [clinic(1), clinic(2)])
    assert follow().complete
    assert sorted(titles("амбулаторії")) == ["Амбулаторія № 1", "Амбулаторія № 2"]
    edit(conn, CLINICS, 2, clinic(1) | {"name": "Поліклініка"}, clinic(3), gone=("c2",))
    follow()
    assert titles("поліклініка") == ["Поліклініка"]
    assert titles("амбулаторія") == ["Амбулаторія № 3"]
    assert follow().steps == 0


def test_cost_grows_with_the_change_not_with_the_layer(conn, follow):
    put(conn, CLINICS, [clinic(number) for number in range(1200)])
    follow()
    looked_at = []
    original = layer_source.feature_document
    layer_source.feature_document = lambda form, row: looked_at.append(row["id"]) or original(form, row)
    try:
        edit(conn, CLINICS, 2, clinic(5) | {"name": "Інша назва"})
        done = follow()
    finally:
        layer_source.feature_document = original
    assert done.steps == 1 and set(looked_at) == {"c5"}
    conn.execute("analyze layers.clinics")
    plan = conn.execute("explain select id from layers.clinics where version > 1").fetchall()
    assert "Index" in str(plan), plan


def test_unpublishing_takes_a_layer_out_of_search_at_once(conn, follow, titles):
    put(conn, CLINICS, [clinic(1)])
    follow()
    assert titles("амбулаторія")
    with conn.transaction():
        unpublish(conn, "clinics")
    conn.commit()
    from geoplatform.serving import publication

    publication.forget()
    assert titles("амбулаторія") == [], "before the indexer has run"
    follow()
    assert conn.execute("select count(*) from search.document").fetchone()[0] == 0
    assert conn.execute("select count(*) from search.word").fetchone()[0] == 0


def test_narrowed_attribute_is_out_of_search_in_the_same_moment(conn, follow, titles):
    put(conn, CLINICS, [clinic(1, about="рентген щодня")])
    follow()
    assert titles("рентген")
    narrower = [
        attribute(a.name, "staff" if a.name == "about" else str(a.publication), role=a.role and str(a.role))
        for a in CLINICS.attributes[1:]
    ]
    narrowed = definition("clinics", *narrower)
    put(conn, narrowed, [clinic(1, about="рентген щодня")], version=2)
    from geoplatform.serving import publication

    publication.forget()
    assert titles("рентген") == [], "before the indexer has run"
    follow()
    assert titles("рентген") == [] and titles("амбулаторія"), "and the rest is found again"


def test_a_long_run_lets_small_changes_by(conn, follow, titles, monkeypatch):
    monkeypatch.setattr(layer_source, "CHUNK", 50)
    put(conn, CLINICS, [clinic(number) for number in range(200)])
    small = definition("wells", attribute("name", role="name"))
    put(conn, small, [{"id": "w", "code": "w", "name": "Криниця", "is_demo": False, "geom": "POINT(32.2 48.5)"}])
    follow()
    renamed = CLINICS.model_copy(update={"title": Text(uk="Інша назва", en="Other")})
    put(conn, renamed, [clinic(number) for number in range(200)], version=2)
    edit(conn, small, 2, {"id": "w", "code": "w", "name": "Колодязь", "is_demo": False, "geom": "POINT(32.2 48.5)"})
    steps = []
    indexing.follow(progress=steps.append)
    assert steps[0] == "layer:wells: done", "one changed feature does not wait for two hundred"
    assert len([step for step in steps if step.startswith("layer:clinics")]) >= 4
    assert titles("колодязь") == ["Колодязь"]


def test_killed_indexer_goes_on_where_it_was(conn, services, follow, titles):
    put(conn, CLINICS, [clinic(number) for number in range(600)])
    program = "from geoplatform.search import indexing, layer_source; layer_source.CHUNK = 20; indexing.follow(progress=print)"
    process = subprocess.Popen([sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert "after" in process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while (done := follow()).busy and time.monotonic() < deadline:  # PostgreSQL learns of the death a moment later
        time.sleep(0.2)
    assert done.complete and not done.failed
    query = "select count(*), count(distinct name) from pub_public.search_document where collection = 'clinics'"
    assert conn.execute(query).fetchone() == (600, 600)
    assert conn.execute("select documents from pub_public.search_word where word = 'амбулаторія'").fetchone()[0] == 600
    assert follow().steps == 0


def test_words_of_names_are_counted_along(conn, follow):
    put(conn, CLINICS, [clinic(1), clinic(2)])
    follow()
    assert conn.execute("select documents from pub_public.search_word where word = 'амбулаторія'").fetchone()[0] == 2
    edit(conn, CLINICS, 2, clinic(1) | {"name": "Шпиталь"}, gone=("c2",))
    follow()
    assert conn.execute("select count(*) from search.word where word = 'амбулаторія'").fetchone()[0] == 0


class Notes(DocumentSource):
    """A plugin's records."""

    collection = "notes"
    title = Text(uk="Нотатки", en="Notes")
    kinds = {"note": Text(uk="Нотатка", en="Note")}

    def __init__(self) -> None:
        self.records = {"1": "Протокол засідання", "2": "Рішення виконкому"}

    def changes(self, token: str | None) -> Changes | None:
        now = repr(sorted(self.records.items()))
        if token == now:
            return None
        documents = [
            Document("notes", key, "note", Words(title), f"/notes/{key}/", frozenset({Level.public}))
            for key, title in self.records.items()
        ]
        return Changes(now, documents, whole=True)


def test_documents_of_a_plugin_are_found_with_its_own_kind(conn, follow, ask):
    notes = Notes()
    follow(notes)
    found = ask("/api/search", q="протоколи")
    assert [(item["kind"], item["url"].split("/", 3)[3]) for item in found["items"]] == [("note", "notes/1/")]
    assert found["facets"]["kind"] == [{"value": "note", "title": "Нотатка", "count": 1}]
    del notes.records["1"]
    follow(notes)
    assert ask("/api/search", q="протоколи")["total"] == 0 and ask("/api/search", q="рішення")["total"] == 1


def test_a_failing_source_stops_nobody_and_says_why(conn, follow, titles):
    class Broken(Notes):
        collection = "broken"

        def changes(self, token):
            raise RuntimeError("the records are gone")

    put(conn, CLINICS, [clinic(1)])
    done = follow(Broken())
    assert done.failed == {"source:broken": "RuntimeError: the records are gone"}
    assert titles("амбулаторія")
    told = {source.name: source.error for source in indexing.status()}
    assert told == {"layer:clinics": None, "source:broken": "RuntimeError: the records are gone"}


def test_reindex_writes_only_what_differs(conn, follow):
    put(conn, CLINICS, [clinic(number) for number in range(30)])
    follow()
    conn.execute("update search.document set digest = 'x' where name = 'c7'")
    conn.commit()
    written = "select levels || name, xmin::text from search.document"
    before = dict(conn.execute(written).fetchall())
    conn.commit()
    assert indexing.reindex().complete
    after = dict(conn.execute(written).fetchall())
    assert sorted(name for name in before if before[name] != after[name]) == ["pc7", "rc7", "sc7"]


@pytest.mark.parametrize("command", ["status", "reindex"])
def test_command_line_follows_and_tells(conn, services, command):
    put(conn, CLINICS, [clinic(1)])
    words = [sys.executable, "-m", "geoplatform.cli", "search", command]
    done = subprocess.run(words, capture_output=True, text=True, env=dict(os.environ), check=False)
    assert done.returncode == 0, done.stderr
    assert "layer:clinics" in done.stdout
