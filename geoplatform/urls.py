"""Addresses of the control plane: the portal and the public map first, then the hub, GeoNode's own last."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from geonode.urls import handler500  # noqa: F401 - Django looks it up here
from geonode.urls import urlpatterns as geonode_patterns

from geoplatform.hub.geonode_urls import kept

_portal = [
    path(prefix, include(module))
    for prefix, module in (("map/", "geoplatform.publicmap.urls"), ("", "geoplatform.portal.urls"))
    if find_spec(module) is not None
]

urlpatterns = [
    *i18n_patterns(*_portal, prefix_default_language=False),
    *kept(geonode_patterns),
]
