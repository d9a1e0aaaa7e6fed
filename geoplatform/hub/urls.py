"""Addresses of the hub's own pages, below /hub/ in both languages."""

from django.urls import path

from geoplatform.hub.views import datasets, layers, publication, rasters, styles, uploads, versions

app_name = "hub"

urlpatterns = [
    path("", layers.overview, name="layers"),
    path("layers/new/", uploads.new, name="new"),
    path("layers/<slug:layer>/", layers.layer, name="layer"),
    path("layers/<slug:layer>/upload/", uploads.update, name="upload"),
    path("layers/<slug:layer>/remove/", uploads.remove, name="remove"),
    path("layers/<slug:layer>/style/", styles.style, name="style"),
    path("layers/<slug:layer>/style.sld", styles.download, name="style_sld"),
    path("layers/<slug:layer>/style/back/<int:entry>/", styles.back, name="style_back"),
    path("layers/<slug:layer>/style/<str:token>/", styles.look, name="style_look"),
    path("uploads/<str:token>/", uploads.held, name="held"),
    path("layers/<slug:layer>/sync/", layers.order_sync, name="sync"),
    path("layers/<slug:layer>/versions/", versions.versions, name="versions"),
    path("layers/<slug:layer>/versions/<int:version>/restore/", versions.go_back, name="go_back"),
    path("layers/<slug:layer>/compare/", versions.compare, name="compare"),
    path("layers/<slug:layer>/compare.svg", versions.picture, name="compare_picture"),
    path("rasters/<slug:raster>/", rasters.raster, name="raster"),
    path("rasters/<slug:raster>/level/", rasters.level, name="raster_level"),
    path("rasters/<slug:raster>/remove/", rasters.remove, name="raster_remove"),
    path("publication/", publication.overview, name="publication"),
    path("publication/approve/", publication.approve, name="approve"),
    path("runs/<int:run>/refused.<str:form>", layers.refused, name="refused"),
    path("datasets/<int:pk>/", datasets.dataset, name="dataset"),
]
