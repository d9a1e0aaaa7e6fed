"""The entrances of shelters, as one level sees them: where each is and whether one gets in without steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection, sql
from psycopg.rows import class_row

from geoplatform.layers.definition import Text
from geoplatform.layers.published import PublishedLayer

#: The layer of entrances, and the one whose features they belong to.
LAYER, SHELTERS = "shelter_entrances", "shelters"
_NEEDED = ("shelter", "kind")


@dataclass(frozen=True)
class Entrance:
    """One entrance. step_free: None when nobody has looked; door_width: in cm; lon, lat: degrees."""

    shelter: str
    kind: str
    description: str | None
    step_free: bool | None
    door_width: int | None
    lon: float
    lat: float


def read(conn: Connection, available: Sequence[PublishedLayer], shelters: Sequence[str] | None = None) -> list[Entrance]:
    """Return the entrances of `shelters` (record numbers; of all when None), the main one first.

    conn: of the level that `available` was read at.
    """
    layer = telling(available)
    if layer is None:
        return []
    seen = {attribute.name for attribute in layer.definition.attributes}
    optional = {"description": "text", "step_free": "boolean", "door_width": "integer"}
    columns = [sql.Identifier(name) if name in seen else sql.SQL(f"null::{kind} as {name}") for name, kind in optional.items()]
    query = sql.SQL("select shelter, kind, {}, ST_X(geom) as lon, ST_Y(geom) as lat from {}").format(
        sql.SQL(", ").join(columns), layer.view
    )
    values: list[object] = []
    if shelters is not None:
        query += sql.SQL(" where shelter = any(%s)")
        values.append(list(shelters))
    with conn.cursor(row_factory=class_row(Entrance)) as cursor:
        return cursor.execute(query + sql.SQL(" order by shelter, kind <> 'main', id"), values).fetchall()


def layer_of(available: Sequence[PublishedLayer]) -> PublishedLayer | None:
    """Return the layer of entrances, None where this level does not see it."""
    return next((layer for layer in available if layer.id == LAYER), None)


def telling(available: Sequence[PublishedLayer]) -> PublishedLayer | None:
    """Return the layer of entrances where it has data and this level sees whose entrances they are, else None."""
    layer = layer_of(available)
    if layer is None or not layer.feature_count:
        return None
    return layer if {attribute.name for attribute in layer.definition.attributes}.issuperset(_NEEDED) else None


def kind_title(available: Sequence[PublishedLayer], code: str) -> Text:
    """Return what kind of entrance the code means."""
    layer = layer_of(available)
    vocabulary = layer.vocabularies.get("entrance_kinds") if layer else None
    return (
        next((term.title for term in vocabulary.terms if term.code == code), Text(uk=code, en=code))
        if vocabulary
        else Text(uk=code, en=code)
    )
