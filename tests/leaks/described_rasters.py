"""Rasters for the leak tests: in the registry, with two dates, without files."""

from __future__ import annotations

import psycopg

from geoplatform.layers.rasters import store
from geoplatform.layers.rasters.definition import RasterDefinition
from geoplatform.publishing import rasters

DAY = "2019-05-01"


def put_raster(conn: psycopg.Connection, name: str, level: str) -> None:
    """Enter a raster with two dates and publish it; its files are never drawn here, the order to draw them is the answer."""
    words = {"uk": f"Назва {name}", "en": f"Title {name}"}
    keywords = [{"uk": f"слово {name}", "en": f"word {name}"}]
    described = {
        "id": name, "title": words, "description": words, "theme": "environment", "publication": level, "owner": words,
        "licence": "CC-BY-4.0", "attribution": words, "keywords": keywords,
    }  # fmt: skip
    store.describe(conn, RasterDefinition.model_validate(described))
    for day in (DAY, "2023-06-01"):
        conn.execute(
            "insert into registry.raster_image (raster, date, file, source, west, south, east, north)"
            " values (%s, %s, %s, 'x', 32.2, 48.4, 32.3, 48.6)",
            [name, day, f"{name}/{day}.tif"],
        )
    rasters.publish(conn, name, actor="leak test")
