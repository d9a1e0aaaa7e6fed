"""Pictures that may lie under the map: the rasters published to everybody and the external base maps of the installation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from psycopg import Connection

from geoplatform.layers.definition import Level
from geoplatform.layers.rasters import published as rasters
from geoplatform.publishing import basemaps


def photos(conn: Connection) -> list[dict[str, Any]]:
    """Return for each picture what the client needs to draw it. All of them come from this installation's own addresses.

    `conn` belongs to the public role.
    """
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    own = [
        {
            "id": raster.id,
            "title": raster.title.in_language(language),
            "tiles": f"/tiles/{raster.id}/{{z}}/{{x}}/{{y}}.png?v={raster.version}",
            "attribution": raster.attribution.in_language(language),
            "minZoom": int(raster.zoom.min),
            "maxZoom": int(raster.zoom.max),
            "bounds": _around([image.bbox for image in raster.images]),
        }
        for raster in rasters.read(conn, Level.public)
    ]
    external, _faults = basemaps.read(basemaps.directory())
    return own + [
        {
            "id": f"base.{base.id}",
            "title": base.title.in_language(language),
            "tiles": f"/tiles/base/{base.id}/{{z}}/{{x}}/{{y}}.png?v={base.edition}",
            "attribution": base.attribution.in_language(language),
            "minZoom": int(base.zoom.min),
            "maxZoom": int(base.zoom.max),
            "bounds": base.bbox,
        }
        for base in external.values()
    ]


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float] | None:
    """Return the box around all of `boxes` (west, south, east, north), or None without any."""
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
