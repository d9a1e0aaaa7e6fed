"""CSV as offices really write it: other encodings, delimiters, decimal commas, swapped columns."""

import pytest

from geoplatform.layers.sources.base import SourceError
from tests.reading import read_source

KROPYVNYTSKYI = {"bounds": (31.9, 48.3, 32.6, 48.7)}


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_detected(written, encoding, delimiter):
    text = "\n".join(delimiter.join(row) for row in [("код", "назва", "lon", "lat"), ("007", "Їжакова вулиця", "32.26", "48.51")])
    read = read_source("csv", written(text + "\n", encoding), "код назва")
    assert read.rows == [{"код": "007", "назва": "Їжакова вулиця"}]
    assert read.lon_lat == [(32.26, 48.51)]


def test_cp1251_that_begins_late_in_the_file_is_detected(written):
    rows = "".join(f"{i},plain,32.2,48.5\n" for i in range(30_000)) + "x,Ґанок,32.2,48.5\n"
    read = read_source("csv", written("id,name,lon,lat\n" + rows, "cp1251"), "name")
    assert read.column("name")[-1] == "Ґанок"


def test_decimal_commas_spaces_and_unreadable_numbers(written):
    read = read_source("csv", written('lon;lat\n32,26;48,51\n"32, 27"; 48,52\nнемає;48,5\n;\n'))
    assert read.lon_lat[:2] == [(32.26, 48.51), (32.27, 48.52)]
    assert read.problems == {3: "lon is not a number: 'немає'"}
    assert read.shapes[2:] == [None, None]


def test_nan_and_infinite_coordinates_are_problems_of_their_records(written):
    read = read_source("csv", written("lon,lat\n32.2,48.5\nNaN,48.5\n32.2,inf\n"))
    assert read.problems == dict.fromkeys((2, 3), "its coordinates are not finite numbers")


def test_swapped_columns_are_said_with_file_record_and_what_to_do(written):
    with pytest.raises(SourceError, match=r"table\.csv: record 1: the coordinates look swapped.*exchange the columns"):
        read_source("csv", written("lon,lat\n48.51,32.26\n48.52,32.27\n"), within=KROPYVNYTSKYI)


def test_swapped_columns_of_a_projected_system_are_said_without_bounds(written):
    with pytest.raises(SourceError, match=r"swapped.*EPSG:5564"):
        read_source("csv", written("x,y\n6445438.26,5375509.65\n"), crs="EPSG:5564")


def test_x_of_ucs_2000_is_the_northing_unless_said_otherwise(written):
    northing, easting = "5375509.654626", "6445438.257595"
    for text, options in [
        (f"x,y\n{northing},{easting}\n", {}),
        (f"x,y\n{easting},{northing}\n", {"axis_order": "xy"}),
        (f"a,b\n{northing},{easting}\n", {"options": {"x": "a", "y": "b"}}),
        (f"a,b\n{northing},{easting}\n", {"options": {"northing": "a", "easting": "b"}}),
    ]:
        read = read_source("csv", written(text), crs="EPSG:5564", **options)
        assert read.lon_lat == [(32.26, 48.51)]
        assert read.crs == "EPSG:5564"


def test_x_is_the_longitude_in_a_geographic_system(written):
    assert read_source("csv", written("x,y\n32.26,48.51\n"), crs="EPSG:4326").lon_lat == [(32.26, 48.51)]


def test_wkt_column(written):
    read = read_source("csv", written('a,wkt\n1,"LINESTRING (32 48, 33 49)"\n2,LINE\n3,\n'), "a")
    assert [shape and shape.geom_type for shape in read.shapes] == ["LineString", None, None]
    assert read.problems == {2: "its geometry is not WKT: 'LINE'"}


def test_a_table_without_coordinates_has_no_geometry(written):
    read = read_source("csv", written("code,name\n1,a\n2,\n"), "code name")
    assert read.rows == [{"code": "1", "name": "a"}, {"code": "2", "name": None}]
    assert read.shapes == [None, None]


def test_quoted_delimiters_and_line_ends_stay_inside_their_value(written):
    assert read_source("csv", written('a,b\n"x, ""y""\nz",2\n'), "a").column("a") == ['x, "y"\nz']


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("a,b\n1,2\n1,2,3\n", {}, "3 values where the header has 2"),
        ("a,a\n1,2\n", {}, "named twice: a"),
        ("", {}, "empty"),
        ("\n\n", {}, "no header"),
        ("<!DOCTYPE html><html>", {}, "HTML"),
        (b"PK\x03\x04abc", {}, "archive"),
        ("a,b\n1,2\n", {"x": "lon", "y": "b"}, "option x names the column 'lon'"),
        ("a,b\n1,2\n", {"x": "a"}, "belong together"),
        ("a,b\n1,2\n", {"encoding": "koi9"}, "encoding='koi9' is unknown"),
        ("a,b\n1,2\n", {"delimiter": ";;"}, "not one character"),
    ],
)
def test_what_is_not_a_sound_table_is_refused_with_file_and_reason(written, content, options, reason):
    with pytest.raises(SourceError, match=reason) as error:
        read_source("csv", written(content), "a", options=options)
    assert "table.csv" in str(error.value)
    assert "\n" not in str(error.value)


def test_forty_megabytes_in_one_value_are_named_by_record(written):
    with pytest.raises(SourceError, match=r"table\.csv: after record 0: a record is larger than"):
        read_source("csv", written("a,b\n1," + "x" * (40 << 20) + "\n"), "a")
