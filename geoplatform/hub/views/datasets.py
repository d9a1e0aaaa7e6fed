"""A dataset's page: what it is, its columns, licence and links; also without JavaScript. Its map is MapStore's."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from geonode.layers.models import Dataset
from geonode.metadata.models import SparseField

from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.hub.views.page import render_hub_page


@require_GET
def dataset(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the dataset to whoever may view it; to others it does not exist (404), signed in or not."""
    found = Dataset.objects.filter(pk=pk).select_related("category", "license", "owner").first()
    if found is None or not request.user.has_perm("base.view_resourcebase", found.get_self_resource()):
        raise Http404(_("There is no such dataset, or you may not see it."))
    title, abstract = _texts(found)
    context = {
        "dataset": found,
        "title": title,
        "abstract": abstract,
        "is_layer": is_layer(found),
        "is_raster": is_raster(found),
        "attributes": [item for item in found.attribute_set.order_by("display_order") if item.visible],
        "links": found.link_set.filter(link_type__in=("html", "data")).order_by("pk"),
        "keywords": [keyword.name for keyword in found.keywords.all()],
        "download": reverse("dataset_download", args=[found.alternate])
        if request.user.has_perm("base.download_resourcebase", found.get_self_resource())
        else None,
        "viewer": found.detail_url if found.subtype in ("vector", "raster") else None,
        "metadata": reverse("metadata", args=[found.pk]),
        "may_edit": request.user.has_perm("base.change_resourcebase_metadata", found.get_self_resource()),
    }
    response = render_hub_page(request, "hub/dataset.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_GET
def by_name(request: HttpRequest, layername: str) -> HttpResponse:
    """Lead from GeoNode's own address of a dataset (`workspace:name`) to its page."""
    found = Dataset.objects.filter(alternate=layername).first()
    if found is None:
        raise Http404(_("There is no such dataset, or you may not see it."))
    return redirect("hub:dataset", pk=found.pk)


def _texts(found: Dataset) -> tuple[str, str]:
    """Return title and abstract in the reader's language, in the main one when there is no translation."""
    language = (get_language() or "uk").split("-")[0]
    names = {f"{name}_multilang_{language}": name for name in ("title", "abstract")}
    rows = SparseField.objects.filter(resource=found.resourcebase_ptr, name__in=names)
    translated = {names[row.name]: row.value for row in rows if row.value}
    return translated.get("title", found.title), translated.get("abstract", found.raw_abstract or found.abstract)
