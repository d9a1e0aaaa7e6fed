"""Where documents come from: the base of the sources that plugins and the core contribute, and how far each was followed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from psycopg import Connection

from geoplatform.layers.definition import Text
from geoplatform.search.backend import Backend
from geoplatform.search.document import Document, Reference


@dataclass(frozen=True)
class Changes:
    """What happened to a source's documents. token: how far this goes, handed back the next time.

    documents: new and changed ones. removed: ids of those that are gone. whole: `documents` are all there are; others are gone.
    """

    token: str
    documents: Iterable[Document]
    removed: Iterable[str] = ()
    whole: bool = False


class DocumentSource(ABC):
    """Documents of one collection from outside the layers, e.g. a plugin's records.

    collection: its name, unique; a plugin's begins with the plugin's label. title: what people read in the facets.
    kinds: names of kinds of documents that the core does not know.
    """

    collection: ClassVar[str]
    title: ClassVar[Text]
    kinds: ClassVar[dict[str, Text]] = {}

    @abstractmethod
    def changes(self, token: str | None) -> Changes | None:
        """Return what changed since `token`, None for nothing. token: None asks for everything.

        Asked every two seconds, so it must be cheap when nothing has changed.
        """


@dataclass(frozen=True)
class State:
    """How far a source was followed. progress: of a run through everything that is under way."""

    token: dict[str, Any] | None = None
    progress: dict[str, Any] | None = field(default=None)


class Followed(ABC):
    """Something that the indexer follows, step by step; each step is one transaction."""

    name: str

    @abstractmethod
    def work(self, conn: Connection, state: State) -> int:
        """Return about how many documents must be looked at; 0 when nothing has changed. Cheap."""

    @abstractmethod
    def step(self, conn: Connection, backend: Backend, state: State) -> State | None:
        """Do some of the work; return how far it has come, None when the source is gone for good."""


class Contributed(Followed):
    """Follows a DocumentSource."""

    def __init__(self, source: DocumentSource):
        self.source = source
        self.name = f"source:{source.collection}"
        self._found: Changes | None = None

    def work(self, conn: Connection, state: State) -> int:
        """See Followed.work."""
        self._found = self.source.changes(state.token["token"] if state.token else None)
        return 0 if self._found is None else 1

    def step(self, conn: Connection, backend: Backend, state: State) -> State:
        """See Followed.step. Raises ValueError when a document is of another collection."""
        found = self._found
        if found is None:
            return state
        self._name(conn)
        ids: set[str] = set()
        backend.index(self._own(found.documents, ids))
        backend.remove(Reference(self.source.collection, gone) for gone in found.removed)
        if found.whole:
            backend.retain(self.source.collection, ids)
        return State({"token": found.token})

    def _name(self, conn: Connection) -> None:
        """Keep what the source's collection and kinds are called, for the plane that knows no plugins."""
        named = [("collection", self.source.collection, self.source.title)]
        named += [("kind", kind, title) for kind, title in self.source.kinds.items()]
        for of, name, title in named:
            conn.execute(
                "insert into search.title (of, name, uk, en) values (%s, %s, %s, %s)"
                " on conflict (of, name) do update set uk = excluded.uk, en = excluded.en",
                [of, name, title.uk, title.en],
            )

    def _own(self, documents: Iterable[Document], ids: set[str]) -> Iterable[Document]:
        for document in documents:
            if document.collection != self.source.collection:
                raise ValueError(f"{self.name}: a document of collection {document.collection}")
            ids.add(document.id)
            yield document
