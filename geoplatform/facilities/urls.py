"""Addresses of critical facilities: the public list, what works offline, and the staff pages below /hub/."""

from django.urls import path

from geoplatform.facilities.views import banner, board, public

app_name = "facilities"

urlpatterns = [
    path("facilities/", public.facilities, name="list"),
    path("hub/facilities/", board.states, name="board"),
    path("hub/facilities/undo/", board.undo, name="undo"),
    path("hub/banner/", banner.banners, name="banners"),
    path("hub/banner/end/", banner.end, name="banner_end"),
]
