"""What happened lately to the places that a query asks for: events, the newest first, many of one kind at once told as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg import sql

from geoplatform.changes.difference import KINDS, Change, Kind, Pair, compared, details
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap.conditions import Conditions

#: So many changes of one kind in one synchronisation are told one by one; more are told as a number.
ONE_BY_ONE = 20
_JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True)
class Event:
    """What one synchronisation or edit did to places of a layer. changes: the places, none when there are too many of them."""

    layer: PublishedLayer
    at: datetime
    kind: Kind
    count: int
    changes: tuple[Change, ...]


def find(asked: Conditions, layers: Sequence[PublishedLayer], since: datetime, limit: int) -> list[Event]:
    """Return what happened after `since` (aware), at most `limit` events, to places that fulfil `asked` before or after."""
    asked = replace(asked, query=replace(asked.query, open=None))
    found = [layer for layer in layers if layer.has_states]
    parts, values = [], []
    for number, layer in enumerate(found):
        where, given = asked.of(layer)
        begun, ended = (
            sql.SQL('select *, ({}) as "is.hit" from {} where {} > %s').format(where, layer.states_view, sql.Identifier(column))
            for column in ("valid_from", "valid_to")
        )
        parts.append(
            sql.SQL(
                "select {n} as n, coalesce(l.valid_from, e.valid_to) as at, coalesce(e.id, l.id) as id,"
                " case when e.id is null then 0 when l.id is null then 2 else 1 end as kind"
                " from ({begun}) as l full join ({ended}) as e on l.id = e.id and l.valid_from = e.valid_to"
                ' where (e."is.hit" or l."is.hit") and (e.id is null or l.id is null or {differs})'
            ).format(n=number, begun=begun, ended=ended, differs=compared(Pair(layer)))
        )
        values += [*given, since, *given, since]
    if not parts:
        return []
    statement = sql.SQL(
        "select n, at, kind, count(*), (array_agg(id order by id))[1:{most}] from ({parts}) as event"
        " group by n, at, kind order by at desc, n, kind limit %s"
    ).format(most=sql.Literal(ONE_BY_ONE), parts=sql.SQL(" union all ").join(parts))
    rows = asked.conn.execute(statement, [*values, limit]).fetchall()
    return [_event(asked, found[n], at, KINDS[kind], count, ids) for n, at, kind, count, ids in rows]


def _event(asked: Conditions, layer: PublishedLayer, at: datetime, kind: Kind, count: int, ids: list[str]) -> Event:
    changes: list[Change] = []
    if count <= ONE_BY_ONE:
        pair = Pair(layer, since=at - _JUST_BEFORE, until=at)
        changes = details(asked, pair, dict.fromkeys(ids, kind))
    return Event(layer, at, kind, count, tuple(changes))
