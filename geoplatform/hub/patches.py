"""Every place where GeoNode's code is changed while it runs: one function for each patch, with its reason. Nowhere else.

The first app calls `action_names()` before any model is imported, and `apply()` in its ready().
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from types import SimpleNamespace
from typing import Any

from django.utils import translation

_PASSWORD = re.compile(r"\bpassword=('(?:[^'\\]|\\.)*'|\S+)")


def apply() -> None:
    """Put every patch in place but `action_names`; calling it again changes nothing."""
    style_resource()
    publisher()
    basic_auth()
    no_time_dimension()
    extent_from_postgis()
    uploads_without_password_in_argv()
    locks_that_answer()
    csv_in_degrees()
    unknown_files_are_the_senders_fault()
    no_links_to_dif()
    records_in_order_and_in_place()
    no_pages_that_are_missing()
    definitions_decide()


def action_names() -> None:
    """GeoNode translates the names of its tasks' actions and compares them with what the client sends: in Ukrainian no upload
    finds its handler. Handlers copy the names while models are loaded, so this comes before everything else.
    """
    with translation.override(None):  # the names as they are written in the code; importing it asks for translations already
        from geonode.resource.enumerator import ExecutionRequestAction

        plain = {member: str(member.value) for member in ExecutionRequestAction}
    ExecutionRequestAction._value2member_map_.clear()
    for member, name in plain.items():
        member._value_ = name
        ExecutionRequestAction._value2member_map_[name] = member


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


def no_time_dimension() -> None:
    """The time dimension is GeoServer's: without it `timeseries` calls a function that was never imported."""
    from geonode.layers.models import Dataset

    Dataset.supports_time = property(lambda self: False)


def extent_from_postgis() -> None:
    """`recalc-bbox` asks GeoServer; the table itself knows."""
    from geonode.layers.models import Dataset

    def recalculate(self: Dataset, force_bbox: Any = None) -> bool:
        from geoplatform.hub.manager import describe

        describe(self)
        return True

    Dataset.recalc_bbox_on_geoserver = recalculate


def uploads_without_password_in_argv() -> None:
    """GeoNode hands the database's password to ogr2ogr as an argument, which every user of the machine can read."""
    from django.conf import settings
    from geonode.upload.handlers.common import vector

    if getattr(vector.Popen, "hides_password", False):
        return
    start = vector.Popen

    def popen(command: Any, *args: Any, **options: Any) -> Any:
        if isinstance(command, list):
            command = [_PASSWORD.sub("", word) if "password=" in word else word for word in command]
            environment = options.get("env") or os.environ
            options["env"] = {**environment, "PGPASSWORD": settings.DATABASES["datastore"]["PASSWORD"]}
        return start(command, *args, **options)

    popen.hides_password = True
    vector.Popen = popen


def csv_in_degrees() -> None:
    """A CSV has no CRS, so ogr2ogr would make a table of none; its x and y (lon and lat) are degrees."""
    from geonode.upload.handlers.csv.handler import CSVFileHandler

    stock = CSVFileHandler.create_ogr2ogr_command
    if getattr(stock, "in_degrees", False):
        return

    def command(files: dict, original_name: str, ovverwrite_layer: bool, alternate: str, **options: Any) -> str:
        return stock(files, original_name, ovverwrite_layer, alternate, **options) + " -a_srs EPSG:4326"

    command.in_degrees = True
    CSVFileHandler.create_ogr2ogr_command = staticmethod(command)


def unknown_files_are_the_senders_fault() -> None:
    """A file that no handler takes is answered by 500 with a sentence for programmers."""
    from django.utils.translation import gettext as _
    from geonode.upload.api import exceptions

    stock = exceptions.ImportException.__init__
    if getattr(stock, "names_formats", False):
        return

    def construct(self: Any, detail: Any = None, code: Any = None) -> None:
        if detail == "No handlers found for this dataset type/action":
            self.status_code = 400
            detail = _("This is no file that can be read: send GeoJSON, GeoPackage, a zipped Shapefile, KML or CSV.")
        stock(self, detail, code)

    construct.names_formats = True
    exceptions.ImportException.__init__ = construct


def no_links_to_dif() -> None:
    """Each record links to itself in NASA's DIF format, over which pycsw breaks (a list where it wants a text)."""
    from geonode.catalogue.backends.pycsw_local import CatalogueBackend

    stock = CatalogueBackend.__init__
    if getattr(stock, "without_dif", False):
        return

    def construct(self: Any, *args: Any, **options: Any) -> None:
        stock(self, *args, **options)
        self.catalogue.formats = [name for name in self.catalogue.formats if name != "DIF"]

    construct.without_dif = True
    CatalogueBackend.__init__ = construct


def records_in_order_and_in_place() -> None:
    """CSW pages without an order gave a record twice and another never; a box, in no CRS, was compared with EPSG:4326."""
    from geonode.catalogue.backends.pycsw_plugin import GeoNodeRepository

    stock = GeoNodeRepository.query
    if getattr(stock, "in_order", False):
        return

    def query(
        self: Any,
        constraint: dict,
        sortby: dict | None = None,
        typenames: Any = None,
        maxrecords: int = 10,
        startposition: int = 0,
    ) -> list:
        if "where" in constraint:  # pycsw's own words; what a reader wrote is in the values
            stored = "st_geomfromtext(csw_wkt_geometry)"
            constraint = {**constraint, "where": constraint["where"].replace(stored, f"st_setsrid({stored}, 0)")}
        return stock(self, constraint, sortby or {"propertyname": "id", "order": "ASC"}, typenames, maxrecords, startposition)

    query.in_order = True
    GeoNodeRepository.query = query


def no_pages_that_are_missing() -> None:
    """Actions and OAuth applications name pages that GeoNode has no address for; the admin's "view on site" ended in a 500."""
    from actstream.models import Action
    from oauth2_provider.models import AbstractApplication

    for model in (Action, AbstractApplication):
        if "get_absolute_url" in vars(model):
            del model.get_absolute_url


def definitions_decide() -> None:
    """GeoNode's API writes over a layer's title and the like, which the catalogue would put back: it must say no instead."""
    from geonode.base.api.serializers import ResourceBaseSerializer
    from rest_framework.serializers import ValidationError

    stock = ResourceBaseSerializer.validate
    if getattr(stock, "asks_definitions", False):
        return

    def validate(self: Any, attrs: dict) -> dict:
        from geoplatform.hub import owned

        attrs = stock(self, attrs)
        if self.instance is not None and (why := owned.refused(self.instance, attrs)):
            raise ValidationError(why)
        return attrs

    validate.asks_definitions = True
    ResourceBaseSerializer.validate = validate


def locks_that_answer() -> None:
    """Without memcached GeoNode's lock gives a context manager where True is asked for: no delete or copy is ever carried out."""
    from django.core.cache import cache
    from geonode.tasks.tasks import AcquireLock

    def acquire(self: Any) -> bool:
        # a task may last ten minutes; a lock of a killed one ends then too
        self.held = cache.add(f"geonode:lock:{self.lock_id}", 1, 600)
        return self.held

    def release(self: Any) -> None:
        if getattr(self, "held", False):
            cache.delete(f"geonode:lock:{self.lock_id}")
            self.held = False

    AcquireLock.acquire, AcquireLock.release = acquire, release
