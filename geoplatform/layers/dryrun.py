"""Reads a source and runs every check on it without a database, for `layers check --data`."""

from __future__ import annotations

import time

from geoplatform.layers.job import Job, opened
from geoplatform.layers.reasons import Reason
from geoplatform.layers.report import EXAMPLES, RunReport, note, without_secrets
from geoplatform.layers.sources.base import SourceError


def check_source(job: Job) -> RunReport:
    """Return what a sync of `job` would find in its source, with status `checked`, or `failed` and why."""
    start = time.monotonic()
    report = RunReport(layer=job.definition.id, source=without_secrets(job.source.location), source_kind=job.source_kind)
    checker = job.checker()
    first: dict[str, int] = {}  # id -> the record that used it first
    try:
        with opened(job, checker) as reader:
            report.crs, report.source_date = reader.crs, reader.date
            checker.check_columns(reader.available)
            for batch in reader.batches():
                checked = checker.check(batch)
                report.read += len(batch)
                report.mended += len(checked.mended)
                for position, feature, why in checked.mended[: EXAMPLES - len(report.mended_examples)]:
                    report.mended_examples.append(note(position, feature, [why]))
                for record in checked.refused:
                    _refuse(report, record.position, record.feature, record.reasons)
                positions = checked.good["position"].to_pylist()
                for position, feature in zip(positions, checked.good["id"].to_pylist(), strict=True):
                    earlier = first.setdefault(feature, position)
                    if earlier != position:
                        why = Reason("key_duplicate", value=feature, detail=f"2+ (also record {earlier})")
                        _refuse(report, position, feature, [why])
        report.status = "checked"
    except SourceError as error:
        report.status, report.error = "failed", " ".join(str(error).split())
    report.warnings += checker.warnings
    report.seconds = time.monotonic() - start
    return report


def _refuse(report: RunReport, position: int, feature: str | None, reasons: list[Reason]) -> None:
    report.refused += 1
    report.count_reasons(reasons)
    if len(report.refused_examples) < EXAMPLES:
        report.refused_examples.append(note(position, feature, reasons))
