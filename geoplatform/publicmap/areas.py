"""Areas that places must lie in: a published feature made into one surface, whatever it is drawn as.

An area of the map is itself. A street is a strip along all its sections. A settlement of which only the point is known is the
land that is nearer to it than to any other settlement: an approximation, and told as one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection, sql

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer

#: Metres to each side of a street's axis that count as lying on it.
STREET_SIDE = 60
#: Sections of one name further apart (metres) belong to streets of different settlements.
SAME_STREET = 5_000
#: A settlement's land ends so many metres from its point where no other settlement is.
SETTLEMENT_REACH = 10_000
#: The kinds of the gazetteer that the form offers, in this order.
OFFERED = ("district", "settlement", "hromada", "raion")
MOST_OFFERED = 60
_DEGREE = 111_320

Kind = Literal["surface", "street", "settlement"]
_KEPT = 100
_lock = threading.Lock()
_resolved: OrderedDict[tuple[object, ...], Area] = OrderedDict()


@dataclass(frozen=True)
class Area:
    """An area that exists. surface: its WKB in degrees (WGS 84). exact: False where the surface is an approximation."""

    layer: PublishedLayer
    id: str
    name: str
    name_en: str | None
    is_demo: bool
    kind: Kind
    surface: bytes

    @property
    def exact(self) -> bool:
        """Whether the source itself draws the area's bounds."""
        return self.kind == "surface"

    def in_language(self, language: str) -> str:
        """Return the area's name."""
        return (self.name_en or self.name) if language.startswith("en") else self.name


def usable(layer: PublishedLayer) -> bool:
    """Return whether the layer's features may be areas: they have names, and a surface can be made of them."""
    if layer.definition.with_role(Role.name) is None or layer.definition.coarser is not None:
        return False
    return layer.definition.geometry == "polygon" or _kind(layer) != "surface"


def resolve(conn: Connection, layer: PublishedLayer, feature_id: str) -> Area | None:
    """Return the area that the feature of a `usable` layer is, None when there is no such feature.

    `conn` belongs to the public role. The surface is worked out once for each version of the layer.
    """
    key = (conn.info.dsn, layer.id, layer.edition, feature_id)
    with _lock:
        if key in _resolved:
            _resolved.move_to_end(key)
            return _resolved[key]
    kind = _kind(layer)
    name, name_en = (layer.definition.with_role(role) for role in (Role.name, Role.name_en))
    statement = sql.SQL(
        "with target as (select id, {name}::text as name, {name_en} as name_en, is_demo, geom from {view}"
        " where id = %(id)s and geom is not null)"
        " select name, name_en, is_demo, ST_AsBinary({surface}) from target"
    ).format(
        name=sql.Identifier(name.name),  # type: ignore[union-attr]
        name_en=sql.SQL("{}::text").format(sql.Identifier(name_en.name)) if name_en else sql.SQL("null::text"),
        view=layer.view,
        surface=_surface(layer, kind, sql.Identifier(name.name)),  # type: ignore[union-attr]
    )
    row = conn.execute(statement, _numbers() | {"id": feature_id}).fetchone()
    if row is None or row[3] is None:
        return None
    found = Area(layer, feature_id, row[0] or feature_id, row[1], row[2], kind, row[3])
    with _lock:
        _resolved[key] = found
        while len(_resolved) > _KEPT:
            _resolved.popitem(last=False)
    return found


def offered(conn: Connection, available: list[PublishedLayer], bounds: tuple[float, float, float, float]) -> list[Offer]:
    """Return the areas that a form may offer: of each kind the named ones that touch `bounds` (degrees), by name."""
    found: list[Offer] = []
    for kind in OFFERED:
        for layer in available:
            if layer.definition.gazetteer != kind or not usable(layer) or not layer.feature_count:
                continue
            name, name_en = (layer.definition.with_role(role) for role in (Role.name, Role.name_en))
            statement = sql.SQL(
                "select id, {name}::text, {name_en} from {view}"
                " where geom && ST_MakeEnvelope(%s, %s, %s, %s, 4326) and {name} is not null"
                " order by {name}::text collate public.natural_uk, id limit %s"
            ).format(
                name=sql.Identifier(name.name),  # type: ignore[union-attr]
                name_en=sql.SQL("{}::text").format(sql.Identifier(name_en.name)) if name_en else sql.SQL("null::text"),
                view=layer.view,
            )
            rows = conn.execute(statement, [*bounds, MOST_OFFERED]).fetchall()
            found += [Offer(layer, feature, uk, en) for feature, uk, en in rows]
    return found


@dataclass(frozen=True)
class Offer:
    """An area that can be chosen."""

    layer: PublishedLayer
    id: str
    name: str
    name_en: str | None


def _kind(layer: PublishedLayer) -> Kind:
    if layer.definition.gazetteer == "street" and layer.definition.geometry == "line":
        return "street"
    if layer.definition.gazetteer == "settlement" and layer.definition.geometry in ("point", "multipoint"):
        return "settlement"
    return "surface"


def _surface(layer: PublishedLayer, kind: Kind, name: sql.Identifier) -> sql.Composable:
    if kind == "street":
        return sql.SQL(
            "(select ST_Buffer(ST_Union(section.geom)::geography, %(side)s)::geometry from {view} as section"
            " where section.{name} = target.name and section.geom && ST_Expand(target.geom, %(same_x)s, %(same_y)s))"
        ).format(view=layer.view, name=name)
    if kind == "settlement":
        return sql.SQL(
            "(select ST_Intersection(cell.geom, ST_Buffer(target.geom::geography, %(reach)s)::geometry)"
            " from (select (ST_Dump(ST_VoronoiPolygons(ST_Collect(ST_PointOnSurface(other.geom)), 0,"
            "       ST_Expand(target.geom, %(around_x)s * 2, %(around_y)s * 2)))).geom"
            "  from {view} as other where other.geom && ST_Expand(target.geom, %(around_x)s, %(around_y)s)) as cell"
            " where ST_Intersects(cell.geom, target.geom) limit 1)"
        ).format(view=layer.view)
    return sql.SQL("target.geom")


def _numbers() -> dict[str, Any]:
    """Return the distances in degrees; a degree of longitude is taken as two thirds of one of latitude, as about 48° N."""
    return {
        "side": STREET_SIDE,
        "same_x": SAME_STREET / _DEGREE * 1.5,
        "same_y": SAME_STREET / _DEGREE,
        "reach": SETTLEMENT_REACH,
        "around_x": SETTLEMENT_REACH / _DEGREE * 3,
        "around_y": SETTLEMENT_REACH / _DEGREE * 2,
    }
