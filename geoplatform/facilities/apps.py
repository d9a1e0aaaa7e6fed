"""Critical facilities as a Django app. It has no models: states are a layer, banners a table of the data database."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    name = "geoplatform.facilities"
    label = "facilities"
    verbose_name = _("Critical facilities")
