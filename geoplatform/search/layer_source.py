"""Follows one layer: after a change of data only the features that it touched are read, after another description all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.layers.published import PublishedDocument
from geoplatform.search.backend import Backend
from geoplatform.search.document import Document, Reference
from geoplatform.search.layer_documents import LAYERS, Form, feature_document, layer_document
from geoplatform.search.sources import Followed, State

#: Goes up when documents are made otherwise, so that everything is indexed anew.
FORM = 1
#: Features read in one step of a run through a layer; a step is a second or so.
CHUNK = 1000
#: With more changes than this a layer is run through.
MOST_CHANGES = 5000


@dataclass(frozen=True)
class LayerNow:
    """A layer as the registry has it. marks: of its description, by the levels that it is published at."""

    id: str
    version: int
    marks: dict[str, str]
    gazetteer: str | None

    def token(self) -> dict[str, Any]:
        """Return what is kept of this state once the layer was followed up to it."""
        return {"form": FORM, "version": self.version, "marks": self.marks}


def read_layers(conn: Connection) -> list[LayerNow]:
    """Return every layer of the registry, published or not; `conn` is the owner's."""
    rows = conn.execute(
        "select l.id, l.version, coalesce(jsonb_object_agg(p.level, p.mark) filter (where p.level is not null), '{}'),"
        " max(p.document -> 'definition' ->> 'gazetteer')"
        " from registry.layer l left join registry.published p on p.layer = l.id group by l.id order by l.id"
    )
    return [LayerNow(*row) for row in rows]


def forms(conn: Connection, layer_id: str) -> list[Form]:
    """Return the published layer as its levels see it, neighbouring levels that see the same together; `conn` is the owner's."""
    rows = dict(conn.execute("select level, document from registry.published where layer = %s", [layer_id]).fetchall())
    found: list[tuple[Any, set[Level]]] = []
    before = None
    for level in SERVED_LEVELS:
        document = rows.get(str(level))
        if document is not None and document == before:
            found[-1][1].add(level)
        elif document is not None:
            found.append((document, {level}))
        before = document
    return [Form(PublishedDocument.model_validate(document), frozenset(levels)) for document, levels in found]


def is_changed(layer: LayerNow, token: dict[str, Any] | None) -> bool:
    """Return whether the layer must be run through: its description is another, or the version has gone back."""
    return (
        token is None or token["form"] != FORM or token["marks"] != layer.marks or token["version"] > layer.version
    )  # fmt: skip


def changed_ids(conn: Connection, layer: LayerNow, since: int) -> list[str]:
    """Return the ids of features added, changed or removed after the version `since`, found by indexes."""
    rows = conn.execute(
        sql.SQL(
            "select id from {} where version > %(since)s"
            " union select id from history.feature where layer = %(layer)s and version > %(since)s"
        ).format(sql.Identifier("layers", layer.id)),
        {"since": since, "layer": layer.id},
    )
    return [row[0] for row in rows]


def rows(conn: Connection, form: Form, condition: sql.Composable, values: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield the features that `condition` chooses, as `form`'s levels see them: fid, id, is_demo, geometry (WKB), attributes."""
    place = "null::bytea" if form.definition.geometry == "none" else "ST_AsBinary(v.geom)"
    columns = [sql.SQL(f"v.fid, v.id, v.is_demo, {place} as geometry"), *(sql.Identifier("v", name) for name in form.columns)]
    statement = sql.SQL("select {} from {} v {}").format(
        sql.SQL(", ").join(columns), sql.Identifier(f"pub_{form.level}", form.definition.id), condition
    )
    with conn.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(statement, values)


def shown(conn: Connection, layer: LayerNow) -> None:
    """Note that the layer's documents follow its description now, so that it is searched."""
    conn.execute("delete from search.layer where layer = %s", [layer.id])
    for level, mark in layer.marks.items():
        conn.execute("insert into search.layer (layer, level, mark) values (%s, %s, %s)", [layer.id, level, mark])


def index_layer(conn: Connection, backend: Backend, layer: LayerNow, found: list[Form]) -> None:
    """Write the document about the layer itself, and forget forms for levels that the layer is no longer published at."""
    unseen = [level for level in SERVED_LEVELS if str(level) not in layer.marks]
    backend.index(layer_document(form) for form in found)
    if unseen:
        backend.remove([Reference(LAYERS, layer.id)], unseen)
        backend.retain(layer.id, [], unseen)


class LayerSource(Followed):
    """Follows the documents of one layer and of its features."""

    def __init__(self, layer: LayerNow):
        self.layer = layer
        self.name = f"layer:{layer.id}"

    def work(self, conn: Connection, state: State) -> int:
        """See Followed.work."""
        if not self.layer.marks:
            return 1 if state.token or state.progress else 0
        if state.progress or is_changed(self.layer, state.token):
            return CHUNK
        if state.token["version"] == self.layer.version:
            return 0
        return 1

    def step(self, conn: Connection, backend: Backend, state: State) -> State | None:
        """See Followed.step."""
        found = forms(conn, self.layer.id)
        if not found:
            index_layer(conn, backend, self.layer, [])
            shown(conn, self.layer)
            return None
        if not state.progress and not is_changed(self.layer, state.token):
            ids = changed_ids(conn, self.layer, state.token["version"])
            if len(ids) <= MOST_CHANGES:
                self._follow(conn, backend, found, ids)
                return State(self.layer.token())
        return self._run(conn, backend, found, state)

    def _follow(self, conn: Connection, backend: Backend, found: list[Form], ids: list[str]) -> None:
        for form in found:
            if not form.featureless:
                _index(backend, form, rows(conn, form, sql.SQL("where v.id = any(%s)"), [ids]), ids)
        index_layer(conn, backend, self.layer, found)
        shown(conn, self.layer)

    def _run(self, conn: Connection, backend: Backend, found: list[Form], state: State) -> State:
        """Index one chunk of the run through the layer; begin anew when the description has changed meanwhile."""
        progress = state.progress
        if progress is None or progress["marks"] != self.layer.marks or progress["form"] != FORM:
            # what changes from now on is followed once the run is over
            progress = {**self.layer.token(), "at": 0, "after": 0}
        form = found[progress["at"]] if progress["at"] < len(found) else None
        if form is not None and not form.featureless:
            chosen = list(rows(conn, form, sql.SQL("where v.fid > %s order by v.fid limit %s"), [progress["after"], CHUNK]))
            _index(backend, form, chosen, [row["id"] for row in chosen])
            if len(chosen) == CHUNK:
                return State(state.token, {**progress, "after": chosen[-1]["fid"]})
        if form is not None:
            self._retain(conn, backend, form)
            return State(state.token, {**progress, "at": progress["at"] + 1, "after": 0})
        index_layer(conn, backend, self.layer, found)
        shown(conn, self.layer)
        return State({key: progress[key] for key in ("form", "version", "marks")})

    def _retain(self, conn: Connection, backend: Backend, form: Form) -> None:
        """Forget documents of features that are no more, or are no longer seen by the form's levels."""
        ids: Iterable[str] = ()
        if not form.featureless:
            view = sql.Identifier(f"pub_{form.level}", self.layer.id)
            ids = [row[0] for row in conn.execute(sql.SQL("select id from {}").format(view))]
        backend.retain(self.layer.id, ids, form.levels)


def _index(backend: Backend, form: Form, chosen: Iterable[dict[str, Any]], ids: Iterable[str]) -> None:
    """Index the documents of the features `chosen`; forget those of `ids` that have none (any more)."""
    kept: set[str] = set()

    def documents() -> Iterator[Document]:
        for row in chosen:
            document = feature_document(form, row)
            if document is not None:
                kept.add(document.id)
                yield document

    backend.index(documents())
    backend.remove((Reference(form.definition.id, gone) for gone in ids if gone not in kept), form.levels)
