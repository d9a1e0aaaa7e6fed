"""The hub's Django app: first in INSTALLED_APPS, so its patches are in place before GeoNode's apps start."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "geoplatform.hub"
    label = "hub"
    verbose_name = "geoplatform hub"

    def ready(self) -> None:
        from geoplatform.hub import patches

        patches.apply()
