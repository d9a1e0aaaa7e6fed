"""Addresses of the public map. Every one answers to a plain GET, without a session."""

from django.urls import path

from geoplatform.publicmap import views

app_name = "publicmap"

urlpatterns = [
    path("", views.public_map, name="map"),
    path("results/", views.results, name="results"),
    path("<str:layer>/<str:feature>/", views.feature, name="feature"),
    path("<str:layer>/<str:feature>/card/", views.card_fragment, name="card"),
]
