"""How GeoNode's API answers to errors: a missing record is 404, never 500."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from geonode.base.api.exceptions import geonode_exception_handler
from rest_framework.exceptions import NotFound
from rest_framework.response import Response


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return GeoNode's own answer to `error`; views that look a record up with `get()` are answered by 404."""
    if isinstance(error, ObjectDoesNotExist):
        error = NotFound()
    return geonode_exception_handler(error, context)
