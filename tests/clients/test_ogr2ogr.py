"""ogr2ogr, as a developer would use it: reads every feature of every collection from the OGC API, each once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyogrio
import pytest

#: More than one page of every client, and few enough to be quick.
ENOUGH = 20_000


@pytest.fixture(scope="module")
def collections(stack) -> dict[str, int]:
    """Ids of the collections that have geometry, with the number of their features."""
    found = json.loads(stack.get("/ogcapi/collections?f=json")[2])["collections"]
    counts = {}
    for collection in found:
        page = json.loads(stack.get(f"/ogcapi/collections/{collection['id']}/items?f=json&limit=1")[2])
        if page["features"] and page["features"][0]["geometry"]:
            counts[collection["id"]] = page["numberMatched"]
    return counts


def ids_in(path: Path, layer: str, **selection) -> list[str]:
    return pyogrio.raw.read(path, layer=layer, columns=["id"], read_geometry=False, **selection)[3][0].tolist()


def test_ogrinfo_lists_the_collections(stack, collections):
    done = subprocess.run(
        ["ogrinfo", "-al", "-so", f"OAPIF:{stack.base_url}/ogcapi/"], capture_output=True, text=True, check=True, timeout=120
    )
    for name in collections:
        assert f"Layer name: {name}" in done.stdout


def test_every_feature_is_read_once(stack, collections, tmp_path: Path):
    read = {name: count for name, count in collections.items() if 0 < count <= ENOUGH}
    assert read, "no collection has features"
    target = tmp_path / "all.gpkg"
    subprocess.run(
        [
            "ogr2ogr",
            "-q",
            "-f",
            "GPKG",
            str(target),
            f"OAPIF:{stack.base_url}/ogcapi/",
            *read,
            "-oo",
            "PAGE_SIZE=500",
            "-preserve_fid",
        ],
        check=True,
        timeout=280,
    )
    for name, count in read.items():
        ids = ids_in(target, name)
        assert (len(ids), len(set(ids))) == (count, count), name


def test_a_bbox_gives_what_lies_in_it(stack, collections, tmp_path: Path):
    name = max((name for name, count in collections.items() if count <= ENOUGH), key=collections.get)
    everything, part = tmp_path / "all.gpkg", tmp_path / "part.gpkg"
    source = f"OAPIF:{stack.base_url}/ogcapi/"
    subprocess.run(["ogr2ogr", "-q", str(everything), source, name], check=True, timeout=120)
    west, south, east, north = pyogrio.read_info(everything, layer=name)["total_bounds"]
    box = [west, south, (west + east) / 2, (south + north) / 2]
    corners = [str(number) for number in box]
    subprocess.run(["ogr2ogr", "-q", str(part), source, name, "-spat", *corners], check=True, timeout=120)
    assert set(ids_in(part, name)) == set(ids_in(everything, name, bbox=tuple(box)))
