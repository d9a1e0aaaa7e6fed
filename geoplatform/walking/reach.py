"""What can be reached on foot from somewhere, by the shortest ways of the network; the cost grows with how far is asked.

SciPy's Dijkstra over the edges of a box takes some milliseconds and asks for no extension of the database (docs/map.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg import Connection, sql

from geoplatform.walking import network
from geoplatform.walking.network import Edges, Spots

#: Metres that are walked over a yard rather than round by the street.
YARD = 30.0
#: Metres in a degree of latitude, a little too few: a box made with it is never too small.
_DEGREE = 110_500

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Reach:
    """What can be reached from `start` within `limit` metres.

    nodes: numbers of places, rising; costs: metres to each, infinite beyond the limit. edges: those that were looked at.
    bounds: west, south, east, north in degrees of the box that holds them.
    """

    start: Spots
    limit: float
    edges: Edges
    nodes: np.ndarray
    costs: np.ndarray
    bounds: Bounds = (-180.0, -85.0, 180.0, 85.0)

    def cost(self, places: np.ndarray) -> np.ndarray:
        """Return metres to the places with these numbers, infinite for what is not reached."""
        if not len(self.nodes):
            return np.full(len(places), np.inf)
        at = np.minimum(np.searchsorted(self.nodes, places), len(self.nodes) - 1)
        return np.where(self.nodes[at] == places, self.costs[at], np.inf)

    def to(self, spots: Spots) -> np.ndarray:
        """Return metres on foot to each spot, infinite for what is not reached within the limit."""
        ways = np.minimum(
            self.cost(spots.source) + spots.share * spots.metres, self.cost(spots.target) + (1 - spots.share) * spots.metres
        )
        for n in range(len(self.start)):  # on the start's own edge the way need not lead over an end of it
            along = self.start.gap[n] + np.abs(spots.share - self.start.share[n]) * spots.metres
            ways = np.where(spots.edge == self.start.edge[n], np.minimum(ways, along), ways)
        metres = ways + spots.gap
        return np.where((spots.edge >= 0) & (metres <= self.limit), metres, np.inf)


def around(lon: float, lat: float, metres: float) -> Bounds:
    """Return the box (west, south, east, north in degrees) that holds all within `metres` of a point."""
    high = metres / _DEGREE
    wide = min(180.0, high / max(0.001, math.cos(math.radians(min(89.9, abs(lat) + high)))))
    return lon - wide, lat - high, lon + wide, lat + high


def start(conn: Connection, lon: float, lat: float, *, steps: bool) -> Spots | None:
    """Return where a point in degrees meets the network, None where it is too far from every way."""
    place = sql.SQL("select ST_SetSRID(ST_MakePoint(%s, %s), 4326) as place")
    spots = network.meet(conn, place, [lon, lat], steps=steps)[1]
    return spots if spots.edge[0] >= 0 else None


def within(conn: Connection, lon: float, lat: float, metres: float, *, steps: bool = True) -> Reach | None:
    """Return what can be reached within `metres` on foot of a point in degrees, None where the point is on no way.

    steps: whether stairs can be used. `conn` belongs to the public role.
    """
    spot = start(conn, lon, lat, steps=steps)
    if spot is None:
        return None
    bounds = around(lon, lat, metres)
    return replace(reach(network.box(conn, *bounds, steps=steps), spot, metres), bounds=bounds)


def reach(edges: Edges, spots: Spots, limit: float) -> Reach:
    """Return what can be reached over `edges` within `limit` metres of the nearest of `spots`, whose gaps count."""
    from scipy.sparse.csgraph import dijkstra  # weighs 30 MB, and most visitors ask for no walk

    ends = np.concatenate([edges.source, edges.target, spots.source, spots.target])
    nodes, numbers = np.unique(ends, return_inverse=True)
    count, many = len(edges), len(spots)
    source, target = numbers[:count], numbers[count : 2 * count]
    first, last = numbers[2 * count : 2 * count + many], numbers[2 * count + many :]
    # one more node stands for all the spots: its edges lead to the ends of the edges that they are on
    hub = np.full(many, len(nodes))
    tails = np.concatenate([source, hub, hub])
    heads = np.concatenate([target, first, last])
    weights = np.concatenate([edges.metres, spots.gap + spots.share * spots.metres, spots.gap + (1 - spots.share) * spots.metres])
    costs = dijkstra(_matrix(tails, heads, weights, len(nodes) + 1), directed=False, indices=len(nodes), limit=limit)
    return Reach(spots, limit, edges, nodes, costs[:-1])


def _matrix(tails: np.ndarray, heads: np.ndarray, weights: np.ndarray, size: int) -> Any:
    """Return the graph; of several edges between the same places the shortest counts (a sparse matrix would add them up)."""
    from scipy.sparse import csr_matrix

    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    order = np.lexsort((weights, high, low))
    low, high, weights = low[order], high[order], weights[order]
    kept = np.ones(len(low), dtype=bool)
    kept[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    # an edge of no length would be none to SciPy
    return csr_matrix((np.maximum(weights[kept], 1e-6), (low[kept], high[kept])), shape=(size, size))
