"""Addresses of critical facilities: the public list, what works offline, and the staff pages below /hub/."""

from django.urls import path

from geoplatform.facilities.views import banner, board, machines, offline, public

app_name = "facilities"

urlpatterns = [
    path("facilities/", public.facilities, name="list"),
    path("offline/", offline.page, name="offline"),
    path("feeds/<slug:layer>.atom", machines.feed, name="feed"),
    path("hub/facilities/", board.states, name="board"),
    path("hub/facilities/undo/", board.undo, name="undo"),
    path("hub/banner/", banner.banners, name="banners"),
    path("hub/banner/end/", banner.end, name="banner_end"),
]

#: Addresses that are the same in every language.
plain = [
    path("offline/data.json", offline.data, name="offline_data"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap_index, name="sitemap"),
    path("sitemap/pages.xml", machines.sitemap_pages),
    path("sitemap/catalogue.xml", machines.sitemap_catalogue),
    path("sitemap/<slug:layer>.<int:number>.xml", machines.sitemap_layer),
    # At the root, so that what a reader opens in a blackout is answered too: a worker reaches below its own address only.
    path("sw.js", offline.worker, name="service_worker"),
]
