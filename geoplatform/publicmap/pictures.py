"""Published rasters as residents meet them: which there are, and each told in words with its dates, sources and addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from psycopg import Connection, sql

from geoplatform import config as configuration
from geoplatform.access import ANONYMOUS, grants
from geoplatform.layers.definition import Level, Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.rasters import files
from geoplatform.layers.rasters import published as rasters
from geoplatform.layers.rasters.published import PublishedRaster, RasterImage
from geoplatform.publicmap import picture_words, relations
from geoplatform.publishing import raster_facts
from geoplatform.publishing.drawable import dated_id


def published(conn: Connection) -> list[PublishedRaster]:
    """Return the rasters that everybody may see, by title. `conn` belongs to the public role."""
    found = rasters.read(conn, Level.public)
    allowed = grants.read(conn, Level.public).visible(ANONYMOUS, (raster.id for raster in found)) if found else frozenset()
    language = get_language() or "uk"
    return sorted((raster for raster in found if raster.id in allowed), key=lambda raster: raster.title.in_language(language))


@dataclass(frozen=True)
class AboutImage:
    """One date of a raster in words.

    coverage: how large and over what; resolution, colours: "" where the file can't be read. name: in WMS and WMTS.
    """

    date: date
    name: str
    coverage: str
    resolution: str
    colours: str
    coloured: bool
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True)
class AboutRaster:
    """A raster for its page, its line among the base maps, and the comparison of its dates. download: "" if not allowed."""

    raster: PublishedRaster
    images: list[AboutImage]
    page: str
    compare: str
    record: str
    download: str
    wms: str
    wmts: str
    xyz: str

    @property
    def id(self) -> str:
        """The raster's id."""
        return self.raster.id

    @property
    def newest(self) -> AboutImage:
        """The newest image."""
        return self.images[0]

    def image(self, day: date) -> AboutImage:
        """Return the image of exactly this date. Raises StopIteration."""
        return next(image for image in self.images if image.date == day)


def about(conn: Connection, raster: PublishedRaster, available: list[PublishedLayer]) -> AboutRaster:
    """Return what is known of `raster` in the reader's language, its images newest first.

    `conn` belongs to the public role; available: the layers that everybody may see, for the names of what lies below.
    """
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    site = configuration.load().site_url
    may_download = grants.read(conn, Level.public).allows(ANONYMOUS, raster.id, "download")
    return AboutRaster(
        raster=raster,
        images=[_image(conn, raster, image, available) for image in reversed(raster.images)],
        page=reverse("maptools:about", args=[raster.id]),
        compare=reverse("changes:rasters") + "?" + urlencode({"raster": raster.id}),
        record=f"/ogcapi/collections/catalogue/items/{raster.id}?f=html&lang={language}",
        download=reverse("dataset_download", args=[f"geoplatform:{raster.id}"]) if may_download else "",
        wms=f"{site}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetCapabilities",
        wmts=f"{site}/wmts/1.0.0/WMTSCapabilities.xml",
        xyz=f"{site}/tiles/{raster.id}/{{z}}/{{x}}/{{y}}.png",
    )


def _image(conn: Connection, raster: PublishedRaster, image: RasterImage, available: list[PublishedLayer]) -> AboutImage:
    facts = raster_facts.of(files.directory(configuration.load()) / image.file, image.bbox)
    return AboutImage(
        date=image.date,
        name=dated_id(raster.id, image.date),
        coverage=picture_words.coverage(image.bbox, facts.square_metres if facts else None, below(conn, image.bbox, available)),
        resolution=picture_words.resolution(facts.metres) if facts else "",
        colours=picture_words.colours(facts.coloured) if facts else "",
        coloured=facts is None or facts.coloured,
        bbox=image.bbox,
    )


def below(conn: Connection, box: tuple[float, float, float, float], available: list[PublishedLayer]) -> list[str]:
    """Return the names of the districts that the box (degrees) touches, else of the settlements in it; one more at most than
    `picture_words.MOST_NAMED`. Nothing made up is named."""
    language = get_language() or "uk"
    settlements = [
        layer for layer in available if layer.definition.gazetteer == "settlement" and layer.definition.with_role(Role.name)
    ]
    for layers in (relations.districts(available), settlements):
        names: list[str] = []
        for layer in layers:
            statement = sql.SQL(
                "select name, name_en from (select {}, geom, is_demo from {}) as below where not is_demo and name is not null"
                " and ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, 4326))"
                " order by name collate public.natural_uk limit %s"
            ).format(relations.name_columns(layer), layer.view)
            rows = conn.execute(statement, [*box, picture_words.MOST_NAMED + 1]).fetchall()
            names += [(en or uk) if language.startswith("en") else uk for uk, en in rows]
        if names:
            return names[: picture_words.MOST_NAMED + 1]
    return []
