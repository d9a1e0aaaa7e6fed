"""How long a sync takes beside ogr2ogr into the same PostGIS in the same run, and how its memory grows with the source.

A sync is measured inside its process (a worker syncs many layers), ogr2ogr from start to end of its process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psycopg
import pyogrio
import pytest
import shapely
from psycopg import sql

from geoplatform.config import PROJECT
from tests.layer_cases import attribute, definition

FEATURES = 200_000
FORMATS = ("gpkg", "geojson", "csv")
#: Times of ogr2ogr that each kind of sync may take.
LIMITS = {"first": 2.0, "same bytes": 0.1, "other order": 1.0, "1 % changed": 1.2}
GROWTH = (10_000, 100_000, 1_000_000)
GROWTH_LIMIT_MB = 100

ATTRIBUTES = [
    attribute("name"), attribute("street"), attribute("house"), attribute("kind"), attribute("capacity", "integer"),
    attribute("area", "number"), attribute("phone"), attribute("opened", "date"), attribute("note"),
]  # fmt: skip


@pytest.fixture(scope="module")
def dsn(services) -> str:
    """A data database for the benchmark alone."""
    with psycopg.connect(services.cluster.dsn(), autocommit=True) as superuser:
        superuser.execute("create database sync_bench template data_template owner gp_owner")
    return services.config.dsn(database="sync_bench")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sync_bench")


def _write(
    folder: Path, name: str, count: int, formats=FORMATS, *, shuffled: bool = False, changed: float = 0
) -> dict[str, Path]:
    """Write `count` seeded points with 10 attributes (the key and nine more) in each of FORMATS; return the files."""
    random = np.random.default_rng(2)
    geometry = shapely.to_wkb(shapely.points(random.uniform(32, 32.6, count), random.uniform(48.3, 48.7, count)))
    number = np.arange(count)
    table = {
        "code": np.array([f"obj-{n:07d}" for n in number], object),
        "name": np.array([f"Заклад № {n}" for n in number], object),
        "street": np.array(["вулиця Шевченка", "вулиця Велика Перспективна", "провулок Тихий"], object)[
            random.integers(0, 3, count)
        ],
        "house": random.integers(1, 200, count).astype(str).astype(object),
        "kind": np.array(["school", "clinic", "pharmacy", "library"], object)[random.integers(0, 4, count)],
        "capacity": random.integers(1, 500, count).astype("int32"),
        "area": np.round(random.uniform(10, 900, count), 2),
        "phone": np.array([f"+38052{n:07d}" for n in number], object),
        "opened": random.integers(5_000, 19_000, count).astype("datetime64[D]"),
        "note": np.array(["Працює щодня", "Вхід з двору", "Без вихідних"], object)[random.integers(0, 3, count)],
    }
    if changed:
        table["name"][random.choice(count, int(count * changed), replace=False)] = "Змінена назва"
    order = random.permutation(count) if shuffled else number
    gpkg = folder / f"{name}.gpkg"
    pyogrio.raw.write(
        gpkg, geometry[order], [values[order] for values in table.values()], list(table), driver="GPKG", layer="objects",
        geometry_type="Point", crs="EPSG:4326",
    )  # fmt: skip
    files = {"gpkg": gpkg}
    for form in set(FORMATS) - {"gpkg"}:
        files[form] = folder / f"{name}.{form}"
        options = ["-lco", "GEOMETRY=AS_XY"] if form == "csv" else []
        subprocess.run(["ogr2ogr", *options, files[form], gpkg], check=True)
    return files


def _ogr2ogr(dsn: str, file: Path) -> float:
    """Load `file` with ogr2ogr, replacing the table; return the seconds."""
    facts = psycopg.conninfo.conninfo_to_dict(dsn)
    environment = os.environ | {"PGPASSWORD": facts.pop("password")}
    target = "PG:" + " ".join(f"{key}={value}" for key, value in facts.items())
    options = ["-oo", "X_POSSIBLE_NAMES=X", "-oo", "Y_POSSIBLE_NAMES=Y", "-a_srs", "EPSG:4326"] if file.suffix == ".csv" else []
    start = time.perf_counter()
    subprocess.run(
        ["ogr2ogr", "-f", "PostgreSQL", target, file, "-nln", "public.by_ogr2ogr", "-overwrite", *options],
        check=True, env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - start


def _sync(dsn: str, layer_id: str, file: Path, folder: Path) -> dict:
    form = file.suffix[1:]
    source = {"driver": form, "location": str(file)}
    if form == "csv":
        source |= {"options": {"x": "X", "y": "Y"}, "crs": "EPSG:4326", "axis_order": "xy"}
    layer = definition(*ATTRIBUTES, id=layer_id, source=source)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.sync_child", dsn, layer.canonical_json(), str(folder)],
        check=True, cwd=PROJECT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def _forget(dsn: str, layer_id: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier("layers", layer_id)))
        conn.execute("delete from registry.layer where id = %s", (layer_id,))
        conn.execute("delete from history.feature where layer = %s", (layer_id,))


def test_a_sync_keeps_up_with_ogr2ogr(dsn, folder):
    base = _write(folder, "base", FEATURES)
    other = _write(folder, "other", FEATURES, shuffled=True)
    changed = _write(folder, "changed", FEATURES, changed=0.01)
    print(f"\n{FEATURES} points, 10 attributes; seconds, and times of ogr2ogr in the same run")
    print(f"{'':10}{'ogr2ogr':>9}" + "".join(f"{name:>20}" for name in LIMITS))
    slow = []
    for form in FORMATS:
        rounds = []
        for _ in range(2):  # the better of two: the machine has other work too
            layer_id = f"bench_{form}"
            _forget(dsn, layer_id)
            took = {"ogr2ogr": _ogr2ogr(dsn, base[form])}
            for name, files, wanted in (
                ("first", base, {"added": FEATURES}),
                ("same bytes", base, {"status": "unchanged", "read": 0}),
                ("other order", other, {"status": "unchanged", "read": FEATURES}),
                ("1 % changed", changed, {"changed": FEATURES // 100, "added": 0, "removed": 0}),
            ):
                # The same place as before with other bytes, as a source has it.
                place = folder / f"current.{form}"
                place.unlink(missing_ok=True)
                place.hardlink_to(files[form])
                outcome = _sync(dsn, layer_id, place, folder)
                assert {key: outcome[key] for key in wanted} == wanted
                took[name] = outcome["seconds"]
            rounds.append(took)
        best = {name: min(took[name] for took in rounds) for name in rounds[0]}
        ratios = {name: best[name] / best["ogr2ogr"] for name in LIMITS}
        print(f"{form:10}{best['ogr2ogr']:9.2f}" + "".join(f"{best[n]:11.2f} ({ratios[n]:5.2f}x)" for n in LIMITS))
        slow += [
            f"{form}, {name}: {ratios[name]:.2f}x, at most {LIMITS[name]}x" for name in LIMITS if ratios[name] > LIMITS[name]
        ]
    assert slow == []


def test_memory_does_not_grow_with_the_source(dsn, folder):
    print(f"\n{'':10}" + "".join(f"{count:>26}" for count in GROWTH) + "      peak grows by")
    files = {count: _write(folder, f"growth{count}", count) for count in GROWTH}
    heavy = []
    for form in FORMATS:
        outcomes = []
        for count in GROWTH:
            _forget(dsn, "bench_growth")
            outcomes.append(_sync(dsn, "bench_growth", files[count][form], folder))
            assert outcomes[-1]["added"] == count
        growth = outcomes[-1]["peak_mb"] - outcomes[0]["peak_mb"]
        print(f"{form:10}" + "".join(f"{o['seconds']:14.2f} s {o['peak_mb']:7.0f} MB" for o in outcomes) + f"{growth:16.0f} MB")
        if growth > GROWTH_LIMIT_MB:
            heavy.append(f"{form}: {growth:.0f} MB, at most {GROWTH_LIMIT_MB} MB")
    assert heavy == []
