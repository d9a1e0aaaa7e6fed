"""The areas of an indicator as a level may see them: names, shapes for a picture, and GeoJSON."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection, sql

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer

#: More areas are neither drawn nor listed: a page is for people.
MOST = 3_000
#: Units of the picture's width, and bytes that all outlines together may weigh.
WIDTH = 720
MOST_BYTES = 24_000


@dataclass(frozen=True)
class Area:
    """An area's names."""

    id: str
    name: str
    name_en: str | None
    is_demo: bool

    def in_language(self, language: str) -> str:
        """Return the area's name."""
        return (self.name_en or self.name) if language.startswith("en") else self.name


@dataclass(frozen=True)
class Shape:
    """An area in the picture: its outline as an SVG path ("" for a point), and a point on it."""

    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """The areas drawn: `WIDTH` wide, north up."""

    height: int
    shapes: dict[str, Shape]


def named(conn: Connection, layer: PublishedLayer) -> dict[str, Area]:
    """Return the layer's areas by id, in the order of their names; conn: of the layer's level."""
    name, name_en = _names(layer)
    statement = sql.SQL(
        "select id, {name}, {en}, is_demo from {view} order by {name} collate public.natural_uk, id limit {most}"
    ).format(name=name, en=name_en, view=layer.view, most=sql.Literal(MOST))
    return {row[0]: Area(row[0], row[1] or row[0], row[2], row[3]) for row in conn.execute(statement)}


def drawn(conn: Connection, layer: PublishedLayer, only: list[str] | None = None) -> Picture | None:
    """Return the layer as a picture, simplified until it is light enough; None without geometry. only: ids of the areas to draw.

    conn: of the layer's level.
    """
    if layer.definition.geometry not in ("polygon", "point", "multipoint") or not layer.feature_count:
        return None
    statement = sql.SQL(
        "with chosen as (select id, geom_3857 from {view} where geom_3857 is not null {only} order by id limit {most}),"
        " extent as (select ST_Extent(geom_3857)::box2d as e from chosen),"
        " scale as (select e, {width} / greatest(ST_XMax(e) - ST_XMin(e), ST_YMax(e) - ST_YMin(e), 1) as s from extent"
        " where e is not null),"
        " flat as (select id, s, e,"
        "   ST_TransScale(geom_3857, -ST_XMin(e) + 12 / s, -ST_YMax(e) - 12 / s, s * 0.966, s * 0.966) as g"
        "  from chosen, scale),"
        " middle as (select id, g, case when ST_Dimension(g) = 2 then ST_PointOnSurface(g) else ST_Centroid(g) end as m,"
        "   ceil((ST_YMax(e) - ST_YMin(e)) * s * 0.966 + 24)::int as height from flat)"
        " select id, case when ST_Dimension(g) = 2"
        "   then coalesce(ST_AsSVG(ST_SnapToGrid(ST_SimplifyPreserveTopology(g, %(tolerance)s), 1), 1, 0), '')"
        "   else '' end, ST_X(m), -ST_Y(m), height from middle"
    ).format(
        view=layer.view,
        width=sql.Literal(WIDTH),
        most=sql.Literal(MOST),
        only=sql.SQL("and id = any(%(only)s)" if only is not None else ""),
    )
    rows: list[tuple] = []
    for tolerance in (0.7, 1.5, 3.0, 6.0):
        rows = conn.execute(statement, {"tolerance": tolerance, "only": only}).fetchall()
        if sum(len(row[1]) for row in rows) <= MOST_BYTES:
            break
    if not rows:
        return None
    return Picture(max(rows[0][4], 60), {row[0]: Shape(row[1], round(row[2], 1), round(row[3], 1)) for row in rows})


def as_geojson(conn: Connection, layer: PublishedLayer) -> dict[str, str]:
    """Return each area's geometry as GeoJSON text (degrees, six decimals); conn: of the layer's level."""
    if layer.definition.geometry == "none":
        return {}
    statement = sql.SQL("select id, ST_AsGeoJSON(geom, 6) from {} where geom is not null order by id limit {}").format(
        layer.view, sql.Literal(MOST)
    )
    return dict(conn.execute(statement).fetchall())


def _names(layer: PublishedLayer) -> tuple[sql.Composable, sql.Composable]:
    found = []
    for role in (Role.name, Role.name_en):
        attribute = layer.definition.with_role(role)
        found.append(sql.SQL("{}::text").format(sql.Identifier(attribute.name)) if attribute else sql.SQL("null::text"))
    return found[0], found[1]
