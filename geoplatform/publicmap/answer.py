"""Run the public map's query: counts and bounds for the summary, one page for the list, the feature ids for the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current, ordering
from geoplatform.publicmap.query import APOSTROPHE, APOSTROPHES, PAGE_SIZE, Query, normalise

Bounds = tuple[float, float, float, float]

#: Roles whose text the words of a search are looked for in.
SEARCHED_ROLES = (Role.name, Role.name_en, Role.address, Role.settlement, Role.operator, Role.code)


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
    """One feature as the list shows it; `categories` are codes."""

    layer: PublishedLayer
    id: str
    name: str | None
    name_en: str | None
    address: str | None
    settlement: str | None
    categories: tuple[str, ...]
    is_demo: bool
    point: tuple[float, float] | None


@dataclass(frozen=True)
class Answer:
    """The query's answer: per layer, and one page of the list in the order of layers, then names."""

    query: Query
    layers: tuple[LayerAnswer, ...]
    items: tuple[Item, ...]

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

    Raises PageMissing when the page asked for does not exist.
    """
    chosen = [layer for layer in available if layer.id in query.layers]
    answers = _counted(conn, query, chosen)
    pages = Answer(query, tuple(answers), ()).pages
    if query.page > pages:
        raise PageMissing(pages)
    items: list[Item] = []
    skip, wanted = (query.page - 1) * PAGE_SIZE, PAGE_SIZE
    for found in answers:
        if skip >= found.count:
            skip -= found.count
            continue
        if wanted == 0:
            break
        rows = _rows(conn, query, found.layer, skip, wanted)
        items += rows
        wanted -= len(rows)
        skip = 0
    return Answer(query, tuple(answers), tuple(items))


def feature_ids(conn: Connection, query: Query, available: Sequence[PublishedLayer]) -> dict[str, list[int]]:
    """Return, for each chosen layer that the query narrows, the `fid`s of its matching features: what the map draws.

    Layers that are shown whole are left out; so the answer is empty when nothing but the choice of layers is asked.
    """
    if not query.filtered:
        return {}
    found: dict[str, list[int]] = {}
    for layer in available:
        if layer.id not in query.layers or not layer.feature_count or layer.definition.geometry == "none":
            continue
        where, values = _condition(query, layer)
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


def _counted(conn: Connection, query: Query, chosen: list[PublishedLayer]) -> list[LayerAnswer]:
    """Count each layer; a layer shown whole is known already, and an empty one needs no question."""
    if not query.filtered:
        return [LayerAnswer(layer, layer.feature_count, layer.demo_count, layer.bbox) for layer in chosen]
    parts, values = [], []
    for layer in chosen:
        if not layer.feature_count:
            continue
        where, arguments = _condition(query, layer)
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
        counts = {row[0]: row[1:] for row in conn.execute(statement, values)}
    answers = []
    for layer in chosen:
        count, demo, *box = counts.get(layer.id, (0, 0, None))
        answers.append(LayerAnswer(layer, count, demo, tuple(box) if box[0] is not None else None))  # type: ignore[arg-type]
    return answers


def _rows(conn: Connection, query: Query, layer: PublishedLayer, skip: int, limit: int) -> list[Item]:
    """Return the features of one layer by name; a feature without a name comes last."""
    named = {role: layer.definition.with_role(role) for role in (Role.name, Role.name_en, Role.address, Role.settlement)}
    columns = [sql.SQL("id"), sql.SQL("is_demo")]
    for role, attribute in named.items():
        column = sql.SQL("{}::text").format(sql.Identifier(attribute.name)) if attribute else sql.SQL("null::text")
        columns.append(sql.SQL("{} as {}").format(column, sql.Identifier(f"the_{role}")))
    columns.append(sql.SQL("{} as the_categories").format(_category_codes(layer)))
    if layer.definition.geometry == "none":
        columns.append(sql.SQL("null as lon, null as lat"))
    else:
        columns.append(sql.SQL("ST_X(ST_PointOnSurface(geom)) as lon, ST_Y(ST_PointOnSurface(geom)) as lat"))
    where, values = _condition(query, layer)
    # Sort first, then compute: points on surfaces are needed for one page only.
    statement = sql.SQL("select {} from (select * from {} where {} order by {}, id limit %s offset %s) as page order by {}, id")
    order = ordering.by_name(sql.Identifier(named[Role.name].name if named[Role.name] else "id"))
    statement = statement.format(sql.SQL(", ").join(columns), layer.view, where, order, order)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, [*values, limit, skip]).fetchall()
    return [
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
        )
        for row in rows
    ]


def _category_codes(layer: PublishedLayer) -> sql.Composable:
    """Return the feature's categories as an array of text."""
    attribute = layer.definition.with_role(Role.category)
    if attribute is None:
        return sql.SQL("null::text[]")
    column = sql.Identifier(attribute.name)
    return column if attribute.multiple else sql.SQL("array[{}::text]").format(column)


def _condition(query: Query, layer: PublishedLayer) -> tuple[sql.Composable, list[Any]]:
    """Return what a feature of `layer` must fulfil to match, and the values for it."""
    parts: list[sql.Composable] = []
    values: list[Any] = []
    if query.categories:
        codes = current.with_narrower(query.categories, current.categories(layer))
        if not codes:
            return sql.SQL("false"), []
        parts.append(sql.SQL("{} && %s::text[]").format(_category_codes(layer)))
        values.append(sorted(codes))
    for word in query.words:
        condition, arguments = _has_word(word, layer)
        parts.append(condition)
        values += arguments
    return (sql.SQL(" and ").join(parts) if parts else sql.SQL("true")), values


def _has_word(word: str, layer: PublishedLayer) -> tuple[sql.Composable, list[Any]]:
    """Return the condition that `word` occurs in a feature's texts, in its category's title, or in the layer's own title."""
    titles = (layer.definition.title.uk, layer.definition.title.en)
    if any(_contains(title, word) for title in titles):
        return sql.SQL("true"), []
    alternatives: list[sql.Composable] = []
    values: list[Any] = []
    for role in SEARCHED_ROLES:
        attribute = layer.definition.with_role(role)
        if attribute is None or attribute.type == "json":
            continue
        column = sql.Identifier(attribute.name)
        text = sql.SQL("array_to_string({}, ' ')").format(column) if attribute.multiple else sql.SQL("{}::text").format(column)
        alternatives.append(sql.SQL('lower(translate({}, %s, %s) collate "uk-x-icu") like %s').format(text))
        values += [APOSTROPHES, APOSTROPHE * len(APOSTROPHES), f"%{_escaped(word.lower())}%"]
    codes = [
        code
        for code, term in current.categories(layer).items()
        if _contains(term.title.uk, word) or _contains(term.title.en, word)
    ]
    if codes:
        alternatives.append(sql.SQL("{} && %s::text[]").format(_category_codes(layer)))
        values.append(codes)
    if not alternatives:
        return sql.SQL("false"), []
    return sql.SQL("({})").format(sql.SQL(" or ").join(alternatives)), values


def _contains(text: str, word: str) -> bool:
    return word.lower() in normalise(text).lower()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
