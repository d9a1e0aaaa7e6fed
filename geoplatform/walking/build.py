"""The graph follows the layer that it is made of: lines cut where they meet, those left out that nobody may walk.

A build is one transaction under an advisory lock, so a killed one leaves the old graph, and twice the same gives the same.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import psycopg
from psycopg import Connection, sql

from geoplatform import config as configuration
from geoplatform.layers import described
from geoplatform.layers.walking import Network, Walking

logger = logging.getLogger(__name__)

_LOCK = 0x67707761  # "gpwa"
#: Raise it when the same layer and rules shall give another graph.
_FORM = 1


@dataclass(frozen=True)
class Built:
    """The network that is in the database. demo: some of its ways are demonstration data. behind: the layer is another by now."""

    layer: str
    version: int
    edges: int
    demo: bool
    behind: bool


@dataclass(frozen=True)
class _Wanted:
    layer: str
    version: int
    mark: str
    rules: str


def follow(walking: Walking | None = None) -> bool:
    """Bring the graph to what is published; return whether it was built anew. One query when nothing has changed.

    walking: the rules, those of the library if None. Raises psycopg.Error.
    """
    walking = walking or described.library().walking
    with psycopg.connect(configuration.load().dsn(), autocommit=True, application_name="geoplatform-walking") as conn:
        if _built(conn) == _wanted(conn, walking):
            return False
        if not conn.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()[0]:
            return False  # somebody else is at it
        with conn.transaction():
            conn.execute("set transaction isolation level repeatable read")
            wanted = _wanted(conn, walking)
            if _built(conn) == wanted:
                return False
            _build(conn, wanted, walking)
        conn.execute("analyze walking.edge")
        return True


def status(walking: Walking | None = None) -> Built | None:
    """Return the network that is there, None for none. Raises psycopg.Error."""
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as conn:
        row = conn.execute("select layer, version, edges, is_demo from walking.network").fetchone()
        return Built(*row, behind=_built(conn) != _wanted(conn, walking or described.library().walking)) if row else None


def _wanted(conn: Connection, walking: Walking) -> _Wanted | None:
    """Return what should be built; None where no layer is named, or everybody sees none or only a coarser one."""
    if walking.network is None:
        return None
    row = conn.execute(
        "select r.version, p.mark from registry.published p join registry.layer r on r.id = p.layer"
        " where p.layer = %s and p.level = 'public' and p.step_degrees is null and p.step_mercator is null",
        [walking.network.layer],
    ).fetchone()
    return _Wanted(walking.network.layer, *row, rules=_digest(walking)) if row else None


def _built(conn: Connection) -> _Wanted | None:
    row = conn.execute("select layer, version, mark, rules from walking.network").fetchone()
    return _Wanted(*row) if row else None


def _digest(walking: Walking) -> str:
    told = walking.model_dump_json(include={"network", "barred", "opened_by", "closed_by"})
    return hashlib.sha256(f"{_FORM} {told}".encode()).hexdigest()[:32]


def _build(conn: Connection, wanted: _Wanted | None, walking: Walking) -> None:
    conn.execute("delete from walking.network")
    # readers keep the old edges until the commit; `truncate` would make them wait
    conn.execute("delete from walking.edge")
    if wanted is None or walking.network is None:
        return
    statement, values = _lines(conn, walking.network, walking)
    edges = conn.execute(_EDGES.format(lines=statement), values).rowcount
    demo = sql.SQL("select exists (select from {} where is_demo)").format(sql.Identifier("pub_public", wanted.layer))
    conn.execute(
        "insert into walking.network (layer, version, mark, rules, edges, is_demo) values (%s, %s, %s, %s, %s, %s)",
        [wanted.layer, wanted.version, wanted.mark, wanted.rules, edges, conn.execute(demo).fetchone()[0]],
    )
    logger.info("walking: %s, version %s: %s edges", wanted.layer, wanted.version, edges)


def _lines(conn: Connection, network: Network, walking: Walking) -> tuple[sql.Composed, list[object]]:
    """Return SQL of the lines that may be walked (columns g, steps) as everybody sees them, and the values for it."""
    view = sql.Identifier("pub_public", network.layer)
    seen = {column.name for column in conn.execute(sql.SQL("select * from {} limit 0").format(view)).description or ()}

    def tag(name: str | None) -> sql.Composable:
        # what everybody may not see decides nothing
        return sql.SQL("lower({}::text)").format(sql.Identifier(name)) if name in seen else sql.SQL("null::text")

    statement = sql.SQL(
        "select (ST_Dump(geom)).geom as g, (class = 'steps' or wheelchair = 'no') as steps from"
        " (select geom, coalesce({highway}, '') as class, coalesce({foot}, '') as foot, coalesce({access}, '') as access,"
        "    coalesce({wheelchair}, '') as wheelchair from {view} where geom is not null) as way"
        " where foot = any(%s) or (class <> all(%s) and foot <> all(%s) and access <> all(%s))"
    ).format(
        highway=tag(network.highway),
        foot=tag(network.foot),
        access=tag(network.access),
        wheelchair=tag(network.wheelchair),
        view=view,
    )
    return statement, [walking.opened_by, walking.barred, walking.closed_by, walking.closed_by]


#: Ways join where they share a point, as OpenStreetMap has it: a bridge and what it leads over share none. A point is numbered
#: by its coordinates in steps of 1e-7 degrees (a centimetre), OpenStreetMap's own precision. Lines are cut where a number comes
#: twice.
_EDGES = sql.SQL(
    "insert into walking.edge (source, target, metres, steps, geom)"
    " with line as materialized (select row_number() over () as line, g, steps from ({lines}) as walkable),"
    " point as (select line, steps, dumped.path[1] as n, dumped.geom as p,"
    "     (round(ST_X(dumped.geom) * 1e7)::bigint << 32) | (round(ST_Y(dumped.geom) * 1e7)::bigint & 4294967295) as place"
    "   from line cross join lateral ST_DumpPoints(g) as dumped),"
    " step as (select line, steps, n, p, place, lead(p) over way as q, lead(place) over way as after,"
    "     count(*) over (partition by place) as uses from point window way as (partition by line order by n)),"
    " cut as (select *, count(*) filter (where uses > 1 or n = 1) over (partition by line order by n) as piece from step),"
    " piece as (select line, steps, piece,"
    "     (array_agg(place order by n))[1] as source, (array_agg(after order by n desc))[1] as target,"
    "     ST_SetSRID(ST_MakeLine(array_agg(p order by n) || (array_agg(q order by n desc))[1]), 4326) as g"
    "   from cut where q is not null and place <> after group by line, steps, piece)"
    " select source, target, ST_Length(g::geography), steps, ST_Transform(g, 3857) from piece where ST_Length(g::geography) > 0"
    " order by 5"  # neighbours on disk are neighbours on the map
)
