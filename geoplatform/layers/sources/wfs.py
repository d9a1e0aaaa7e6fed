"""WFS 2.0 of another server: GetFeature in pages of GML, which GDAL reads with the axis order of each CRS."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from osgeo import gdal

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import Batch, SourceContext, SourceError
from geoplatform.layers.sources.download import Client, shown_address
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.vector import VectorReader

MOST_PAGES = 20_000
#: What differs between two answers with the same features.
_VOLATILE = re.compile(rb"""\s(?:timeStamp|numberMatched|numberReturned|next|previous)\s*=\s*(?:"[^"]*"|'[^']*')""")


def open_wfs(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Fetch a feature type.

    `location` is the service's address, `layer` the type's name; with `crs` the server is asked for that CRS.
    `axis_order: xy` is for servers that give longitude first in spite of their CRS. Options: `page_size` (the server's own when
    not given), `bbox` (as the server wants it), `sort_by` (a property; keeps pages consistent), `version` (2.0.0).
    """
    if urlsplit(source.location).scheme not in ("http", "https"):
        raise SourceError(f"{source.location}: not an http(s) address of a WFS")
    if not source.layer:
        raise SourceError(f"{shown_address(source.location)}: name the feature type with `layer`")
    client = Client(context)
    name = shown_address(source.location)
    digest = hashlib.sha256()
    pages: list[Path] = []
    fetched, size = 0, source.options.get("page_size")
    while True:
        page = client.download(_address(source, fetched, size), accept="application/gml+xml, text/xml")
        matched, returned = _check_page(page, name)
        digest.update(_without_volatile(page))
        gml = page.with_suffix(".gml")
        page.rename(gml)
        pages.append(gml)
        fetched += returned
        if returned == 0 or (matched is not None and fetched >= matched):
            break
        if matched is None and (size is None or returned < int(str(size))):
            break
        if len(pages) >= MOST_PAGES:
            raise SourceError(f"{name}: more than {MOST_PAGES} pages")
    if matched is not None and fetched < matched:
        raise SourceError(f"{name}: the server announced {matched} features and gave {fetched}")
    return WfsReader(pages, source, columns, name, digest.hexdigest())


class WfsReader(FileReader):
    """Reads the pages one after another."""

    def __init__(self, pages: list[Path], source: Source, columns: Collection[str], name: str, sha256: str) -> None:
        """pages: GML files that hold features, the last may be empty. Raises SourceError."""
        self._pages, self._source, self._columns, self._name = pages, source, columns, name
        self.fingerprint = sha256
        self._first = self._reader(pages[0])
        self.available = self._first.available if self._first else ()
        self.crs = self._first.crs if self._first else source.crs or "OGC:CRS84"

    def batches(self) -> Iterator[Batch]:
        """Yield the features; raises SourceError where a page is damaged."""
        before = 0
        for page in self._pages:
            reader = self._reader(page)
            if reader is None:
                continue
            with reader:
                rows = 0
                for batch in reader.batches():
                    batch.first += before
                    rows += len(batch)
                    yield batch
            before += rows

    def _reader(self, page: Path) -> VectorReader | None:
        """Return a reader of one page, or None when it holds no feature."""
        if page.stat().st_size < 1 << 20 and b"member>" not in page.read_bytes().lower() and b"members>" not in page.read_bytes():
            return None
        options = ["DOWNLOAD_SCHEMA=NO", "EXPOSE_GML_ID=YES", "WRITE_GFS=NO"]
        if self._source.axis_order == "xy":
            options.append("INVERT_AXIS_ORDER_IF_LAT_LONG=NO")
        before = gdal.GetConfigOption("GML_FIELDTYPES")
        gdal.SetConfigOption("GML_FIELDTYPES", "ALWAYS_STRING")  # else "007" is taken for the number 7
        try:
            return VectorReader(
                page,
                "GML",
                self._source.model_copy(update={"layer": None, "crs": None}),
                self._columns,
                self._name,
                self.fingerprint or "",
                open_options=options,
                default_crs=self._source.crs,
            )
        finally:
            gdal.SetConfigOption("GML_FIELDTYPES", before)


def _address(source: Source, start: int, size: object) -> str:
    parts = urlsplit(source.location)
    ours = {
        "service": "WFS",
        "version": str(source.options.get("version", "2.0.0")),
        "request": "GetFeature",
        "typenames": source.layer or "",
    }
    if source.crs:
        ours["srsname"] = "urn:ogc:def:crs:{}::{}".format(*source.crs.split(":"))
    if "bbox" in source.options:
        ours["bbox"] = str(source.options["bbox"])
    if "sort_by" in source.options:
        ours["sortby"] = str(source.options["sort_by"])
    if size is not None:
        ours["count"] = str(size)
    if start:
        ours["startindex"] = str(start)
    theirs = [(key, value) for key, value in parse_qsl(parts.query) if key.lower() not in ours]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*theirs, *ours.items()]), ""))


def _check_page(page: Path, name: str) -> tuple[int | None, int]:
    """Return how many features match and how many are on the page.

    Raises SourceError when the page is an exception report, HTML, or broken, or uses entities.
    """
    matched: int | None = None
    count, root, message = 0, "", ""
    try:
        for event, element in iterparse(page, events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                if not root:
                    root = tag
                    stated = element.get("numberMatched", "")
                    matched = int(stated) if stated.isdigit() else None
                    top = element
                continue
            if tag in ("ExceptionText", "ServiceException") and not message:
                message = " ".join((element.text or "").split())
            elif tag in ("member", "featureMember"):
                count += 1
                top.clear()
            elif tag == "featureMembers":
                count += len(element)
                top.clear()
    except ParseError as error:
        raise SourceError(f"{name}: not valid XML after record {count} (an incomplete answer, or HTML): {error}") from error
    except DefusedXmlException as error:
        raise SourceError(f"{name}: XML with entities or a document type is refused") from error
    if message or root in ("ExceptionReport", "ServiceExceptionReport"):
        raise SourceError(f"{name}: the server refused: {message or 'no reason given'}")
    if root != "FeatureCollection":
        raise SourceError(f"{name}: not a WFS answer: its root is <{root}>")
    return matched, count


def _without_volatile(page: Path) -> bytes:
    """Return a digest of the page without the attributes of its root that change with every answer."""
    digest = hashlib.sha256()
    with page.open("rb") as file:
        digest.update(_VOLATILE.sub(b"", file.read(65536)))
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()
