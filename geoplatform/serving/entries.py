"""What the catalogue knows of each thing that may be seen (layers, rasters, others): one form for every way of saying it."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Protocol
from urllib.parse import quote, urlencode

from geoplatform.access import ANONYMOUS, Principal
from geoplatform.layers.catalogued import Note, Resource
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
_NOTHING_NOTED = Note()


class About(Protocol):
    """What its owner says of it; theme: '' for none."""

    title: Text
    description: Text | None
    theme: str
    licence: str | None
    owner: Text | None
    attribution: Text | None
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
    """Something as the catalogue tells of it.

    kind: dataset, document, map...; tag: changes with what is told; address: its own; page: that for people.
    bbox: west, south, east, north in degrees. periods: first and last moment of each state that it shows, oldest first; what is
    noted of it may widen or narrow them. promise_days: how often its owner promises news; licence_address: where the licence is.
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
    kind: str = "dataset"
    note: Note = _NOTHING_NOTED
    licence_address: str | None = None
    created_at: datetime | None = None
    language: str | None = None

    @cached_property
    def own_words(self) -> list[str]:
        """The keywords that people added to those of the definition."""
        about = self.about
        known = {
            word.casefold() for text in [*about.keywords, *([self.theme] if self.theme else [])] for word in (text.uk, text.en)
        }
        return [word for word in self.note.keywords if word.casefold() not in known]

    @cached_property
    def words(self) -> str:
        """Everything in it that is searched for words, folded."""
        about, note = self.about, self.note
        both = [about.title, about.description, *about.keywords, self.theme]
        noted = [note.purpose, note.supplement, note.quality, *note.keywords]
        said = [self.id, *(text for word in both if word for text in (word.uk, word.en)), *(text for text in noted if text)]
        return folded(" \n".join(said))

    @property
    def is_period_noted(self) -> bool:
        """Whether people said of which period it tells."""
        return bool(self.note.since or self.note.until)

    @cached_property
    def days(self) -> tuple[str | None, str | None] | None:
        """The days of `extent`."""
        return self.extent and tuple(moment.date().isoformat() if moment else None for moment in self.extent)

    @cached_property
    def extent(self) -> tuple[datetime | None, datetime | None] | None:
        """The first and the last moment that it tells of, either None where it is open; None where nothing is said."""
        since, until = self.note.since, self.note.until
        if since and until and since > until:  # people mistake the two fields
            return until, since
        if since or until:
            return since, until
        return (self.periods[0][0], self.periods[-1][1]) if self.periods else None


def folded(text: str) -> str:
    """Return the text as it is compared: small letters, one kind of apostrophe, single spaces."""
    plain = unicodedata.normalize("NFC", text).casefold()
    for apostrophe in "’ʼ`′":
        plain = plain.replace(apostrophe, "'")
    return " ".join(plain.split())


@dataclass(frozen=True)
class _Described:
    """A resource of GeoNode's in the words of `About`."""

    title: Text
    description: Text | None
    attribution: Text | None
    licence: str | None
    theme: str = ""
    owner: Text | None = None
    keywords: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Others:
    """The resources that a principal may know of, by id; tag: tells what they may know and download from what others may."""

    entries: dict[str, Entry]
    tag: str


def entries(publication: Publication, principal: Principal, base: str) -> Iterator[Entry]:
    """Yield what `principal`, who sees this publication, may know of: layers in their order, rasters, then what else there is."""
    layers = publication.documents.get(_KEY)
    if layers is None:
        layers = publication.documents[_KEY] = [
            of_layer(layer, base, publication.notes.get(layer.id)) for layer in publication.layers.values()
        ]
    yield from layers
    for raster in publication.rasters.values():
        yield of_raster(raster, publication, principal, base)
    yield from others(publication, principal, base).entries.values()


def entry(publication: Publication, principal: Principal, name: str, base: str) -> Entry | None:
    """Return the entry called `name`, or None when there is none that may be seen."""
    if name in publication.layers:
        return of_layer(publication.layers[name], base, publication.notes.get(name))
    if name in publication.rasters:
        return of_raster(publication.rasters[name], publication, principal, base)
    return others(publication, principal, base).entries.get(name)


def others(publication: Publication, principal: Principal, base: str) -> Others:
    """Return the resources of GeoNode's that `principal` may know of; those who may do the same share one answer."""
    whole = publication.whole
    known = whole.documents.setdefault(_OTHERS_KEY, {})
    found = known.get(principal)
    if found is None:
        permissions = whole.permissions
        visible = permissions.visible(principal, whole.resources)
        # the control plane, which gives the files, knows no tokens
        files = () if principal.token else (*visible, *whole.rasters)
        loads = frozenset(name for name in files if permissions.allows(principal, name, "download"))
        found = known.get((visible, loads))
        if found is None:
            mark = hashlib.sha256("\0".join([*sorted(visible), "", *sorted(loads)]).encode()).hexdigest()[:10]
            told = {
                name: _of_resource(resource, base, name in loads) for name, resource in whole.resources.items() if name in visible
            }
            found = Others(told, mark)
        while len(known) >= publications.MOST_PARTS:
            known.pop(next(iter(known)), None)
        known[principal] = known[visible, loads] = found
    return found


def of_layer(layer: ServedLayer, base: str, note: Note | None = None) -> Entry:
    """Return what there is to say of a layer of features. note: what people wrote of it in GeoNode."""
    known, address, note = layer.layer, f"{base}/collections/{layer.id}", note or _NOTHING_NOTED
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
        tag=f"{layer.tag}-{note.mark}",
        address=address,
        page=f"{address}?f=html",
        bbox=known.bbox,
        changed_at=known.changed_at,
        periods=[(known.source_date, known.source_date)] if known.source_date else [],
        promise_days=layer.definition.update_promise_days,
        distributions=[geojson, *files],
        ways=[*ways, *_cited(note)],
        note=note,
        licence_address=_spdx(layer.definition.licence),
    )


def of_raster(raster: PublishedRaster, publication: Publication, principal: Principal, base: str) -> Entry:
    """Return what there is to say of a raster; its file is told of only to who may download it."""
    site, address = _site(base), f"{base}/collections/catalogue/items/{raster.id}"
    note = publication.notes.get(raster.id) or _NOTHING_NOTED
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
        tag=f"{raster.version}-{told}-{may:d}-{note.mark}",
        address=address,
        page=f"{address}?f=html",
        bbox=(min(boxes[0]), min(boxes[1]), max(boxes[2]), max(boxes[3])),
        changed_at=raster.changed_at,
        periods=[_day(image.date) for image in raster.images],
        distributions=[*services, *image],
        ways=[*image, *services, *tiles, *_cited(note)],
        note=note,
        licence_address=_spdx(raster.licence),
    )


def _of_resource(resource: Resource, base: str, may_download: bool) -> Entry:
    site, address = _site(base), f"{base}/collections/catalogue/items/{resource.id}"
    page = Way("describedby", "text/html", "Page in the catalogue", site + resource.page)
    files = []
    if resource.file and may_download:
        place = resource.file if "://" in resource.file else site + resource.file
        media_type = resource.media_type or "application/octet-stream"
        files.append(Way("enclosure", media_type, "Document", place, resource.media_type or ""))
    licence, attribution = resource.licence, resource.attribution
    return Entry(
        id=resource.id,
        about=_Described(
            resource.title,
            resource.description,
            Text(uk=attribution, en=attribution) if attribution else None,
            (licence.url or licence.name) if licence else None,
        ),
        theme=None,
        public=resource.public,
        tag=f"{resource.mark}-{may_download:d}",
        address=address,
        page=f"{address}?f=html",
        bbox=resource.bbox,
        changed_at=resource.changed_at,
        periods=[],
        distributions=files,
        ways=[page, *files, *_cited(resource.note)],
        kind=resource.kind,
        note=resource.note,
        licence_address=licence.url if licence else None,
        created_at=resource.created_at,
        language=resource.language,
    )


def _cited(note: Note) -> list[Way]:
    return [Way("cite-as", "text/html", "DOI", doi_address(note.doi), detail=note.doi)] if note.doi else []


def doi_address(doi: str) -> str:
    """Return where a DOI leads."""
    return f"https://doi.org/{quote(doi, safe='/:;().-_~')}"


def _spdx(licence: str) -> str:
    return f"https://spdx.org/licenses/{licence}"


def _day(day: date) -> tuple[datetime, datetime]:
    return datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC)


def _services(base: str) -> list[Way]:
    wms = urlencode({"service": "WMS", "version": "1.3.0", "request": "GetCapabilities"})
    return [
        Way("service", "application/xml", "Web map service (WMS)", f"{_site(base)}/wms?{wms}", "WMS"),
        Way("service", "application/xml", "Tiled map service (WMTS)", f"{_site(base)}/wmts/1.0.0/WMTSCapabilities.xml", "WMTS"),
    ]


_KEY = "entries of layers"
_OTHERS_KEY = "entries of resources"


def _site(base: str) -> str:
    return base.rsplit("/", 1)[0]
