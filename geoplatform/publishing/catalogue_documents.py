"""What search knows of the catalogue: resources that stand for no layer (documents, maps...) and that everybody may see."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from psycopg import Connection
from shapely import to_wkb
from shapely.geometry import box

from geoplatform import database
from geoplatform.access import ANONYMOUS, grants
from geoplatform.layers import catalogued
from geoplatform.layers.catalogued import Resource
from geoplatform.layers.definition import Level, Text
from geoplatform.search.document import Document, Words
from geoplatform.search.sources import Changes, DocumentSource


class CatalogueRecords(DocumentSource):
    """Follows what the projection of access carries over; what only some may see is found in the catalogue's records."""

    collection = "catalogue"
    title = Text(uk="Каталог", en="Catalogue")

    def changes(self, token: str | None) -> Changes | None:
        """See DocumentSource.changes: the publication's serial stands still while nothing has changed."""
        with database.pool("public").connection() as conn, conn.transaction():
            conn.execute("set transaction isolation level repeatable read, read only")
            serial = str(conn.execute("select serial from pub_public.serial").fetchone()[0])
            before, _, marks = (token or "").partition(" ")
            if serial == before:
                return None
            shown = everybodys(conn)
        now = hashlib.sha256(repr([(resource.id, resource.mark) for resource in shown]).encode()).hexdigest()
        # other things are published far more often: the documents are the same then, and only the serial is new
        return Changes(f"{serial} {now}", () if now == marks else _documents(shown), whole=now != marks)


def everybodys(conn: Connection) -> list[Resource]:
    """Return the resources that everybody may see, in the order of their titles; `conn` belongs to the public role."""
    permissions = grants.read(conn, Level.public)
    found = catalogued.resources(conn, Level.public).values()
    return [resource for resource in found if permissions.allows(ANONYMOUS, resource.id, "view")]


def _documents(shown: Iterable[Resource]) -> Iterator[Document]:
    for resource in shown:
        kind = catalogued.kind_title(resource.kind)
        described = resource.description
        yield Document(
            collection=CatalogueRecords.collection,
            id=str(resource.number),
            kind="record",
            title=Words(resource.title.uk, resource.title.en),
            url=resource.page,
            levels=frozenset(Level) - {Level.restricted},
            subtitle=Words(kind.uk, kind.en),
            body=Words(described.uk, described.en) if described else Words(""),
            geometry=to_wkb(box(*resource.bbox)) if resource.bbox else None,
            importance=0.4,
        )
