"""pygeoapi's view of our layers: provider plugins that tell it of properties and tiles.

pygeoapi describes the collections (landing page, collections, queryables, schemas, conformance, OpenAPI); the features and tiles
themselves are answered by `items` and `tiles` without it, since its way costs more than the query.
"""

from __future__ import annotations

from typing import Any

from pygeoapi.models.provider.base import TileMatrixSetEnum
from pygeoapi.provider.base import BaseProvider
from pygeoapi.provider.base_mvt import BaseMVTProvider

from geoplatform.serving.publication import ServedLayer

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "json": {"type": "object"},
}


class FeatureProvider(BaseProvider):
    """The properties of one published layer."""

    def __init__(self, provider_def: dict[str, Any]):
        super().__init__(provider_def)
        self.served: ServedLayer = self.data["layer"]

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Property name -> JSON Schema; a fresh dictionary each time, since pygeoapi changes it."""
        return self.get_fields()

    def get_fields(self) -> dict[str, dict[str, Any]]:
        """Return property name -> JSON Schema of what the level may see."""
        fields: dict[str, dict[str, Any]] = {"is_demo": {"type": "boolean"}}
        for name, attribute in self.served.attributes.items():
            schema = dict(_JSON_TYPES[attribute.type])
            fields[name] = {"type": "array", "items": schema} if attribute.multiple else schema
        return fields


class TileProvider(BaseMVTProvider):
    """The vector tiles of one published layer."""

    def get_layer(self) -> str:
        """Return the name of the layer inside the tiles."""
        return self.data["layer"].id

    def get_tiling_schemes(self) -> list[Any]:
        """Return the only tile matrix set that is served."""
        return [TileMatrixSetEnum.WEBMERCATORQUAD.value]

    def __repr__(self) -> str:
        return f"<TileProvider> {self.get_layer()}"
