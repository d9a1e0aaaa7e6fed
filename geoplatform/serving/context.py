"""One request as the handlers see it, and the answers they give: format, language, caching, ETags."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

import orjson
from werkzeug.wrappers import Request

from geoplatform import config
from geoplatform.access import Principal, principal_of
from geoplatform.layers.definition import Level
from geoplatform.serving import publication
from geoplatform.serving.parameters import single_values
from geoplatform.serving.problems import bad_request, not_found, shortened
from geoplatform.serving.publication import Publication, ServedLayer

JSON = "application/json"
GEOJSON = "application/geo+json"
JSON_FG = "application/vnd.ogc.fg+json"
GEOPACKAGE = "application/geopackage+sqlite3"
FLATGEOBUF = "application/flatgeobuf"
SCHEMA_JSON = "application/schema+json"
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.0"
HTML = "text/html; charset=utf-8"

#: The path of the OGC API below the site's address.
ROOT = "/ogcapi"

#: A version in the address makes it good for ever.
IMMUTABLE = "max-age=31536000, immutable"
#: Ask each time whether it is still so; the ETag makes that cheap.
REVALIDATE = "max-age=0, must-revalidate"

#: Another release may answer differently from the same data.
_RELEASE = importlib.metadata.version("geoplatform")

#: What an answer depends on besides the address; who asks is told by the last two.
VARY = "Accept, Accept-Language, Authorization, Cookie"

_MEDIA_TYPES = {
    "json": (JSON, GEOJSON, SCHEMA_JSON),
    "html": ("text/html", "application/xhtml+xml"),
    "mbs": ("application/vnd.mapbox.style+json", JSON),
    "sld11": ("application/vnd.ogc.sld+xml", "application/vnd.ogc.sld+xml;version=1.1"),
    "jsonfg": (JSON_FG, "application/fg+json"),
    "csv": ("text/csv",),
    "gpkg": (GEOPACKAGE,),
    "fgb": (FLATGEOBUF, "application/vnd.flatgeobuf"),
}


@dataclass
class Answer:
    """What goes back: `body`, whole or in pieces, with its type; `headers` are further ones."""

    body: bytes | Iterable[bytes]
    content_type: str
    status: HTTPStatus = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


class NotModified(Exception):
    """The client's copy is still good."""

    def __init__(self, headers: dict[str, str]):
        self.headers = headers


class Context:
    """A request: who asks, for what, in which format and language."""

    def __init__(self, request: Request):
        self.request = request
        self.path: str = request.path

    @cached_property
    def principal(self) -> Principal:
        """Who asks; raises access.Unauthorized for a token that opens nothing."""
        return principal_of(self.request.environ)

    @cached_property
    def given(self) -> dict[str, str]:
        """The query parameters; raises Problem 400 for one given twice."""
        return single_values(self.request.args.items(multi=True))

    @cached_property
    def level(self) -> Level:
        """The level on whose database role the request is answered."""
        return self.principal.level

    @cached_property
    def publication(self) -> Publication:
        """What the principal may see; the one place where permissions decide for every handler."""
        return publication.current(self.level).visible_to(self.principal)

    def layer(self, layer_id: str) -> ServedLayer:
        """Return the collection; raises Problem 404, the same for one that is not there and one that is above the level."""
        try:
            return self.publication.layers[layer_id]
        except KeyError:
            raise not_found(f"there is no collection {shortened(layer_id)}") from None

    def may_download(self, layer: ServedLayer) -> bool:
        """Return whether the principal may take the whole collection away."""
        return self.publication.permissions.allows(self.principal, layer.id, "download")

    def may_edit(self, layer: ServedLayer) -> bool:
        """Return whether the principal may change the collection's features."""
        return self.publication.permissions.allows(self.principal, layer.id, "edit")

    @cached_property
    def editable(self) -> list[ServedLayer]:
        """The collections whose features the principal may change: kept in the platform, and not seen as clusters."""
        return [
            layer
            for layer in self.publication.layers.values()
            if layer.definition.kept_here and layer.has_states and self.may_edit(layer)
        ]

    @cached_property
    def language(self) -> str:
        """uk or en: `lang` if given, else what Accept-Language prefers, else uk."""
        wanted = self.request.args.get("lang")
        if wanted is not None:
            return "en" if wanted[:2].lower() == "en" else "uk"
        preferred = (tag[:2].lower() for tag, _ in self.request.accept_languages)
        return next((language for language in preferred if language in ("uk", "en")), "uk")

    def format(self, *allowed: str) -> str:
        """Return `json` or `html`: `f` if given, else what Accept prefers; raises Problem 400 for an `f` not `allowed`."""
        allowed = allowed or ("json", "html")
        wanted = self.given.get("f")
        if wanted is not None:
            if wanted not in allowed:
                raise bad_request(f"f: {shortened(wanted)} is not offered here; use one of {', '.join(allowed)}")
            return wanted
        for media_type, _ in self.request.accept_mimetypes:
            for name in allowed:
                if media_type in _MEDIA_TYPES.get(name, ()):
                    return name
        return allowed[0]

    def only(self, *names: str) -> None:
        """Raise Problem 400 when there is a query parameter besides f, lang and `names`."""
        for name in self.given:
            if name not in ("f", "lang", *names):
                known = ", ".join(("f", "lang", *names))
                raise bad_request(f"{shortened(name)}: there is no such parameter here; known are {known}")

    @cached_property
    def base(self) -> str:
        """The public address of the OGC API, as nginx shows it."""
        return config.load().site_url + ROOT

    def caching(self, tag: str, policy: str = REVALIDATE) -> dict[str, str]:
        """Return the headers by which answers are kept; raises NotModified when the client has this one already.

        tag: what the answer depends on besides address, format and language.
        """
        return self.kept(f'W/"{_short_hash(*self.varieties, tag)}"', policy)

    def kept(self, etag: str, policy: str = REVALIDATE) -> dict[str, str]:
        """Return the headers by which the answer with this ETag is kept; raises NotModified when the client has it already."""
        scope = "public" if self.principal.anonymous else "private"
        headers = {"ETag": etag, "Cache-Control": f"{scope}, {policy}", "Vary": VARY}
        if etag in self.request.headers.get("If-None-Match", ""):
            raise NotModified(headers)
        return headers

    @property
    def varieties(self) -> tuple[str, str, str, str]:
        """What answers to one address differ by: release, level, language, accepted formats."""
        return _RELEASE, str(self.level), self.language, self.request.headers.get("Accept", "")


def _short_hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


def json_answer(document: Any, content_type: str = JSON, headers: Mapping[str, str] | None = None) -> Answer:
    """Return `document` as JSON in UTF-8."""
    return Answer(orjson.dumps(document), content_type, headers=dict(headers or {}))
