"""Addresses of the map's tools. No layer's id holds a hyphen, so none of these can be taken for a place's page."""

from django.urls import path

from geoplatform.maptools import views

app_name = "maptools"

urlpatterns = [
    path("about-layer/<str:layer>/", views.about_layer, name="about"),
    path("-/tools/<str:tool>/", views.tool, name="tool"),
    path("-/photos/", views.base_pictures, name="photos"),
    path("-/print/", views.print_sheet, name="print"),
    path("-/embed/", views.embedded, name="embed"),
    path("-/short-link/", views.make_link, name="make_link"),
]
