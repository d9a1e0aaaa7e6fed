"""Which of GeoNode's addresses are served, which are replaced by ours, and why."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from geoplatform.hub.views import datasets, media, people

#: Names of GeoNode's views that are taken out, with the reason.
REMOVED_NAMES = {
    "roles": "for GeoServer: lists every group, to anybody when no key is set",
    "users": "for GeoServer: lists every account",
    "adminRole": "for GeoServer",
    "version": "tells the exact version to everybody",
    "resource_geolimits": "for GeoServer's GeoFence; answers GET with nothing at all",
    "invalidate_tileddataset_cache": "for GeoServer's tile cache",
    "attributes_sats_refresh": "asks GeoServer",
    "csw_render_extra_format_txt": "broken (asks for a field that regions do not have) and names contacts' e-mail addresses",
    "csw_render_extra_format_html": "names contacts' e-mail addresses",
}
#: Views that look a record up without minding that it may be missing.
LOOKING_UP_NAMES = {
    "group_member_demote",
    "group_member_promote",
    "group_member_remove",
    "group_members_add",
}
#: Modules of addresses that are taken out whole.
REMOVED_MODULES = {
    "geonode.management_commands_http.urls": "management commands over HTTP",
    "actstream.urls": "feeds of what each account does, open to everybody; half of them break on GeoNode's unregistered models",
}


def replaced() -> list[URLPattern]:
    """Return our views for addresses of GeoNode that break or tell too much; they come before GeoNode's and keep its names."""
    from geonode.metadata.api.views import MetadataGroupAutocomplete
    from geonode.views import metadata_update_redirect
    from geonode_mapstore_client.views import ExtensionsView, PluginsConfigView

    return [
        # The client's own patterns begin with a slash and match nothing, so that each of its pages asked in vain.
        path("client/extensions", ExtensionsView.as_view()),
        path("client/pluginsconfig", PluginsConfigView.as_view()),
        # Legacy pages that fill themselves from the API of version 1.
        re_path(r"^people/$", people.people, name="profile_browse"),
        re_path(r"^people/profile/(?P<username>[^/]*)/$", people.person, name="profile_detail"),
        re_path(r"^groups/$", people.groups, name="group_list"),
        re_path(r"^groups/categories/$", people.categories, name="group_category_list"),
        re_path(r"^groups/categories/(?P<slug>(?!_create)[-\w]+)/$", people.category, name="group_category_detail"),
        re_path(r"^groups/group/(?P<slug>[-\w]+)/$", people.group, name="group_detail"),
        # They answer 500 to strangers, or without their parameter.
        re_path(r"^api/v2/metadata/autocomplete/groups", login_required(MetadataGroupAutocomplete.as_view())),
        re_path(r"^metadata_update_redirect$", _needs("url", metadata_update_redirect), name="metadata_update_redirect"),
        re_path(r"^catalogue/csw$", csw, name="csw_global_dispatch"),
        # Its map would ask a WMS that is not there.
        re_path(r"^datasets/(?P<layername>[^/]+)/embed$", datasets.by_name, name="dataset_embed"),
        path("uploaded/<path:path>", media.media, name="media"),
    ]


@csrf_exempt  # clients of CSW ask by POST; nothing can be changed here
def csw(request: HttpRequest) -> HttpResponse:
    """Answer what pycsw can on GeoNode's models; refuse OAI-PMH and records in NASA's DIF format, over which it breaks."""
    from geonode.catalogue.views import csw_global_dispatch

    query = {name.lower(): value.lower() for name, value in request.GET.items()}
    if query.get("mode") == "oaipmh":
        return HttpResponseBadRequest("OAI-PMH is not offered; use CSW 2.0.2 or OpenSearch.", content_type="text/plain")
    if "gcmd.gsfc.nasa.gov" in query.get("outputschema", ""):
        return HttpResponseBadRequest("Records are not given as DIF; use the ISO 19139 schema.", content_type="text/plain")
    # GeoNode writes whose records the request may see into the configuration, which all threads of the process share
    return csw_global_dispatch(request, config_updater=copy.deepcopy)


def kept(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """Return GeoNode's `patterns`, at any depth, without the views of REMOVED_NAMES and REMOVED_MODULES and without `/api/` v1.

    Version 1 (tastypie) needs GeoServer's style resource and answers strangers more than the screens do.
    """
    from geonode.api.urls import api

    first_version = [pattern.name for pattern in api.urls if isinstance(pattern, URLPattern)]
    result: list[URLPattern | URLResolver] = []
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name not in REMOVED_NAMES:
                result.append(pattern)
            continue
        module = getattr(pattern.urlconf_name, "__name__", "")
        names = [inner.name for inner in pattern.url_patterns if isinstance(inner, URLPattern)]
        if module in REMOVED_MODULES or (first_version and names == first_version):
            continue
        if not {*REMOVED_NAMES, *LOOKING_UP_NAMES}.isdisjoint(names):
            _mend(pattern)
        result.append(pattern)
    return result


def _mend(resolver: URLResolver) -> None:
    """Take removed views out of an included list of addresses, and let those that look records up answer 404."""
    resolver.url_patterns[:] = [p for p in resolver.url_patterns if getattr(p, "name", None) not in REMOVED_NAMES]
    for pattern in resolver.url_patterns:
        if getattr(pattern, "name", None) in LOOKING_UP_NAMES:
            pattern.callback = _missing_is_404(pattern.callback)


def _missing_is_404(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return `view` that answers 404 when a record that it looks up is not there."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist as error:
            raise Http404(str(error)) from error

    return guarded


def _needs(parameter: str, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return `view` that answers 400 when the form lacks `parameter`."""

    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if parameter not in request.POST:
            return HttpResponseBadRequest(f"the form's field {parameter} is missing", content_type="text/plain")
        return view(request, *args, **kwargs)

    return guarded
