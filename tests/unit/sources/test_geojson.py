"""GeoJSON as programs really write it, and as they break it."""

import json

import pytest

from geoplatform.layers.sources import jsonlist
from geoplatform.layers.sources.base import SourceError
from tests.reading import read_source


def feature(properties, lon=32.26, lat=48.51, **more):
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}, **more}


def collection(*features, **more):
    return {"type": "FeatureCollection", **more, "features": list(features)}


@pytest.fixture
def written(tmp_path):
    def write(document, name="layer.geojson"):
        path = tmp_path / name
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode())
        return path

    return write


def test_properties_keep_their_types_and_nested_ones_become_json_text(written):
    path = written(
        collection(feature({"n": 7, "t": "аптека", "b": True, "o": {"a": [1]}}), feature({"n": 8, "t": None, "b": False}))
    )
    read = read_source("geojson", path, "n t b o absent")
    assert read.rows == [
        {"n": 7, "t": "аптека", "b": True, "o": '{"a":[1]}'},
        {"n": 8, "t": None, "b": False, "o": None},
    ]
    assert read.lon_lat == [(32.26, 48.51)] * 2
    assert read.available == ["n", "t", "b", "o"]


def test_a_column_of_mixed_types_becomes_text(written):
    path = written(collection(*(feature({"v": value}) for value in (1, "два", 2.5, True, None, 2**70))))
    assert read_source("geojson", path, "v").column("v") == ["1", "два", "2.5", "true", None, str(float(2**70))]


def test_the_feature_id_is_a_column_unless_a_property_has_that_name(written):
    assert read_source("geojson", written(collection(feature({}, id="way/1"))), "id").column("id") == ["way/1"]
    assert read_source("geojson", written(collection(feature({"id": 5}, id="way/1"))), "id").column("id") == [5]


def test_braces_and_quotes_inside_strings_do_not_end_a_feature(written):
    texts = ["}, {", '"}]', "\\", '\\"}', "a\\\\", '],"crs":{', ""]
    read = read_source("geojson", written(collection(*(feature({"t": text}) for text in texts))), "t")
    assert read.column("t") == texts


def test_features_across_piece_borders_are_whole(written, monkeypatch):
    monkeypatch.setattr(jsonlist, "PIECE", 64)
    features = [feature({"i": i, "t": '\\"}{' * (i % 7)}) for i in range(60)]
    for indent in (None, 2):
        path = written(json.dumps(collection(*features), indent=indent).encode())
        read = read_source("geojson", path, "i t")
        assert read.column("i") == list(range(60))
        assert read.column("t") == [f["properties"]["t"] for f in features]


def test_members_around_the_features_are_found_wherever_they_stand(written):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5564"}}
    for document in (
        collection(feature({}, 6445438.2576, 5375509.6546), name="x", crs=crs),
        {"features": [feature({}, 6445438.2576, 5375509.6546)], "crs": crs, "bbox": [1, 2, 3, 4]},
    ):
        read = read_source("geojson", written(document))
        assert read.crs == "EPSG:5564"
        assert read.lon_lat == [(32.26, 48.51)]


def test_a_key_called_features_deeper_down_is_not_taken_for_the_list(written):
    document = {"type": "FeatureCollection", "meta": {"features": [1, 2]}, "features": [feature({"a": 1})]}
    assert read_source("geojson", written(document), "a").rows == [{"a": 1}]


def test_lines_areas_heights_and_empty_geometry(written):
    polygon = {"type": "Polygon", "coordinates": [[[32, 48], [33, 48], [33, 49], [32, 48]]]}
    features = [
        {"type": "Feature", "properties": {}, "geometry": polygon},
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": [[32, 48, 120], [33, 49, 130]]}},
        {"type": "Feature", "properties": None, "geometry": None},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": []}},
    ]
    read = read_source("geojson", written(collection(*features)))
    assert [shape and shape.geom_type for shape in read.shapes] == ["Polygon", "LineString", None, None]
    assert not read.shapes[1].has_z
    assert read.problems == {}
    points = read_source("geojson", written(collection(*features)), as_point=True)
    assert [shape and shape.geom_type for shape in points.shapes] == ["Point", "Point", None, None]
    assert read.shapes[0].contains(points.shapes[0])


def test_one_broken_feature_is_a_problem_of_that_record_only(written):
    good = json.dumps(feature({"n": 1}))
    nan = good.replace("32.26", "NaN")
    infinite = json.dumps(feature({"n": 2}, lon=1e400))
    path = written(f'{{"type":"FeatureCollection","features":[{good},{nan},{{"a" 1}},{{}},{infinite},{good}]}}'.encode())
    read = read_source("geojson", path, "n")
    assert sorted(read.problems) == [2, 3, 4, 5]
    assert "finite" in read.problems[2] or "geometry" in read.problems[2]
    assert "not valid JSON" in read.problems[3]
    assert read.problems[4] == "not a GeoJSON feature"
    assert read.column("n")[0] == read.column("n")[5] == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html><body>503</body></html>", "HTML"),
        (b"", "empty"),
        (b"not json", "not a JSON object"),
        (b'{"error": "quota"}', "neither features nor a geometry"),
        (
            b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":null},{"type":"Fea',
            "record 2",
        ),
        (b'{"type":"FeatureCollection","features":[', "record 1"),
        (b'{"type":"FeatureCollection"', "not valid JSON"),
    ],
)
def test_what_is_not_geojson_is_refused_with_file_and_reason(written, content, reason):
    with pytest.raises(SourceError, match=reason) as error:
        read_source("geojson", written(content), "a")
    assert "layer.geojson" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_single_feature_and_a_bare_geometry_are_layers_of_one(written):
    assert read_source("geojson", written(feature({"a": 1})), "a").rows == [{"a": 1}]
    assert read_source("geojson", written({"type": "Point", "coordinates": [32.26, 48.51]})).lon_lat == [(32.26, 48.51)]


def test_an_empty_collection_has_no_records(written):
    assert read_source("geojson", written(collection())).rows == []


def test_a_byte_order_mark_is_no_obstacle(written):
    path = written(b"\xef\xbb\xbf" + json.dumps(collection(feature({"a": 1}))).encode())
    assert read_source("geojson", path, "a").rows == [{"a": 1}]


def test_the_fingerprint_is_that_of_the_bytes(written):
    first = read_source("geojson", written(collection(feature({"a": 1})))).fingerprint
    assert read_source("geojson", written(collection(feature({"a": 1})), "copy.geojson")).fingerprint == first
    assert read_source("geojson", written(collection(feature({"a": 2})))).fingerprint != first


@pytest.mark.parametrize(("begin", "end"), [("", "\n"), ("\x1e", "\n"), ("\x1e", "\n\n")])
def test_text_sequences_by_line_and_by_record_separator(written, begin, end):
    text = "".join(begin + json.dumps(feature({"a": i}), indent=1 if begin else None) + end for i in range(3))
    assert read_source("geojsonseq", written(text.encode()), "a").column("a") == [0, 1, 2]


def test_a_broken_line_in_a_text_sequence_is_a_problem_of_that_record(written):
    text = "\n".join([json.dumps(feature({"a": 1})), '{"type": "Fea', json.dumps(feature({"a": 3}))])
    read = read_source("geojsonseq", written(text.encode()), "a")
    assert list(read.problems) == [2]
    assert read.column("a") == [1, None, 3]
