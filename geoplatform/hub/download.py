"""Downloads of datasets, of what the person may see: features as one GeoJSON streamed from PostGIS, a raster as its file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from django.http import Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from geonode.layers.download_handler import DatasetDownloadHandler
from geonode.utils import build_absolute_uri

from geoplatform import config, database
from geoplatform.access import Principal, gate, grants, taking
from geoplatform.hub import datastore
from geoplatform.hub.accounts import level_of
from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.layers.rasters import files
from geoplatform.layers.rasters import published as rasters

#: How often (seconds) it is asked again, while a file is sent, whether it still may be.
CHECK_SECONDS = 1.0
#: A permission that was just given in GeoNode is known to `access` after so many seconds at the latest.
KNOWN_SECONDS = 5.0
_BLOCK = 256 * 1024


class CutOff(Exception):
    """The rest of a file is not sent; the server closes the connection, so that nobody takes the part for the whole."""


class HubDownloadHandler(DatasetDownloadHandler):
    """Replaces the stock handler, which asks GeoServer."""

    @property
    def download_url(self) -> str | None:
        resource = self.get_resource()
        if resource is None or resource.subtype not in ("vector", "tabular", "raster"):
            return None
        return build_absolute_uri(reverse("dataset_download", args=[resource.alternate]))

    def get_download_response(self) -> StreamingHttpResponse:
        """Return the dataset's rows, or the newest image.

        Raises Http404 when there is no such dataset or the person may not download it.
        """
        resource = self.get_resource()
        if resource is None:
            raise Http404(_("There is no such dataset, or you may not download it."))
        if is_raster(resource):
            return self._image(resource.name)
        if is_layer(resource):
            role, schema = str(level_of(self.request.user)), f"pub_{level_of(self.request.user)}"
        else:
            role, schema = "owner", "public"
        with database.pool(role).connection() as conn:
            table = datastore.read(conn, schema, resource.name)
        if table is None:
            raise Http404(_("The dataset has no table."))
        pieces: Iterable[Any] = _rows(role, table)
        if is_layer(resource):
            pieces = self._while_allowed(pieces, resource.name, "geojson")
        return self._sent(pieces, "application/geo+json", f"{resource.name}.geojson")

    def _while_allowed(self, pieces: Iterable[Any], name: str, form: str) -> Iterator[Any]:
        """Return the pieces as long as the person may have them; taking the first one is noted."""
        user = self.request.user
        principal = Principal(level_of(user), user.pk, frozenset(user.groups.values_list("pk", flat=True)))
        allowed = _while_allowed(pieces, principal, name, KNOWN_SECONDS if not user.is_superuser else float("inf"))
        return _noted(allowed, principal, name, form)

    def _image(self, name: str) -> StreamingHttpResponse:
        level = level_of(self.request.user)
        with database.pool(str(level)).connection() as conn:
            raster = next((each for each in rasters.read(conn, level) if each.id == name), None)
        if raster is None:
            raise Http404(_("There is no such dataset, or you may not download it."))
        newest = raster.images[-1]
        file = (files.directory(config.load()) / newest.file).open("rb")
        pieces = self._while_allowed(_blocks(file), name, "tif")
        response = self._sent(pieces, "image/tiff", f"{name}-{newest.date}.tif")
        response["Content-Length"] = str(os.fstat(file.fileno()).st_size)
        return response

    def _sent(self, pieces: Iterable[Any], media_type: str, name: str) -> StreamingHttpResponse:
        # who asks for the headers alone takes nothing
        response = StreamingHttpResponse(() if self.request.method == "HEAD" else pieces, content_type=media_type)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-cache"
        if self.request.user.is_authenticated:
            response["X-Accel-Buffering"] = "no"  # nginx would take it all at once, and nobody could hold the rest back
        return response


def _rows(role: str, table: datastore.Table) -> Iterator[str]:
    with database.pool(role).connection() as conn:
        yield from datastore.geojson(conn, table, without=("geom_3857", "fid"))


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


def _noted(pieces: Iterator[Any], principal: Principal, name: str, form: str) -> Iterator[Any]:
    """Yield the pieces, the first one after the audit log has it that `principal` takes `name` away."""
    for number, piece in enumerate(pieces):
        if number == 0:
            taking.note(principal, name, form)
        yield piece


def _while_allowed(pieces: Iterable[Any], principal: Principal, name: str, patience: float) -> Iterator[Any]:
    """Yield the pieces; raise CutOff when the permission to download `name` is gone, or not known after `patience` seconds.

    GeoNode has let the person in, whose permission `access` may not know yet; administrators, who need none, have all time.
    """
    begun = time.monotonic()
    checked, permitted = begun - CHECK_SECONDS, False
    for piece in pieces:
        if (now := time.monotonic()) - checked >= CHECK_SECONDS:
            checked, allowed = now, _is_allowed(principal, name)
            if not allowed and (permitted or now - begun >= patience):
                raise CutOff(f"{name}: taken back while it was sent")
            permitted = permitted or allowed
        yield piece


def _is_allowed(principal: Principal, name: str) -> bool:
    now = gate.renewed(principal, {})
    with database.pool(str(now.level)).connection() as conn:
        there = conn.execute("select to_regclass(%s) is not null", [f'pub_{now.level}."{name}"']).fetchone()[0]
        there = there or any(each.id == name for each in rasters.read(conn, now.level))
        return there and grants.read(conn, now.level).allows(now, name, "download")
