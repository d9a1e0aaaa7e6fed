"""What tests of layers share: a short way to a definition, and a source of records written in the test."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import shapely

from geoplatform.layers.definition import LayerDefinition
from geoplatform.layers.job import Job
from geoplatform.layers.sources.base import Batch, SourceError

BOUNDS = (32.10, 48.46, 32.36, 48.59)


def text(value: str) -> dict[str, str]:
    """Return a text in both languages."""
    return {"uk": value, "en": value}


def attribute(name: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    """Return a public attribute as YAML would give it."""
    return {"name": name, "type": kind, "title": text(name), "publication": "public"} | more


def definition(*attributes: dict[str, Any], **more: Any) -> LayerDefinition:
    """Return a point layer `clinics` keyed by `code`, with `name` unless other attributes are given."""
    document = {
        "id": "clinics",
        "title": text("Clinics"),
        "description": text("Clinics"),
        "theme": "health",
        "geometry": "point",
        "source": {"driver": "geojson", "location": "clinics.geojson"},
        "key": ["code"],
        "attributes": [attribute("code"), *(attributes or (attribute("name"),))],
        "publication": "public",
        "owner": text("City"),
        "licence": "CC-BY-4.0",
        "attribution": text("City"),
        "update_promise_days": 30,
    }
    return LayerDefinition.model_validate(document | more)


def record(code: str | None, x: float = 32.2, y: float = 48.5, **values: Any) -> dict[str, Any]:
    """Return a record with a point; `geometry=` (WKT, bytes or None) replaces it."""
    return {"code": code, "geometry": f"POINT ({x} {y})"} | values


def batch(records: Sequence[dict[str, Any]], first: int = 1, problems: dict[int, str] | None = None) -> Batch:
    """Return the records as a driver would."""
    names = list(dict.fromkeys(name for item in records for name in item if name != "geometry"))
    columns = {name: pa.array([item.get(name) for item in records]) for name in names}
    geometry = np.empty(len(records), object)
    for row, item in enumerate(records):
        shape = item.get("geometry")
        geometry[row] = shapely.to_wkb(shapely.from_wkt(shape)) if isinstance(shape, str) else shape
    return Batch(columns, geometry, first, problems or {})


class Records:
    """A source reader over records in memory. `breaks` makes it fail half-way; `fingerprint` None means unknown."""

    crs = "EPSG:4326"

    def __init__(
        self,
        records: Sequence[dict[str, Any]],
        *,
        size: int = 1000,
        breaks: str | None = None,
        fingerprint: str | None = None,
        date: datetime | None = None,
    ):
        self.records, self.size, self.breaks = records, size, breaks
        self.fingerprint, self.date = fingerprint, date
        self.available = list(dict.fromkeys(name for item in records for name in item if name != "geometry"))
        self.reads = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def batches(self) -> Iterator[Batch]:
        self.reads += 1
        for start in range(0, len(self.records), self.size):
            yield batch(self.records[start : start + self.size], start + 1)
        if self.breaks:
            raise SourceError(self.breaks)


def job(layer: LayerDefinition, reader: Records, work: Path, **more: Any) -> Job:
    """Return an engine job that reads `reader`."""
    facts = {
        "definition": layer,
        "source": layer.source,
        "source_kind": "source",
        "open_source": lambda source, context, columns: reader,
        "data_root": None,
        "sample_root": work,
        "work": work / "sync",
        "bounds": BOUNDS,
    }
    return Job(**(facts | more))


def write_geojson(path: Path, records: Sequence[dict[str, Any]]) -> Path:
    """Write the records as a GeoJSON file."""
    features = [
        {
            "type": "Feature",
            "properties": {name: value for name, value in item.items() if name != "geometry"},
            "geometry": json.loads(shapely.to_geojson(shapely.from_wkt(item["geometry"]))),
        }
        for item in records
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path
