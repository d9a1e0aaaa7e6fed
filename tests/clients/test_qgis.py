"""QGIS without a screen, as GIS staff would use it: reads every feature of a collection, in the right place."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("collection", ["settlements", "community_boundary", "streets"])
def test_qgis_reads_every_feature_in_its_place(stack, collection, tmp_path: Path):
    items = json.loads(stack.get(f"/ogcapi/collections/{collection}/items?f=json&limit=1")[2])
    bbox = json.loads(stack.get(f"/ogcapi/collections/{collection}?f=json")[2])["extent"]["spatial"]["bbox"][0]
    done = subprocess.run(
        ["/usr/bin/python3", str(Path(__file__).parent / "qgis_read.py"), f"{stack.base_url}/ogcapi/", collection],
        # QGIS writes its profile and cache below HOME
        env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["valid"], seen["fault"]
    assert seen["read"] == seen["distinct"] == items["numberMatched"]
    assert seen["extent"] == pytest.approx(bbox, abs=1e-4)
