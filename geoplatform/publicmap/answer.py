"""Run the public map's query: counts and bounds for the summary, one page for the list, the feature ids for the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import conditions, opening, ordering
from geoplatform.publicmap.areas import Area
from geoplatform.publicmap.conditions import Condition, Conditions, category_codes
from geoplatform.publicmap.profiles import ranking
from geoplatform.publicmap.query import PAGE_SIZE, Query

Bounds = tuple[float, float, float, float]


class PageMissing(Exception):
    """The list has fewer pages than the address asks for; `last` is the number of the last one."""

    def __init__(self, last: int):
        self.last = last
        super().__init__(f"the last page is {last}")


@dataclass(frozen=True)
class LayerAnswer:
    """How one layer answers the query.

    count, demo: matching features, and how many of them are demonstration data.
    bounds: west, south, east, north of the matching features in degrees (WGS 84), None when there are none to draw.
    """

    layer: PublishedLayer
    count: int
    demo: int
    bounds: Bounds | None


@dataclass(frozen=True)
class Item:
    """One feature as the list shows it.

    categories: codes. point: a point on it, in degrees. metres, bearing: from the query's origin to the feature's nearest part,
    degrees from north; None without an origin or a geometry. hours: the source's; serves: it is not told to be shut.
    walked: metres on foot, where the query asks for them.
    """

    layer: PublishedLayer
    id: str
    name: str | None
    name_en: str | None
    address: str | None
    settlement: str | None
    categories: tuple[str, ...]
    is_demo: bool
    point: tuple[float, float] | None
    metres: float | None = None
    bearing: float | None = None
    hours: str | None = None
    serves: bool = True
    walked: float | None = None


@dataclass(frozen=True)
class Answer:
    """The query's answer: per layer, and one page of the list in the query's order.

    conditions: what the query means in the data; everything else that is told of the answer is asked with them.
    """

    conditions: Conditions
    layers: tuple[LayerAnswer, ...]
    items: tuple[Item, ...]

    @property
    def query(self) -> Query:
        """What was asked."""
        return self.conditions.query

    @property
    def area(self) -> Area | None:
        """The area that was asked for."""
        return self.conditions.area

    @property
    def total(self) -> int:
        """Matching features over all layers."""
        return sum(layer.count for layer in self.layers)

    @property
    def demo(self) -> int:
        """Matching features that are demonstration data."""
        return sum(layer.demo for layer in self.layers)

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def bounds(self) -> Bounds | None:
        """Bounds of everything that matches, in degrees, or None."""
        boxes = [layer.bounds for layer in self.layers if layer.bounds]
        if not boxes:
            return None
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def run(conn: Connection, query: Query, available: Sequence[PublishedLayer]) -> Answer:
    """Answer `query` with the published views. `conn` belongs to the public role.

    Raises PageMissing when the page asked for does not exist, conditions.AreaMissing when the area does not.
    """
    asked = conditions.resolve(conn, query, tuple(available))
    answers = _counted(asked, [layer for layer in available if layer.id in query.layers])
    pages = Answer(asked, tuple(answers), ()).pages
    if query.page > pages:
        raise PageMissing(pages)
    skip = (query.page - 1) * PAGE_SIZE
    items = _by_name(asked, answers, skip) if query.order == "name" else ranked(asked, answers, skip, PAGE_SIZE)
    return Answer(asked, tuple(answers), tuple(items))


def feature_ids(
    conn: Connection, query: Query, available: Sequence[PublishedLayer], asked: Conditions | None = None
) -> dict[str, list[int]]:
    """Return, for each chosen layer that the query narrows, the `fid`s of its matching features: what the map draws.

    Layers that are shown whole are left out; so the answer is empty when nothing but the choice of layers is asked.
    asked: the query's conditions where they are known. Raises conditions.AreaMissing.
    """
    if not query.filtered:
        return {}
    asked = asked or conditions.resolve(conn, query, tuple(available))
    found: dict[str, list[int]] = {}
    for layer in available:
        if layer.id not in query.layers or not layer.feature_count or layer.definition.geometry == "none":
            continue
        where, values = asked.of(layer)
        statement = sql.SQL("select coalesce(array_agg(fid order by fid), '{{}}') from {} where {}").format(layer.view, where)
        found[layer.id] = conn.execute(statement, values).fetchone()[0]  # type: ignore[index]
    return found


def feature(conn: Connection, layer: PublishedLayer, feature_id: str) -> dict[str, Any] | None:
    """Return all visible columns of one feature, with `lon` and `lat` of a point on it and its `bounds`, in degrees.

    None when there is no such feature.
    """
    columns = [sql.SQL("id"), sql.SQL("is_demo"), sql.SQL("valid_from")]
    columns += [sql.Identifier(attribute.name) for attribute in layer.definition.attributes]
    if layer.definition.geometry != "none":
        columns += [
            sql.SQL("ST_X(ST_PointOnSurface(geom)) as lon"),
            sql.SQL("ST_Y(ST_PointOnSurface(geom)) as lat"),
            sql.SQL("array[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] as bounds"),
        ]
    statement = sql.SQL("select {} from {} where id = %s").format(sql.SQL(", ").join(columns), layer.view)
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, [feature_id]).fetchone()


def ranked(
    asked: Conditions, answers: Sequence[LayerAnswer], skip: int, limit: int, order: str = "", *, doubtful: bool = False
) -> list[Item]:
    """Return features of all layers together, the first by `order` (of `RANKS`; the query's own if not given) first.

    What has no rank, like a feature without a geometry, comes last; equals come by layer and id.
    doubtful: instead of those that match, those of which nobody can tell (`Conditions.unknown`).
    """
    rank = RANKS[order or asked.query.order]
    parts, values = [], []
    for number, found in enumerate(answers):
        if not (found.layer.feature_count if doubtful else found.count):
            continue
        where, arguments = asked.unknown(found.layer) if doubtful else asked.of(found.layer)
        on_foot = asked.walks if asked.walks and asked.walks.reach and rank is _distance else None
        by, own = on_foot.rank(found.layer) if on_foot else rank(asked, found.layer)
        statement = "(select {n} as n, fid, id, {by} as rank from {view} where {where} order by rank nulls last, id limit %s)"
        parts.append(sql.SQL(statement).format(n=number, by=by, view=found.layer.view, where=where))
        values += [*own, *arguments, skip + limit]
    if not parts:
        return []
    statement = sql.SQL("select n, fid from ({}) as merged order by rank nulls last, n, id limit %s offset %s").format(
        sql.SQL(" union all ").join(parts)
    )
    wanted = asked.conn.execute(statement, [*values, limit, skip]).fetchall()
    items: dict[tuple[int, int], Item] = {}
    for number in {number for number, _fid in wanted}:
        fids = [fid for of, fid in wanted if of == number]
        condition: Condition = (sql.SQL("fid = any(%s::bigint[])"), [fids])
        rows = _rows(asked, answers[number].layer, condition, sql.SQL("fid"), 0, len(fids))
        items |= {(number, fid): item for fid, item in rows}
    return [items[number, fid] for number, fid in wanted]


def _distance(asked: Conditions, layer: PublishedLayer) -> Condition:
    if asked.query.near is None or layer.definition.geometry == "none":
        return sql.SQL("null::float8"), []
    return sql.SQL("geom_3857 <-> {}").format(conditions.mercator(asked.query.near)), []


#: For each order but `name`: what a feature is ranked by, the least first, as SQL with its values.
RANKS: dict[str, Callable[[Conditions, PublishedLayer], Condition]] = {"distance": _distance, "fit": ranking.by_fit}


def one(asked: Conditions, layer: PublishedLayer, feature_id: str) -> Item | None:
    """Return one feature as the list shows it, whatever else `asked` asks of features; None when there is no such feature."""
    rows = _rows(asked, layer, (sql.SQL("id = %s"), [feature_id]), sql.SQL("fid"), 0, 1)
    return rows[0][1] if rows else None


def _counted(asked: Conditions, chosen: list[PublishedLayer]) -> list[LayerAnswer]:
    """Count each layer; a layer shown whole is known already, and an empty one needs no question."""
    if not asked.query.filtered:
        return [LayerAnswer(layer, layer.feature_count, layer.demo_count, layer.bbox) for layer in chosen]
    parts, values = [], []
    for layer in chosen:
        if not layer.feature_count:
            continue
        where, arguments = asked.of(layer)
        extent = sql.SQL("null::box2d") if layer.definition.geometry == "none" else sql.SQL("ST_Extent(geom)::box2d")
        parts.append(
            sql.SQL(
                "select {}::text as layer, count(*) as count, count(*) filter (where is_demo) as demo, {} as box from {} where {}"
            ).format(sql.Literal(layer.id), extent, layer.view, where)
        )
        values += arguments
    counts: dict[str, tuple[Any, ...]] = {}
    if parts:
        statement = sql.SQL(
            "select layer, count, demo, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) from ({}) as counted"
        ).format(sql.SQL(" union all ").join(parts))
        counts = {row[0]: row[1:] for row in asked.conn.execute(statement, values)}
    answers = []
    for layer in chosen:
        count, demo, *box = counts.get(layer.id, (0, 0, None))
        answers.append(LayerAnswer(layer, count, demo, tuple(box) if box[0] is not None else None))  # type: ignore[arg-type]
    return answers


def _by_name(asked: Conditions, answers: list[LayerAnswer], skip: int) -> list[Item]:
    """Return a page of the list layer by layer, each by name; a feature without a name comes last."""
    items: list[Item] = []
    for found in answers:
        if skip >= found.count:
            skip -= found.count
            continue
        if len(items) == PAGE_SIZE:
            break
        name = found.layer.definition.with_role(Role.name)
        order = ordering.by_name(sql.Identifier(name.name if name else "id"))
        rows = _rows(asked, found.layer, asked.of(found.layer), order, skip, PAGE_SIZE - len(items))
        items += [item for _fid, item in rows]
        skip = 0
    return items


def _rows(
    asked: Conditions, layer: PublishedLayer, condition: Condition, order: sql.Composable, skip: int, limit: int
) -> list[tuple[int, Item]]:
    """Return the features of one layer that fulfil `condition`, in `order`, each with its fid."""
    columns = [sql.SQL("fid"), sql.SQL("id"), sql.SQL("is_demo")]
    for role in (Role.name, Role.name_en, Role.address, Role.settlement, Role.opening_hours):
        attribute = layer.definition.with_role(role)
        column = sql.SQL("{}::text").format(sql.Identifier(attribute.name)) if attribute else sql.SQL("null::text")
        columns.append(sql.SQL("{} as {}").format(column, sql.Identifier(f"the_{role}")))
    columns.append(sql.SQL("{} as the_categories").format(category_codes(layer)))
    columns += _place(asked.query, layer)
    serves, told = opening.serving(layer, asked.moment, asked.states)
    columns.append(sql.SQL("({}) as serves").format(serves))
    where, values = condition
    # Sort first, then compute: points on surfaces and distances are needed for one page only.
    statement = sql.SQL("select {} from (select * from {} where {} order by {}, id limit %s offset %s) as page order by {}, id")
    statement = statement.format(sql.SQL(", ").join(columns), layer.view, where, order, order)
    with asked.conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, [*told, *values, limit, skip]).fetchall()
    return [
        (
            row["fid"],
            Item(
                layer=layer,
                id=row["id"],
                name=row["the_name"],
                name_en=row["the_name_en"],
                address=row["the_address"],
                settlement=row["the_settlement"],
                categories=tuple(code for code in row["the_categories"] or () if code),
                is_demo=row["is_demo"],
                point=(row["lon"], row["lat"]) if row["lon"] is not None else None,
                metres=row["metres"],
                bearing=row["bearing"],
                hours=row["the_opening_hours"],
                serves=row["serves"],
                walked=asked.walks.to(layer, row["fid"]) if asked.walks else None,
            ),
        )
        for row in rows
    ]


def _place(query: Query, layer: PublishedLayer) -> list[sql.Composable]:
    """Return the columns lon, lat, metres and bearing."""
    if layer.definition.geometry == "none":
        return [sql.SQL("null as lon, null as lat, null as metres, null as bearing")]
    columns: list[sql.Composable] = [sql.SQL("ST_X(ST_PointOnSurface(geom)) as lon, ST_Y(ST_PointOnSurface(geom)) as lat")]
    if query.near is None:
        return [*columns, sql.SQL("null as metres, null as bearing")]
    return [
        *columns,
        sql.SQL(
            "ST_Distance(geom::geography, {0}::geography) as metres,"
            " degrees(ST_Azimuth({0}::geography, ST_ClosestPoint(geom, {0})::geography)) as bearing"
        ).format(conditions.degrees(query.near)),
    ]
