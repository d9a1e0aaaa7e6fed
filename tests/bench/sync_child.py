"""Runs one sync in a process of its own and prints its seconds, CPU seconds and peak memory; used by test_sync_speed."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa

from geoplatform.layers import engine, sources
from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.job import Job


def main() -> None:
    """Arguments: DSN, the definition as JSON, the work directory."""
    dsn, document, work = sys.argv[1:]
    layer = LayerDefinition.model_validate_json(document)
    job = Job(
        definition=layer,
        source=layer.source,
        source_kind="source",
        open_source=sources.open_source,
        data_root=None,
        sample_root=Path(work),
        work=Path(work) / "sync",
        bounds=(29.0, 47.0, 34.0, 50.0),
    )
    warm = Path(work) / "warm"
    warm.mkdir(exist_ok=True)
    # What a worker that syncs many layers has loaded long ago: the driver's libraries, and pandas with Arrow's first array.
    pa.array(np.empty(0))
    context = sources.SourceContext(data_root=None, sample_root=warm, work=warm)
    with sources.open_source(layer.source, context, job.checker().wanted):
        pass
    with psycopg.connect(dsn, autocommit=True) as conn:
        start, cpu = time.perf_counter(), time.process_time()
        report = engine.sync(conn, job)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    if not report.ok:
        sys.exit(report.text())
    # Not getrusage: its maximum is inherited from the process that started this one.
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    counts = report.model_dump(include={"status", "read", "added", "changed", "removed", "unchanged"})
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mb": peak} | counts))


if __name__ == "__main__":
    main()
