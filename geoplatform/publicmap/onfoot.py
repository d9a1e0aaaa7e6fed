"""Distances on foot for the one query: which places are reached along the streets, so that all views take them from here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from psycopg import sql

from geoplatform.layers import described
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.walking import Gait
from geoplatform.walking import network, reach
from geoplatform.walking.reach import Reach

if TYPE_CHECKING:
    from geoplatform.publicmap.conditions import Condition, Conditions
    from geoplatform.publicmap.query import Query

#: Places that ways are looked for to.
MOST = 5_000


@dataclass(frozen=True)
class Walks:
    """How far places are on foot.

    reach: None where distances stay straight, and then why: no network is loaded (`none`), the start is `far` from every way,
    there are too `many` places. metres: layer -> fid -> metres, of the places within the limit.
    demo: the network is demonstration data. astray: places that are near in a straight line but on no way.
    """

    gait: Gait
    reach: Reach | None = None
    why: Literal["", "none", "far", "many"] = ""
    metres: dict[str, dict[int, float]] = field(default_factory=dict)
    demo: bool = False
    astray: int = 0

    def condition(self, layer: PublishedLayer) -> Condition:
        """Return the condition that a feature of `layer` is within the limit on foot, and the values for it."""
        return sql.SQL("fid = any(%s::bigint[])"), [sorted(self.metres.get(layer.id, {}))]

    def rank(self, layer: PublishedLayer) -> Condition:
        """Return SQL of a feature's metres on foot, and the values for it."""
        own = self.metres.get(layer.id, {})
        return sql.SQL("(%s::float8[])[array_position(%s::bigint[], fid)]"), [list(own.values()), list(own)]

    def to(self, layer: PublishedLayer, fid: int) -> float | None:
        """Return metres on foot to a feature, None for one that is not within the limit."""
        return self.metres.get(layer.id, {}).get(fid)


def minutes(metres: float, gait: Gait) -> int:
    """Return how many minutes a way takes, at least one."""
    return max(1, math.ceil(metres / gait.speed / 60))


def gait(profile: str) -> Gait:
    """Return how somebody of `profile` ("" for none) gets on."""
    return described.library().walking.gait(profile)


def walks(asked: Conditions, layers: list[PublishedLayer]) -> Walks:
    """Return how far on foot the places of `layers` are that `asked` finds whatever its hours and features.

    asked: conditions whose query says from where and how far (straight, as they stand).
    """
    narrowed = asked.without("open", "accessible")
    drawn = [layer for layer in layers if layer.feature_count and layer.definition.geometry != "none"]
    return _measured(asked, [(layer, narrowed.of(layer)) for layer in drawn])


def walk_to(asked: Conditions, layer: PublishedLayer, feature_id: str) -> Walks:
    """Return how far on foot one feature of `layer` is, whatever else `asked` asks of features; it must have a geometry."""
    return _measured(asked, [(layer, (sql.SQL("id = %s"), [feature_id]))])


def _measured(asked: Conditions, wanted: list[tuple[PublishedLayer, Condition]]) -> Walks:
    """Return how far on foot the features are that fulfil the condition of their layer."""
    query, conn = asked.query, asked.conn
    own = gait(query.profile)
    known = network.known(conn)
    if known is None:
        return Walks(own, why="none")
    assert query.near is not None and query.within is not None  # noqa: S101 - `parse` gives both or no walk
    found = reach.within(conn, query.near.lon, query.near.lat, query.within, steps=own.steps)
    if found is None:
        return Walks(own, why="far")
    if not wanted:
        return Walks(own, found, demo=known.demo)
    places, values = _places(query, wanted)
    rows, spots = network.meet(conn, places, values, steps=own.steps)
    if len(rows) > MOST:
        return Walks(own, why="many")
    straight = np.array([row["straight"] for row in rows])
    metres = found.to(spots)
    # over a yard nobody goes round by the street
    metres = np.where(straight <= reach.YARD, np.minimum(metres, straight), metres)
    reached: dict[str, dict[int, float]] = {}
    for row, far in zip(rows, metres.tolist(), strict=True):
        if far <= query.within:
            reached.setdefault(wanted[row["n"]][0].id, {})[row["fid"]] = far
    astray = int(((spots.edge < 0) & ~np.isfinite(metres)).sum())
    return Walks(own, found, metres=reached, demo=known.demo, astray=astray)


def _places(query: Query, wanted: list[tuple[PublishedLayer, Condition]]) -> tuple[sql.Composable, list[Any]]:
    """Return SQL of the features: n (of `wanted`), fid, place (their nearest point), straight (metres to it)."""
    from geoplatform.publicmap.conditions import degrees

    parts, values = [], []
    for number, (layer, (where, own)) in enumerate(wanted):
        parts.append(
            sql.SQL(
                "select {number} as n, fid, ST_ClosestPoint(geom, {origin}) as place,"
                " ST_Distance(geom::geography, {origin}::geography) as straight from {view} where {where}"
            ).format(number=number, origin=degrees(query.near), view=layer.view, where=where)  # type: ignore[arg-type]
        )
        values += own
    return sql.SQL("select * from ({}) as near limit {}").format(sql.SQL(" union all ").join(parts), MOST + 1), values
