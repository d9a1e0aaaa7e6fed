"""Another PostgreSQL database as a source, and whether PostGIS, GDAL and pyproj agree on where the city is."""

from datetime import date

import numpy as np
import psycopg
import pytest
from osgeo import osr

from geoplatform.layers.crs import to_wgs84
from geoplatform.layers.sources.base import SourceError
from tests.reading import read_source

LOCAL_SYSTEMS = (5564, 6385, 9840)
#: Points in and around Kropyvnytskyi, longitude and latitude.
POINTS = np.array([(32.26, 48.51), (32.0, 48.4), (32.6, 48.65), (31.6, 48.2), (33.4, 48.9)])


@pytest.fixture
def table(data_db, services, monkeypatch):
    """A table in EPSG:5564 in a database that is reached by an environment variable."""
    data_db.execute("create schema other")
    data_db.execute(
        """create table other.objects (code text, name text, floors int, height numeric(8,3), tags text[], extra jsonb,
           built date, open boolean, geom geometry(Point, 5564))"""
    )
    data_db.execute(
        """insert into other.objects select '0' || i, 'Дім ' || i, i, i + 0.125, array['а', 'б'], '{"k": 1}', '2024-05-01', i = 1,
           st_transform(st_setsrid(st_makepoint(32.26 + i * 0.01, 48.51), 4326), 5564) from generate_series(0, 2) i"""
    )
    data_db.execute("insert into other.objects (code) values ('09')")
    data_db.commit()
    monkeypatch.setenv("OTHER_PG_DSN", services.config.dsn())
    return data_db


def test_a_table_is_read_with_its_types_and_crs(table):
    read = read_source("postgis", "env:OTHER_PG_DSN", "code floors height tags extra built open", layer="other.objects")
    assert read.rows[1] == {
        "code": "01",
        "floors": 1,
        "height": "1.125",
        "tags": '["а","б"]',
        "extra": '{"k":1}',
        "built": date(2024, 5, 1),
        "open": True,
    }
    assert read.lon_lat == [(32.26, 48.51), (32.27, 48.51), (32.28, 48.51), None]
    assert (read.crs, read.fingerprint) == ("EPSG:5564", None)
    assert "name" in read.available


def test_a_condition_chooses_rows_and_can_change_nothing(table):
    read = read_source("postgis", "env:OTHER_PG_DSN", "code", layer="other.objects", query="floors > 0")
    assert read.column("code") == ["01", "02"]
    with pytest.raises(SourceError):
        read_source("postgis", "env:OTHER_PG_DSN", layer="other.objects", query="true; drop table other.objects")
    assert table.execute("select count(*) from other.objects").fetchone() == (4,)


def test_what_is_missing_is_named_and_the_password_never(table, monkeypatch):
    monkeypatch.setenv("BAD_DSN", "host=127.0.0.1 port=9 dbname=x user=u password=topsecret")
    for location, layer, reason in [
        ("env:OTHER_PG_DSN", "other.none", "no such table"),
        ("env:OTHER_PG_DSN", None, "name the table"),
        ("env:UNSET_DSN", "a", "UNSET_DSN is not set"),
        ("env:BAD_DSN", "a", "can't connect"),
        ("postgresql://u:topsecret@h/d", "a", "name the environment variable"),
    ]:
        with pytest.raises(SourceError, match=reason) as error:
            read_source("postgis", location, layer=layer)
        assert "topsecret" not in str(error.value)
        assert "\n" not in str(error.value)


def test_geometries_in_several_systems_are_refused(table):
    table.execute("create table other.mixed (code text, geom geometry)")
    table.execute("insert into other.mixed values ('a', 'srid=4326;point(32 48)'), ('b', 'srid=3857;point(0 0)')")
    table.commit()
    with pytest.raises(SourceError, match="several coordinate systems"):
        read_source("postgis", "env:OTHER_PG_DSN", layer="other.mixed")


def _by_postgis(connection: psycopg.Connection, code: int) -> np.ndarray:
    statement = "select st_x(g), st_y(g) from (select st_transform(st_setsrid(st_makepoint(%s, %s), 4326), %s::int) g) t"
    rows = [connection.execute(statement, (*point, code)).fetchone() for point in POINTS.tolist()]
    return np.array(rows, dtype="float64")


def _by_gdal(code: int) -> np.ndarray:
    systems = []
    for number in (4326, code):
        system = osr.SpatialReference()
        system.ImportFromEPSG(number)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        systems.append(system)
    return np.array(osr.CoordinateTransformation(*systems).TransformPoints(POINTS.tolist()))[:, :2]


@pytest.mark.parametrize("code", LOCAL_SYSTEMS)
def test_postgis_gdal_and_pyproj_agree_within_a_centimetre(data_db, code):
    postgis, gdal = _by_postgis(data_db, code), _by_gdal(code)
    assert np.abs(postgis - gdal).max() < 0.01
    ours = to_wgs84(f"EPSG:{code}", "xy")
    metres = (ours(postgis) - POINTS) * [73_900, 111_200]
    assert np.hypot(*metres.T).max() < 0.01


@pytest.mark.parametrize("code", LOCAL_SYSTEMS)
def test_leaving_the_shift_out_moves_the_city_by_116_metres_in_postgis_too(data_db, code):
    unshifted = "select st_x(g), st_y(g) from (select st_transform(st_setsrid(st_makepoint(%s, %s), 5561), %s::int) g) t"
    there = np.array(data_db.execute(unshifted, (32.26, 48.51, code)).fetchone())
    assert np.hypot(*(there - _by_postgis(data_db, code)[0])) == pytest.approx(116, abs=2)
