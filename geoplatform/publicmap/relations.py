"""What a place lies in and beside: its district, its street, the nearest other place. PostGIS measures a page at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap.past import PastLayer

#: Metres within which a street is the place's street, and another place is beside it.
STREET_METRES = 60
BESIDE_METRES = 150
#: A metre on the ground is at most so many units of EPSG:3857 in the latitudes of Ukraine (to 53°).
_MERCATOR = 1.7
#: Metres in a degree of latitude, a little too few: a box made with it is never too small.
_DEGREE = 110_500


@dataclass(frozen=True)
class Spot:
    """A point in degrees (WGS 84) that belongs to the feature `id` of a layer. is_demo: the feature is made up."""

    layer: str
    id: str
    lon: float
    lat: float
    is_demo: bool


@dataclass(frozen=True)
class Named:
    """A named feature near a spot.

    metres, bearing (degrees from north): from the spot to it; 0 and None where it holds the spot.
    """

    layer: str
    id: str
    name: str
    name_en: str | None
    metres: float = 0.0
    bearing: float | None = None

    def in_language(self, language: str) -> str:
        """Return the name."""
        return (self.name_en or self.name) if language.startswith("en") else self.name


@dataclass
class Relation:
    """What is known of a spot's surroundings; each part may be missing."""

    district: Named | None = None
    street: Named | None = None
    beside: Named | None = None


def of(conn: Connection, spots: Sequence[Spot], available: Sequence[PublishedLayer]) -> list[Relation]:
    """Return the relation of each spot, in order, from what everybody may see. `conn` belongs to the public role.

    What is made up is never told as the surroundings of something real.
    """
    found = [Relation() for _spot in spots]
    parts = _parts(available)
    if not spots or not parts:
        return found
    statement = sql.SQL(
        "with spot as (select given.*, point, ST_Transform(point, 3857) as mercator"
        "  from unnest(%(n)s::int[], %(layer)s::text[], %(id)s::text[], %(demo)s::bool[], %(lon)s::float8[], %(lat)s::float8[])"
        "    as given(n, layer, id, is_demo, lon, lat), ST_SetSRID(ST_MakePoint(lon, lat), 4326) as point)"
        " select distinct on (n, what) n, what, layer, id, name, name_en, metres, bearing from ({parts}) as near"
        " order by n, what, metres, layer, id"
    ).format(parts=sql.SQL(" union all ").join(parts))
    values: dict[str, Any] = {
        "n": list(range(len(spots))),
        "layer": [spot.layer for spot in spots],
        "id": [spot.id for spot in spots],
        "demo": [spot.is_demo for spot in spots],
        "lon": [spot.lon for spot in spots],
        "lat": [spot.lat for spot in spots],
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(statement, values):
            near = Named(row["layer"], row["id"], row["name"], row["name_en"], row["metres"], row["bearing"])
            setattr(found[row["n"]], row["what"], near)
    return found


def districts(available: Sequence[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers of districts that are drawn."""
    return [layer for layer in available if layer.definition.gazetteer == "district" and _told(layer, "polygon")]


def name_columns(layer: PublishedLayer) -> sql.Composed:
    """Return the SQL columns name and name_en of a layer whose features have names."""
    name, name_en = (layer.definition.with_role(role) for role in (Role.name, Role.name_en))
    return sql.SQL("{}::text as name, {} as name_en").format(
        sql.Identifier(name.name),  # type: ignore[union-attr]
        sql.SQL("{}::text").format(sql.Identifier(name_en.name)) if name_en else sql.SQL("null::text"),
    )


def _parts(available: Sequence[PublishedLayer]) -> list[sql.Composed]:
    parts = [_holding(layer) for layer in districts(available)]
    for layer in available:
        if layer.definition.gazetteer == "street" and _told(layer, "line"):
            parts.append(_nearest(layer, "street", STREET_METRES))
        elif layer.definition.gazetteer is None and _told(layer, "point"):
            parts.append(_nearest(layer, "beside", BESIDE_METRES))
    return parts


def _told(layer: PublishedLayer, geometry: str) -> bool:
    definition = layer.definition
    named = definition.with_role(Role.name) is not None and definition.coarser is None
    return bool(named and definition.geometry == geometry and layer.feature_count)


def _holding(layer: PublishedLayer) -> sql.Composed:
    return sql.SQL(
        "select n, 'district' as what, {id} as layer, area.id, area.name, area.name_en, 0::float8 as metres,"
        " null::float8 as bearing from spot cross join lateral (select id, {names} from {view} as feature"
        "   where ST_Covers(feature.geom, spot.point) and {name} is not null and (spot.is_demo or not feature.is_demo)"
        "   order by feature.id limit 1) as area"
    ).format(id=sql.Literal(layer.id), names=name_columns(layer), view=layer.view, name=_name(layer))


def _nearest(layer: PublishedLayer, what: str, metres: int) -> sql.Composed:
    return sql.SQL(
        "select n, {what} as what, {id} as layer, other.id, other.name, other.name_en, other.metres, other.bearing"
        " from spot cross join lateral (select id, name, name_en, ST_Distance(geom::geography, spot.point::geography) as metres,"
        "     degrees(ST_Azimuth(spot.point::geography, ST_ClosestPoint(geom, spot.point)::geography)) as bearing"
        "   from (select id, {names}, geom from {view} as feature"
        "     where {box}feature.geom_3857 && ST_Expand(spot.mercator, {reach}) and {name} is not null"
        "       and (spot.is_demo or not feature.is_demo) and not (spot.layer = {id} and spot.id = feature.id)"
        "     order by feature.geom_3857 <-> spot.mercator, feature.id limit 1) as nearest) as other"
        " where other.metres <= {metres}"
    ).format(
        what=sql.Literal(what),
        id=sql.Literal(layer.id),
        names=name_columns(layer),
        view=layer.view,
        name=_name(layer),
        # past states are indexed in degrees
        box=sql.SQL("feature.geom && ST_Expand(spot.point, {}, {}) and ").format(metres / _DEGREE * _MERCATOR, metres / _DEGREE)
        if isinstance(layer, PastLayer)
        else sql.SQL(""),
        reach=metres * _MERCATOR,
        metres=metres,
    )


def _name(layer: PublishedLayer) -> sql.Identifier:
    return sql.Identifier("feature", layer.definition.with_role(Role.name).name)  # type: ignore[union-attr]
