"""Geometries are read, mended where that is safe, brought to the layer's type; the rest is refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoplatform.layers import geometry
from tests.layer_cases import BOUNDS


def _check(*shapes, kind="point", bounds=BOUNDS, as_point=False):
    wkb = np.empty(len(shapes), object)
    for row, shape in enumerate(shapes):
        wkb[row] = shapely.to_wkb(shapely.from_wkt(shape)) if isinstance(shape, str) else shape
    return geometry.check(wkb, kind, bounds, as_point, set())


def _only_fault(*shapes, **more):
    checked = _check(*shapes, **more)
    assert checked.shapes[0] is None
    return checked.faults[0]


SQUARE = "POLYGON ((32.2 48.5, 32.21 48.5, 32.21 48.51, 32.2 48.51, 32.2 48.5))"
BOWTIE = "POLYGON ((32.2 48.5, 32.21 48.51, 32.21 48.5, 32.2 48.51, 32.2 48.5))"
SPIKE = "POLYGON ((32.2 48.5, 32.21 48.5, 32.21 48.51, 32.21 48.52, 32.21 48.51, 32.2 48.51, 32.2 48.5))"


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "geometry_missing"),
        (b"", "geometry_missing"),
        ("POINT EMPTY", "geometry_missing"),
        (shapely.to_wkb(shapely.points(np.nan, np.nan)), "geometry_missing"),
        (shapely.to_wkb(shapely.points(32.2, np.inf)), "geometry_infinite"),
        (b"not a geometry", "geometry_unreadable"),
        ("POINT (5 5)", "outside"),
        ("POINT (48.5 32.2)", "outside_swapped"),
        ("POINT (4000000 6000000)", "outside_world"),
        ("LINESTRING (32.2 48.5, 32.21 48.51)", "geometry_type"),
    ],
)
def test_a_point_that_can_not_be_used_is_refused_with_its_reason(shape, code):
    assert _only_fault(shape).code == code


def test_a_line_with_an_infinite_vertex_is_refused():
    line = shapely.to_wkb(shapely.linestrings([[32.2, 48.5], [32.2, np.inf]]))
    assert _only_fault(line, kind="line").code == "geometry_infinite"


def test_a_polygon_that_crosses_itself_is_refused_because_nobody_knows_which_area_is_meant():
    fault = _only_fault(BOWTIE, kind="polygon")
    assert fault.code == "geometry_invalid"
    assert "Self-intersection" in fault.text()


def test_a_spike_is_mended_and_counted():
    checked = _check(SPIKE, kind="polygon")
    assert checked.faults == {}
    assert checked.mended[0].code == "geometry_mended"
    assert shapely.is_valid(checked.shapes[0])
    assert checked.shapes[0].area == pytest.approx(0.0001)


@pytest.mark.parametrize(
    ("kind", "shape", "wanted"),
    [
        ("polygon", SQUARE, "MultiPolygon"),
        ("line", "LINESTRING (32.2 48.5, 32.21 48.51)", "MultiLineString"),
        ("multipoint", "POINT (32.2 48.5)", "MultiPoint"),
        ("point", "MULTIPOINT ((32.2 48.5))", "Point"),
        ("point", "POINT Z (32.2 48.5 120)", "Point"),
        ("polygon", f"GEOMETRYCOLLECTION ({SQUARE})", "MultiPolygon"),
    ],
)
def test_geometries_are_brought_to_the_layers_type(kind, shape, wanted):
    checked = _check(shape, kind=kind)
    assert (checked.faults, checked.shapes[0].geom_type, checked.shapes[0].has_z) == ({}, wanted, False)


def test_areas_become_a_point_on_their_surface_when_the_layer_asks_for_it():
    checked = _check(SQUARE, SPIKE, "POINT (32.2 48.5)", as_point=True)
    assert [shape.geom_type for shape in checked.shapes] == ["Point"] * 3
    assert shapely.from_wkt(SQUARE).contains(checked.shapes[0])


def test_a_road_may_go_on_behind_the_border_but_a_vertex_in_the_gulf_of_guinea_is_refused():
    over = "LINESTRING (32.3 48.5, 32.4 48.5)"
    stray = "LINESTRING (32.3 48.5, 0 0)"
    checked = _check(over, stray, kind="line")
    assert list(checked.faults) == [1]
    assert checked.faults[1].code == "outside"


def test_points_and_other_shapes_are_written_as_the_database_reads_them():
    points = _check("POINT (32.2 48.5)", "POINT (32.3 48.55)").shapes
    mixed = _check(SQUARE, kind="polygon").shapes
    for shapes in (points, mixed):
        read = shapely.from_wkb(geometry.as_ewkb_hex(shapes).to_pylist())
        assert shapely.equals(read, shapes).all()
        assert (shapely.get_srid(read) == 4326).all()


def test_a_reason_is_said_in_both_languages():
    fault = _only_fault("POINT (32.2 48.5)", kind="polygon")
    assert fault.text("en") == "is a Point, the layer holds polygons"
    assert fault.text("uk") == "це Point, а шар містить полігони"
