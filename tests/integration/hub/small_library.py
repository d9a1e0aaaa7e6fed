"""A library of layers in a temporary folder, for tests of what follows from publishing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml

from geoplatform.config import PROJECT
from geoplatform.layers.report import RunReport
from geoplatform.publishing import pipeline


class SmallLibrary:
    """Layer files that a test writes, over GeoJSON files that it writes too."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "vocabularies").mkdir(parents=True)
        for name in ("municipality.yaml", "themes.yaml"):
            shutil.copy(PROJECT / "layers" / name, root / name)
        shutil.copy(PROJECT / "layers" / "vocabularies" / "audiences.yaml", root / "vocabularies")

    def describe(self, layer: str, publication: str = "public", **changes) -> None:
        """Write `layers/<layer>.yaml`: points with a public code and name and a staff-only note."""
        document = {
            "id": layer,
            "title": {"uk": "Пам’ятники", "en": "Monuments"},
            "description": {"uk": "Пам’ятники громади.", "en": "Monuments of the community."},
            "theme": "culture",
            "geometry": "point",
            "source": {"driver": "geojson", "location": str(self.root / f"{layer}.geojson")},
            "key": ["code"],
            "publication": publication,
            "attributes": [
                {"name": "code", "title": {"uk": "Код", "en": "Code"}, "publication": publication, "required": True},
                {"name": "name", "title": {"uk": "Назва", "en": "Name"}, "publication": publication, "role": "name"},
                {"name": "note", "title": {"uk": "Службова примітка", "en": "Internal note"}, "publication": "staff"},
                {"name": "secret", "title": {"uk": "Таємне", "en": "Secret"}},
            ],
            "owner": {"uk": "Відділ культури", "en": "Department of culture"},
            "licence": "CC-BY-4.0",
            "attribution": {"uk": "Громада", "en": "The community"},
            "update_promise_days": 30,
            "keywords": [{"uk": "пам’ять", "en": "memory"}],
            **changes,
        }
        (self.root / f"{layer}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))

    def fill(self, layer: str, count: int) -> None:
        """Write the layer's source: `count` points in the city."""
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [32.25 + number * 0.002, 48.5 + number % 7 * 0.003]},
                "properties": {"code": f"m{number}", "name": f"Пам’ятник {number}", "note": "ключ у сторожа", "secret": "ні"},
            }
            for number in range(count)
        ]
        (self.root / f"{layer}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))

    def sync(self, *layers: str, **options) -> list[RunReport]:
        """Synchronise and publish; fails the test when a layer was not taken over."""
        reports = pipeline.sync(list(layers), root=self.root, **options)
        assert all(report.ok for report in reports), "\n".join(report.text() for report in reports)
        return reports
