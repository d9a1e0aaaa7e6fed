"""Indicators as a Django app. It has no models: figures are tables of the data database."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "geoplatform.indicators"
    label = "indicators"
    verbose_name = _("Indicators")
