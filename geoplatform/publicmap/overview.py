"""What is told of an answer as a whole, asked with the same conditions as its list and its map: kinds, districts, the nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import answer, relations
from geoplatform.publicmap.answer import Answer, Item
from geoplatform.publicmap.conditions import Conditions, category_codes
from geoplatform.publicmap.relations import Named, Relation, Spot

#: Larger answers are told by layers only: to place each of their features in a district would take longer than a reader waits.
MAX_DESCRIBED = 5_000
#: Places told after the nearest.
NEXT = 2


@dataclass(frozen=True)
class Kind:
    """How many of the found features are of one kind: a category of a layer, or None for those of the layer without one."""

    layer: PublishedLayer
    code: str | None
    count: int


@dataclass(frozen=True)
class Overview:
    """The answer in figures and names.

    kinds: the most frequent first; their counts sum to the answer's total. districts: likewise; outside: those in no district.
    nearest, nearest_open: nearest to the origin, of all and of those open (then) for certain; None without one.
    next: those that follow the nearest when nothing but distance orders them. nearest_unknown: the nearest of `unknown`.
    beside: what the nearest one, or the only one, lies in and beside.
    unknown: features that may match too, but what would tell is not known.
    """

    kinds: tuple[Kind, ...]
    districts: tuple[tuple[Named, int], ...]
    outside: int
    nearest: Item | None
    nearest_open: Item | None
    relation: Relation
    unknown: int
    next: tuple[Item, ...] = ()
    nearest_unknown: Item | None = None


def of(found: Answer, available: Sequence[PublishedLayer]) -> Overview:
    """Return the overview of `found`."""
    kinds, districts, outside = _counted(found, available)
    after = _by_distance(found, found.conditions, NEXT + 1)
    nearest = after[0] if after else None
    nearest_open = None
    if nearest and not found.query.open:
        asked = replace(found.conditions, query=replace(found.query, open=found.conditions.moment))
        nearest_open = next(iter(_by_distance(found, asked, 1)), None)
    only = nearest or (found.items[0] if found.total == 1 and found.items else None)
    relation = Relation()
    if only and only.point:
        spot = Spot(only.layer.id, only.id, *only.point, only.is_demo)
        relation = relations.of(found.conditions.conn, [spot], available)[0]
    unknown = _unknown(found)
    doubtful = next(iter(_by_distance(found, found.conditions, 1, doubtful=True)), None) if unknown else None
    return Overview(kinds, districts, outside, nearest, nearest_open, relation, unknown, tuple(after[1:]), doubtful)


def _counted(found: Answer, available: Sequence[PublishedLayer]) -> tuple[tuple[Kind, ...], tuple[tuple[Named, int], ...], int]:
    counted = [layer for layer in found.layers if layer.count]
    if not counted:
        return (), (), 0
    if found.total > MAX_DESCRIBED:
        kinds = [Kind(layer.layer, None, layer.count) for layer in counted]
        return tuple(sorted(kinds, key=lambda kind: -kind.count)), (), 0
    parts, values = [], []
    for number, layer in enumerate(counted):
        where, arguments = found.conditions.of(layer.layer)
        point = sql.SQL("null::geometry" if layer.layer.definition.geometry == "none" else "ST_PointOnSurface(geom)")
        parts.append(
            sql.SQL("select {} as number, ({})[1] as code, is_demo, {} as point from {} where {}").format(
                number, category_codes(layer.layer), point, layer.layer.view, where
            )
        )
        values += arguments
    areas = [
        sql.SQL("select {} as layer, id, {}, is_demo, geom from {}").format(layer.id, relations.name_columns(layer), layer.view)
        for layer in relations.districts(available)
    ]
    nothing = sql.SQL("select '' as layer, '' as id, '' as name, null::text as name_en, false as is_demo, null::geometry as geom")
    statement = sql.SQL(
        "with matched as ({matched}), district as materialized ({areas})"
        " select number, code, area.layer, area.id, area.name, area.name_en, count(*) from matched left join lateral"
        " (select * from district where ST_Covers(district.geom, matched.point) and (matched.is_demo or not district.is_demo)"
        "   and district.name is not null order by district.layer, district.id limit 1) as area on true"
        " group by 1, 2, 3, 4, 5, 6"
    ).format(matched=sql.SQL(" union all ").join(parts), areas=sql.SQL(" union all ").join(areas or [nothing]))
    kinds: Counter[tuple[int, str | None]] = Counter()
    districts: Counter[Named | None] = Counter()
    for number, code, area, area_id, name, name_en, count in found.conditions.conn.execute(statement, values):
        kinds[number, code] += count
        districts[Named(area, area_id, name, name_en) if area else None] += count
    outside = districts.pop(None, 0)
    return (
        tuple(Kind(counted[number].layer, code, count) for (number, code), count in _most(kinds)),
        tuple(_most(districts)),
        outside,
    )


def _most(counter: Counter) -> list[tuple[Any, int]]:
    """Return the counts, the greatest first, equals in a fixed order."""
    return sorted(counter.items(), key=lambda pair: (-pair[1], str(pair[0])))


def _by_distance(found: Answer, asked: Conditions, limit: int, *, doubtful: bool = False) -> list[Item]:
    """Return what is nearest to the origin; nothing without one. doubtful: of what may match, see `answer.ranked`."""
    if found.query.near is None or not (found.total or doubtful):
        return []
    items = answer.ranked(asked, found.layers, 0, limit, "distance", doubtful=doubtful)
    return [item for item in items if item.metres is not None]


def _unknown(found: Answer) -> int:
    """Return how many features may match besides: what would tell is not known of them."""
    if not (found.query.open or found.query.accessible):
        return 0
    parts, values = [], []
    for layer in found.layers:
        if layer.layer.feature_count:
            where, arguments = found.conditions.unknown(layer.layer)
            parts.append(sql.SQL("select count(*) as count from {} where {}").format(layer.layer.view, where))
            values += arguments
    if not parts:
        return 0
    statement = sql.SQL("select sum(count)::bigint from ({}) as counted").format(sql.SQL(" union all ").join(parts))
    return found.conditions.conn.execute(statement, values).fetchone()[0]  # type: ignore[index]
