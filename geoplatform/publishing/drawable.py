"""What a map can show: layers of features, and rasters with each of their dates, alike to whoever draws them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from geoplatform.layers.definition import Level, Text, Zoom
from geoplatform.layers.published import PublishedDefinition, PublishedLayer
from geoplatform.layers.rasters.published import PublishedRaster, RasterImage


class Description(Protocol):
    """What there is to say of anything drawable."""

    title: Text
    description: Text
    attribution: Text
    keywords: list[Text]
    zoom: Zoom


class Drawable(Protocol):
    """One layer of a map as one level sees it now.

    id: its name in WMS, WMTS and the addresses of tiles. bbox: west, south, east, north in degrees, None when it is empty.
    """

    @property
    def id(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def version(self) -> int: ...
    @property
    def changed_at(self) -> datetime | None: ...
    @property
    def bbox(self) -> tuple[float, float, float, float] | None: ...
    @property
    def about(self) -> Description: ...
    @property
    def looks(self) -> bytes:
        """What changes when the picture changes though the data's version does not."""


@dataclass(frozen=True)
class Features:
    """A published layer of features."""

    layer: PublishedLayer

    @property
    def id(self) -> str:
        return self.layer.id

    @property
    def level(self) -> Level:
        return self.layer.level

    @property
    def version(self) -> int:
        return self.layer.version

    @property
    def changed_at(self) -> datetime | None:
        return self.layer.changed_at

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        return None if self.layer.bbox is None else _with_margin(self.layer.bbox)

    @property
    def about(self) -> PublishedDefinition:
        return self.layer.definition

    @property
    def looks(self) -> bytes:
        # the whole description, not the style alone: how places are rounded for a level is part of it
        return self.layer.definition.model_dump_json(by_alias=True).encode()


@dataclass(frozen=True)
class Picture:
    """One image of a published raster.

    dated: whether it is called by its date (`ortho.2023-05-01`) instead of standing for the raster as a whole, newest first.
    """

    raster: PublishedRaster
    image: RasterImage
    dated: bool

    @property
    def id(self) -> str:
        return dated_id(self.raster.id, self.image.date) if self.dated else self.raster.id

    @property
    def level(self) -> Level:
        return self.raster.level

    @property
    def version(self) -> int:
        return 1  # a file never changes, its name is its version; other dates of the raster make no difference

    @property
    def changed_at(self) -> datetime | None:
        return None

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        return self.image.bbox

    @property
    def about(self) -> PublishedRaster:
        return self.raster

    @property
    def looks(self) -> bytes:
        return f"{self.image.file} {self.raster.zoom.model_dump_json()}".encode()

    @property
    def dates(self) -> list[date]:
        """The dates that WMS offers as TIME, oldest first; none for a picture called by its date."""
        return [] if self.dated else sorted(image.date for image in self.raster.images)


def _with_margin(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the box (degrees) a little larger: clients cut their requests to it, and symbols at its edge must be whole."""
    west, south, east, north = box
    across, along = max(0.02 * (east - west), 0.005), max(0.02 * (north - south), 0.003)
    return max(west - across, -180.0), max(south - along, -90.0), min(east + across, 180.0), min(north + along, 90.0)


def dated_id(raster: str, day: date) -> str:
    """Return the name under which the raster's image of `day` is asked for."""
    return f"{raster}.{day.isoformat()}"


def drawables(layers: Iterable[PublishedLayer], rasters: Iterable[PublishedRaster]) -> list[Features | Picture]:
    """Return everything that a map can show, rasters first since they lie below; layers without geometry are left out."""
    found: list[Features | Picture] = []
    for raster in rasters:
        newest_first = sorted(raster.images, key=lambda image: image.date, reverse=True)
        found += [Picture(raster, image, dated=False) for image in newest_first[:1]]
        found += [Picture(raster, image, dated=True) for image in newest_first]
    found += [Features(layer) for layer in layers if layer.definition.geometry != "none"]
    return found
