"""The staff hub: each layer's freshness and runs, what was refused and why, and the orders to synchronise."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from psycopg import Connection
from psycopg.rows import dict_row

from geoplatform import database
from geoplatform.hub import permitted, refusals, tasks
from geoplatform.hub.refusals import Sight
from geoplatform.hub.views import rasters
from geoplatform.hub.views.access import staff_only
from geoplatform.hub.views.page import render_hub_page
from geoplatform.layers import faults, runs, uploaded
from geoplatform.layers import freshness as freshness_of_layers
from geoplatform.layers.library import Library, read_library
from geoplatform.layers.sources import drivers
from geoplatform.publishing import catalogue

#: Runs shown on a layer's page.
RUNS_SHOWN = 20

STATES = {
    "fresh": pgettext_lazy("state of a layer", "up to date"),
    "late": pgettext_lazy("state of a layer", "later than promised"),
    "empty": pgettext_lazy("state of a layer", "no data yet"),
    "never": pgettext_lazy("state of a layer", "never loaded"),
    "demo": pgettext_lazy("state of a layer", "demonstration data only"),
    "orphan": pgettext_lazy("state of a layer", "no longer described"),
}
STATUSES = {
    "running": pgettext_lazy("status of a run", "running"),
    "applied": pgettext_lazy("status of a run", "applied"),
    "unchanged": pgettext_lazy("status of a run", "nothing has changed"),
    "refused": pgettext_lazy("status of a run", "refused"),
    "needs_confirmation": pgettext_lazy("status of a run", "waits for a confirmation"),
    "failed": pgettext_lazy("status of a run", "failed"),
    "interrupted": pgettext_lazy("status of a run", "interrupted"),
    "checked": pgettext_lazy("status of a run", "checked only"),
}
_RUN_COLUMNS = (
    "id, layer, started_at, finished_at, status, version, read, added, changed, removed, mended, refused, error, report,"
    " started_by"
)


@require_GET
@staff_only
def overview(request: HttpRequest) -> HttpResponse:
    """Every layer with its last run, counts and freshness; every raster with its dates."""
    library, problems = read_library(None, drivers())
    with database.pool("owner").connection() as conn:
        library = uploaded.joined(library, conn)
        last = _last_runs(conn)
        rows = [_row(item, library, last) for item in freshness_of_layers.freshness(conn, library)]
        pictures = rasters.listed(conn)
    seen = permitted.those(request.user, [picture["id"] for picture in pictures], "view")
    pictures = [picture for picture in pictures if picture["id"] in seen]
    faults_of = [str(problem) for problem in problems]
    context = {"rows": rows, "rasters": pictures, "problems": faults_of, "failures": catalogue.failures()}
    return render_hub_page(request, "hub/layers.html", context)


@require_GET
@staff_only
def layer(request: HttpRequest, layer: str) -> HttpResponse:
    """One layer: its runs, newest first, with their reports."""
    library, problems = read_library(None, drivers())
    with database.pool("owner").connection() as conn:
        library = uploaded.joined(library, conn)
        is_uploaded = uploaded.definition(conn, layer) is not None
        rows = {item["layer"]: item for item in freshness_of_layers.freshness(conn, library)}
        if layer not in rows:
            raise Http404(_("There is no such layer."))
        sight = _sight(request, conn, library, layer)
        shown = _runs(conn, layer, sight)
    context = {
        "row": _row(rows[layer], library, {}),
        "definition": library.layers.get(layer),
        "kept_here": layer in library.layers and library.layers[layer].kept_here,
        "is_uploaded": is_uploaded,
        "runs": shown,
        "shows_refused": sight.shown,
        "waits": bool(shown) and shown[0]["status"] == "needs_confirmation",
        "problems": [str(problem) for problem in problems if problem.file.endswith(f"{layer}.yaml")],
        "failure": catalogue.failures().get(layer),
    }
    return render_hub_page(request, "hub/layer.html", context)


@require_POST
@staff_only
def order_sync(request: HttpRequest, layer: str) -> HttpResponse:
    """Hand the layer to the worker. `confirm=1` accepts the loss that the last run asked about; `live=1` asks the real source."""
    _known(layer)
    confirm = request.POST.get("confirm") == "1"
    if confirm and not _waits(layer):
        messages.warning(request, _("The last run asks for no confirmation, so there is nothing to confirm."))
        return redirect("hub:layer", layer=layer)
    tasks.sync_layer.delay(layer, request.user.username, live=request.POST.get("live") == "1", confirm=confirm)
    messages.success(request, _("The synchronisation has been ordered; the result appears here in a moment."))
    return redirect("hub:layer", layer=layer)


@require_GET
@staff_only
def refused(request: HttpRequest, run: int, form: str) -> HttpResponse:
    """What staff may see of the records that a run refused, with reasons, as CSV, JSON or GeoJSON."""
    library, _problems = read_library(None, drivers())
    with database.pool("owner").connection() as conn:
        found = conn.execute("select layer from registry.sync_run where id = %s", [run]).fetchone()
        sight = _sight(request, conn, uploaded.joined(library, conn), found[0]) if found else Sight()
        if not sight.shown:
            raise Http404(_("There is no such run."))
        records = [sight.record(item) for item in runs.refused_records(conn, run)]
    if form == "csv":
        # Spreadsheets take the byte order mark as a sign of UTF-8.
        response = HttpResponse("\ufeff" + runs.as_csv(records), content_type="text/csv; charset=utf-8")
    elif form == "json":
        response = HttpResponse(orjson.dumps(records, option=orjson.OPT_INDENT_2), content_type="application/json")
    elif form == "geojson":
        response = HttpResponse(runs.as_geojson(records), content_type="application/geo+json")
    else:
        raise Http404(_("Refused records are given as csv, json or geojson."))
    response["Content-Disposition"] = f'attachment; filename="{found[0]}-run-{run}-refused.{form}"'
    return response


def _row(item: dict[str, Any], library: Library, last: dict[str, dict[str, Any]]) -> dict[str, Any]:
    definition = library.layers.get(item["layer"])
    return {
        **item,
        "title": definition.title.in_language(get_language() or "uk") if definition else item["layer"],
        "publication": str(definition.publication) if definition else None,
        "promise_days": definition.update_promise_days if definition else None,
        "state_text": STATES[item["state"]],
        "last": last.get(item["layer"]),
    }


def _known(layer: str) -> None:
    """Raise Http404 unless a layer of that name is described."""
    try:
        validate_slug(layer)
    except ValidationError:
        raise Http404(_("There is no such layer.")) from None
    library, _problems = read_library(None, drivers())
    if layer not in library.layers:
        raise Http404(_("There is no such layer."))


def _waits(layer: str) -> bool:
    with database.pool("owner").connection() as conn:
        row = conn.execute("select status from registry.sync_run where layer = %s order by id desc limit 1", [layer]).fetchone()
    return row is not None and row[0] == "needs_confirmation"


def _last_runs(conn: Connection) -> dict[str, dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"select distinct on (layer) {_RUN_COLUMNS} from registry.sync_run order by layer, id desc"  # noqa: S608 - constant
        ).fetchall()
    return {row["layer"]: _shown(row, Sight()) for row in rows}


def _runs(conn: Connection, layer: str, sight: Sight) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            f"select {_RUN_COLUMNS} from registry.sync_run where layer = %s order by id desc limit %s",  # noqa: S608 - constant
            [layer, RUNS_SHOWN],
        ).fetchall()
    return [_shown(row, sight) for row in rows]


def _sight(request: HttpRequest, conn: Connection, library: Library, layer: str) -> Sight:
    """Return what of the layer's refused records this person may see."""
    return refusals.of(conn, library.layers.get(layer)) if permitted.may(request.user, layer, "view") else Sight()


def _shown(run: dict[str, Any], sight: Sight) -> dict[str, Any]:
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    report = run["report"] or {}
    examples = report.get("refused_examples", []) if sight.shown else []
    return {
        **run,
        "status_text": STATUSES.get(run["status"], run["status"]),
        "error": faults.in_language(run["error"], language) if run["error"] else None,
        "warnings": [faults.in_language(warning, language) for warning in report.get("warnings", [])],
        "source": report.get("source", ""),
        "seconds": report.get("seconds"),
        "reasons": [{**reason, "text": sight.reason(reason, language)} for reason in report.get("reasons", [])],
        "examples": [{**note, "texts": sight.texts(note[language])} for note in examples],
    }
