"""For machines: what there is to read (sitemap, robots.txt), what has changed in a layer (Atom), as the public role sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg import Connection, sql

from geoplatform import config
from geoplatform.access import ANONYMOUS, grants
from geoplatform.layers import catalogued
from geoplatform.layers.definition import Level
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.rasters import published as rasters
from geoplatform.portal.errors import error_page
from geoplatform.portal.navigation import LANGUAGES
from geoplatform.publicmap import current
from geoplatform.publicmap.views import reads_data

#: Features in one file of the sitemap; each stands there once a language, and a file may hold 50,000 addresses.
PAGE = 10_000
#: Changes in a feed.
ENTRIES = 50
#: Pages that are not a feature's.
PAGES = ("portal:home", "publicmap:map", "facilities:list", "facilities:offline")
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Answer robots.txt. The health check asks for it, so it must need neither database nor session."""
    refused = ("account/", "admin/", "api/", "hub/", "o/", "people/", "map/results/", "upload/", "metadata/")
    lines = ["User-agent: *", *(f"Disallow: {prefix}{name}" for prefix in ("/", "/en/") for name in refused)]
    text = "\n".join([*lines, "", f"Sitemap: {config.load().site_url}/sitemap.xml", ""])
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})


@reads_data
def sitemap_index(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer the index of the sitemap: one file of pages, and as many as it takes for each layer that has real features."""
    root = config.load().site_url
    files = [f"<sitemap><loc>{root}/sitemap/{name}.xml</loc></sitemap>" for name in ("pages", "catalogue")]
    for layer in _listed(current.layers(conn)):
        count = -(-(layer.feature_count - layer.demo_count) // PAGE)
        changed = f"<lastmod>{layer.changed_at.astimezone(UTC):%Y-%m-%d}</lastmod>" if layer.changed_at else ""
        files += [f"<sitemap><loc>{root}/sitemap/{layer.id}.{n}.xml</loc>{changed}</sitemap>" for n in range(1, count + 1)]
    return _xml(f"{_XML}<sitemapindex {_SITEMAP}>\n" + "\n".join(files) + "\n</sitemapindex>\n")


@require_safe
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    """Answer the file of the pages that are not a feature's."""
    return _xml(_urlset((name, [], None) for name in PAGES))


@reads_data
def sitemap_catalogue(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Answer the file of the catalogue's pages: one of each layer, raster, document, map... that everybody may see."""
    root = config.load().site_url
    permissions = grants.read(conn, Level.public)
    shown = [(layer.id, layer.changed_at) for layer in current.layers(conn)]
    shown += [(raster.id, raster.changed_at) for raster in rasters.read(conn, Level.public)]
    shown += [(resource.id, resource.changed_at) for resource in catalogued.resources(conn, Level.public).values()]
    pages = []
    for name, changed in shown:
        if permissions.allows(ANONYMOUS, name, "view"):
            page = f"{root}/ogcapi/collections/catalogue/items/{name}?f=html&lang="
            pages.append(({code: page + code for code, _name in LANGUAGES}, changed))
    return _xml(_urls(pages))


@reads_data
def sitemap_layer(request: HttpRequest, conn: Connection, layer: str, number: int) -> HttpResponse:
    """Answer file `number` (from 1) of the layer's features; made-up ones are in none."""
    found = next((known for known in _listed(current.layers(conn)) if known.id == layer), None)
    if found is None or not 1 <= number <= 10_000:
        return error_page(request, 404)
    rows = conn.execute(
        sql.SQL("select id, valid_from from {} where not is_demo order by fid limit %s offset %s").format(found.view),
        [PAGE, (number - 1) * PAGE],
    ).fetchall()
    if not rows:
        return error_page(request, 404)
    return _xml(_urlset(("publicmap:feature", [layer, feature], changed) for feature, changed in rows))


@reads_data
def feed(request: HttpRequest, conn: Connection, layer: str) -> HttpResponse:
    """Answer the layer's changes as an Atom feed, the newest first."""
    found = next((known for known in current.layers(conn) if known.id == layer), None)
    if found is None:
        return error_page(request, 404, _("There is no such layer, or it is no longer published."))
    language = translation.get_language() or "uk"
    root = config.load().site_url
    rows = conn.execute(
        "select version, at, bbox from pub_public.changes where layer = %s order by version desc limit %s", [layer, ENTRIES]
    ).fetchall()
    title = found.definition.title.in_language(language)
    own = root + reverse("facilities:feed", args=[layer])
    page = root + reverse("publicmap:map") + f"?layer={layer}"
    updated = rows[0][1] if rows else found.checked_at or datetime.fromtimestamp(0, UTC)
    heading = _("Changes: %(layer)s") % {"layer": title}
    parts = [
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss" xml:lang="{language[:2]}">',
        f"<id>{escape(own)}</id>",
        f"<title>{escape(heading)}</title>",
        f"<updated>{_moment(updated)}</updated>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>',
        f"<link href={quoteattr(page)}/>",
        f"<author><name>{escape(found.definition.owner.in_language(language))}</name></author>",
        f"<rights>{escape(found.definition.licence)}</rights>",
    ]
    for version, at, box in rows:
        data = f"{root}/ogcapi/collections/{layer}/items?datetime={quote(_moment(at))}"
        what = _("%(layer)s: version %(version)d") % {"layer": title, "version": version}
        where = f"<georss:box>{box[1]} {box[0]} {box[3]} {box[2]}</georss:box>" if box else ""
        parts.append(
            f"<entry><id>{escape(own)}#v{version}</id>"
            f"<title>{escape(what)}</title>"
            f"<updated>{_moment(at)}</updated><link href={quoteattr(page)}/>"
            f'<link rel="related" type="application/geo+json" href={quoteattr(data)}/>{where}</entry>'
        )
    parts.append("</feed>\n")
    response = HttpResponse("\n".join(parts), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=60"
    return response


def _listed(available: list[PublishedLayer]) -> list[PublishedLayer]:
    """Return the layers whose features have pages worth finding: real ones, as they are, and not about other layers' ones."""
    return [
        layer
        for layer in available
        if layer.feature_count > layer.demo_count
        and not layer.definition.secondary
        and not (layer.definition.coarser and layer.definition.coarser.cluster)
    ]


def _urlset(pages: Iterable[tuple[str, list[str], datetime | None]]) -> str:
    """Return the file of these pages (name, arguments, when changed), each in every language with the others beside it."""
    root, prefixes = config.load().site_url, _prefixes()

    def addresses() -> Iterator[tuple[dict[str, str], datetime | None]]:
        for name, arguments, changed in pages:
            with translation.override("uk"):
                path = reverse(name, args=arguments)
            yield {code: f"{root}{prefix}{path}" for code, prefix in prefixes.items()}, changed

    return _urls(addresses())


def _urls(pages: Iterable[tuple[dict[str, str], datetime | None]]) -> str:
    """Return the file of these pages (address by language, when changed)."""
    parts = [f'{_XML}<urlset {_SITEMAP} xmlns:xhtml="http://www.w3.org/1999/xhtml">']
    for by_language, changed in pages:
        addresses = {code: escape(address, {'"': "&quot;"}) for code, address in by_language.items()}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}"/>' for code, address in addresses.items()
        )
        when = f"<lastmod>{changed.astimezone(UTC):%Y-%m-%d}</lastmod>" if changed else ""
        parts += [f"<url><loc>{address}</loc>{when}{others}</url>" for address in addresses.values()]
    parts.append("</urlset>\n")
    return "\n".join(parts)


def _prefixes() -> dict[str, str]:
    """Return what stands before a page's path in each language: nothing in Ukrainian."""
    default = LANGUAGES[0][0]
    return {code: "" if code == default else f"/{code}" for code, _name in LANGUAGES}


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/xml; charset=utf-8", headers={"Cache-Control": "public, max-age=600"})
