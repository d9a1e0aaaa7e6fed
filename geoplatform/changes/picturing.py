"""What the address of two pictures side by side asks for: which raster, of which dates, beside what, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geoplatform.changes import windows
from geoplatform.changes.windows import Window
from geoplatform.layers.definition import Text, Zoom
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.rasters.published import PublishedRaster, RasterImage
from geoplatform.publicmap import parameters, picture_words, presentation
from geoplatform.publicmap.parameters import Notice, Origin, shown
from geoplatform.publishing.basemaps import BaseMap
from geoplatform.publishing.drawable import dated_id

#: The other side is this installation's own map. No layer's name holds a hyphen.
OWN_MAP = "own-map"
#: Metres of ground that are shown to each side of an address.
ABOUT = 300
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_SHARE = re.compile(r"\d{1,3}\Z", re.ASCII)


class NotThere(Exception):
    """What the address names is not published, or is not for everybody."""


@dataclass(frozen=True)
class Offered:
    """What everybody may see: rasters, layers that can be drawn, external base maps."""

    rasters: Sequence[PublishedRaster]
    layers: Sequence[PublishedLayer]
    bases: Sequence[BaseMap]


@dataclass(frozen=True)
class Side:
    """One of the two pictures.

    image: of `raster`; else it is a layer over our own map, an external base map, or our own map alone.
    """

    raster: PublishedRaster | None = None
    image: RasterImage | None = None
    layer: PublishedLayer | None = None
    base: BaseMap | None = None

    @property
    def name(self) -> str:
        """What the address calls it."""
        found = self.raster or self.layer
        return found.id if found else f"base.{self.base.id}" if self.base else OWN_MAP

    def title(self, *, raster: bool = False) -> str:
        """Return what it shows, in the reader's language; raster: name the raster beside its date."""
        if self.raster and self.image:
            day = picture_words.day(self.image.date)
            return f"{_local(self.raster.title)}, {day}" if raster else day
        if self.layer:
            return _local(self.layer.definition.title)
        return _local(self.base.title) if self.base else _("Map of the streets")

    @property
    def zoom(self) -> Zoom | None:
        """Between which zoom levels the picture is drawn; None for what is drawn at any."""
        found = self.raster or (self.layer.definition if self.layer else None) or self.base
        return found.zoom if found else None

    def wms(self, ground: Sequence[str]) -> str:
        """Return the names of the WMS layers that draw it, "" where there are none; ground: those of our own map."""
        if self.raster and self.image:
            return dated_id(self.raster.id, self.image.date)
        if self.base:
            return ""
        return ",".join([*ground, self.layer.id] if self.layer and self.layer.id not in ground else ground)

    @property
    def client_base(self) -> str:
        """The base map that the client draws, as the map's address has it."""
        if self.raster and self.image:
            return f"photo:{dated_id(self.raster.id, self.image.date)}"
        return f"photo:base.{self.base.id}" if self.base else "auto"

    @property
    def source(self) -> dict[str, str] | None:
        """Attribution and licence; None for our own map."""
        found = self.raster or (self.layer.definition if self.layer else None) or self.base
        return {"attribution": _local(found.attribution), "licence": found.licence} if found else None


@dataclass(frozen=True)
class Pictures:
    """What is compared.

    window: where. bounds: the box (degrees) that the reader has asked for, None where nothing was said. share: percent of the map
    that the left side has.
    """

    left: Side
    right: Side
    window: Window
    bounds: windows.Box | None
    share: int

    @property
    def raster(self) -> PublishedRaster:
        """The raster that was chosen."""
        return self.left.raster  # type: ignore[return-value]

    @property
    def dates(self) -> bool:
        """Whether two dates of one raster are compared."""
        return self.right.raster is not None and self.right.raster.id == self.raster.id

    def titles(self) -> tuple[str, str]:
        """Return what the sides show; a raster is named where the two are not of the same one."""
        return self.left.title(raster=not self.dates), self.right.title(raster=not self.dates)

    def address(self, **changes: Any) -> str:
        """Return the query string that asks for this, with the given parameters changed."""
        values = {
            "raster": self.raster.id,
            "before": self.left.image.date.isoformat() if self.left.image else "",
            "after": self.right.image.date.isoformat() if self.right.image else "",
            "other": "" if self.dates else self.right.name,
            "bbox": parameters.degrees(*self.bounds) if self.bounds else "",
            "share": "" if self.share == 50 else self.share,
        } | changes
        return "?" + urlencode({name: value for name, value in values.items() if value != ""}, safe=",")

    def at(self, window: Window) -> str:
        """Return the query string that asks for the same elsewhere."""
        return replace(self, window=window, bounds=window.box).address()


def read(given: QueryDict, offered: Offered, origin: Origin | None) -> tuple[Pictures, list[Notice]]:
    """Read what is to be compared, with a notice for what can't be followed as it was asked.

    offered: with one raster at least. origin: what the typed address was found to be.
    Raises NotThere for a raster or other side that is not offered.
    """
    notices: list[Notice] = []
    raster = _raster(_last(given, "raster"), offered.rasters)
    before, after = _day(_last(given, "before"), notices), _day(_last(given, "after"), notices)
    beside = _last(given, "other")
    right = _other(beside, offered, after, notices) if beside != raster.id else None
    if right is None:
        if before and after and after < before:
            before, after = after, before
        right = _second(raster, after, notices)
    left = Side(raster, _image(raster, before, notices) if before or right.raster is not raster else raster.images[0])
    if left == right:
        notices.append(Notice("warning", _("Both sides show the same image.")))
    window, bounds = _window(given, left, right, origin, notices)
    return Pictures(left, right, window, bounds, _share(_last(given, "share"))), notices


def _raster(name: str, rasters: Sequence[PublishedRaster]) -> PublishedRaster:
    """Return the raster of this name; without a name the first one of several dates, else the first."""
    if not name:
        return next((raster for raster in rasters if len(raster.images) > 1), rasters[0])
    found = next((raster for raster in rasters if raster.id == name), None)
    if found is None:
        raise NotThere(name)
    return found


def _other(name: str, offered: Offered, day: date | None, notices: list[Notice]) -> Side | None:
    """Return the side that `other` names, None where it names nothing."""
    if not name:
        return None
    if name == OWN_MAP:
        return Side()
    raster = next((raster for raster in offered.rasters if raster.id == name), None)
    if raster:
        return Side(raster, _image(raster, day, notices))
    layer = next((layer for layer in offered.layers if layer.id == name), None)
    if layer:
        return Side(layer=layer)
    base = next((base for base in offered.bases if f"base.{base.id}" == name), None)
    if base is None:
        raise NotThere(name)
    return Side(base=base)


def _second(raster: PublishedRaster, day: date | None, notices: list[Notice]) -> Side:
    """Return the later date of the same raster, or our own map where there is one date only."""
    if len(raster.images) > 1:
        return Side(raster, _image(raster, day, notices))
    told = _("There is one date only, so the picture stands beside the map of the streets. Another side can be chosen below.")
    notices.append(Notice("note", told))
    return Side()


def _image(raster: PublishedRaster, day: date | None, notices: list[Notice]) -> RasterImage:
    """Return the image of the day: the newest not later than it, else the oldest; say which where the day itself has none."""
    found = raster.image_at(day)
    if day and found.date != day:
        told = _("There is no image of %(day)s; that of %(found)s is shown.")
        notices.append(Notice("note", told % {"day": picture_words.day(day), "found": picture_words.day(found.date)}))
    return found


def _day(text: str, notices: list[Notice]) -> date | None:
    if not text:
        return None
    try:
        if not _DATE.match(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        notices.append(Notice("error", _("“%(date)s” is no date: write it like 2024-06-01.") % {"date": shown(text)}))
        return None


def _window(
    given: QueryDict, left: Side, right: Side, origin: Origin | None, notices: list[Notice]
) -> tuple[Window, windows.Box | None]:
    """Return where to look, and the box that the reader has asked for."""
    extents = [side.image.bbox for side in (left, right) if side.image]
    whole = windows.around(_joined(extents))
    bbox = parameters.bbox(given.getlist("bbox"), notices)
    origin = origin or parameters.near(given.getlist("near"), notices)
    wished = windows.about(origin.lon, origin.lat, ABOUT) if origin else windows.around(bbox) if bbox else None
    if wished and any(windows.touch(wished.box, extent) for extent in extents):
        return wished, wished.box if origin else bbox
    if wished:
        notices.append(Notice("warning", _("There is no picture of that place; the whole picture is shown.")))
    zoom = left.zoom
    if zoom and whole.zoom < zoom.min:
        notices.append(Notice("note", _("The whole picture is not drawn at once; this is its middle.")))
        whole = whole.wider(2 ** (whole.zoom - zoom.min)) or whole
    return whole, None


def _joined(boxes: Sequence[windows.Box]) -> windows.Box:
    """Return what all boxes have in common, the box around all of them where that is nothing."""
    west, south, east, north = zip(*boxes, strict=True)
    if max(west) < min(east) and max(south) < min(north):
        return max(west), max(south), min(east), min(north)
    return min(west), min(south), max(east), max(north)


def _share(text: str) -> int:
    return int(text) if _SHARE.match(text) and int(text) <= 100 else 50


def _last(given: QueryDict, name: str) -> str:
    return next((value for value in reversed(given.getlist(name)) if value), "")


def _local(text: Text) -> str:
    return text.in_language(get_language() or "uk")


def ground(available: list[PublishedLayer]) -> list[str]:
    """Return the WMS layers of our own map, lowest first."""
    return [layer["id"] for layer in presentation.base_layers(available)]
