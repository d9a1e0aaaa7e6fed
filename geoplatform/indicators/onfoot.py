"""Reach along the streets: how much of each area's ways lies within a walk of a facility. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from psycopg import Connection, sql

from geoplatform.layers.definition import MERCATOR_UNITS_PER_METRE
from geoplatform.layers.published import PublishedLayer
from geoplatform.walking import network, reach
from geoplatform.walking.network import Edges, Spots

if TYPE_CHECKING:
    from geoplatform.indicators.reach import Reached

#: The nearest facility is looked for so far (metres), however short a reach is asked about.
FURTHEST = 10_000
#: An area may stretch so far (metres) beyond the loaded streets and still count as wholly known.
BEYOND = 3_000


@dataclass(frozen=True)
class Measured:
    """The areas, those with ways in them measured on foot. astray: facilities on no way. demo: the network is made up."""

    areas: list[Reached]
    astray: int
    demo: bool


def measured(
    conn: Connection, layer: PublishedLayer, metres: int, areas: PublishedLayer, straight: Sequence[Reached], most: int
) -> Measured | None:
    """Return `straight` with shares and distances on foot where ways are known, None where no network is loaded.

    most: facilities that are looked at. `conn` belongs to the public role.
    """
    known = network.known(conn)
    if known is None or not straight:
        return None
    places = sql.SQL("select ST_PointOnSurface(geom) as place from {} where geom is not null limit {}")
    _rows, spots = network.meet(conn, places.format(layer.view, sql.Literal(most)), [], steps=True)
    on_way = _of(spots, spots.edge >= 0)
    middles, at = network.meet(
        conn,
        sql.SQL("select id, ST_PointOnSurface(geom) as place from {} where id = any(%s)").format(areas.view),
        [[area.id for area in straight]],
        steps=True,
    )
    edges = network.box(conn, -180, -85, 180, 85, steps=True)
    limit = max(metres, FURTHEST)
    found = reach.reach(edges, on_way, limit)
    nearest = dict(zip([row["id"] for row in middles], found.to(at).tolist(), strict=True))
    placed = {row["id"] for row, edge in zip(middles, at.edge.tolist(), strict=True) if edge >= 0}
    if areas.definition.geometry == "point":
        shares = {name: float(nearest[name] <= metres) for name in placed}
    else:
        shares = _shares(conn, areas, [area.id for area in straight], edges, _reached(found, on_way, metres))
    told = [
        replace(
            area,
            share=min(shares[area.id], 1.0),
            metres=nearest[area.id] if np.isfinite(nearest.get(area.id, np.inf)) else None,
            on_foot=True,
        )
        if area.id in shares
        else area
        for area in straight
    ]
    return Measured(told, int((spots.edge < 0).sum()), known.demo)


def _of(spots: Spots, which: np.ndarray) -> Spots:
    return Spots(*(getattr(spots, name)[which] for name in ("edge", "source", "target", "metres", "share", "gap")))


def _reached(found: reach.Reach, starts: Spots, metres: int) -> np.ndarray:
    """Return how many metres of each edge lie within `metres` of a start."""
    edges = found.edges
    ahead = np.clip((metres - found.cost(edges.source)) / edges.metres, 0.0, 1.0)
    back = np.clip((metres - found.cost(edges.target)) / edges.metres, 0.0, 1.0)
    shares = np.minimum(ahead + back, 1.0)
    numbers = {name: number for number, name in enumerate(edges.id.tolist())}
    pieces: dict[int, list[tuple[float, float]]] = {}
    for edge, share, gap in zip(starts.edge.tolist(), starts.share.tolist(), starts.gap.tolist(), strict=True):
        number = numbers[edge]
        rest = max(0.0, metres - gap) / edges.metres[number]
        pieces.setdefault(number, []).append((max(0.0, share - rest), min(1.0, share + rest)))
    for number, own in pieces.items():
        shares[number] = _covered([*own, (0.0, ahead[number]), (1.0 - back[number], 1.0)])
    return shares * edges.metres


def _covered(pieces: list[tuple[float, float]]) -> float:
    """Return how much of 0 to 1 the pieces cover together."""
    total = end = 0.0
    for first, last in sorted(pieces):
        total += max(0.0, last - max(first, end))
        end = max(end, last)
    return min(total, 1.0)


def _shares(conn: Connection, areas: PublishedLayer, ids: list[str], edges: Edges, reached: np.ndarray) -> dict[str, float]:
    """Return how much of the ways of each area is reached; a way lies where its middle lies.

    Areas without ways, and those that stretch beyond the loaded streets, are left out.
    """
    statement = sql.SQL(
        "with loaded as materialized (select ST_Expand(ST_SetSRID(ST_Extent(geom)::geometry, 3857), {beyond}) as box"
        "   from pub_public.walk_edge)"
        " select a.id, string_agg(int8send(e.id), '') from {areas} as a join loaded on a.geom_3857 @ loaded.box"
        " join pub_public.walk_edge as e"
        "   on e.geom && a.geom_3857 and ST_Intersects(a.geom_3857, ST_LineInterpolatePoint(e.geom, 0.5))"
        " where a.id = any(%s) group by a.id"
    ).format(areas=areas.view, beyond=sql.Literal(BEYOND * MERCATOR_UNITS_PER_METRE))
    order = np.argsort(edges.id)
    shares = {}
    for name, packed in conn.execute(statement, [ids], binary=True):
        own = order[np.searchsorted(edges.id, np.frombuffer(packed, dtype=">i8").astype(np.int64), sorter=order)]
        shares[name] = float(reached[own].sum() / edges.metres[own].sum())
    return shares
