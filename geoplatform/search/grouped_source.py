"""Follows layers whose features make documents together: lines and former names of a street, a settlement in two layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from psycopg import Connection, sql

from geoplatform.layers.definition import SERVED_LEVELS, Level
from geoplatform.search.backend import Backend
from geoplatform.search.document import Document, Reference
from geoplatform.search.layer_documents import Form
from geoplatform.search.layer_source import FORM, LayerNow, changed_ids, forms, index_layer, is_changed, rows, shown
from geoplatform.search.sources import Followed, State

#: Layer -> feature -> the keys of the documents that it is part of.
Members = dict[str, dict[str, list[str]]]


class GroupedSource(Followed):
    """Follows `layers` together. A document's collection and id are those of the feature that stands for the others."""

    def __init__(self, name: str, layers: list[LayerNow]):
        self.name = name
        self.layers = layers

    @abstractmethod
    def members(self, conn: Connection, form: Form, ids: list[str] | None) -> dict[str, list[str]]:
        """Return the keys of the features `ids` (None: all) of `form`'s layer; ids that are gone are left out."""

    @abstractmethod
    def documents(self, conn: Connection, together: dict[str, Form], members: Members) -> Iterator[Document]:
        """Yield the documents of the keys in `members`, whose features are all there. together: forms of the same levels."""

    def ids_to_read(self, layer: LayerNow, form: Form, ids: list[str]) -> list[str] | None:
        """Return which features' keys must be worked out anew when `ids` changed; None for all."""
        return ids

    def work(self, conn: Connection, state: State) -> int:
        """See Followed.work."""
        published = [layer for layer in self.layers if layer.marks]
        if not published:
            return 1 if state.token else 0
        known = (state.token or {}).get("layers", {})
        if state.token is None or known.keys() != {layer.id for layer in published}:
            return 10_000
        changed = [layer for layer in published if is_changed(layer, known[layer.id])]
        if changed:
            return 10_000
        return int(any(known[layer.id]["version"] != layer.version for layer in published))

    def step(self, conn: Connection, backend: Backend, state: State) -> State | None:
        """See Followed.step."""
        found = {layer.id: forms(conn, layer.id) for layer in self.layers}
        keys = self._follow(conn, backend, found, state)
        together = list(_together(found))
        kept: dict[Level, set[Reference]] = {level: set() for level in SERVED_LEVELS}
        for levels, shared in together:
            documents = self.documents(conn, shared, self._kept(conn, keys))
            backend.index(_noted(documents, levels, kept))
        for level in SERVED_LEVELS:
            backend.remove((reference for reference in self._features(conn, keys) if reference not in kept[level]), [level])
        conn.execute("delete from search.member where source = %s and key = ''", [self.name])
        for layer in self.layers:
            index_layer(conn, backend, layer, found[layer.id])
            shown(conn, layer)
        published = {layer.id: layer.token() for layer in self.layers if layer.marks}
        return State({"form": FORM, "layers": published}) if published else None

    def _follow(self, conn: Connection, backend: Backend, found: dict[str, list[Form]], state: State) -> set[str]:
        """Bring the members to what the layers hold now; return the keys whose documents must be made anew.

        A feature that is gone stays a member of nothing (key ''), so that its document is forgotten.
        """
        known = (state.token or {}).get("layers", {})
        keys: set[str] = {""}
        for layer in self.layers:
            told = found[layer.id]
            if not told or is_changed(layer, known.get(layer.id)):
                ids = None
            else:
                ids = changed_ids(conn, layer, known[layer.id]["version"])
                if not ids:
                    continue
                ids = self.ids_to_read(layer, told[-1], ids)
            before = conn.execute(
                "delete from search.member where source = %s and layer = %s and (%s::text[] is null or feature = any(%s))"
                " returning feature, key",
                [self.name, layer.id, ids, ids],
            ).fetchall()
            now = self.members(conn, told[-1], ids) if told else {}
            gone = {feature for feature, _ in before} - now.keys()
            with conn.cursor() as cursor:
                cursor.executemany(
                    "insert into search.member (source, layer, feature, key) values (%s, %s, %s, %s) on conflict do nothing",
                    [(self.name, layer.id, feature, key) for feature, its in now.items() for key in its]
                    + [(self.name, layer.id, feature, "") for feature in gone],
                )
            if ids is None:  # another form of documents, or all of them
                keys |= {key for _, key in before} | {key for its in now.values() for key in its}
                continue
            changed = {(feature, key) for feature, key in before} ^ {(f, key) for f, its in now.items() for key in its}
            keys |= {key for _, key in changed} | {key for feature, its in now.items() for key in its}
        return keys

    def _kept(self, conn: Connection, keys: set[str]) -> Members:
        found: Members = {}
        chosen = conn.execute(
            "select layer, feature, key from search.member where source = %s and key = any(%s) and key <> '' order by feature",
            [self.name, sorted(keys)],
        )
        for layer, feature, key in chosen:
            found.setdefault(layer, {}).setdefault(feature, []).append(key)
        return found

    def _features(self, conn: Connection, keys: set[str]) -> list[Reference]:
        chosen = conn.execute(
            "select distinct layer, feature from search.member where source = %s and key = any(%s)", [self.name, sorted(keys)]
        )
        return [Reference(*row) for row in chosen]

    @staticmethod
    def read(conn: Connection, form: Form, ids: Iterable[str] | None) -> Iterator[dict[str, Any]]:
        """Yield the features `ids` (None: all) as `form`'s levels see them."""
        if ids is None:
            return rows(conn, form, sql.SQL(""), [])
        return rows(conn, form, sql.SQL("where v.id = any(%s)"), [list(ids)])


def _together(found: dict[str, list[Form]]) -> Iterator[tuple[frozenset[Level], dict[str, Form]]]:
    """Yield runs of neighbouring levels that see the same of all layers, with each layer's form for them."""
    runs: list[tuple[set[Level], dict[str, Form]]] = []
    before: dict[str, Form] = {}
    for level in SERVED_LEVELS:
        seen = {layer: form for layer, its in found.items() for form in its if level in form.levels and not form.clustered}
        if seen and seen == before:
            runs[-1][0].add(level)
        elif seen:
            runs.append(({level}, seen))
        before = seen
    for levels, seen in runs:
        yield frozenset(levels), {layer: replace(form, levels=frozenset(levels)) for layer, form in seen.items()}


def _noted(documents: Iterable[Document], levels: frozenset[Level], kept: dict[Level, set[Reference]]) -> Iterator[Document]:
    for document in documents:
        for level in levels:
            kept[level].add(Reference(document.collection, document.id))
        yield document
