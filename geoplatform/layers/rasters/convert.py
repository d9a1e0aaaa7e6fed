"""Has a GeoTIFF looked at or converted by a process of its own: bounded in memory and time, and a crash is only the file's."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geoplatform.layers.rasters.definition import RasterError

#: What a conversion may take: bytes of address space, seconds. Looking at a file takes a second.
MAX_MEMORY = 2 * 1024**3
MAX_SECONDS = 1800
LOOK_SECONDS = 30

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Looked:
    """What a GeoTIFF says of itself. box: west, south, east, north in degrees; day: when it was taken, if it says so."""

    box: Box
    width: int
    height: int
    day: date | None


def look(source: Path) -> Looked:
    """Return what the GeoTIFF says of itself; no pixel is read. Raises RasterError when it would not be taken."""
    found = _run("look", source, None, LOOK_SECONDS)
    try:
        day = date.fromisoformat(found["date"]) if found["date"] else None
    except ValueError:
        day = None
    return Looked(tuple(found["box"]), found["width"], found["height"], day)


def to_cog(source: Path, target: Path, *, seconds: float = MAX_SECONDS) -> Box:
    """Write `source` as a COG to the new file `target`; return west, south, east, north in degrees.

    Raises RasterError, also when it takes longer than `seconds` or more than MAX_MEMORY; then there is no target.
    """
    try:
        return tuple(_run("convert", source, target, seconds)["box"])
    except RasterError:
        target.unlink(missing_ok=True)
        raise


def _run(task: str, source: Path, target: Path | None, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", f"{__package__}.converter", task, str(source), str(target or ""), str(MAX_MEMORY)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise RasterError(
            f"{source.name}: is not done after {seconds:.0f} seconds; save it smaller, or cut it into parts"
        ) from None
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode or not lines:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RasterError(f"{source.name}: can't be converted; it may be damaged or too large ({(said or ['ended'])[-1][:150]})")
    answer = json.loads(lines[-1])
    if "error" in answer:
        raise RasterError(answer["error"])
    return answer
