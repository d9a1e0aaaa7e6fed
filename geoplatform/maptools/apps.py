"""The map's tools as a Django app. Its one model are short links."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MapToolsConfig(AppConfig):
    name = "geoplatform.maptools"
    label = "maptools"
    verbose_name = _("Map tools")
    default_auto_field = "django.db.models.BigAutoField"
