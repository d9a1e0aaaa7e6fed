"""What the catalogue knows of each layer of features and each raster that may be seen: one form for every way of saying it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Protocol
from urllib.parse import urlencode

from geoplatform.access import ANONYMOUS, Principal
from geoplatform.layers.definition import Level, Text
from geoplatform.layers.rasters.published import PublishedRaster
from geoplatform.publishing.drawable import dated_id
from geoplatform.serving import publication as publications
from geoplatform.serving.context import FLATGEOBUF, GEOJSON, GEOPACKAGE
from geoplatform.serving.publication import Publication, ServedLayer

_OGC = "http://www.opengis.net/def/rel/ogc/1.0"
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
#: GeoNode's address of a dataset's file; the control plane asks the same permission again.
_IMAGE = "{site}/datasets/geoplatform:{id}/dataset_download"
_COLLECTIONS = (
    ("csv", "text/csv", "All features as CSV", "CSV"),
    ("gpkg", GEOPACKAGE, "All features as GeoPackage", "GeoPackage"),
    ("fgb", FLATGEOBUF, "All features as FlatGeobuf", "FlatGeobuf"),
)


class About(Protocol):
    """What its owner says of it."""

    title: Text
    description: Text
    theme: str
    licence: str
    owner: Text
    attribution: Text
    keywords: list[Text]


@dataclass(frozen=True)
class Way:
    """One address of the thing.

    title: of the link, in English; detail: follows the title in any language; name: of the format, '' where it is none.
    """

    rel: str
    media_type: str
    title: str
    address: str
    name: str = ""
    detail: str = ""
    templated: bool = False


@dataclass(frozen=True)
class Entry:
    """A layer or raster as the catalogue tells of it.

    tag: changes with what is told; address: its own; page: that for people; bbox: west, south, east, north in degrees.
    periods: first and last moment of each state that it shows, oldest first; promise_days: how often its owner promises news.
    distributions: its data in formats; ways: all that a record links to.
    """

    id: str
    about: About
    theme: Text | None
    public: bool
    tag: str
    address: str
    page: str
    bbox: tuple[float, float, float, float] | None
    changed_at: datetime | None
    periods: list[tuple[datetime, datetime]]
    promise_days: int | None = None
    distributions: list[Way] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)


def entries(publication: Publication, principal: Principal, base: str) -> Iterator[Entry]:
    """Yield what `principal`, who sees this publication, may know of: layers in their order, then rasters."""
    layers = publication.documents.get(_KEY)
    if layers is None:
        layers = publication.documents[_KEY] = [of_layer(layer, base) for layer in publication.layers.values()]
    yield from layers
    for raster in publication.rasters.values():
        yield of_raster(raster, publication, principal, base)


def entry(publication: Publication, principal: Principal, name: str, base: str) -> Entry | None:
    """Return the entry of the layer or raster `name`, or None when there is none that may be seen."""
    if name in publication.layers:
        return of_layer(publication.layers[name], base)
    if name in publication.rasters:
        return of_raster(publication.rasters[name], publication, principal, base)
    return None


def of_layer(layer: ServedLayer, base: str) -> Entry:
    """Return what there is to say of a layer of features."""
    known, address = layer.layer, f"{base}/collections/{layer.id}"
    files = [
        Way("enclosure", media, title, f"{address}/items?f={form}", name)
        for form, media, title, name in _COLLECTIONS
        if form != "fgb" or layer.has_geometry
    ]
    geojson = Way("items", GEOJSON, "Items as GeoJSON", f"{address}/items?f=json", "GeoJSON")
    ways = [Way("describes", "application/json", "Collection", address), geojson, *files]
    if layer.has_geometry:
        ways += [
            Way(f"{_OGC}/tilesets-vector", "application/json", "Vector tiles", f"{address}/tiles?f=json"),
            Way(f"{_OGC}/styles", "application/json", "Styles", f"{address}/styles?f=json"),
            *_services(base),
        ]
    return Entry(
        id=layer.id,
        about=layer.definition,
        theme=known.theme.title if known.theme else None,
        public=layer.definition.publication is Level.public,
        tag=layer.tag,
        address=address,
        page=f"{address}?f=html",
        bbox=known.bbox,
        changed_at=known.changed_at,
        periods=[(known.source_date, known.source_date)] if known.source_date else [],
        promise_days=layer.definition.update_promise_days,
        distributions=[geojson, *files],
        ways=ways,
    )


def of_raster(raster: PublishedRaster, publication: Publication, principal: Principal, base: str) -> Entry:
    """Return what there is to say of a raster; its file is told of only to who may download it."""
    site, address = _site(base), f"{base}/collections/catalogue/items/{raster.id}"
    tiles = []
    for image in reversed(raster.images):
        of_day = f"{site}/tiles/{dated_id(raster.id, image.date)}/{{z}}/{{x}}/{{y}}.png"
        tiles.append(Way("item", "image/png", "Map tiles", of_day, detail=image.date.isoformat(), templated=True))
    # the control plane, which gives the file, knows no tokens
    may = principal.token is None and publication.permissions.allows(principal, raster.id, "download")
    file = Way("enclosure", GEOTIFF, "Newest image as GeoTIFF", _IMAGE.format(site=site, id=raster.id), "GeoTIFF")
    image = [file] if may else []
    services = _services(base)
    boxes = list(zip(*(image.bbox for image in raster.images), strict=True))
    theme = next((t for layer in publication.whole.layers.values() if (t := layer.layer.theme) and t.id == raster.theme), None)
    told = hashlib.sha256(raster.model_dump_json().encode()).hexdigest()[:10]
    return Entry(
        id=raster.id,
        about=raster,
        theme=theme.title if theme else None,
        public=raster.id in publications.current(Level.public).visible_to(ANONYMOUS).rasters,
        tag=f"{raster.version}-{told}-{may:d}",
        address=address,
        page=f"{address}?f=html",
        bbox=(min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])),
        changed_at=raster.changed_at,
        periods=[_day(image.date) for image in raster.images],
        distributions=[*services, *image],
        ways=[*image, *services, *tiles],
    )


def _day(day: date) -> tuple[datetime, datetime]:
    return datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC)


def _services(base: str) -> list[Way]:
    wms = urlencode({"service": "WMS", "version": "1.3.0", "request": "GetCapabilities"})
    return [
        Way("service", "application/xml", "Web map service (WMS)", f"{_site(base)}/wms?{wms}", "WMS"),
        Way("service", "application/xml", "Tiled map service (WMTS)", f"{_site(base)}/wmts/1.0.0/WMTSCapabilities.xml", "WMTS"),
    ]


_KEY = "entries of layers"


def _site(base: str) -> str:
    return base.rsplit("/", 1)[0]
