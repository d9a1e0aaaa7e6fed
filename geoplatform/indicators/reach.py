"""Who is within reach of a kind of facility and who is left out, worked out over published layers. No Django.

Reach is on foot along the streets in areas where a network of them is loaded, else in a straight line; a page must say which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import Connection, sql

from geoplatform.indicators import onfoot, store
from geoplatform.layers.definition import Level, Role
from geoplatform.layers.published import PublishedLayer

NEAREST, FURTHEST, USUAL = 100, 20_000, 1_000
#: Facilities and areas that one question may be about, and how long the database may work on it.
MOST_FACILITIES = 5_000
MOST_AREAS = 3_000
_TIMEOUT = "set local statement_timeout = '8s'"
#: Kinds of the gazetteer whose features people live in.
_LIVED_IN = ("settlement", "district", "hromada", "raion")


@dataclass(frozen=True)
class Reached:
    """One area. share: how much of it is within reach, 0 to 1 (a point is within or not); metres: from its point to the nearest.

    people: how many live there, None where that is not published. on_foot: share and metres are along streets, not straight.
    """

    id: str
    name: str
    name_en: str | None
    is_demo: bool
    share: float
    metres: float | None
    people: float | None
    on_foot: bool = False

    def in_language(self, language: str) -> str:
        """Return the area's name."""
        return (self.name_en or self.name) if language.startswith("en") else self.name

    @property
    def left_out(self) -> float | None:
        """How many residents are not within reach."""
        return None if self.people is None else self.people * (1 - self.share)


@dataclass(frozen=True)
class Reach:
    """The answer. people_from: title of the indicator that numbers of residents come from, None when they are an attribute's.

    local: only areas where the facilities' layer has data were asked about. astray: facilities that are on no way.
    streets_demo: the streets are demonstration data.
    """

    areas: list[Reached]
    facilities: int
    facilities_demo: int
    people_from: str | None
    people_year: int | None
    people_demo: bool
    local: bool
    astray: int = 0
    streets_demo: bool = False

    @property
    def straight(self) -> list[Reached]:
        """The areas whose distances are straight."""
        return [area for area in self.areas if not area.on_foot]

    @property
    def counted(self) -> list[Reached]:
        """The areas of which the number of residents is known."""
        return [area for area in self.areas if area.people is not None]

    @property
    def outside(self) -> list[Reached]:
        """The areas that are not wholly within reach, those with the most people left out first."""
        found = [area for area in self.areas if area.share < 0.9995]
        return sorted(found, key=lambda a: (-(a.left_out if a.left_out is not None else -1), -(a.metres or 0), a.name))


def facilities(available: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers whose reach may be asked for: exact points that are not places to live in."""
    return [
        layer for layer in available
        if layer.definition.geometry in ("point", "multipoint") and layer.definition.gazetteer is None
        and layer.definition.coarser is None and layer.feature_count
    ]  # fmt: skip


def places(available: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers of areas or settlements that people live in, the smallest first."""
    found = [
        layer for layer in available
        if layer.definition.gazetteer in _LIVED_IN and layer.definition.geometry in ("point", "polygon")
        and layer.definition.with_role(Role.name) and layer.definition.coarser is None and layer.feature_count
    ]  # fmt: skip
    return sorted(found, key=lambda layer: _LIVED_IN.index(layer.definition.gazetteer))


def people(
    conn: Connection, layer: PublishedLayer, indicators: Sequence[store.Shown]
) -> tuple[Mapping[str, float], str | None, int | None, bool]:
    """Return the residents by area, the indicator they come from, its year, and whether they are made up.

    An indicator of residents goes before an attribute called `population`; real figures before made-up ones.
    """
    of_layer = [i for i in indicators if i.indicator.areas == layer.id and i.indicator.population]
    if of_layer:
        best = min(of_layer, key=lambda i: (i.indicator.is_demo, -i.years[-1]))
        year = best.years[-1]
        return store.values(conn, Level.public, best.indicator.id)[year], best.indicator.id, year, best.indicator.is_demo
    if any(a.name == "population" and a.type in ("integer", "number") for a in layer.definition.attributes):
        statement = sql.SQL("select id, population::float8 from {} where population >= 0 limit {}").format(
            layer.view, sql.Literal(MOST_AREAS)
        )
        return dict(conn.execute(statement).fetchall()), None, None, False
    return {}, None, None, False


def work_out(
    conn: Connection,
    layer: PublishedLayer,
    metres: int,
    areas: PublishedLayer,
    indicators: Sequence[store.Shown],
    community: tuple[float, float, float, float],
) -> Reach:
    """Return who is within `metres` of a feature of `layer` and who is not; conn: of the public role, in a transaction.

    community: west, south, east, north in degrees. A layer that has data only there says nothing about areas elsewhere, so these
    are not asked about. Raises psycopg.errors.QueryCanceled when the question costs too much.
    """
    local = _within(layer.bbox, community)
    residents, source, year, demo = people(conn, areas, indicators)
    conn.execute(_TIMEOUT)
    statement = (_OF_POINTS if areas.definition.geometry == "point" else _OF_SURFACES).format(
        name=_column(areas, Role.name),
        name_en=_column(areas, Role.name_en),
        areas=areas.view,
        facilities=layer.view,
        most=sql.Literal(MOST_AREAS),
        most_facilities=sql.Literal(MOST_FACILITIES),
        there=sql.SQL("ST_PointOnSurface(geom) && ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326)" if local else "true"),
    )
    west, south, east, north = community
    rows = conn.execute(statement, {"metres": metres, "w": west, "s": south, "e": east, "n": north}).fetchall()
    found = [
        Reached(row[0], row[1] or row[0], row[2], row[3], min(max(row[4], 0.0), 1.0), row[5], residents.get(row[0]))
        for row in rows
    ]
    walked = onfoot.measured(conn, layer, metres, areas, found, MOST_FACILITIES)
    conn.execute("set local statement_timeout = 0")
    told = Reach(found, layer.feature_count, layer.demo_count, source, year, demo, local)
    return replace(told, areas=walked.areas, astray=walked.astray, streets_demo=walked.demo) if walked else told


#: A settlement is its point: within reach or not. Mercator keeps the order of distances, so its index finds the nearest.
_OF_POINTS = sql.SQL(
    "select a.id, a.name, a.name_en, a.is_demo, (near.metres <= %(metres)s)::int::float8, near.metres from"
    " (select id, {name} as name, {name_en} as name_en, is_demo, geom, geom_3857 from {areas}"
    "   where geom is not null and {there} order by id limit {most}) a"
    " cross join lateral (select ST_Distance(f.geom::geography, a.geom::geography) as metres from {facilities} f"
    "   where f.geom is not null order by f.geom_3857 <-> a.geom_3857 limit 1) near order by a.name collate public.natural_uk"
)
#: A surface is within reach as far as circles about the facilities cover it; a metre is 1 / cos(latitude) of Mercator's.
_OF_SURFACES = sql.SQL(
    "with a as materialized (select id, {name} as name, {name_en} as name_en, is_demo, geom, geom_3857,"
    "   ST_PointOnSurface(geom_3857) as middle, %(metres)s / cos(radians(ST_Y(ST_PointOnSurface(geom)))) as stretched"
    "   from {areas} where geom is not null and {there} order by id limit {most})"
    " select a.id, a.name, a.name_en, a.is_demo,"
    "   coalesce(ST_Area(ST_Intersection(a.geom_3857, cover.g)) / nullif(ST_Area(a.geom_3857), 0), 0), near.metres from a"
    " left join lateral (select ST_Union(ST_Buffer(f.geom_3857, a.stretched)) as g from"
    "   (select geom_3857 from {facilities} where geom_3857 && ST_Expand(a.geom_3857, a.stretched)"
    "     limit {most_facilities}) f) cover on true"
    " left join lateral (select"
    "   ST_Distance(ST_Transform(f.geom_3857, 4326)::geography, ST_Transform(a.middle, 4326)::geography) as metres"
    "   from {facilities} f where f.geom_3857 is not null order by f.geom_3857 <-> a.middle limit 1) near on true"
    " order by a.name collate public.natural_uk"
)


def _within(bbox: tuple[float, float, float, float] | None, around: tuple[float, float, float, float]) -> bool:
    """Return whether `bbox` lies within `around` and a tenth of its size more."""
    if bbox is None:
        return False
    x, y = (around[2] - around[0]) / 10, (around[3] - around[1]) / 10
    return bbox[0] >= around[0] - x and bbox[1] >= around[1] - y and bbox[2] <= around[2] + x and bbox[3] <= around[3] + y


def _column(layer: PublishedLayer, role: Role) -> sql.Composable:
    attribute = layer.definition.with_role(role)
    return sql.SQL("{}::text").format(sql.Identifier(attribute.name)) if attribute else sql.SQL("null::text")
