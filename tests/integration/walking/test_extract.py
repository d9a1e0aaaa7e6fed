"""From an OpenStreetMap extract to distances on foot, by the shipped description of the layer and the shipped rules."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import yaml

from geoplatform import database
from geoplatform.config import PROJECT
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline
from geoplatform.walking import build, reach
from tests.integration.walking.conftest import degrees

NODES = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (200, 150), 5: (200, 300), 6: (400, 300)}
WAYS = {
    10: ([1, 2, 3], {"highway": "residential", "oneway": "yes", "name": "вулиця Пробна"}),
    11: ([2, 4], {"highway": "steps"}),
    12: ([4, 5], {"highway": "footway"}),
    13: ([3, 6, 5], {"highway": "path", "foot": "yes"}),
    14: ([1, 5], {"highway": "motorway"}),
    15: ([1, 6], {"highway": "proposed"}),
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    """The shipped description with an extract as the source of `walkways`; gives its root."""
    root = tmp_path / "layers"
    for name in ("municipality.yaml", "themes.yaml", "profiles.yaml", "walking.yaml"):
        root.mkdir(exist_ok=True)
        shutil.copy(PROJECT / "layers" / name, root)
    shutil.copytree(PROJECT / "layers" / "vocabularies", root / "vocabularies")
    document = yaml.safe_load((PROJECT / "layers" / "walkways.yaml").read_text(encoding="utf-8"))
    del document["sample"]
    document["source"] = {"driver": "osm_pbf", "location": str(tmp_path / "city.osm.pbf"), "query": "w/highway"}
    (root / "walkways.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    nodes = "".join('<node id="{}" version="1" lon="{}" lat="{}"/>'.format(number, *degrees(*at)) for number, at in NODES.items())
    ways = "".join(
        f'<way id="{number}" version="1">'
        + "".join(f'<nd ref="{node}"/>' for node in members)
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</way>"
        for number, (members, tags) in WAYS.items()
    )
    (tmp_path / "city.osm").write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    subprocess.run(["osmium", "cat", tmp_path / "city.osm", "-o", tmp_path / "city.osm.pbf"], check=True)
    return root


def test_an_extract_becomes_a_network_that_is_walked_against_one_way_streets(data_db, library):
    (report,) = pipeline.sync(["walkways"], live=True, root=library)
    assert report.error is None and report.added == 6
    walking = load_library(library).walking
    assert build.follow(walking) is True
    with database.pool("public").connection() as conn:
        assert conn.execute("select count(*), count(*) filter (where steps) from pub_public.walk_edge").fetchone() == (5, 1)
        found = reach.within(conn, *degrees(400, 0), 2000)
        flat = reach.within(conn, *degrees(400, 0), 2000, steps=walking.gait("wheelchair").steps)
        (corner,) = conn.execute(
            "select target from pub_public.walk_edge where steps union all select source from pub_public.walk_edge where steps"
            " order by 1 desc limit 1"
        ).fetchone()
        assert found.cost([corner])[0] < flat.cost([corner])[0]
    pipeline.sync(["walkways"], live=True, root=library)
    assert build.follow(walking) is False, "the same data change nothing"


def test_rules_that_point_to_nothing_are_named(library):
    path = library / "walking.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("foot: foot", "foot: feet").replace("pram:", "skater:"), encoding="utf-8"
    )
    from geoplatform.layers.library import read_library

    found, problems = read_library(library)
    told = [str(problem) for problem in problems if "walking" in problem.file]
    assert any("gaits.skater: profiles.yaml has no profile 'skater'" in line for line in told)
    assert any("network.foot: layer 'walkways' has no attribute 'feet'" in line for line in told)
    assert found.walking.network is None
