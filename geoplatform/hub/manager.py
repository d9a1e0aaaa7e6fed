"""GeoNode's concrete resource manager over PostGIS: what GeoServer's does, without GeoServer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import QuerySet
from geonode.base.models import ResourceBase
from geonode.geoserver.helpers import set_attributes
from geonode.layers.models import Dataset
from geonode.resource.manager import ResourceManagerInterface

from geoplatform import database
from geoplatform.hub import datastore, pictures
from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.layers.definition import Style
from geoplatform.publishing import thumbnail

_record_only: ContextVar[bool] = ContextVar("record_only", default=False)


@contextmanager
def record_only() -> Iterator[None]:
    """Delete records inside without the layers that they stand for."""
    token = _record_only.set(True)
    try:
        yield
    finally:
        _record_only.reset(token)


class HubResourceManager(ResourceManagerInterface):
    """Reads extent, SRID and attributes of an uploaded table and draws its picture.

    Records of layers are written by geoplatform.publishing.catalogue, so they are left alone here.
    """

    def search(self, filter: dict, /, resource_type: Any = None) -> QuerySet:
        return resource_type.objects.none()

    def exists(self, uuid: str, /, instance: ResourceBase | None = None) -> bool:
        return instance is not None

    def delete(self, uuid: str, /, instance: ResourceBase | None = None) -> int:
        """Remove the picture, and an uploaded layer with everything but its history.

        The catalogue also removes records, of layers that are no longer published (`record_only`); their data stay.
        """
        if instance is not None:
            pictures.remove(instance)
            if is_layer(instance) and not _record_only.get():
                from geoplatform.hub.uploads import taking

                taking.remove(instance.get_real_instance().name, "catalogue")
            elif is_raster(instance) and not _record_only.get():
                from geoplatform.hub.uploads import rasters

                rasters.remove(instance.get_real_instance().name, "catalogue")
        return 0

    def create(self, uuid: str, /, resource_type: Any = None, defaults: dict | None = None) -> ResourceBase:
        resource = resource_type.objects.get(uuid=uuid)
        return describe(resource) if resource_type is Dataset else resource

    def update(self, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> ResourceBase | None:
        real = instance.get_real_instance() if instance is not None else None
        return describe(real) if isinstance(real, Dataset) else instance

    def exec(self, method: str, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> ResourceBase | None:
        return instance

    def set_style(self, method: str, uuid: str, instance: ResourceBase | None = None, **kwargs: Any) -> ResourceBase | None:
        return instance

    def set_time_info(self, method: str, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> Any:
        return instance

    def remove_permissions(self, uuid: str, /, instance: ResourceBase | None = None) -> bool:
        return True

    def set_permissions(self, uuid: str, /, instance: ResourceBase | None = None, **kwargs: Any) -> bool:
        return True

    def set_thumbnail(self, uuid: str, /, instance: ResourceBase | None = None, overwrite: bool = True, **kwargs: Any) -> bool:
        """Draw the picture of an uploaded table; returns whether there was anything to draw."""
        real = instance.get_real_instance() if instance is not None else None
        if not isinstance(real, Dataset) or is_layer(real) or is_raster(real) or (real.thumbnail_url and not overwrite):
            return False
        with database.pool("owner").connection() as conn:
            table = datastore.read(conn, "public", real.name)
            if table is None or table.geometry is None or not table.srid:
                return False
            style = Style()
            png = thumbnail.draw(thumbnail.features(conn, table.name, style, thumbnail.web_mercator(table.geometry)), style)
        pictures.store(real, png)
        return png is not None


def describe(dataset: Dataset) -> Dataset:
    """Bring extent, SRID and attributes of an uploaded dataset to what its table holds; returns the dataset."""
    if is_layer(dataset) or dataset.subtype not in ("vector", "tabular") or dataset.remote_service_id:
        return dataset
    with database.pool("owner").connection() as conn:
        table = datastore.read(conn, "public", dataset.name)
    if table is None:
        return dataset
    if table.native is not None:
        dataset.set_bbox_and_srid(table.native, table.degrees, f"EPSG:{table.srid}")
    dataset.ows_url = None  # no map server serves uploads yet
    dataset.save(notify=False)
    set_attributes(dataset, [[name, kind] for name, kind in table.columns.items()])
    return dataset
