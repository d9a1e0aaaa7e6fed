"""Where GeoNode's links lead: a dataset's page is ours, since MapStore's viewer would ask a map server that is not there."""

from __future__ import annotations

from django.urls import reverse
from geonode_mapstore_client.hooksets import MapStoreHookSet


class HubHookSet(MapStoreHookSet):
    """MapStore's catalogue, with our page for a dataset."""

    def dataset_detail_url(self, resource) -> str:
        return reverse("hub:dataset", args=[resource.pk])

    def metadata_update_redirect(self, url: str, request=None) -> str:
        identifier = url.rstrip("/").removesuffix("/metadata").rsplit("/", 1)[-1]
        if identifier.isdigit():
            from geonode.base.models import ResourceBase

            resource = ResourceBase.objects.filter(pk=int(identifier)).first()
            if resource is not None and resource.resource_type == "dataset":
                return self.dataset_detail_url(resource)
        return super().metadata_update_redirect(url, request)
