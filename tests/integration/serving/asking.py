"""Short ways to ask the serving plane and to read its answers."""

from __future__ import annotations

import math
from urllib.parse import urlencode, urlsplit

from osgeo import gdal
from werkzeug.test import Client

gdal.UseExceptions()

ITEMS = "/ogcapi/collections/places/items"


def ask(client: Client, path: str = ITEMS, **parameters: object) -> dict:
    """Return the JSON answer, which must be a success."""
    answer = client.get(f"{path}?{urlencode(parameters)}")
    assert answer.status_code == 200, answer.text
    return answer.json


def numbers(document: dict) -> list[int]:
    """Return the numbers of the places on a page."""
    return [int(feature["id"][1:]) for feature in document["features"]]


def link(document: dict, rel: str) -> str | None:
    """Return the path and query of the link `rel`, or None."""
    found = next((item["href"] for item in document["links"] if item["rel"] == rel), None)
    if found is None:
        return None
    parts = urlsplit(found)
    return f"{parts.path}?{parts.query}"


def follow(client: Client, first: dict) -> list[int]:
    """Return the numbers of all features from the page `first` on."""
    found, page = numbers(first), first
    while (address := link(page, "next")) is not None:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        page = answer.json
        assert page["features"], "no empty page at the end"
        found += numbers(page)
    return found


def tile_at(lon: float, lat: float, zoom: int) -> str:
    """Return zoom/row/column of the tile that holds the place."""
    column = int((lon + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    return f"{zoom}/{row}/{column}"


def decoded(data: bytes, path: str) -> list[tuple[int, dict]]:
    """Return the tile's features as GDAL reads them: feature id and attributes."""
    zoom, row, column = path.split("/")
    name = f"/vsimem/{zoom}_{row}_{column}.mvt"
    gdal.FileFromMemBuffer(name, data)
    try:
        source = gdal.OpenEx(name, gdal.OF_VECTOR, open_options=["CLIP=NO", f"X={column}", f"Y={row}", f"Z={zoom}"])
        return [(feature.GetFID(), feature.items()) for feature in source.GetLayer(0)]
    finally:
        gdal.Unlink(name)
