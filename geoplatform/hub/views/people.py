"""Lists of people and groups. GeoNode's own pages fill themselves from the API of version 1, which is off."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from geonode.groups.models import GroupCategory, GroupProfile

from geoplatform.hub.accounts import is_staff_member
from geoplatform.hub.views.access import signed_in_only
from geoplatform.hub.views.page import render_hub_page

PAGE = 50


@require_GET
@signed_in_only
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who has an account: for signed-in people, since the list is personal data."""
    found = get_user_model().objects.filter(is_active=True).exclude(username="AnonymousUser").order_by("last_name", "username")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render_hub_page(request, "hub/people.html", {"page": page})


@require_GET
@signed_in_only
def person(request: HttpRequest, username: str) -> HttpResponse:
    """One person; the address for letters is shown to nobody but themselves."""
    found = get_object_or_404(get_user_model(), username=username)
    if found.username == "AnonymousUser" or not (found.is_active or is_staff_member(request.user)):
        raise Http404(_("There is no such person."))
    return render_hub_page(request, "hub/person.html", {"person": found, "is_own": found == request.user})


@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    """The groups that this visitor may see."""
    context = {
        "heading": _("Groups"),
        "groups": _visible(request),
        "categories": GroupCategory.objects.order_by("name"),
        "may_create": request.user.is_superuser,
    }
    return render_hub_page(request, "hub/groups.html", context)


@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """The categories of groups."""
    context = {"heading": _("Categories of groups"), "groups": [], "categories": GroupCategory.objects.order_by("name")}
    return render_hub_page(request, "hub/groups.html", context)


@require_GET
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The groups of one category."""
    found = get_object_or_404(GroupCategory, slug=slug)
    context = {"heading": found.name, "about": found.description, "groups": _visible(request).filter(categories=found)}
    return render_hub_page(request, "hub/groups.html", context)


@require_GET
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """One group with its members; members are named to signed-in people only."""
    found = get_object_or_404(_visible(request), slug=slug)
    members = found.groupmember_set.select_related("user").order_by("user__username") if request.user.is_authenticated else []
    context = {
        "group": found,
        "members": members,
        "may_manage": request.user.is_superuser or found.user_is_role(request.user, "manager"),
    }
    return render_hub_page(request, "hub/group.html", context)


def _visible(request: HttpRequest):
    """Return the groups that are open to the visitor: those that are not private, and their own."""
    found = GroupProfile.objects.order_by("title")
    if request.user.is_superuser:
        return found
    own = Q(groupmember__user=request.user) if request.user.is_authenticated else Q(pk__in=[])
    return found.filter(~Q(access="private") | own).distinct()
