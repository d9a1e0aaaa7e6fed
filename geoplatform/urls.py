"""Addresses of the control plane: the portal and the public map first, then the hub, GeoNode's own last."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from geonode.urls import urlpatterns as geonode_patterns

from geoplatform.facilities.urls import plain
from geoplatform.hub import features_api
from geoplatform.hub.geonode_urls import kept, replaced
from geoplatform.hub.views import guide, tokens

urlpatterns = [
    # Writes; nginx sends everything else below /ogcapi/ to the serving plane.
    path("ogcapi/collections/<str:layer>/items", features_api.items),
    path("ogcapi/collections/<str:layer>/items/<str:feature>", features_api.item),
    re_path("^ogcapi(?:/.*)?$", features_api.nothing),
    *plain,
    path("s/", include("geoplatform.maptools.short_urls")),
    *i18n_patterns(
        # before the hub, whose addresses below /hub/ are its own
        path("", include("geoplatform.indicators.urls")),
        path("hub/", include("geoplatform.hub.urls")),
        path("account/tokens/", tokens.own, name="tokens"),
        path("account/tokens/revoke/", tokens.revoke, name="tokens_revoke"),
        # GeoNode's own pages of these names tell of GeoServer, and of GeoNode in general.
        path("help/", guide.guide, name="help"),
        path("developer/", guide.developer, name="developer"),
        path("about/", RedirectView.as_view(pattern_name="help"), name="about"),
        path("", include("geoplatform.changes.urls")),
        path("", include("geoplatform.facilities.urls")),
        path("", include("geoplatform.remarks.urls")),
        path("map/", include("geoplatform.maptools.urls")),
        path("map/", include("geoplatform.publicmap.urls")),
        path("", include("geoplatform.portal.urls")),
        prefix_default_language=False,
    ),
    *replaced(),
    # GeoNode's templates link to a page of this name.
    path("", RedirectView.as_view(pattern_name="portal:home"), name="home"),
    *kept(geonode_patterns),
]

handler400 = "geoplatform.portal.errors.bad_request"
handler403 = "geoplatform.portal.errors.forbidden"
handler404 = "geoplatform.portal.errors.not_found"
handler500 = "geoplatform.portal.errors.server_error"
