"""GeoNode's actions that give a dataset a style or metadata from a file: a style goes our way, metadata have their own screen.

Its own handlers of both ask which handler made the dataset, which none of GeoNode's did here, and wait for a queue of tasks that
nobody serves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from geonode.base.models import ResourceBase
from geonode.resource.models import ExecutionRequest
from geonode.upload.api.exceptions import InvalidInputFileException
from geonode.upload.api.serializer import ImporterSerializer
from geonode.upload.handlers.base import BaseHandler

from geoplatform.hub.uploads.handler import TASK, ResourceKey
from geoplatform.layers import faults, stylefiles
from geoplatform.layers.stylefiles import StyleFileError

#: Words of GeoNode's API, written out: its own constants are translated.
STYLE = "resource_style_upload"
METADATA = "resource_metadata_upload"
_NO_METADATA = (
    "metadata are not read from XML files: write them on the dataset's own screen, or in the file that describes the layer"
)


class ResourceFileSerializer(ImporterSerializer):
    """What a request may hold: the file and the dataset that it is for."""

    class Meta:
        ref_name = "ResourceFileSerializer"
        model = ResourceBase
        view_name = "importer_upload"
        fields = (*ImporterSerializer.Meta.fields, "resource_pk")

    resource_pk = ResourceKey(required=True)


class _ResourceFileHandler(BaseHandler):
    """What both kinds have in common."""

    ACTION: str
    SUFFIXES: tuple[str, ...]

    @classmethod
    def can_do(cls, action: str) -> bool:
        """Return whether the action is this handler's."""
        return action == cls.ACTION

    @classmethod
    def can_handle(cls, _data: dict[str, Any]) -> bool:
        """Return whether the action is this handler's and the file of its kind."""
        base = _data.get("base_file")
        if not base or _data.get("action") != cls.ACTION:
            return False
        return (base if isinstance(base, str) else base.name).lower().endswith(cls.SUFFIXES)

    @classmethod
    def has_serializer(cls, _data: dict[str, Any]) -> Any:
        """Return the serializer of requests that this handler takes, else None."""
        return ResourceFileSerializer if cls.can_handle(_data) else None

    @staticmethod
    def perform_last_step(execution_id: str) -> ExecutionRequest:
        """Return the execution request as the task left it."""
        return ExecutionRequest.objects.get(exec_id=execution_id)


class StyleFileHandler(_ResourceFileHandler):
    """Takes SLD and QML for a layer that is there."""

    ACTION, SUFFIXES = STYLE, stylefiles.SUFFIXES
    TASKS = {STYLE: ("start_import", TASK)}

    @property
    def supported_file_extension_config(self) -> dict[str, Any]:
        """What the upload screen offers."""
        formats = [{"label": "SLD", "required_ext": ["sld"]}, {"label": "QML (QGIS)", "required_ext": ["qml"]}]
        return {"id": "sld", "formats": formats, "actions": [STYLE], "type": "metadata"}

    @staticmethod
    def extract_params_from_data(_data: dict[str, Any], action: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the parameters of the execution request and the file; raises InvalidInputFileException for no style."""
        params = {"action": STYLE, "resource_pk": _data.get("resource_pk")}
        path = Path(str(_data.get("base_file", "")))
        if not path.is_file():
            raise InvalidInputFileException(detail="there is no file in the request")
        try:
            stylefiles.read(path)
        except StyleFileError as error:
            raise InvalidInputFileException(detail=_told(str(error))) from None
        return params, {"base_file": str(path)}


class MetadataFileHandler(_ResourceFileHandler):
    """Refuses XML metadata: a definition and GeoNode's metadata editor are where metadata come from."""

    ACTION, SUFFIXES = METADATA, (".xml",)
    TASKS = {METADATA: ("start_import", TASK)}

    @property
    def supported_file_extension_config(self) -> dict[str, Any]:
        """Nothing that the upload screen would offer."""
        return {"id": "xml", "formats": [], "actions": [], "type": "metadata"}

    @staticmethod
    def extract_params_from_data(_data: dict[str, Any], action: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Raise InvalidInputFileException, which says where metadata are written."""
        raise InvalidInputFileException(detail=_told(_NO_METADATA))


def _told(text: str) -> str:
    return faults.in_language(text, (get_language() or "uk")[:2])
