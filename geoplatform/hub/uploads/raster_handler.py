"""GeoNode's upload screen and API make rasters of ours from GeoTIFFs; its own import hands them to GeoServer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from geonode.base.models import ResourceBase
from geonode.resource.models import ExecutionRequest
from geonode.upload.api.exceptions import InvalidInputFileException
from geonode.upload.api.serializer import ImporterSerializer
from geonode.upload.handlers.base import BaseHandler
from rest_framework import serializers

from geoplatform.hub.uploads import rasters
from geoplatform.hub.uploads.handler import STYLE_FILES, TASK, ResourceKey
from geoplatform.layers import faults
from geoplatform.layers.rasters.definition import RasterError

#: `replace` adds the image of another date, or takes the place of the one of the same date.
ACTIONS = ("upload", "replace")


class RasterFileSerializer(ImporterSerializer):
    """What a request may hold. date: the day that the picture shows, YYYY-MM-DD."""

    class Meta:
        ref_name = "RasterFileSerializer"
        model = ResourceBase
        view_name = "importer_upload"
        fields = (*ImporterSerializer.Meta.fields, "resource_pk", "title", "date", "qml_file")

    resource_pk = ResourceKey(required=False)
    title = serializers.CharField(required=False, max_length=200)
    date = serializers.DateField(required=False)
    qml_file = serializers.FileField(required=False)


class RasterFileHandler(BaseHandler):
    """Takes GeoTIFF."""

    TASKS = dict.fromkeys(ACTIONS, ("start_import", TASK))

    @property
    def supported_file_extension_config(self) -> dict[str, Any]:
        """What the upload screen offers."""
        return {
            "id": "geotiff",
            "formats": [{"label": "GeoTIFF", "required_ext": ["tiff", "tif", "geotiff", "geotif"], "optional_ext": []}],
            "actions": list(ACTIONS),
            "type": "raster",
        }

    @property
    def upload_validation_config(self) -> dict[str, Any]:
        """What the file looks like to GeoNode's first check."""
        return {suffix[1:]: {"mimes": {"image/tiff", "application/octet-stream"}} for suffix in rasters.SUFFIXES}

    @staticmethod
    def can_handle(_data: dict[str, Any]) -> bool:
        """Return whether the file is a picture and the action one of ours."""
        base = _data.get("base_file")
        if not base or _data.get("action", "upload") not in ACTIONS:
            return False
        return is_picture(base if isinstance(base, str) else base.name)

    @staticmethod
    def has_serializer(_data: dict[str, Any]) -> Any:
        """Return the serializer of requests that this handler takes, else None."""
        return RasterFileSerializer if RasterFileHandler.can_handle(_data) else None

    @staticmethod
    def can_do(action: str) -> bool:
        """Return whether the action is one of ours."""
        return action in ACTIONS

    @staticmethod
    def extract_params_from_data(_data: dict[str, Any], action: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters of the execution request and the file; raises InvalidInputFileException for a broken file."""
        names = ("skip_existing_layers", "store_spatial_files", "resource_pk", "upsert_key", "title", "date")
        given = {name: _data.pop(name, None) for name in names}
        params = {"action": _data.pop("action", "upload"), "resource_pk": given["resource_pk"], "title": given["title"]}
        params["date"] = str(given["date"]) if given["date"] else None
        found = {name: str(path) for name, path in _data.items() if name == "base_file" and path}
        base = Path(found.get("base_file", ""))
        if not base.is_file():
            raise InvalidInputFileException(detail="there is no file in the request")
        try:
            if any(_data.get(name) for name in STYLE_FILES):
                raise RasterError("a picture takes no style: leave the style file out")
            rasters.look(base)
        except RasterError as error:
            raise InvalidInputFileException(detail=faults.in_language(str(error), (get_language() or "uk")[:2])) from None
        return params, found

    @staticmethod
    def perform_last_step(execution_id: str) -> ExecutionRequest:
        """Return the execution request as the task left it."""
        return ExecutionRequest.objects.get(exec_id=execution_id)


def is_picture(name: str) -> bool:
    """Return whether a file of this name is one of ours."""
    return name.lower().endswith(rasters.SUFFIXES)
