"""The street network as everybody sees it, read from PostGIS: the part of it within a box, and where places meet it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from psycopg import Connection, sql
from psycopg.rows import dict_row

#: A place further than this from every way (metres) is not on the network.
SNAP = 250.0
#: A metre on the ground is at most so many units of EPSG:3857 in the latitudes of Ukraine (to 53°).
_MERCATOR = 1.7


@dataclass(frozen=True)
class Known:
    """The network that is loaded. demo: some of its ways are demonstration data."""

    layer: str
    version: int
    edges: int
    demo: bool
    built_at: datetime


@dataclass(frozen=True)
class Edges:
    """Pieces of ways as arrays of one length: id, source and target (numbers of places), metres."""

    id: np.ndarray
    source: np.ndarray
    target: np.ndarray
    metres: np.ndarray

    def __len__(self) -> int:
        return len(self.metres)


@dataclass(frozen=True)
class Spots:
    """Places where they meet the network, as arrays of one length, -1 in `edge` for what is too far from it.

    share: how far along the edge, 0 at its source to 1 at its target; gap: metres from the place to that point.
    """

    edge: np.ndarray
    source: np.ndarray
    target: np.ndarray
    metres: np.ndarray
    share: np.ndarray
    gap: np.ndarray

    def __len__(self) -> int:
        return len(self.edge)


#: SQL that adds to a row with the column `place` (a point in degrees) where it meets the network: edge, source, target, metres,
#: share, gap. One parameter: whether stairs can be used.
MEETING = sql.SQL(
    "left join lateral (select id as edge, source, target, metres, share,"
    "    ST_Distance(place::geography, ST_Transform(ST_LineInterpolatePoint(way, share), 4326)::geography) as gap"
    "  from (select e.id, e.source, e.target, e.metres, e.geom as way, ST_LineLocatePoint(e.geom, at.point) as share"
    "    from (select ST_Transform(place, 3857) as point) as at, pub_public.walk_edge as e"
    "    where e.geom && ST_Expand(at.point, {reach}) and (%s or not e.steps)"
    "    order by e.geom <-> at.point limit 1) as nearest) as met on met.gap <= {snap}"
).format(reach=sql.Literal(SNAP * _MERCATOR), snap=sql.Literal(SNAP))


def known(conn: Connection) -> Known | None:
    """Return the network that is loaded, None for none. `conn` belongs to the public role."""
    row = conn.execute("select layer, version, edges, is_demo, built_at from pub_public.walk_network where edges > 0").fetchone()
    return Known(*row) if row else None


def box(conn: Connection, west: float, south: float, east: float, north: float, *, steps: bool) -> Edges:
    """Return the edges that touch a box in degrees; steps: with stairs and ways that no wheelchair can use."""
    # as bytes: arrays of numbers would be written and read digit by digit
    row = conn.execute(
        "select string_agg(int8send(id), ''), string_agg(int8send(source), ''), string_agg(int8send(target), ''),"
        " string_agg(float4send(metres), '') from pub_public.walk_edge"
        " where geom && ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 3857) and (%s or not steps)",
        [west, south, east, north, steps],
        binary=True,
    ).fetchone()
    kinds = (">i8", ">i8", ">i8", ">f4")
    found = [np.frombuffer(part or b"", dtype=kind) for part, kind in zip(row, kinds, strict=True)]  # type: ignore[arg-type]
    ids, source, target = (part.astype(np.int64) for part in found[:3])
    return Edges(ids, source, target, found[3].astype(np.float64))


def meet(conn: Connection, places: sql.Composable, values: list[Any], *, steps: bool) -> tuple[list[dict[str, Any]], Spots]:
    """Return the rows of the query `places`, in its order, and where each meets the network.

    places: SQL with a column `place` (a point in degrees) and others; values: its parameters. steps: whether stairs can be used.
    """
    statement = sql.SQL("select * from ({}) as places {}").format(places, MEETING)
    with conn.cursor(row_factory=dict_row, binary=True) as cursor:
        rows = cursor.execute(statement, [*values, steps]).fetchall()

    def column(name: str, missing: float, kind: type) -> np.ndarray:
        return np.array([missing if row[name] is None else row[name] for row in rows], dtype=kind)

    return rows, Spots(
        column("edge", -1, np.int64),
        column("source", 0, np.int64),
        column("target", 0, np.int64),
        column("metres", 0, np.float64),
        column("share", 0, np.float64),
        column("gap", np.inf, np.float64),
    )
