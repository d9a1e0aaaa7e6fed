"""What GeoNode's catalogue says that no definition does, as one level may know it: notes and other resources. No Django."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cached_property

from psycopg import Connection, sql
from pydantic import Field

from geoplatform.layers.definition import Level, Model, Text

#: What kinds of resources are called.
_KINDS = {
    "dataset": Text(uk="Набір даних", en="Dataset"),
    "document": Text(uk="Документ", en="Document"),
    "map": Text(uk="Карта", en="Map"),
    "geostory": Text(uk="Геоісторія", en="Geostory"),
    "dashboard": Text(uk="Панель показників", en="Dashboard"),
}
_ANY_KIND = Text(uk="Запис каталогу", en="Catalogue record")


def kind_title(kind: str) -> Text:
    """Return what a kind of resource (`Resource.kind`) is called."""
    return _KINDS.get(kind, _ANY_KIND)


class Contact(Model):
    """Whom a record names as its point of contact: an office, by what its profile says of it; never an account's name."""

    organisation: str
    position: str | None = None
    email: str | None = None


class Named(Model):
    """An entry of one of GeoNode's lists: its code and its name."""

    code: str
    name: str


class _Told(Model):
    @cached_property
    def mark(self) -> str:
        """Changes with anything that it says."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:10]


class Note(_Told):
    """What people wrote about something in GeoNode's metadata editor, as plain text in the language that they wrote it in.

    frequency, restriction: ISO 19115 codes; category: ISO 19115's topic category; doi: without an address in front.
    since, until: the period that the content tells of, either may be open. keywords: those that no definition gave it.
    taken: GeoNode's fields of a layer's record that people have filled in; of the rest the definition decides.
    """

    purpose: str | None = None
    supplement: str | None = None
    quality: str | None = None
    frequency: str | None = None
    category: Named | None = None
    regions: list[Named] = Field(default_factory=list)
    doi: str | None = None
    contacts: list[Contact] = Field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    keywords: list[str] = Field(default_factory=list)
    restriction: str | None = None
    constraints: str | None = None
    taken: list[str] = Field(default_factory=list)


class Licence(Model):
    """A licence in the catalogue's list; url: where it can be read."""

    name: str
    url: str | None = None


class Resource(_Told):
    """Something in the catalogue that is no layer and no raster of ours.

    id: GeoNode's uuid; number: its key in GeoNode's addresses; kind: document, map, dataset, geostory, dashboard...
    page: path of its page below the site's address.
    file: path, or address on another site, of what a document holds; media_type: of that file, if it is known.
    language: ISO 639-2 code; bbox: west, south, east, north in degrees, None for what lies nowhere in particular.
    """

    id: str
    number: int
    kind: str
    title: Text
    description: Text | None = None
    page: str
    file: str | None = None
    media_type: str | None = None
    attribution: str | None = None
    licence: Licence | None = None
    language: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    public: bool = False
    note: Note = Field(default_factory=Note)


def notes(conn: Connection, level: Level | str) -> dict[str, Note]:
    """Return layer or raster -> what is noted of it, of those published at `level`. `conn` belongs to the level's role."""
    return {layer: Note.model_validate(document) for layer, document in _rows(conn, level, "layer", "catalogue_notes")}


def resources(conn: Connection, level: Level | str) -> dict[str, Resource]:
    """Return the resources that somebody of `level` may know of, by id, in the order of their titles.

    Who of the level may is for the permissions to say (`geoplatform.access.grants`). `conn` belongs to the level's role.
    """
    found = [Resource.model_validate(document) for _, document in _rows(conn, level, "id", "catalogue_resources")]
    return {resource.id: resource for resource in sorted(found, key=lambda it: (it.title.uk.casefold(), it.id))}


def _rows(conn: Connection, level: Level | str, key: str, view: str) -> list[tuple]:
    query = sql.SQL("select {}, document from {} order by 1").format(
        sql.Identifier(key), sql.Identifier(f"pub_{Level(level)}", view)
    )
    return conn.execute(query).fetchall()
