"""Help: what can be done here and where; it takes the place of GeoNode's manual, which is about GeoServer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from geoplatform import config
from geoplatform.hub.views.page import render_hub_page


@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The page of help; staff see their part too."""
    site = config.load().site_url
    addresses = {"ogcapi": f"{site}/ogcapi/", "wms": f"{site}/wms", "wmts": f"{site}/wmts/1.0.0/WMTSCapabilities.xml"}
    return render_hub_page(request, "hub/help.html", addresses)


@require_GET
def developer(request: HttpRequest) -> HttpResponse:
    """Go to what developers read: the data service describes itself."""
    return redirect(f"/ogcapi/?lang={(get_language() or 'uk')[:2]}")
