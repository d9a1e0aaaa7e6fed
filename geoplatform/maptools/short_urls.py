"""Addresses of short links; the same in every language."""

from django.urls import path

from geoplatform.maptools import views

urlpatterns = [
    path("<slug:code>/", views.follow_link, name="short_link"),
    path("<slug:code>.svg", views.link_picture, name="short_link_picture"),
]
