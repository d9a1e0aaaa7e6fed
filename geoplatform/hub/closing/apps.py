"""Last in INSTALLED_APPS: its ready() sees what every other app has done to settings."""

from pathlib import Path

from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "geoplatform.hub.closing"
    label = "hub_closing"

    def ready(self) -> None:
        """Put our templates before the MapStore client's, and its private cache alias and proxy exceptions away."""
        from django.conf import settings

        from geoplatform.settings import base

        ours = Path(__file__).resolve().parent.parent / "templates"
        directories = settings.TEMPLATES[0]["DIRS"]
        if str(ours) not in directories:
            directories.insert(0, str(ours))
        # The client replaces the alias by a LocMem cache: one for each process, never told of changes.
        settings.CACHES["search_services"] = base.CACHES["default"] | {"KEY_PREFIX": "geoplatform:search_services"}
        # The client opens GeoNode's proxy for any address whose path holds "ows" or "wms".
        settings.PROXY_ALLOWED_PARAMS_NEEDLES = settings.PROXY_ALLOWED_PATH_NEEDLES = ()
