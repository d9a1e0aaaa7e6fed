"""One of GeoNode's execution requests carried out: its file taken into layers or a raster, its outcome in GeoNode's words."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from django.utils import timezone
from geonode.layers.models import Dataset
from geonode.resource.models import ExecutionRequest

from geoplatform.hub.accounts import is_staff_member
from geoplatform.hub.permissions import is_layer, is_raster
from geoplatform.hub.uploads import handler, raster_handler, rasters, style_handler, taking
from geoplatform.hub.uploads.holding import Held, drop
from geoplatform.hub.uploads.taking import Choices
from geoplatform.layers.edits import EditError
from geoplatform.layers.intake.files import Part
from geoplatform.layers.rasters.definition import RasterError
from geoplatform.layers.sources.base import SourceError
from geoplatform.publishing.catalogue_record import layer_datasets

logger = logging.getLogger(__name__)


class NotAllowed(Exception):
    """The account may not do this; the message is one line."""


def carry_out(execution_id: str, action: str) -> None:
    """Take the request's file in; the request ends as finished, or failed with every reason in its log."""
    request = ExecutionRequest.objects.get(exec_id=execution_id)
    ExecutionRequest.objects.filter(pk=request.pk).update(
        status=ExecutionRequest.STATUS_RUNNING, func_name="take_upload", last_updated=timezone.now()
    )
    made: list[dict[str, Any]] = []
    problems: list[str] = []
    held = None
    try:
        target = _target(request, action)
        if action == style_handler.STYLE:
            made.append(_restyle(request, target))
            _finish(request, made, problems)
            return
        if raster_handler.is_picture(request.input_params["files"].get("base_file", "")):
            made.append(_take_picture(request, target))
            _finish(request, made, problems)
            return
        held = handler.hold(request.input_params["files"], request.user.pk, request.name or None)
        held = Held(held.token, held.account, held.name, target, "merge" if action == "upsert" else "replace", held.style)
        parts = taking.parts(held)
        if target is not None and len(parts) > 1:
            raise SourceError(f"{held.name}: holds {len(parts)} tables; one of them as a file of its own goes into one layer")
        title = request.input_params.get("title") if len(parts) == 1 else None
        problems += _faults(held, parts) if len(parts) > 1 else []
        for part in parts if not problems else ():
            _take(held, part, Choices(title=title), made, problems)
            # each table is a layer of its own; should we be killed now, it is told which ones are in
            ExecutionRequest.objects.filter(pk=request.pk).update(output_params={"resources": made, "errors": problems})
    except (SourceError, EditError, NotAllowed, RasterError, ValueError) as error:
        problems.append(str(error).replace("data://", ""))
    except psycopg.Error as error:
        logger.exception("upload %s", execution_id)
        problems.append(f"database: {str(error).splitlines()[0]}")
    except Exception:
        _finish(request, made, [*problems, "internal error, see the log"])
        raise
    finally:
        if held is not None:
            drop(held)
    _finish(request, made, problems)


def _faults(held: Held, parts: list[Part]) -> list[str]:
    """Return why a table of the file can't be taken in; then none is, so that the file is not in by halves."""
    faults = []
    for part in parts:
        try:
            report = taking.looked(held, part).report
        except SourceError as error:
            faults.append(f"{part.title}: {str(error).replace('data://', '')}")
            continue
        if report.error or report.refused == report.read:
            faults.append(f"{part.title}: {report.error or '; '.join(reason.en for reason in report.reasons)}")
    return [*faults, "nothing of the file was taken in; mend these tables or leave them out"] if faults else []


def _take(held: Held, part: Part, choices: Choices, made: list[dict[str, Any]], problems: list[str]) -> None:
    try:
        layer, report = taking.take(held, part, choices)
    except SourceError as error:
        problems.append(str(error).replace("data://", ""))
        return
    if report.error:
        problems.append(f"{part.title}: {report.error}")
    dataset = layer_datasets().filter(name=layer).first()
    if report.status in ("applied", "unchanged") and dataset is not None:
        made.append(
            {
                "id": dataset.pk, "uuid": dataset.uuid, "detail_url": dataset.detail_url, "layer": layer, "run": report.run,
                "added": report.added, "changed": report.changed, "removed": report.removed, "refused": report.refused,
                "warnings": report.warnings, "reasons": [{"text": reason.en, "count": reason.count} for reason in report.reasons],
            }
        )  # fmt: skip


def _restyle(request: ExecutionRequest, layer: str) -> dict[str, Any]:
    try:
        report = taking.restyled(layer, Path(request.input_params["files"]["base_file"]), f"account:{request.user.pk}")
    except LookupError:
        raise ValueError("resource_pk names no layer whose style is kept here") from None
    dataset = layer_datasets().get(name=layer)
    facts = {"id": dataset.pk, "uuid": dataset.uuid, "detail_url": dataset.detail_url, "layer": layer}
    return facts | {"changed": report is not None, "warnings": report.warnings if report else []}


def _take_picture(request: ExecutionRequest, target: str | None) -> dict[str, Any]:
    given = request.input_params
    path = Path(given["files"]["base_file"])
    day = date.fromisoformat(given["date"]) if given.get("date") else None
    raster, changed = rasters.take(path, request.user.pk, raster=target, title=given.get("title"), day=day)
    dataset = layer_datasets().get(name=raster)
    facts = {"id": dataset.pk, "uuid": dataset.uuid, "detail_url": dataset.detail_url, "layer": raster, "changed": changed}
    return facts | {"dates": [day.isoformat() for day in rasters.dates(raster)]}


def _target(request: ExecutionRequest, action: str) -> str | None:
    """Return the layer that the request replaces or adds to, None for a new one; raises NotAllowed, ValueError."""
    if not is_staff_member(request.user):
        raise NotAllowed("only members of staff upload layers; ask an administrator")
    if action == "upload":
        return None
    dataset = Dataset.objects.filter(pk=request.input_params.get("resource_pk")).first()
    picture = raster_handler.is_picture(request.input_params["files"].get("base_file", ""))
    if dataset is None or not (is_raster(dataset) if picture else is_layer(dataset)):
        kind = "raster" if picture else "layer"
        way = "" if action == style_handler.STYLE else "; upload the file as a new one"
        raise ValueError(f"resource_pk names no {kind}{way}")
    if not request.user.has_perm("change_dataset_data", dataset) and not request.user.is_superuser:
        raise NotAllowed(f"you may not change the data of {dataset.name}")
    return dataset.name


def _finish(request: ExecutionRequest, made: list[dict[str, Any]], problems: list[str]) -> None:
    status = ExecutionRequest.STATUS_FAILED if problems else ExecutionRequest.STATUS_FINISHED
    now = timezone.now()
    ExecutionRequest.objects.filter(pk=request.pk).update(
        status=status,
        finished=now,
        last_updated=now,
        log="\n".join(problems) or None,
        output_params={"resources": made, "errors": problems},
    )
