"""Where GeoNode's links lead: a dataset with a map to MapStore's viewer, one without (a table) to our page."""

from __future__ import annotations

from django.urls import reverse
from geonode_mapstore_client.hooksets import MapStoreHookSet


class HubHookSet(MapStoreHookSet):
    """MapStore's catalogue, with our page for a dataset that has no map."""

    def dataset_detail_url(self, resource) -> str:
        if getattr(resource, "subtype", None) in ("vector", "raster"):
            return f"/catalogue/#/dataset/{resource.pk}"
        return reverse("hub:dataset", args=[resource.pk])

    def metadata_update_redirect(self, url: str, request=None) -> str:
        identifier = url.rstrip("/").removesuffix("/metadata").rsplit("/", 1)[-1]
        if identifier.isdigit():
            from geonode.base.models import ResourceBase

            resource = ResourceBase.objects.filter(pk=int(identifier)).first()
            if resource is not None and resource.resource_type == "dataset":
                return self.dataset_detail_url(resource)
        return super().metadata_update_redirect(url, request)
