"""Critical facilities over all their layers as one list: for the public page, the staff page and the offline page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.facilities import statements
from geoplatform.facilities.statements import Ref, Told
from geoplatform.layers.definition import Role, Text
from geoplatform.layers.published import PublishedLayer

#: More than any community has; a list is cut here rather than the memory used up.
MOST = 20_000

#: What is read of each facility: role -> column of the list.
_ROLES = {
    Role.name: "name",
    Role.name_en: "name_en",
    Role.address: "address",
    Role.settlement: "settlement",
    Role.phone: "phone",
    Role.opening_hours: "hours",
    Role.state: "own_state",
}


@dataclass(frozen=True)
class Facility:
    """One facility. categories: codes; wheelchair: the code of its layer's attribute of that name; point: lon, lat in degrees."""

    layer: PublishedLayer
    id: str
    name: str | None
    name_en: str | None
    address: str | None
    settlement: str | None
    phone: str | None
    hours: str | None
    categories: tuple[str, ...]
    wheelchair: str | None
    is_demo: bool
    point: tuple[float, float] | None
    told: Told

    @property
    def ref(self) -> Ref:
        """Its layer and id."""
        return self.layer.id, self.id


def layers(available: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers of critical facilities, in their order."""
    return [layer for layer in available if statements.is_critical(layer)]


def facilities(
    conn: Connection, available: Sequence[PublishedLayer], now: datetime, only: Sequence[str] | None = None
) -> list[Facility]:
    """Return the facilities of the layers `only` (all when None) by layer and name, at most MOST.

    conn: of the level that `available` was read at.
    """
    chosen = [layer for layer in layers(available) if layer.feature_count and (only is None or layer.id in only)]
    if not chosen:
        return []
    by_id = {layer.id: layer for layer in chosen}
    statement = sql.SQL("select * from ({}) as listed order by place, name collate public.natural_uk nulls last, id limit {}")
    parts = sql.SQL(" union all ").join(_of_layer(layer, place) for place, layer in enumerate(chosen))
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement.format(parts, sql.Literal(MOST))).fetchall()
    states = statements.layer_of(available)
    said = statements.read(conn, states)
    found = []
    for row in rows:
        layer = by_id[row.pop("layer")]
        own_state, point = row.pop("own_state"), (row.pop("lon"), row.pop("lat"))
        own = (own_state, statements.own_title(layer, own_state))
        told = statements.told(said.get((layer.id, row["id"])), own, states, now)
        row.pop("place")
        row["categories"] = tuple(code for code in row["categories"] or () if code)
        found.append(Facility(layer=layer, point=point if point[0] is not None else None, told=told, **row))
    return found


def category_title(facility: Facility) -> Text | None:
    """Return what kind of facility it is, None when its source does not say."""
    attribute = facility.layer.definition.with_role(Role.category)
    vocabulary = facility.layer.vocabularies.get(attribute.vocabulary or "") if attribute else None
    found = [term.title for term in vocabulary.terms if term.code in facility.categories] if vocabulary else []
    return Text(uk=", ".join(t.uk for t in found), en=", ".join(t.en for t in found)) if found else None


def _of_layer(layer: PublishedLayer, place: int) -> sql.Composable:
    columns: list[sql.Composable] = [
        sql.SQL("{}::text as layer, {} as place, id, is_demo").format(sql.Literal(layer.id), sql.Literal(place))
    ]
    for role, column in _ROLES.items():
        attribute = layer.definition.with_role(role)
        value: sql.Composable = sql.SQL("null::text")
        if attribute is not None:
            text = "array_to_string({}, '; ')" if attribute.multiple else "{}::text"
            value = sql.SQL(text).format(sql.Identifier(attribute.name))
        columns.append(sql.SQL("{} as {}").format(value, sql.Identifier(column)))
    category = layer.definition.with_role(Role.category)
    codes: Any = "null::text[]"
    if category is not None:
        codes = "{}" if category.multiple else "array[{}::text]"
    columns.append(sql.SQL(codes + " as categories").format(*([sql.Identifier(category.name)] if category else [])))
    has_wheelchair = any(a.name == "wheelchair" and not a.multiple for a in layer.definition.attributes)
    columns.append(sql.SQL("wheelchair::text as wheelchair" if has_wheelchair else "null::text as wheelchair"))
    columns.append(sql.SQL("ST_X(ST_PointOnSurface(geom)) as lon, ST_Y(ST_PointOnSurface(geom)) as lat"))
    return sql.SQL("select {} from {}").format(sql.SQL(", ").join(columns), layer.view)
