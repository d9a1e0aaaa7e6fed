"""What differs between a layer at two moments, or between two layers, as everybody may see it, counted and a page at a time.

Both sides are read through the level's own views, so a change of what may not be seen today is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import Attribute, Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.publicmap import conditions, past
from geoplatform.publicmap.conditions import Conditions

Kind = Literal["added", "changed", "removed"]
KINDS: tuple[Kind, ...] = ("added", "changed", "removed")
#: Two layers of more features than this are not compared place by place.
MOST_IN_TWO = 50_000


@dataclass(frozen=True)
class Pair:
    """What is compared: a layer at the moments `since` and `until` (aware; None for now), or `layer` with `other` at `until`."""

    layer: PublishedLayer
    since: datetime | None = None
    until: datetime | None = None
    other: PublishedLayer | None = None

    @property
    def earlier(self) -> PublishedLayer:
        """The layer whose features count as being there before."""
        return self.layer

    @property
    def later(self) -> PublishedLayer:
        """The layer whose features count as being there after."""
        return self.other or self.layer

    @property
    def attributes(self) -> list[Attribute]:
        """The attributes that both sides have with one type, as the later one describes them."""
        known = {(a.name, a.type, a.multiple) for a in self.earlier.definition.attributes}
        return [a for a in self.later.definition.attributes if (a.name, a.type, a.multiple) in known]

    @property
    def has_places(self) -> bool:
        """Whether both sides have geometries of one type."""
        kinds = {self.earlier.definition.geometry, self.later.definition.geometry}
        return len(kinds) == 1 and "none" not in kinds

    def views(self) -> tuple[sql.Composable, sql.Composable]:
        """Return what to select the earlier and the later side from."""
        later = past.features(self.later, self.until) if self.until else self.later.view
        moment = self.until if self.other else self.since
        return (past.features(self.earlier, moment) if moment else self.earlier.view), later


@dataclass(frozen=True)
class Change:
    """A feature that differs. earlier, later: its attributes on each side by name, None where it was not there.

    point: where it is, or was, in degrees. metres: how far it has moved; None when its place is the same or it has none.
    reshaped: its place or shape differs.
    """

    pair: Pair
    id: str
    kind: Kind
    earlier: dict[str, Any] | None
    later: dict[str, Any] | None
    point: tuple[float, float] | None
    metres: float | None
    reshaped: bool
    is_demo: bool
    geometry: dict[str, Any] | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The attributes that the feature has now, or had last."""
        return self.later if self.later is not None else self.earlier or {}

    @property
    def layer(self) -> PublishedLayer:
        """The layer that it is in, or was."""
        return self.pair.earlier if self.kind == "removed" else self.pair.later

    def of(self, role: Role) -> Any:
        """Return the value of the attribute with this role, None when there is none."""
        attribute = self.layer.definition.with_role(role)
        return self.shown.get(attribute.name) if attribute else None

    @property
    def differing(self) -> list[tuple[Attribute, Any, Any]]:
        """The attributes that differ, with what they were and are; only of a changed feature."""
        if self.earlier is None or self.later is None:
            return []
        pairs = ((a, self.earlier.get(a.name), self.later.get(a.name)) for a in self.pair.attributes)
        return [(attribute, old, new) for attribute, old, new in pairs if old != new]


@dataclass(frozen=True)
class Found:
    """How many features differ, by pair and kind, and a page of them: by pair, kind and name."""

    pairs: tuple[Pair, ...]
    counts: dict[tuple[int, Kind], int]
    changes: list[Change] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All that differ."""
        return sum(self.counts.values())

    def count(self, kind: Kind, pair: int | None = None) -> int:
        """Return how many there are of a kind, of one pair or of all."""
        return sum(count for (n, k), count in self.counts.items() if k == kind and pair in (None, n))


def find(asked: Conditions, pairs: Sequence[Pair], skip: int, limit: int, *, shapes: bool = False) -> Found:
    """Return what differs in each of `pairs`, and `limit` of it after the first `skip`.

    asked: a feature counts when it fulfils these on one of the two sides. shapes: give each change its whole geometry.
    """
    asked = replace(asked, query=replace(asked.query, open=None))
    parts = [_differing(asked, number, pair) for number, pair in enumerate(pairs)]
    if not parts:
        return Found((), {})
    statement = sql.SQL(
        "with differing as materialized ({})"
        " select (select coalesce(json_agg(c), '[]') from (select n, kind, count(*) from differing group by n, kind) as c),"
        " (select coalesce(json_agg(p), '[]') from (select n, id, kind from differing"
        "   order by n, kind, name collate public.natural_uk nulls last, id limit %s offset %s) as p)"
    ).format(sql.SQL(" union all ").join(part for part, _values in parts))
    values = [value for _part, given in parts for value in given]
    counts, page = asked.conn.execute(statement, [*values, limit, skip]).fetchone()  # type: ignore[misc]
    found: dict[tuple[int, str], Change] = {}
    for number in {row["n"] for row in page}:
        ids = {row["id"]: KINDS[row["kind"]] for row in page if row["n"] == number}
        found |= {(number, change.id): change for change in details(asked, pairs[number], ids, shapes=shapes)}
    return Found(
        tuple(pairs),
        {(row["n"], KINDS[row["kind"]]): row["count"] for row in counts},
        [found[row["n"], row["id"]] for row in page],
    )


def _differing(asked: Conditions, number: int, pair: Pair) -> conditions.Condition:
    """Return the query of n, id, kind (its place among KINDS) and name of what differs."""
    names = [sql.Identifier(attribute.name) for attribute in pair.attributes]
    sides, values = [], []
    touched, moments = _touched(pair)
    for layer, view in zip((pair.earlier, pair.later), pair.views(), strict=True):
        where, given = asked.of(layer)
        own = layer.definition.with_role(Role.name)
        name = sql.SQL("{}::text").format(sql.Identifier(own.name)) if own else sql.SQL("null::text")
        columns = [*names, sql.SQL("geom")] if pair.has_places else names
        columns = [sql.SQL("id"), sql.SQL("is_demo"), *columns]
        columns += [sql.SQL('{} as "the.name"').format(name), sql.SQL('({}) as "is.hit"').format(where)]
        sides.append(
            sql.SQL("select {} from {}{}").format(
                sql.SQL(", ").join(columns),
                view,
                sql.SQL(" join (select distinct id as touched_id from ({}) as states) as touched on touched_id = id").format(
                    touched
                )
                if touched
                else sql.SQL(""),
            )
        )
        values += [*given, *moments]
    return (
        sql.SQL(
            'select {n} as n, coalesce(e.id, l.id) as id, coalesce(l."the.name", e."the.name") as name,'
            " case when e.id is null then 0 when l.id is null then 2 else 1 end as kind"
            " from ({earlier}) as e full join ({later}) as l on l.id = e.id"
            ' where (e."is.hit" or l."is.hit") and (e.id is null or l.id is null or {differs})'
        ).format(n=number, earlier=sides[0], later=sides[1], differs=compared(pair)),
        values,
    )


def compared(pair: Pair) -> sql.Composable:
    """Return the condition that the feature `l` is another than `e` in something that everybody may see."""
    names = [sql.SQL("is_demo"), *(sql.Identifier(attribute.name) for attribute in pair.attributes)]
    differs = sql.SQL("{} is distinct from {}").format(_of("e", names), _of("l", names))
    if not pair.has_places:
        return differs
    # binary: `=` of geometries compares boxes
    return sql.SQL("({} or ST_AsBinary(e.geom) is distinct from ST_AsBinary(l.geom))").format(differs)


def _touched(pair: Pair) -> tuple[sql.Composable | None, list[Any]]:
    """Return the query of the ids with a state that began or ended between the two moments: nothing else can differ."""
    if pair.other is not None or pair.since is None:
        return None, []
    if not pair.layer.has_states:
        return sql.SQL("select id from {} where false").format(pair.layer.view), []
    query = sql.SQL(
        "select id from {0} where valid_from > %s and valid_from <= coalesce(%s, 'infinity'::timestamptz)"
        " union all select id from {0} where valid_to > %s and valid_to <= coalesce(%s, 'infinity'::timestamptz)"
    ).format(pair.layer.states_view)
    return query, [pair.since, pair.until, pair.since, pair.until]


def _of(alias: str, columns: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL("row({})").format(sql.SQL(", ").join(sql.SQL("{}.{}").format(sql.SQL(alias), column) for column in columns))


def details(asked: Conditions, pair: Pair, ids: dict[str, Kind], *, shapes: bool = False) -> list[Change]:
    """Return the features `ids` with what they are on each side. shapes: with their whole geometry."""
    sides = []
    for layer, view in zip((pair.earlier, pair.later), pair.views(), strict=True):
        columns = [sql.SQL("id"), sql.SQL("is_demo"), *(sql.Identifier(a.name) for a in layer.definition.attributes)]
        if layer.definition.geometry != "none":
            columns.append(sql.SQL('ST_X(ST_PointOnSurface(geom)) as "place.lon", ST_Y(ST_PointOnSurface(geom)) as "place.lat"'))
            columns.append(sql.SQL('ST_AsBinary(geom) as "place.wkb"'))
            if shapes:
                columns.append(sql.SQL('ST_AsGeoJSON(geom, 7)::json as "place.shape"'))
        statement = sql.SQL("select {} from {} where id = any(%s)").format(sql.SQL(", ").join(columns), view)
        with asked.conn.cursor(row_factory=dict_row) as cursor:
            sides.append({row["id"]: row for row in cursor.execute(statement, [list(ids)])})
    return [_change(pair, feature, kind, sides[0].get(feature), sides[1].get(feature)) for feature, kind in ids.items()]


def _change(pair: Pair, feature: str, kind: Kind, earlier: Any, later: Any) -> Change:
    shown = later or earlier
    point = (shown["place.lon"], shown["place.lat"]) if shown.get("place.lon") is not None else None
    both = kind == "changed" and pair.has_places
    reshaped = both and earlier["place.wkb"] != later["place.wkb"]
    metres = None
    if reshaped and earlier["place.wkb"] is not None and later["place.wkb"] is not None:
        before = earlier["place.lon"], earlier["place.lat"]
        metres = words.metres_and_bearing(before, (later["place.lon"], later["place.lat"]))[0]
    return Change(
        pair=pair,
        id=feature,
        kind=kind,
        earlier=_attributes(pair.earlier, earlier),
        later=_attributes(pair.later, later),
        point=point,
        metres=metres,
        reshaped=reshaped,
        is_demo=shown["is_demo"],
        geometry=shown.get("place.shape"),
    )


def _attributes(layer: PublishedLayer, row: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {attribute.name: row[attribute.name] for attribute in layer.definition.attributes}
