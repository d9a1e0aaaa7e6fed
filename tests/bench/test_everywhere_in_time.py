"""A feature that changes is seen through every outlet within five seconds of the change."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from geoplatform.config import PROJECT
from tests.integration.wms.wells import tile_of
from tests.layer_cases import attribute, definition, text
from tests.stack import Stack

LAYER = "stopwatch"
SECONDS = 5.0
LON, LAT, ZOOM = 32.262, 48.51, 14
WMS = (
    f"/wms?SERVICE=WMS&VERSION=1.3.0&LAYERS={LAYER}&STYLES=&CRS=CRS:84&WIDTH=101&HEIGHT=101&FORMAT=image/png"
    f"&BBOX={LON - 0.01},{LAT - 0.01},{LON + 0.01},{LAT + 0.01}"
)
BEFORE, AFTER = "Зранку зачинено", "Надвечір відчинено"


@dataclasses.dataclass
class Watched:
    """The platform with one more layer of one place, whose name `write` changes in its source."""

    stack: Stack
    source: Path

    def write(self, name: str, lon: float = LON) -> None:
        """Write the source anew and synchronise it."""
        self.source.write_text(f"code,name,lon,lat\np1,{name},{lon},{LAT}\n")
        folder = str(self.source.parent / "layers")
        told = dataclasses.replace(self.stack, env={**self.stack.env, "GEOPLATFORM_LAYERS": folder})
        told.command("layers", "sync", LAYER)

    def applied(self) -> float:
        """When the newest change was written, in seconds since the epoch."""
        with psycopg.connect(self.stack.config.dsn(), autocommit=True) as conn:
            return conn.execute(
                "select extract(epoch from changed_at)::float8 from registry.layer where id = %s", [LAYER]
            ).fetchone()[0]


@pytest.fixture
def watched(stack: Stack, tmp_path: Path) -> Iterator[Watched]:
    shutil.copytree(PROJECT / "layers", tmp_path / "layers")
    source = {"driver": "csv", "location": str(tmp_path / "places.csv"), "options": {"x": "lon", "y": "lat"}}
    source |= {"crs": "EPSG:4326", "axis_order": "xy"}
    layer = definition(attribute("name", role="name"), id=LAYER, title=text("Секундомір"), source=source, sample=source)
    (tmp_path / "layers" / f"{LAYER}.yaml").write_text(layer.canonical_json())
    found = Watched(stack, tmp_path / "places.csv")
    found.write(BEFORE)
    stack.wait_until_catalogued()
    yield found
    stack.command("layers", "unpublish", LAYER)


def outlets(stack: Stack) -> dict[str, Callable[[], bytes]]:
    """Return for each outlet a function that asks it for what it says of the place."""
    collection = f"/ogcapi/collections/{LAYER}"
    _z, x, y = tile_of(LON, LAT, ZOOM)

    def vector_tile() -> bytes:
        template = json.loads(stack.get(f"{collection}/tiles/WebMercatorQuad?f=tilejson")[2])["tiles"][0]
        path = template[template.index("/ogcapi/") :]
        return stack.get(path.replace("{z}", str(ZOOM)).replace("{y}", str(y)).replace("{x}", str(x)))[2]

    found = {
        "items": f"{collection}/items?f=json",
        "item": f"{collection}/items/p1?f=json",
        "CQL2": f"{collection}/items?f=json&filter={quote(f"name='{AFTER}'")}",
        "CSV": f"{collection}/items?f=csv",
        "GetFeatureInfo": f"{WMS}&REQUEST=GetFeatureInfo&QUERY_LAYERS={LAYER}&INFO_FORMAT=application/json&I=50&J=50",
        "the list": f"/map/?layer={LAYER}",
        "the map's set and summary": f"/map/results/?layer={LAYER}",
        "the place's page": f"/map/{LAYER}/p1/",
        "search": f"/api/search?q={quote(AFTER)}",
    }
    asked = {name: lambda path=path: stack.get(path)[2] for name, path in found.items()}
    return asked | {"vector tile": vector_tile}


def pictures(stack: Stack) -> dict[str, Callable[[], bytes]]:
    """Return for each outlet that draws a function that asks it for the picture of where the place is."""
    _z, x, y = tile_of(LON, LAT, ZOOM)
    wmts = f"/wmts/1.0.0/{LAYER}/default/WebMercatorQuad/{ZOOM}/{y}/{x}.png"
    paths = {"GetMap": f"{WMS}&REQUEST=GetMap", "XYZ": f"/tiles/{LAYER}/{ZOOM}/{x}/{y}.png", "WMTS": wmts}
    return {name: lambda path=path: stack.get(path)[2] for name, path in paths.items()}


def first_seen(question: Callable[[], bool], since: float) -> float:
    """Ask until the answer is yes; return the seconds since the change after which it was (60 when it never was)."""
    while time.time() < since + 60:
        if question():
            return round(time.time() - since, 2)
        time.sleep(0.2)
    return 60.0


def timed(asked: dict[str, Callable[[], bool]], since: float) -> dict[str, float]:
    """Ask all beside one another; return for each the seconds until it said yes."""
    with ThreadPoolExecutor(len(asked)) as pool:
        return dict(zip(asked, pool.map(lambda question: first_seen(question, since), asked.values()), strict=True))


def test_a_changed_feature_is_seen_through_every_outlet_within_five_seconds(watched, capsys):
    words, drawn = outlets(watched.stack), pictures(watched.stack)
    old = {name: ask() for name, ask in drawn.items()}
    assert all(old.values()) and AFTER.encode() not in words["items"]()
    watched.write(AFTER, LON + 0.003)
    asked = {name: lambda ask=ask: AFTER.encode() in ask() for name, ask in words.items() if name != "GetFeatureInfo"}
    asked |= {name: lambda ask=ask, name=name: ask() not in (old[name], b"") for name, ask in drawn.items()}
    # the place has moved away from where it was asked for
    asked["GetFeatureInfo"] = lambda: BEFORE.encode() not in words["GetFeatureInfo"]()
    seen = timed(asked, watched.applied())
    with capsys.disabled():
        print("\nseconds from the change until it is seen:", seen)
    assert max(seen.values()) <= SECONDS, seen
