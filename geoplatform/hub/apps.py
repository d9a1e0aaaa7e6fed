"""The hub's Django app: first in INSTALLED_APPS, so its patches are in place before GeoNode's apps start."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "geoplatform.hub"
    label = "hub"
    verbose_name = "geoplatform hub"

    def import_models(self) -> None:
        """The first moment at which translations work, and the last before GeoNode's models copy the names of actions."""
        from geoplatform.hub import patches

        patches.action_names()
        super().import_models()

    def ready(self) -> None:
        from geoplatform.hub import patches

        patches.apply()
        from geonode.metadata.manager import metadata_manager

        from geoplatform.hub import owned

        metadata_manager.add_handler(owned.HANDLER, owned.DefinitionHandler, owned.ORDER)
