"""What a feature must fulfil to match the public map's query, as SQL: the one place that map, list and summary take it from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection, sql

from geoplatform.facilities import entrances, statements
from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import accessibility, areas, current, hours, onfoot, opening
from geoplatform.publicmap.areas import Area
from geoplatform.publicmap.onfoot import Walks
from geoplatform.publicmap.parameters import APOSTROPHE, APOSTROPHES, Moment, Origin, normalise
from geoplatform.publicmap.query import Query

#: Roles whose text the words of a search are looked for in.
SEARCHED_ROLES = (Role.name, Role.name_en, Role.address, Role.settlement, Role.operator, Role.code)
#: Metres in a degree of latitude, a little too few: a box made with it is never too small.
_DEGREE = 110_500

Condition = tuple[sql.Composable, list[Any]]


class AreaMissing(Exception):
    """The area that the query names is not in the data."""


@dataclass(frozen=True)
class Conditions:
    """The query with what it refers to in the data. conn: of the public role.

    states: the layer of what staff said of facilities' states, None where it is not published. walks: how far places are on
    foot, None unless the query asks for it. entrances: the layer of shelters' entrances, None where it tells nothing.
    """

    conn: Connection
    query: Query
    area: Area | None
    states: PublishedLayer | None = None
    walks: Walks | None = None
    entrances: PublishedLayer | None = None

    @property
    def moment(self) -> Moment:
        """When the reader wants places to be open, or now; of the past, the moment that is looked at."""
        if self.query.open:
            return self.query.open
        now = datetime.now(UTC)
        at = self.query.asof.clock(now) if self.query.asof else now
        return Moment(at.astimezone(hours.KYIV).replace(second=0, microsecond=0), now=True)

    def without(self, *names: str) -> Conditions:
        """Return the same conditions but for those on `names`, fields of the query."""
        empty: dict[str, Any] = {"open": None, "accessible": ()}
        return replace(self, query=replace(self.query, **{name: empty[name] for name in names}))

    def of(self, layer: PublishedLayer) -> Condition:
        """Return what a feature of `layer` must fulfil, and the values for it."""
        query, parts = self.query, []
        if query.categories:
            codes = current.with_narrower(query.categories, current.categories(layer))
            if not codes:
                return sql.SQL("false"), []
            parts.append((sql.SQL("{} && %s::text[]").format(category_codes(layer)), [sorted(codes)]))
        parts += [_has_word(word, layer) for word in query.words]
        if query.accessible:
            found = accessibility.present(layer)
            if found is None:
                return sql.SQL("false"), []
            parts.append((sql.SQL("{} @> %s::text[]").format(found), [list(query.accessible)]))
        if query.open:
            parts.append(opening.condition(self.conn, layer, query.open, self.states))
        if (self.area or query.bbox or query.within) and layer.definition.geometry == "none":
            return sql.SQL("false"), []
        if self.area:
            parts.append((sql.SQL("ST_Intersects(geom, ST_GeomFromWKB(%s, 4326))"), [self.area.surface]))
        if query.bbox:
            parts.append((sql.SQL("ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, 4326))"), [*query.bbox]))
        if self.walks and self.walks.reach:
            parts.append(self.walks.condition(layer))
        elif query.within and query.near:
            parts.append(_within(query.near, query.within))
        return _all(parts)

    def unknown(self, layer: PublishedLayer) -> Condition:
        """Return what a feature fulfils of which nobody can tell whether it matches: all that is known of it does.

        Its hours are not known, or a feature of accessibility was neither found nor found missing.
        """
        parts = [self.without("open", "accessible").of(layer)]
        doubts = []
        if self.query.accessible:
            has, lacks = accessibility.present(layer), accessibility.missing(layer)
            wanted = list(self.query.accessible)
            if lacks is not None:
                parts.append((sql.SQL("not {} && %s::text[]").format(lacks), [wanted]))
            doubts.append((sql.SQL("true"), []) if has is None else (sql.SQL("not {} @> %s::text[]").format(has), [wanted]))
        if self.query.open:
            asked = (self.conn, layer, self.query.open, self.states)
            open_now, nobody_knows = opening.condition(*asked), opening.unknown(*asked)
            parts.append(_any([open_now, nobody_knows]))
            doubts.append(nobody_knows)
        return _all([*parts, _any(doubts)])


def resolve(conn: Connection, query: Query, available: list[PublishedLayer] | tuple[PublishedLayer, ...]) -> Conditions:
    """Look up what `query` refers to. Raises AreaMissing when its area is not in the data."""
    area = None
    if query.area:
        layer = next((layer for layer in available if layer.id == query.area[0]), None)
        area = areas.resolve(conn, layer, query.area[1]) if layer and areas.usable(layer) else None
        if area is None:
            raise AreaMissing
    asked = Conditions(conn, query, area, statements.layer_of(available), entrances=entrances.telling(available))
    if query.walk and query.near and query.within:
        chosen = [layer for layer in available if layer.id in query.layers]
        return replace(asked, walks=onfoot.walks(asked, chosen))
    return asked


def category_codes(layer: PublishedLayer) -> sql.Composable:
    """Return the feature's categories as an array of text."""
    attribute = layer.definition.with_role(Role.category)
    if attribute is None:
        return sql.SQL("null::text[]")
    column = sql.Identifier(attribute.name)
    return column if attribute.multiple else sql.SQL("array[{}::text]").format(column)


def mercator(origin: Origin) -> sql.Composed:
    """Return the origin in EPSG:3857: by planar distance there, which an index knows, features are ordered."""
    return sql.SQL("ST_Transform(ST_SetSRID(ST_MakePoint({}, {}), 4326), 3857)").format(origin.lon, origin.lat)


def degrees(origin: Origin) -> sql.Composed:
    """Return the origin in degrees."""
    return sql.SQL("ST_SetSRID(ST_MakePoint({}, {}), 4326)").format(origin.lon, origin.lat)


def _within(origin: Origin, metres: int) -> Condition:
    """A box that the index knows, then the true distance on the ellipsoid."""
    high = metres / _DEGREE
    wide = min(180.0, high / max(0.001, math.cos(math.radians(min(89.9, abs(origin.lat) + high)))))
    statement = sql.SQL("geom && ST_Expand({0}, %s, %s) and ST_DWithin(geom::geography, {0}::geography, %s)")
    return statement.format(degrees(origin)), [wide, high, metres]


def _has_word(word: str, layer: PublishedLayer) -> Condition:
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
        alternatives.append(sql.SQL("{} && %s::text[]").format(category_codes(layer)))
        values.append(codes)
    if not alternatives:
        return sql.SQL("false"), []
    return sql.SQL("({})").format(sql.SQL(" or ").join(alternatives)), values


def _all(parts: list[Condition]) -> Condition:
    return _joined(parts, " and ", "true")


def _any(parts: list[Condition]) -> Condition:
    return _joined(parts, " or ", "false")


def _joined(parts: list[Condition], word: str, empty: str) -> Condition:
    if not parts:
        return sql.SQL(empty), []
    clauses = [sql.SQL("({})").format(clause) for clause, _values in parts]
    return sql.SQL(word).join(clauses), [value for _clause, values in parts for value in values]


def _contains(text: str, word: str) -> bool:
    return word.lower() in normalise(text).lower()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
