"""What the person in front of a hub's page may do with a layer: the same answer as everywhere, from `geoplatform.access`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from geoplatform import database
from geoplatform.access import Principal, grants
from geoplatform.access.grants import Operation
from geoplatform.hub.accounts import level_of

_RESTRICTED = """
    select id from registry.layer where id = any(%(names)s) and definition ->> 'publication' = 'restricted'
    union all select id from registry.raster where id = any(%(names)s) and publication = 'restricted'
    union all select layer from access.ceiling where layer = any(%(names)s) and what = '' and level = 'restricted'
"""


def require(user: Any, layer: str, operation: Operation) -> None:
    """Raise Http404 when `user`, a member of staff, may not view the layer, PermissionDenied when they may not do `operation`.

    Administrators may do everything, also with a layer that is in no catalogue since nobody may see it.
    """
    if not may(user, layer, "view"):
        raise Http404(_("There is no such layer."))
    if not may(user, layer, operation):
        raise PermissionDenied


def may(user: Any, layer: str, operation: Operation) -> bool:
    """Return whether `user` may do `operation` with the layer or raster; administrators may do everything."""
    return bool(those(user, [layer], operation))


def those(user: Any, names: Iterable[str], operation: Operation) -> set[str]:
    """Return those of the layers and rasters with which `user` may do `operation`; what is restricted is for administrators."""
    names = set(names)
    if user.is_superuser:
        return names
    principal = Principal(level_of(user), user.pk, frozenset(user.groups.values_list("pk", flat=True)))
    with database.pool("owner").connection() as conn:
        permissions = grants.read(conn, principal.level)
        # in no level's views, so no permissions are kept of it that could narrow it
        restricted = {name for (name,) in conn.execute(_RESTRICTED, {"names": list(names)})}
    return {name for name in names - restricted if permissions.allows(principal, name, operation)}
