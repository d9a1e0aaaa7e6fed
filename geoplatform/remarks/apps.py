"""Remarks on places as a Django app; its one model is in the control database."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemarksConfig(AppConfig):
    name = "geoplatform.remarks"
    label = "remarks"
    verbose_name = _("Remarks on places")
    default_auto_field = "django.db.models.BigAutoField"
