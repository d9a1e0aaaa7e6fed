"""The public map as a Django app. It has no models: it reads the published views as the public database role."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublicMapConfig(AppConfig):
    name = "geoplatform.publicmap"
    label = "publicmap"
    verbose_name = _("Public map")
