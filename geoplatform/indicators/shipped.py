"""Indicators described in files: layers/indicators/<id>.yaml, each with its table of values beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml
from psycopg import Connection
from pydantic import ValidationError

from geoplatform.indicators import intake, matching, store, table
from geoplatform.indicators.definition import Indicator
from geoplatform.indicators.intake import Report
from geoplatform.indicators.table import TableError
from geoplatform.layers.described import library
from geoplatform.layers.library import default_root
from geoplatform.layers.sources.base import SourceError


def described(root: Path | None = None) -> tuple[dict[str, tuple[Indicator, Path | None]], list[str]]:
    """Return the described indicators with their tables, and what is wrong with files that can't be used, one line each.

    root: the library's, `default_root()` if None.
    """
    folder = (root or default_root()) / "indicators"
    found: dict[str, tuple[Indicator, Path | None]] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            indicator = Indicator.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            faults += [f"{path.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
            faults.append(f"{path.name}: {' '.join(str(error).split())[:200]}")
            continue
        values = folder / indicator.values if indicator.values else None
        if indicator.id != path.stem:
            faults.append(f"{path.name}: id: {indicator.id} is not the file's name")
        elif values is not None and not values.is_file():
            faults.append(f"{path.name}: values: there is no file {indicator.values}")
        else:
            found[indicator.id] = indicator, values
    return found, faults


def look(conn: Connection, indicator: Indicator, path: Path, year: str = "") -> Report:
    """Return what the table in `path` would bring to `indicator`; conn: of the owner role.

    Raises TableError (also when the areas are unknown or empty) and SourceError.
    """
    layer = library().layers.get(indicator.areas)
    if layer is None:
        raise TableError("no_layer", layer=indicator.areas)
    areas = matching.load(conn, layer)
    if not areas.all:
        raise TableError("no_areas", layer=layer.title.uk)
    return intake.examine(indicator, table.read(path, year), areas)


def check_may_take(report: Report, leave_unmatched: bool) -> None:
    """Raise TableError when the report holds what keeps the table out."""
    if report.grave:
        raise TableError("grave_left", count=len(report.grave))
    if report.unmatched and not leave_unmatched:
        raise TableError("unmatched_left", count=len(report.unmatched))
    if not report.values:
        raise TableError("nothing_to_take")


def load(conn: Connection, *, demo: bool, root: Path | None = None, actor: str = "system") -> list[str]:
    """Take in the described indicators whose tables are new or changed; return a line for each that was or could not be.

    demo: whether made-up figures may be taken. Those whose areas have no data yet wait for the next time.
    """
    found, lines = described(root)
    known = {kept.indicator.id: kept for kept in store.kept(conn)}
    for indicator, path in found.values():
        if path is None or (indicator.is_demo and not demo):
            continue
        digest = hashlib.sha256(indicator.model_dump_json().encode() + path.read_bytes()).hexdigest()
        if indicator.id in known and known[indicator.id].file_hash == digest:
            continue
        try:
            report = look(conn, indicator, path)
            # the file's rows about areas that are not on the map here are left out
            check_may_take(report, leave_unmatched=True)
        except TableError as error:
            if error.code != "no_areas":
                lines.append(f"{indicator.id}: {error.code}")
            continue
        except SourceError as error:
            lines.append(f"{indicator.id}: {error}")
            continue
        store.write(conn, indicator, report.values, actor, file_hash=digest)
        lines.append(f"{indicator.id}: {len(report.values)} values, {len(report.unmatched)} rows left out")
    return lines
