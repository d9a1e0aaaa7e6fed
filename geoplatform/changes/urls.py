"""Addresses of changes: the comparison, the feed (no layer may be called `changes`), and following by e-mail."""

from django.urls import path

from geoplatform.changes.views import compare, feed, follow, rasters

app_name = "changes"

urlpatterns = [
    path("map/compare/", compare.compare, name="compare"),
    path("map/compare/changes.csv", compare.as_csv, name="csv"),
    path("map/compare/changes.geojson", compare.as_geojson, name="geojson"),
    path("map/compare/rasters/", rasters.rasters, name="rasters"),
    path("feeds/changes.atom", feed.changes, name="feed"),
    path("follow/", follow.follow, name="follow"),
    path("follow/sent/", follow.sent, name="sent"),
    path("follow/confirm/<str:token>/", follow.confirm, name="confirm"),
    path("follow/leave/<str:token>/", follow.leave, name="leave"),
]
