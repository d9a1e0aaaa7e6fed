"""A layer's ceiling holds against GeoNode's permission screens: they may narrow what a definition opens, never widen it."""

from __future__ import annotations

from typing import Any

from geonode.security.handlers import BasePermissionsHandler

from geoplatform import database
from geoplatform.access import ceilings
from geoplatform.access.names import RASTER_STORE, STAFF_GROUP, STORE, WORKSPACE
from geoplatform.hub.accounts import is_staff_member
from geoplatform.layers.definition import Level


class CeilingHandler(BasePermissionsHandler):
    """Registered last in PERMISSIONS_HANDLERS, so it sees what the others have added."""

    @staticmethod
    def fixup_perms(instance: Any, perms_payload: dict | None, *args: Any, **kwargs: Any) -> dict | None:
        """Return the permissions without those that exceed the layer's ceiling."""
        if not perms_payload or not (is_layer(instance) or is_raster(instance)):
            return perms_payload
        level = ceiling(instance.name)
        users = {user: perms for user, perms in perms_payload.get("users", {}).items() if _user_allowed(user, instance, level)}
        groups = {group: perms for group, perms in perms_payload.get("groups", {}).items() if _group_allowed(group, level)}
        return {**perms_payload, "users": users, "groups": groups}


def is_layer(resource: Any) -> bool:
    """Return whether the resource stands for a layer of features, as opposed to a raster, a map, a document."""
    return _store(resource) == STORE


def is_raster(resource: Any) -> bool:
    """Return whether the resource stands for a raster of ours."""
    return _store(resource) == RASTER_STORE


def _store(resource: Any) -> str | None:
    real = resource.get_real_instance() if hasattr(resource, "get_real_instance") else resource
    return getattr(real, "store", None) if getattr(real, "workspace", None) == WORKSPACE else None


def ceiling(layer_id: str) -> Level:
    """Return the widest level that permissions may open: the definition's, as far as the two-person rule lets it."""
    with database.pool("owner").connection() as conn:
        return ceilings.ceiling(conn, layer_id)


def _group_allowed(group: Any, level: Level) -> bool:
    name = getattr(group, "name", str(group))
    if level is Level.public:
        return True
    if level is Level.registered:
        return name != "anonymous"
    return level is Level.staff and name == STAFF_GROUP


def _user_allowed(user: Any, instance: Any, level: Level) -> bool:
    from django.contrib.auth import get_user_model

    name = getattr(user, "username", str(user))
    if level is Level.public:
        return True
    if name == "AnonymousUser":
        return False
    if level is Level.registered:
        return True
    person = get_user_model().objects.filter(username=name).first()
    return person is not None and (person == instance.owner or is_staff_member(person))
