"""Pictures that may lie under the map: the rasters published to everybody and the external base maps of the installation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from psycopg import Connection

from geoplatform.publicmap import picture_words, pictures
from geoplatform.publishing import basemaps
from geoplatform.publishing.drawable import dated_id

#: There are tiles down to this zoom of WebMercatorQuad.
_NEAREST = 20


def photos(conn: Connection) -> list[dict[str, Any]]:
    """Return for each picture what the client needs to draw it. All of them come from this installation's own addresses.

    `conn` belongs to the public role. `images`: a raster's dates, oldest first, each with its tiles; an external map has one
    without a date.
    """
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    own = [
        {
            "id": raster.id,
            "title": raster.title.in_language(language),
            "attribution": raster.attribution.in_language(language),
            "licence": raster.licence,
            "minZoom": int(raster.zoom.min),
            "maxZoom": min(int(raster.zoom.max), _NEAREST),
            "images": [
                {
                    "date": image.date.isoformat(),
                    "title": picture_words.day(image.date),
                    "tiles": f"/tiles/{dated_id(raster.id, image.date)}/{{z}}/{{x}}/{{y}}.png?v={raster.version}",
                    "bounds": image.bbox,
                }
                for image in raster.images
            ],
        }
        for raster in pictures.published(conn)
    ]
    external, _faults = basemaps.read(basemaps.directory())
    return own + [
        {
            "id": f"base.{base.id}",
            "title": base.title.in_language(language),
            "attribution": base.attribution.in_language(language),
            "licence": base.licence,
            "minZoom": int(base.zoom.min),
            "maxZoom": min(int(base.zoom.max), _NEAREST),
            "images": [
                {
                    "date": None,
                    "title": "",
                    "tiles": f"/tiles/base/{base.id}/{{z}}/{{x}}/{{y}}.png?v={base.edition}",
                    "bounds": base.bbox,
                }
            ],
        }
        for base in external.values()
    ]
