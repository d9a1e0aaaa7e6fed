"""Downloads of datasets, of what the person may see: features as one GeoJSON streamed from PostGIS, a raster as its file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import FileResponse, Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from geonode.layers.download_handler import DatasetDownloadHandler
from geonode.utils import build_absolute_uri

from geoplatform import config, database
from geoplatform.hub import datastore
from geoplatform.hub.accounts import level_of
from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.layers.rasters import files
from geoplatform.layers.rasters import published as rasters


class HubDownloadHandler(DatasetDownloadHandler):
    """Replaces the stock handler, which asks GeoServer."""

    @property
    def download_url(self) -> str | None:
        resource = self.get_resource()
        if resource is None or resource.subtype not in ("vector", "tabular", "raster"):
            return None
        return build_absolute_uri(reverse("dataset_download", args=[resource.alternate]))

    def get_download_response(self) -> StreamingHttpResponse | FileResponse:
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
        response = StreamingHttpResponse(_rows(role, table), content_type="application/geo+json")
        response["Content-Disposition"] = f'attachment; filename="{resource.name}.geojson"'
        response["Cache-Control"] = "private, no-cache"
        return response

    def _image(self, name: str) -> FileResponse:
        level = level_of(self.request.user)
        with database.pool(str(level)).connection() as conn:
            raster = next((each for each in rasters.read(conn, level) if each.id == name), None)
        if raster is None:
            raise Http404(_("There is no such dataset, or you may not download it."))
        newest = raster.images[-1]
        file = (files.directory(config.load()) / newest.file).open("rb")
        response = FileResponse(file, as_attachment=True, filename=f"{name}-{newest.date}.tif", content_type="image/tiff")
        response["Cache-Control"] = "private, no-cache"
        return response


def _rows(role: str, table: datastore.Table) -> Iterator[str]:
    with database.pool(role).connection() as conn:
        yield from datastore.geojson(conn, table, without=("geom_3857", "fid"))
