"""Addresses of indicators: the public pages, their downloads, and the staff pages below /hub/."""

from __future__ import annotations

from django.urls import path

from geoplatform.indicators.views import public, reach, staff

app_name = "indicators"

urlpatterns = [
    path("indicators/", public.listing, name="list"),
    path("indicators/reach/", reach.reach, name="reach"),
    path("indicators/reach.csv", reach.export, name="reach_csv"),
    path("indicators/<str:indicator>/", public.indicator, name="indicator"),
    path("indicators/<str:indicator>/export.csv", public.as_csv, name="csv"),
    path("indicators/<str:indicator>/export.geojson", public.as_geojson, name="geojson"),
    path("hub/indicators/", staff.listing, name="staff"),
    path("hub/indicators/new/", staff.new, name="new"),
    path("hub/indicators/held/<str:token>/", staff.held, name="held"),
    path("hub/indicators/<str:indicator>/table/", staff.upload, name="upload"),
    path("hub/indicators/<str:indicator>/remove/", staff.remove, name="remove"),
]
