"""GeoNode's upload screen and API make layers of ours; its own import, which copies files into other tables, is not used.

GeoNode asks its handlers in turn which of them takes a file; this one is first in the list and takes every vector format.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from geonode.base.models import ResourceBase
from geonode.resource.models import ExecutionRequest
from geonode.upload.api.exceptions import InvalidInputFileException
from geonode.upload.api.serializer import ImporterSerializer
from geonode.upload.handlers.base import BaseHandler
from rest_framework import serializers

from geoplatform.hub.uploads import holding, taking
from geoplatform.layers import stylefiles
from geoplatform.layers.intake import files
from geoplatform.layers.sources.base import SourceError
from geoplatform.layers.stylefiles import StyleFileError

#: Step of the execution request -> the Celery task that does all of it (geoplatform.hub.tasks).
TASK = "geoplatform.take_upload"
#: Words of GeoNode's API; `upsert` adds and changes by the key. Written out: GeoNode's own constants are translated.
ACTIONS = ("upload", "replace", "upsert")
#: Where a request has the style that goes with the file.
STYLE_FILES = ("sld_file", "qml_file")
_SHAPE_PARTS = ("dbf", "shx", "prj", "cpg")
#: Files up to this size are read before the request is answered, so that a broken one is refused at once.
_READ_AT_ONCE = 20 * 1024 * 1024


class ResourceKey(serializers.IntegerField):
    """The number of a record that there is; of another one GeoNode's order to the worker fails with 500."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number; raises ValidationError."""
        number = super().to_internal_value(data)
        if not ResourceBase.objects.filter(pk=number).exists():
            raise serializers.ValidationError("resource_pk names no record")
        return number


class LayerFileSerializer(ImporterSerializer):
    """What a request may hold. GeoNode chooses its own ones by the names of actions, which it translates."""

    class Meta:
        ref_name = "LayerFileSerializer"
        model = ResourceBase
        view_name = "importer_upload"
        fields = (*ImporterSerializer.Meta.fields, "resource_pk", "title", "qml_file", *(f"{part}_file" for part in _SHAPE_PARTS))

    resource_pk = ResourceKey(required=False)
    title = serializers.CharField(required=False, max_length=200)
    qml_file = serializers.FileField(required=False)
    dbf_file = serializers.FileField(required=False)
    shx_file = serializers.FileField(required=False)
    prj_file = serializers.FileField(required=False)
    cpg_file = serializers.FileField(required=False)


class LayerFileHandler(BaseHandler):
    """Takes GeoJSON, GeoPackage, Shapefile (zipped or loose), KML, CSV and XLSX."""

    TASKS = dict.fromkeys(ACTIONS, ("start_import", TASK))

    @property
    def supported_file_extension_config(self) -> dict[str, Any]:
        """What the upload screen offers; the names of single formats come from GeoNode's own handlers."""
        return {
            "id": "geoplatform",
            "formats": [{"label": "XLSX, CSV, GeoPackage…", "required_ext": ["gpkg"], "optional_ext": ["sld", "qml"]}],
            "actions": list(ACTIONS),
            "type": "vector",
        }

    @staticmethod
    def can_handle(_data: dict[str, Any]) -> bool:
        """Return whether the file is one of features and the action one of ours."""
        base = _data.get("base_file")
        if not base or _data.get("action", "upload") not in ACTIONS:
            return False
        name = base if isinstance(base, str) else base.name
        suffix = Path(name).suffix.lower()
        if suffix == ".zip":
            return _holds_shapefile(base)
        if suffix == ".json":
            return Path(name).name.lower() != "tileset.json"  # 3D tiles
        return suffix in files.SUFFIXES or suffix == ".shp"

    @property
    def upload_validation_config(self) -> dict[str, Any]:
        """GeoNode refuses XLSX and QML unless a handler names what the file looks like."""
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return {
            "xlsx": {"mimes": {sheet, "application/zip", "application/octet-stream"}},
            "qml": {"mimes": {"text/plain", "text/xml", "application/xml"}},
        }

    @staticmethod
    def has_serializer(_data: dict[str, Any]) -> Any:
        """Return the serializer of requests that this handler takes, else None."""
        return LayerFileSerializer if LayerFileHandler.can_handle(_data) else None

    @staticmethod
    def can_do(action: str) -> bool:
        """Return whether the action is one of ours."""
        return action in ACTIONS

    @staticmethod
    def extract_params_from_data(_data: dict[str, Any], action: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters of the execution request and the files; raises InvalidInputFileException for a broken file."""
        names = ("skip_existing_layers", "store_spatial_files", "resource_pk", "upsert_key", "title")
        given = {name: _data.pop(name, None) for name in names}
        params = {"action": _data.pop("action", "upload"), "resource_pk": given["resource_pk"], "title": given["title"]}
        found = {name: str(path) for name, path in _data.items() if name.endswith("_file") and path}
        if all(name in found for name in STYLE_FILES):
            raise InvalidInputFileException(detail="a request brings one style: SLD or QML")
        _refuse_broken(found)
        return params, found

    @staticmethod
    def perform_last_step(execution_id: str) -> ExecutionRequest:
        """Return the execution request as the task left it."""
        return ExecutionRequest.objects.get(exec_id=execution_id)


def hold(paths: dict[str, str], account: int, name: str | None = None) -> holding.Held:
    """Return GeoNode's clones of the uploaded files, held for the intake.

    paths: as `extract_params_from_data` returned them; name: the base file's, as the client calls it.
    """
    base = Path(paths["base_file"])
    name = name or base.name
    style = next((Path(paths[key]) for key in STYLE_FILES if key in paths), None)
    if base.suffix.lower() == ".shp":
        parts = {Path(path) for path in paths.values() if Path(path).suffix.lower() in (".shp", ".shx", ".dbf", ".prj", ".cpg")}
        return holding.hold_files(account, parts, name, style)
    with base.open("rb") as file:
        content = iter(lambda: file.read(1 << 20), b"")
        styled = (style.name, [style.read_bytes()]) if style else None
        return holding.hold(account, name, content, style=styled)


def _refuse_broken(paths: dict[str, str]) -> None:
    base = Path(paths.get("base_file", ""))
    if not base.is_file():
        raise InvalidInputFileException(detail="there is no file in the request")
    held = hold(paths, 0)
    try:
        if held.style_path is not None:
            stylefiles.read(held.style_path)
        parts = taking.parts(held)
        if base.stat().st_size <= _READ_AT_ONCE:
            for part in parts:
                taking.readable(held, part)
    except (SourceError, StyleFileError) as error:
        raise InvalidInputFileException(detail=str(error).replace("data://", "")) from None
    finally:
        holding.drop(held)


def _holds_shapefile(base: Any) -> bool:
    try:
        with zipfile.ZipFile(base) as archive:
            return any(name.lower().endswith(".shp") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        if hasattr(base, "seek"):
            base.seek(0)
