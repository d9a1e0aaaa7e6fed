"""Makes the bundled demonstration data: the same seed gives the same bytes, and no record can be taken for a real one.

    python -m geoplatform.layers.demo [--seed N] [--facts CSV] OUT

Nothing here copies or imitates a real institution, address or person: names say "Демонстраційна …", streets are numbered,
phones stay empty. True facts come from the CSV file (layers/sample/institutions.csv) and keep `is_demo: false`.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

from geoplatform.config import PROJECT
from geoplatform.layers.demo import areas
from geoplatform.layers.demo.facilities import FACILITIES, facilities, fact
from geoplatform.layers.demo.ground import Feature, streets

SAMPLE = PROJECT / "layers" / "sample"
SEED = 2026


def build(seed: int, facts: list[dict[str, str]]) -> dict[str, list[Feature]]:
    """Return layer id -> GeoJSON features (EPSG:4326).

    facts: rows of the institutions file; those that name a layer and coordinates join that layer as real records.
    """
    network = streets()
    layers: dict[str, list[Feature]] = {}
    for layer, kinds in FACILITIES.items():
        layers[layer] = list(facilities(layer, kinds, network, _random(seed, layer)))
    others: dict[str, Callable[[random.Random], list[Feature]]] = {
        "community_boundary": lambda _: areas.boundary(),
        "city_districts": lambda _: areas.districts(),
        "streets": lambda _: areas.street_lines(network),
        "walkways": lambda _: areas.ways(network),
        "roads": lambda chance: areas.roads(network, chance),
        "addresses": lambda _: areas.addresses(network),
        "transport_stops": lambda chance: areas.stops(network, chance),
        "communal_property": lambda chance: areas.communal_property(network, chance),
        "master_plan": lambda chance: areas.zones("Територія", "master_plan", chance),
        "zoning": lambda chance: areas.zones("Зона", "zoning", chance),
        "detailed_plans": areas.detailed_plans,
        "green_areas": areas.green_areas,
    }
    for layer, make in others.items():
        layers[layer] = make(_random(seed, layer))
    for row in facts:
        if row["place_lon"] and row["place_lat"] and row["place_layer"] in FACILITIES:
            layers[row["place_layer"]].append(fact(row))
    return layers


def write(out: Path, layers: dict[str, list[Feature]]) -> None:
    """Write one GeoJSON file a layer into the directory `out`, a feature a line; raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    for layer, features in layers.items():
        lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
        (out / f"{layer}.geojson").write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8")


def read_facts(path: Path) -> list[dict[str, str]]:
    """Return the rows of the institutions file; raises OSError."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _random(seed: int, layer: str) -> random.Random:
    """A generator for each layer of its own, so that changing one layer leaves the others' bytes alone."""
    return random.Random(f"{seed}:{layer}")  # noqa: S311 - not for secrets
