"""Every place where GeoNode's code is changed while it runs: one function for each patch, with its reason. Nowhere else.

`apply()` is called once, by the first app's ready().
"""

from __future__ import annotations

import base64
import binascii
from types import SimpleNamespace
from typing import Any


def apply() -> None:
    """Put every patch in place; calling it again changes nothing."""
    style_resource()
    publisher()
    basic_auth()


def style_resource() -> None:
    """`geonode.api.urls` names StyleResource, which only exists when GeoServer is installed; without it nothing starts."""
    from geonode.api import api

    if not hasattr(api, "StyleResource"):
        api.StyleResource = type("StyleResource", (api.GeoserverStyleResource,), {})


def publisher() -> None:
    """The upload's publish step speaks to GeoServer. The class is constructed in many places, so its methods are replaced."""
    from django.conf import settings
    from django.utils.module_loading import import_string
    from geonode.upload.publisher import DataPublisher

    def construct(self: Any, handler_module_path: str | None) -> None:
        self.cat = self.store = None
        self.workspace = SimpleNamespace(name=settings.DEFAULT_WORKSPACE)
        if handler_module_path is not None:
            self.handler = import_string(str(handler_module_path))()

    DataPublisher.__init__ = construct
    DataPublisher.get_resource = lambda self, name, return_bool=True: False if return_bool else None
    DataPublisher.publish_resources = lambda self, resources: True
    DataPublisher.overwrite_resources = lambda self, resources: True
    DataPublisher.delete_resource = lambda self, name: None
    DataPublisher.get_or_create_store = lambda self, default=None: None
    DataPublisher.sanity_checks = lambda self, resources: None
    DataPublisher.recalculate_geoserver_featuretype = lambda self, dataset: None


def basic_auth() -> None:
    """GeoNode splits `user:password` at every colon, so a password is cut at its first one; a broken header gives a 500."""
    from django.contrib.auth import authenticate
    from geonode.base import auth

    def authenticate_basic(header: str) -> Any:
        try:
            scheme, _, encoded = header.partition(" ")
            username, colon, password = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if scheme.lower() != "basic" or not colon:
            return None
        return authenticate(username=username, password=password)

    auth.basic_auth_authenticate_user = authenticate_basic
