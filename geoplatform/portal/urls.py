"""Addresses of the portal's own pages."""

from django.urls import path

from geoplatform.portal import finding, views

app_name = "portal"

urlpatterns = [path("", views.home, name="home"), path("search/", finding.search, name="search")]
