"""OGC API Features of another server: pages followed by their `next` links, never off to another host."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import orjson

from geoplatform.layers.crs import parse
from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.download import Client, same_origin, shown_address
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.geojson import FeatureLines, FeatureReader
from geoplatform.layers.sources.jsonlist import LONGEST_MEMBER, refuse_other_formats

#: More pages than any collection of a municipality has.
MOST_PAGES = 20_000


def open_ogcapi_features(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Fetch all pages of a collection.

    `location` is the API's landing page (then `layer` names the collection) or the address of a collection's items; `query` is a
    CQL2 text filter; with `crs` the server is asked for that CRS and its coordinates are read in the authority's axis order.
    Options: `bbox` (west,south,east,north), `page_size` (1000).
    """
    address, crs_uri = _first_page(source)
    client, name = Client(context), shown_address(source.location)
    path = context.work / "features.geojsonl"
    digest = hashlib.sha256()
    visited: set[str] = set()
    matched, count = None, 0
    with path.open("wb") as lines:
        while address:
            if address in visited or len(visited) >= MOST_PAGES:
                raise SourceError(f"{name}: its `next` links do not come to an end (page {len(visited)})")
            visited.add(address)
            page = _page(client, address, crs_uri, source)
            for feature in page["features"]:
                line = orjson.dumps(feature, option=orjson.OPT_SORT_KEYS)
                digest.update(line)
                lines.write(line + b"\n")
            count += len(page["features"])
            matched = page.get("numberMatched", matched)
            address = _next(page, address, source) if page["features"] else None
    if isinstance(matched, int) and count < matched:
        raise SourceError(f"{name}: the server announced {matched} features and gave {count}")
    pieces = FeatureLines(path, name).pieces if count else _nothing
    return FeatureReader(pieces, source, columns, name, digest.hexdigest(), fixed_order=crs_uri is None)


def _first_page(source: Source) -> tuple[str, str | None]:
    """Return the address of the first page and the URI of the CRS that is asked for, if any."""
    parts = urlsplit(source.location)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(f"{source.location}: not an http(s) address of an OGC API")
    path = parts.path.rstrip("/")
    if not path.endswith("/items"):
        if "/collections/" not in path:
            if not source.layer:
                raise SourceError(f"{shown_address(source.location)}: name the collection with `layer`")
            path = f"{path}/collections/{source.layer}"
        path += "/items"
    parameters = {"f": "json", "limit": str(source.options.get("page_size", 1000))}
    if "bbox" in source.options:
        parameters["bbox"] = str(source.options["bbox"])
    if source.query:
        parameters |= {"filter": source.query, "filter-lang": "cql2-text"}
    crs_uri = None
    if source.crs and source.crs not in ("OGC:CRS84", "EPSG:4326"):
        authority, code = parse(source.crs).to_authority() or source.crs.split(":")
        crs_uri = f"http://www.opengis.net/def/crs/{authority}/0/{code}"
        parameters["crs"] = crs_uri
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit((parts.scheme, parts.netloc, path, query, "")), crs_uri


def _page(client: Client, address: str, crs_uri: str | None, source: Source) -> dict[str, Any]:
    path = client.download(address, accept="application/geo+json, application/json;q=0.9")
    name = shown_address(address)
    if path.stat().st_size > LONGEST_MEMBER:
        raise SourceError(f"{name}: a page of more than {LONGEST_MEMBER >> 20} MB; ask for less with the option page_size")
    page = _parsed(path, name)
    path.unlink()
    if not isinstance(page.get("features"), list):
        raise SourceError(f"{name}: JSON, but no FeatureCollection: {str(page)[:120]}")
    answered = client.headers.get("content-crs", "").strip("<>")
    if crs_uri and answered != crs_uri:
        raise SourceError(f"{name}: asked for {source.crs}, the server answered in {answered or 'OGC:CRS84'}; leave `crs` out")
    return page


def _parsed(path: Path, name: str) -> dict[str, Any]:
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    refuse_other_formats(content, name)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{name}: not valid JSON (an incomplete answer?): {error}") from error


def _next(page: dict[str, Any], address: str, source: Source) -> str | None:
    """Return the address of the next page; refuses one that leads to another host or scheme."""
    links = page.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            target = urljoin(address, link["href"])
            if not same_origin(target, source.location):
                raise SourceError(f"{shown_address(address)}: its `next` link leads elsewhere: {link['href'][:100]!r}")
            return target
    return None


def _nothing() -> Iterator[list[Any]]:
    return iter(())
