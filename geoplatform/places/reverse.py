"""From a point to words: the house, the street with distance and direction, the district, the settlement it lies in or near."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection, sql

from geoplatform import database
from geoplatform.access import Principal
from geoplatform.layers.definition import Role
from geoplatform.places import words
from geoplatform.search.document import Words
from geoplatform.serving import publication
from geoplatform.serving.publication import ServedLayer

#: A house within so many metres is where the point is; a street within so many is the nearest one; likewise a settlement.
HOUSE_METRES = 40
STREET_METRES = 1_000
SETTLEMENT_METRES = 15_000

#: Metres in a degree of latitude; by it a search radius becomes a box that the index knows.
_DEGREE = 111_320


@dataclass(frozen=True)
class Near:
    """A named thing near a point, or one that it lies in (metres 0). bearing: from the thing to the point, degrees from north."""

    layer: str
    id: str
    name: Words
    metres: float = 0.0
    bearing: float = 0.0
    is_demo: bool = False


@dataclass(frozen=True)
class Where:
    """What is known of a point (longitude and latitude, WGS 84); each part may be missing.

    district, hromada, raion: areas that hold the point. settlement: the nearest one's point, since no layer holds their bounds.
    """

    lon: float
    lat: float
    address: Near | None = None
    street: Near | None = None
    district: Near | None = None
    settlement: Near | None = None
    hromada: Near | None = None
    raion: Near | None = None

    def text(self, language: str) -> str:
        """Return one line about the place, "" when nothing is known of it."""
        parts = []
        if self.address:
            parts.append(self.address.name.in_language(language))
        elif self.street:
            name = self.street.name.in_language(language)
            if self.street.metres < 10:
                parts.append(name)
            else:
                said = words.away(self.street.metres, self.street.bearing, language)
                parts.append(f"{said} {words.of_name(name, language)}")
        if self.district:
            parts.append(self.district.name.in_language(language))
        if self.settlement:
            name = self.settlement.name.in_language(language)
            said = words.away(self.settlement.metres, self.settlement.bearing, language)
            if self.settlement.metres < 500 or self.address or self.street or self.district:
                parts.append(name)
            else:
                parts.append(f"{said} {words.of_name(name, language)}")
        if self.hromada and not self.district:
            parts.append(self.hromada.name.in_language(language))
        return ", ".join(dict.fromkeys(parts))


def reverse(lon: float, lat: float, principal: Principal) -> Where:
    """Return what lies at and about the point (degrees, WGS 84), from the layers that `principal` may see.

    Raises ValueError for a point off the globe, psycopg.Error when the data can't be read.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{lon}, {lat} is no longitude and latitude")
    seen = publication.current(principal.level).visible_to(principal)
    found: dict[str, Near] = {}
    with database.pool(principal.level).connection() as conn:
        for layer in seen.layers.values():
            kind = layer.definition.gazetteer
            coarser = layer.definition.coarser
            if kind in (None, "rename") or not layer.has_geometry or (coarser and coarser.cluster):
                continue
            near = _of(conn, layer, kind, lon, lat)
            if near and (kind not in found or near.metres < found[kind].metres):
                found[kind] = near
    return Where(lon, lat, **found)


def _of(conn: Connection, layer: ServedLayer, kind: str, lon: float, lat: float) -> Near | None:
    if kind in ("district", "hromada", "raion"):
        return _nearest(conn, layer, lon, lat, 0)
    return _nearest(conn, layer, lon, lat, {"address": HOUSE_METRES, "street": STREET_METRES}.get(kind, SETTLEMENT_METRES))


def _nearest(conn: Connection, layer: ServedLayer, lon: float, lat: float, metres: float) -> Near | None:
    """Return the feature nearest to the point, not further than `metres`; with 0, one that holds it."""
    name, name_en = (layer.definition.with_role(role) for role in (Role.name, Role.name_en))
    if name is None:
        return None
    # in degrees a circle is an ellipse: the nearest few by degrees hold the nearest by metres
    statement = sql.SQL("""
        with here as (select ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) as point),
        few as (select id, is_demo, {name} as name, {name_en} as name_en, geom from {view}, here
                  where {name} is not null and {within} order by geom <-> point limit 12)
        select id, is_demo, name, name_en, ST_Distance(geom::geography, point::geography) as metres,
               coalesce(degrees(ST_Azimuth(ST_ClosestPoint(geom, point)::geography, point::geography)), 0)
          from few, here order by metres, id limit 1""").format(
        name=sql.Identifier(name.name),
        name_en=sql.Identifier(name_en.name) if name_en else sql.SQL("null::text"),
        view=layer.layer.view,
        within=sql.SQL("ST_Covers(geom, point)" if metres == 0 else "geom && ST_Expand(point, %(wide)s, %(high)s)"),
    )
    high = metres / _DEGREE
    row = conn.execute(statement, {"lon": lon, "lat": lat, "wide": high * 3, "high": high}).fetchone()
    if row is None or row[4] > metres:
        return None
    return Near(layer.id, row[0], Words(row[2], row[3] or ""), row[4] if metres else 0.0, row[5], row[1])
