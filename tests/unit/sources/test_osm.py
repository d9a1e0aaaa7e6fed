"""OpenStreetMap by saved Overpass answers and by a PBF extract that osmium wrote."""

import json
import subprocess
from datetime import UTC, datetime

import pytest

from geoplatform.layers.sources import osm
from geoplatform.layers.sources.base import SourceError
from geoplatform.layers.sources.osmpbf import TagFilter
from tests.reading import read_source


def ring(*pairs):
    return [{"lat": lat, "lon": lon} for lon, lat in pairs]


SQUARE = ring((32.0, 48.0), (32.4, 48.0), (32.4, 48.4), (32.0, 48.4), (32.0, 48.0))
HOLE = ring((32.1, 48.1), (32.2, 48.1), (32.2, 48.2), (32.1, 48.2), (32.1, 48.1))
ANSWER = {
    "version": 0.6,
    "generator": "Overpass API 0.7.62.4 2390de5a",
    "osm3s": {"timestamp_osm_base": "2026-03-01T10:15:00Z", "copyright": "The data included in this document is from OSM."},
    "elements": [
        {"type": "node", "id": 1, "lat": 48.51, "lon": 32.26, "tags": {"amenity": "pharmacy", "name": "Аптека"}},
        {"type": "way", "id": 2, "center": {"lat": 48.5, "lon": 32.2}, "nodes": [1, 2], "tags": {"amenity": "school"}},
        {"type": "way", "id": 3, "geometry": SQUARE, "tags": {"building": "yes"}},
        {"type": "way", "id": 4, "geometry": SQUARE, "tags": {"highway": "residential"}},
        {
            "type": "relation",
            "id": 5,
            "members": [
                {"type": "way", "ref": 6, "role": "outer", "geometry": SQUARE[:3]},
                {"type": "way", "ref": 7, "role": "outer", "geometry": SQUARE[2:]},
                {"type": "way", "ref": 8, "role": "inner", "geometry": HOLE},
                {"type": "node", "ref": 9, "role": "label", "lat": 48.2, "lon": 32.2},
            ],
            "tags": {"type": "multipolygon", "landuse": "forest"},
        },
        {"type": "node", "id": 10, "lat": 48.0, "lon": 32.0},
        {"type": "way", "id": 11, "nodes": [1, 2], "tags": {"shop": "yes"}},
        {
            "type": "relation",
            "id": 12,
            "members": [{"type": "way", "ref": 6, "role": "outer", "geometry": SQUARE[:3]}],
            "tags": {"type": "multipolygon", "landuse": "forest"},
        },
    ],
}


@pytest.fixture
def saved(tmp_path):
    def save(answer, **changes):
        path = tmp_path / "overpass.json"
        path.write_text(answer if isinstance(answer, str) else json.dumps(answer | changes, ensure_ascii=False, indent=2))
        return path

    return save


class TestOverpass:
    def test_nodes_ways_and_relations_become_points_lines_and_areas(self, saved):
        read = read_source("overpass", saved(ANSWER), "name amenity osm_type osm_id osm_ref")
        assert read.column("osm_ref") == ["n1", "w2", "w3", "w4", "r5", "w11", "r12"]
        assert read.rows[0] == {"name": "Аптека", "amenity": "pharmacy", "osm_type": "node", "osm_id": 1, "osm_ref": "n1"}
        kinds = [shape and shape.geom_type for shape in read.shapes]
        assert kinds == ["Point", "Point", "Polygon", "LineString", "Polygon", None, None]
        assert read.shapes[4].area == pytest.approx(0.4 * 0.4 - 0.1 * 0.1)
        assert read.problems.keys() == {6, 7}
        assert "out geom" in read.problems[6]
        assert "do not close" in read.problems[7]
        assert read.date == datetime(2026, 3, 1, 10, 15, tzinfo=UTC)

    def test_as_point_lies_on_the_surface(self, saved):
        read = read_source("overpass", saved(ANSWER), as_point=True)
        assert {shape.geom_type for shape in read.shapes if shape} == {"Point"}

    def test_the_fingerprint_forgets_when_the_server_was_asked(self, saved):
        first = read_source("overpass", saved(ANSWER)).fingerprint
        later = ANSWER["osm3s"] | {"timestamp_osm_base": "2026-03-02T10:15:00Z"}
        assert read_source("overpass", saved(ANSWER, osm3s=later)).fingerprint == first
        assert read_source("overpass", saved(ANSWER, elements=ANSWER["elements"][1:])).fingerprint != first

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (ANSWER | {"remark": 'runtime error: Query timed out in "query" at line 3'}, "broke off: runtime error"),
            ("<html><body>The server is probably too busy</body></html>", "HTML"),
            (json.dumps(ANSWER)[:-300], "breaks off in record 7"),
            ('{"version": 0.6}', "no answer of an Overpass server"),
        ],
    )
    def test_a_broken_answer_is_refused(self, saved, answer, reason):
        with pytest.raises(SourceError, match=reason):
            read_source("overpass", saved(answer))


OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="test">
{nodes}
<node id="20" version="1" lat="48.51" lon="32.26"><tag k="amenity" v="pharmacy"/><tag k="name" v="Аптека"/></node>
<node id="21" version="1" lat="48.52" lon="32.26"><tag k="amenity" v="bench"/></node>
<way id="30" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/><tag k="amenity" v="clinic"/></way>
<way id="31" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="32" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="highway" v="service"/></way>
<way id="33" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/></way>
<way id="34" version="1"><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<way id="35" version="1"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="5"/></way>
<way id="36" version="1"><nd ref="1"/><nd ref="99"/><tag k="highway" v="track"/></way>
<relation id="40" version="1"><member type="way" ref="33" role="outer"/><member type="way" ref="34" role="outer"/>
<member type="way" ref="35" role="inner"/><tag k="type" v="multipolygon"/><tag k="amenity" v="clinic"/></relation>
<relation id="41" version="1"><member type="way" ref="33" role="outer"/>
<tag k="type" v="multipolygon"/><tag k="amenity" v="clinic"/></relation>
<relation id="42" version="1"><member type="way" ref="31" role=""/><tag k="type" v="route"/><tag k="highway" v="yes"/></relation>
</osm>"""
NODES = [(32.0, 48.0), (32.4, 48.0), (32.4, 48.4), (32.0, 48.4), (32.1, 48.1), (32.2, 48.1), (32.2, 48.2)]


class TestPbf:
    @pytest.fixture(scope="class")
    def extract(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("pbf")
        nodes = "".join(f'<node id="{i}" version="1" lat="{lat}" lon="{lon}"/>' for i, (lon, lat) in enumerate(NODES, start=1))
        (folder / "a.osm").write_text(OSM.format(nodes=nodes))
        subprocess.run(["osmium", "cat", "-o", folder / "a.osm.pbf", folder / "a.osm"], check=True, capture_output=True)
        return folder / "a.osm.pbf"

    def test_tag_filters_choose_and_areas_are_assembled(self, extract):
        read = read_source("osm_pbf", extract, "name amenity osm_ref", query="nwr/amenity=pharmacy,clinic")
        found = dict(zip(read.column("osm_ref"), read.shapes, strict=True))
        assert found.keys() == {"n20", "w30", "r40", "r41"}
        assert (found["n20"].x, found["n20"].y) == (32.26, 48.51)
        assert found["w30"].geom_type == "MultiPolygon"
        assert found["r40"].area == pytest.approx(0.4 * 0.4 - 0.1 * 0.1 / 2)
        assert found["r41"] is None
        assert list(read.problems.values()) == ["its ways do not close to an area (incomplete in this extract, or broken)"]

    def test_closed_roads_stay_lines_and_routes_have_no_area(self, extract):
        read = read_source("osm_pbf", extract, "osm_ref", query="w/highway=residential,service nwr/highway=track,yes")
        found = dict(zip(read.column("osm_ref"), read.shapes, strict=True))
        assert {ref: shape and shape.geom_type for ref, shape in found.items()} == {
            "w31": "LineString", "w32": "LineString", "w36": None, "r42": None
        }  # fmt: skip
        assert len(read.problems) == 2

    def test_the_tags_and_identity_are_the_columns(self, extract):
        assert {"amenity", "name", "osm_ref"} <= set(read_source("osm_pbf", extract, query="n/amenity").available)

    @pytest.mark.parametrize(
        ("query", "reason"), [(None, "needs tag filters"), ("x/amenity", "tag filter 'x/amenity'"), ("nwr/=a", "tag filter")]
    )
    def test_a_bad_filter_is_named(self, extract, query, reason):
        with pytest.raises(SourceError, match=reason):
            read_source("osm_pbf", extract, query=query)

    def test_what_is_no_extract_or_half_of_one_is_refused(self, extract, tmp_path):
        (tmp_path / "a.osm.pbf").write_text("<html>")
        with pytest.raises(SourceError, match="not an OpenStreetMap extract"):
            read_source("osm_pbf", tmp_path / "a.osm.pbf", query="amenity")
        (tmp_path / "b.osm.pbf").write_bytes(extract.read_bytes()[:-100])
        with pytest.raises(SourceError, match=r"b\.osm\.pbf: the extract breaks off"):
            read_source("osm_pbf", tmp_path / "b.osm.pbf", query="amenity")


@pytest.mark.parametrize(
    ("text", "kind", "tags", "passes"),
    [
        ("amenity", "n", {"amenity": "x"}, True),
        ("w/amenity", "n", {"amenity": "x"}, False),
        ("nwr/amenity=a,b", "r", {"amenity": "b"}, True),
        ("nwr/amenity=a,b", "r", {"amenity": "c"}, False),
        ("amenity!=a", "w", {"amenity": "c"}, True),
        ("amenity!=a", "w", {}, False),
        ("amenity=*", "w", {"amenity": "c"}, True),
    ],
)
def test_tag_filters_mean_what_osmium_means(text, kind, tags, passes):
    assert TagFilter.parse(text).matches(kind, tags) is passes


@pytest.mark.parametrize(
    ("tags", "area"),
    [
        ({"building": "yes"}, True),
        ({"highway": "residential"}, False),
        ({"highway": "pedestrian", "area": "yes"}, True),
        ({"leisure": "track"}, False),
        ({"natural": "cliff"}, False),
        ({"amenity": "school", "barrier": "fence"}, True),
        ({"amenity": "school", "area": "no"}, False),
    ],
)
def test_which_closed_ways_are_areas(tags, area):
    assert osm.is_area(tags) is area
