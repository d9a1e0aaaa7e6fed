"""pygeoapi as it is set up for one snapshot of the publication, and what it answers, without links to what is not served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from geoplatform.serving import texts
from geoplatform.serving.crs import CRS84, SERVED
from geoplatform.serving.parameters import DEFAULT_LIMIT, MAX_LIMIT
from geoplatform.serving.publication import Publication, ServedLayer
from geoplatform.serving.tiles import MAX_ZOOM, MEDIA_TYPE

if TYPE_CHECKING:
    from pygeoapi.api import API

_OGC = "http://www.opengis.net/def/rel/ogc/1.0"

#: Links that pygeoapi gives and that lead nowhere here.
_TYPES_NOT_SERVED = ("application/ld+json", "text/csv")
_RELATIONS_NOT_SERVED = (f"{_OGC}/processes", f"{_OGC}/job")


def asked(function: Callable[..., tuple], publication: Publication, language: str, base: str, *arguments: str) -> dict[str, Any]:
    """Return what pygeoapi's `function` answers in `language`, its links cleaned."""
    _, status, text = function(api_of(publication, base), _request(language), *arguments)
    document = orjson.loads(text)
    if int(status) != 200:
        raise RuntimeError(f"pygeoapi: {document.get('description')}")
    return _cleaned(document, language, base)


def _cleaned(document: Any, language: str, base: str) -> Any:
    """Return `document` without links to what is not served, the titles of the others in `language`."""
    if isinstance(document, list):
        return [_cleaned(item, language, base) for item in document]
    if not isinstance(document, dict):
        return document
    cleaned = {name: _cleaned(value, language, base) for name, value in document.items()}
    if isinstance(cleaned.get("links"), list):
        cleaned["links"] = [
            {
                **link,
                "title": texts.link_title(link.get("title", ""), language),
                # pygeoapi names the root without its slash, which would cost a redirect
                "href": link["href"].replace(f"{base}?", f"{base}/?", 1),
            }
            for link in cleaned["links"]
            if not link.get("type", "").startswith(_TYPES_NOT_SERVED) and not link["rel"].startswith(_RELATIONS_NOT_SERVED)
        ]
    return cleaned


def _request(language: str) -> Any:
    """Return a request for JSON in `language` as pygeoapi wants it; format and language were settled before."""
    from babel import Locale
    from pygeoapi.api import APIRequest

    class DocumentRequest(APIRequest):
        def __init__(self) -> None:
            self._data = b""
            self._args: dict[str, str] = {}
            self._path_info = ""
            self._raw_locale = language
            self._locale = Locale(language)
            self._format = "json"
            self._headers: dict[str, str] = {}

    return DocumentRequest()


def api_of(publication: Publication, base: str) -> API:
    """Return the pygeoapi API object of the snapshot."""
    with publication.lock:
        api = publication.documents.get(("api",))
        if api is None:
            from pygeoapi.api import API

            api = publication.documents[("api",)] = API(_configuration(publication, base), {})
    return api


def _configuration(publication: Publication, base: str) -> dict[str, Any]:
    """Return pygeoapi's configuration for what is published at the snapshot's level."""
    site = base.rsplit("/", 1)[0]
    return {
        "server": {
            "url": base,
            "encoding": "utf-8",
            "languages": ["uk", "en"],
            "limits": {"default_items": DEFAULT_LIMIT, "max_items": MAX_LIMIT, "on_exceed": "throttle"},
            "admin": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": texts.SERVICE["title"],
                "description": texts.SERVICE["description"],
                "keywords": texts.SERVICE["keywords"],
                "keywords_type": "theme",
                "terms_of_service": site,
                "url": site,
            },
            "license": {"name": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            "provider": {"name": texts.SERVICE["provider"], "url": site},
            "contact": {"name": texts.SERVICE["provider"], "url": site},
        },
        "resources": {layer.id: _resource(layer) for layer in publication.layers.values()},
    }


def _resource(layer: ServedLayer) -> dict[str, Any]:
    definition = layer.definition
    providers: list[dict[str, Any]] = [
        {
            "type": "feature",
            "name": "geoplatform.serving.providers.FeatureProvider",
            "data": {"layer": layer},
            "id_field": "id",
            "crs": [crs.uri for crs in SERVED],
            "storage_crs": CRS84.uri,
        }
    ]
    if layer.has_geometry:
        providers.append(
            {
                "type": "tile",
                "name": "geoplatform.serving.providers.TileProvider",
                "data": {"layer": layer},
                "format": {"name": "mvt", "mimetype": MEDIA_TYPE},
                "options": {"schemes": ["WebMercatorQuad"], "zoom": {"min": 0, "max": MAX_ZOOM}},
            }
        )
    return {
        "type": "collection",
        "title": {"uk": definition.title.uk, "en": definition.title.en},
        "description": {"uk": definition.description.uk, "en": definition.description.en},
        "keywords": {
            "uk": [keyword.uk for keyword in definition.keywords],
            "en": [keyword.en for keyword in definition.keywords],
        },
        "extents": {"spatial": {"bbox": list(layer.layer.bbox or (-180, -90, 180, 90)), "crs": CRS84.uri}},
        "providers": providers,
    }
