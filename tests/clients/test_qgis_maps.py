"""QGIS without a screen draws our WMS, WMTS and XYZ tiles, and a staff layer with a token as the password of Basic."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geoplatform.access import tokens
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, PLACE, WELLS
from tests.maps_stack import Maps, running_maps


@pytest.fixture(scope="module")
def maps(services, module_data_db: psycopg.Connection) -> Iterator[Maps]:
    """The public layer `wells` and the staff layer `pipes`, served."""
    wells.change(module_data_db, wells.layer(), WELLS, 1, None)
    wells.change(module_data_db, wells.layer("pipes", "staff"), WELLS, 1, None)
    with running_maps(services.config) as running:
        yield running


def drawn(uri: str, tmp_path: Path, *credentials: str) -> bytes:
    """Return the picture of 512 m about the place, as QGIS draws it."""
    x, y = wells.mercator(*PLACE)
    target = tmp_path / "map.png"
    done = subprocess.run(
        ["/usr/bin/python3", str(Path(__file__).parent / "qgis_map.py"), uri, *map(str, (x - 256, y - 256, x + 256, y + 256)),
         str(target), *credentials],
        env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )  # fmt: skip
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    assert seen["valid"], seen
    return target.read_bytes()


def test_qgis_draws_wms(maps: Maps, tmp_path: Path):
    uri = f"contextualWMSLegend=0&crs=EPSG:3857&format=image/png&layers=wells&styles=default&url={maps.base_url}/wms"
    assert wells.pixel(drawn(uri, tmp_path), 128, 128) == BLUE


def test_qgis_draws_wmts(maps: Maps, tmp_path: Path):
    uri = (
        "crs=EPSG:3857&format=image/png&layers=wells&styles=default&tileMatrixSet=WebMercatorQuad"
        f"&url={maps.base_url}/wmts/1.0.0/WMTSCapabilities.xml"
    )
    assert wells.main_colour(drawn(uri, tmp_path)) == BLUE


def test_qgis_draws_xyz_tiles(maps: Maps, tmp_path: Path):
    uri = f"type=xyz&zmin=0&zmax=20&url={maps.base_url}/tiles/wells/%7Bz%7D/%7Bx%7D/%7By%7D.png"
    assert wells.main_colour(drawn(uri, tmp_path)) == BLUE


def test_qgis_draws_a_staff_layer_with_a_token(maps: Maps, module_data_db: psycopg.Connection, tmp_path: Path):
    with module_data_db.transaction():
        module_data_db.execute("insert into access.account values (7, 'staff') on conflict do nothing")
        token = tokens.make(module_data_db, 7, "qgis", 1)
    module_data_db.commit()
    uri = f"contextualWMSLegend=0&crs=EPSG:3857&format=image/png&layers=pipes&styles=default&url={maps.base_url}/wms"
    assert wells.pixel(drawn(uri, tmp_path, "staff", token), 128, 128) == BLUE
