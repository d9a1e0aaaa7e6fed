"""GeoTIFFs become layers of the map: in the right place, by level, each date at its own address."""

from __future__ import annotations

import resource
import time
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pytest
import yaml
from osgeo import gdal, osr
from owslib.wms import WebMapService
from owslib.wmts import WebMapTileService

from geoplatform.layers.rasters import convert
from geoplatform.layers.rasters.definition import RasterDefinition, RasterError
from geoplatform.ops import first_load
from geoplatform.publishing.rasters import accept, publish
from tests.integration.serving.layers import text
from tests.integration.wms import wells
from tests.integration.wms.wells import BLUE, PLACE, RED
from tests.maps_stack import PATIENCE, Maps, stored
from tests.waiting import until

gdal.UseExceptions()
OLD, NEW = date(2019, 5, 1), date(2023, 6, 1)
HERE = "/".join(map(str, wells.tile_of(*PLACE, 16)))


def raster(raster_id: str = "ortho", publication: str = "public") -> RasterDefinition:
    return RasterDefinition.model_validate(
        {"id": raster_id, "title": text("Ortho"), "description": text("from above"), "theme": "environment",
         "publication": publication, "owner": text("owner"), "licence": "CC-BY-4.0", "attribution": text("source")}
    )  # fmt: skip


def geotiff(path: Path, colour: tuple[int, ...], epsg: int | None = 32636, half: float = 500, bands: int = 3, **more) -> Path:
    """Write a picture of one colour about PLACE, `half` metres each way."""
    kind = more.pop("kind", gdal.GDT_Byte)
    made = gdal.GetDriverByName("GTiff").Create(str(path), 100, 100, bands, kind)
    if epsg is not None:
        system = osr.SpatialReference()
        system.ImportFromEPSG(epsg)
        system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        degrees = osr.SpatialReference()
        degrees.ImportFromEPSG(4326)
        degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        x, y, _ = osr.CoordinateTransformation(degrees, system).TransformPoint(*PLACE)
        made.SetProjection(system.ExportToWkt())
        made.SetGeoTransform([x - half, half / 50, 0, y + half, 0, -half / 50])
    for number in range(bands):
        made.GetRasterBand(number + 1).WriteArray(np.full((100, 100), colour[number % len(colour)]))
    made = None
    return path


@pytest.fixture(scope="module")
def served(maps: Maps, module_data_db: psycopg.Connection, tmp_path_factory) -> Maps:
    """The public raster `ortho`, red in 2019 and blue in 2023, and `secret` for staff."""
    folder = tmp_path_factory.mktemp("given")
    for definition, colour, day in ((raster(), RED, OLD), (raster(), BLUE, NEW), (raster("secret", "staff"), RED, OLD)):
        assert accept(module_data_db, maps.config, definition, geotiff(folder / "a.tif", colour), day)
        module_data_db.commit()
    until(lambda: (maps.config.var / "tiles/public/ortho/current").is_symlink(), PATIENCE)
    return maps


def test_the_newest_date_is_drawn_and_time_chooses_another(served: Maps):
    assert wells.main_colour(served.get(wells.get_map("ortho"))[2]) == BLUE
    assert wells.main_colour(served.get(wells.get_map("ortho", TIME="2019-05-01"))[2]) == RED
    assert wells.main_colour(served.get(wells.get_map("ortho", TIME="2020"))[2]) == RED
    assert wells.main_colour(served.get(wells.get_map("ortho.2019-05-01"))[2]) == RED


def test_each_date_has_tiles_at_its_own_address(served: Maps):
    assert wells.main_colour(served.get(f"/tiles/ortho/{HERE}.png")[2]) == BLUE
    assert wells.main_colour(served.get(f"/tiles/ortho.2019-05-01/{HERE}.png")[2]) == RED
    assert stored(served.config, "public", "ortho.2019-05-01")


def test_outside_the_picture_it_is_transparent(served: Maps):
    assert wells.pixel(served.get(wells.get_map("ortho", half=5000))[2], 2, 2)[3] == 0


def test_capabilities_name_the_dates(served: Maps):
    service = WebMapService(f"{served.base_url}/wms", version="1.3.0")
    assert list(service.contents) == ["ortho", "ortho.2023-06-01", "ortho.2019-05-01"]
    assert [position.strip() for position in service["ortho"].timepositions] == ["2019-05-01", "2023-06-01"]


@pytest.mark.parametrize(("layer", "colour"), [("ortho", BLUE), ("ortho.2019-05-01", RED)])
def test_wmts_gives_the_newest_date_and_each_by_its_name(served: Maps, layer: str, colour: tuple[int, ...]):
    service = WebMapTileService(f"{served.base_url}/wmts/1.0.0/WMTSCapabilities.xml")
    assert set(service.contents) == {"ortho", "ortho.2023-06-01", "ortho.2019-05-01"}
    zoom, column, row = HERE.split("/")
    tile = service.gettile(
        layer=layer, tilematrixset="WebMercatorQuad", tilematrix=zoom, row=row, column=column, format="image/png"
    )
    assert wells.main_colour(tile.read()) == colour


def test_wms_draws_a_raster_in_its_place_in_the_local_system(served: Maps, module_data_db: psycopg.Connection):
    """The picture reaches 500 m each way; without the datum shift it would lie 116 m off."""
    easting, northing = module_data_db.execute(
        "select ST_X(g), ST_Y(g) from (select ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 9840) g) s", PLACE
    ).fetchone()
    module_data_db.rollback()
    box = f"{northing - 640},{easting - 640},{northing + 640},{easting + 640}"  # northing comes first
    picture = served.get(wells.get_map("ortho", CRS="EPSG:9840", BBOX=box))[2]
    assert wells.main_colour(picture) == BLUE
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        assert wells.pixel(picture, 128 + 94 * x, 128 + 94 * y) == BLUE, (x, y)  # 470 m
        assert wells.pixel(picture, 128 + 106 * x, 128 + 106 * y)[3] == 0, (x, y)  # 530 m


def test_a_picture_holds_no_features(served: Maps):
    info = {"REQUEST": "GetFeatureInfo", "QUERY_LAYERS": "ortho", "INFO_FORMAT": "text/plain", "I": "1", "J": "1"}
    status, _, body = served.get(wells.get_map("ortho", **info))
    assert status == 400
    assert b"LayerNotQueryable" in body


def test_a_staff_raster_is_out_of_the_publics_reach(served: Maps, services):
    assert served.get(wells.get_map("secret"))[0] == 400
    assert served.get(f"/tiles/secret/{HERE}.png")[0] == 404
    with psycopg.connect(services.config.dsn("public")) as conn:
        assert [row[0] for row in conn.execute("select id from pub_public.rasters")] == ["ortho"]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from registry.raster_image")


@pytest.mark.parametrize("epsg", [5564, 6385, 32636, 3857])
def test_the_picture_lies_where_the_features_lie(served: Maps, module_data_db, tmp_path: Path, epsg: int):
    """A square of 60 m in the system: within a pixel of 2 m of where PostGIS puts its corners."""
    name = f"square_{epsg}"
    half = 30 * (1.51 if epsg == 3857 else 1)
    path = geotiff(tmp_path / "square.tif", RED, epsg, half)
    west, _, _, north, _, _ = gdal.Open(str(path)).GetGeoTransform()
    accept(module_data_db, served.config, raster(name), path, NEW)
    module_data_db.commit()
    corner = module_data_db.execute(
        "select ST_X(g), ST_Y(g) from (select ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), %s::int), 3857) g) s",
        [west, north, epsg],
    ).fetchone()
    module_data_db.rollback()
    until(lambda: served.get(wells.get_map(name))[0] == 200)
    x, y = wells.mercator(*PLACE)
    expected = (128 + (corner[0] - x) / 2, 128 - (corner[1] - y) / 2)
    image = served.get(wells.get_map(name))[2]
    assert wells.pixel(image, round(expected[0]) + 3, round(expected[1]) + 3) == RED
    assert wells.pixel(image, round(expected[0]) - 3, round(expected[1]) + 3)[3] == 0
    assert wells.pixel(image, round(expected[0]) + 3, round(expected[1]) - 3)[3] == 0


def test_the_same_file_is_not_converted_twice(served: Maps, module_data_db, tmp_path: Path):
    path = geotiff(tmp_path / "a.tif", BLUE)
    assert accept(module_data_db, served.config, raster("twice"), path, NEW)
    assert not accept(module_data_db, served.config, raster("twice"), path, NEW)
    module_data_db.rollback()


def test_numbers_that_are_no_colours_are_stretched(served: Maps, module_data_db, tmp_path: Path):
    path = geotiff(tmp_path / "heights.tif", (120.5,), bands=1, kind=gdal.GDT_Float32)
    assert accept(module_data_db, served.config, raster("heights"), path, NEW)
    module_data_db.rollback()


def spoiled(tmp_path: Path, how: str) -> Path:
    path = tmp_path / "given.tif"
    if how == "text":
        path.write_text("<VRTDataset/>")
    elif how == "cut":
        geotiff(path, RED)
        path.write_bytes(path.read_bytes()[:2000])
    elif how == "no place":
        geotiff(path, RED, None)
    elif how == "bands":
        geotiff(path, RED, bands=17)
    return path


@pytest.mark.parametrize(
    ("how", "says"), [("text", "is no TIFF"), ("cut", "can't be read"), ("no place", "where it lies"), ("bands", "17 bands")]
)
def test_a_file_that_is_no_sound_geotiff_is_refused_in_one_line(served: Maps, module_data_db, tmp_path: Path, how, says):
    with pytest.raises(RasterError, match=says) as caught:
        accept(module_data_db, served.config, raster("spoiled"), spoiled(tmp_path, how), NEW)
    module_data_db.rollback()
    assert "\n" not in str(caught.value)
    assert not list((served.config.var / "rasters").glob("spoiled/*"))


def test_a_narrowed_raster_is_gone_within_five_seconds(served: Maps, module_data_db):
    assert served.get(f"/tiles/ortho/{HERE}.png")[0] == 200
    module_data_db.execute("insert into access.narrowing (layer, level) values ('ortho', 'staff')")
    publish(module_data_db, "ortho", actor="test")
    module_data_db.commit()
    until(lambda: served.get(f"/tiles/ortho/{HERE}.png")[0] == 404)
    assert served.get(wells.get_map("ortho"))[0] == 400


def large(path: Path, side: int) -> Path:
    """Write a picture of `side` x `side` pixels about PLACE that is a few kilobytes: nothing but zeros."""
    given = gdal.Open(str(geotiff(path.with_name("small.tif"), RED)))
    options = ["TILED=YES", "COMPRESS=DEFLATE", "SPARSE_OK=TRUE"]
    made = gdal.GetDriverByName("GTiff").Create(str(path), side, side, 3, gdal.GDT_Byte, options)
    made.SetProjection(given.GetProjection())
    west, width, _, north, _, height = given.GetGeoTransform()
    made.SetGeoTransform([west, width * 100 / side, 0, north, 0, height * 100 / side])
    made = None
    return path


def test_a_conversion_is_bounded_in_time_and_leaves_nothing(maps: Maps, module_data_db, tmp_path: Path):
    path = large(tmp_path / "slow.tif", 20_000)
    begun = time.monotonic()
    with pytest.raises(RasterError, match=r"slow\.tif: is not done after 3 seconds"):
        accept(module_data_db, maps.config, raster("slow"), path, NEW, seconds=3)
    module_data_db.rollback()
    assert time.monotonic() - begun < 15
    assert [each for each in (maps.config.var / "rasters").rglob("*") if each.is_file() and "slow" in each.name] == []


def test_a_conversion_is_bounded_in_memory(maps: Maps, module_data_db, tmp_path: Path, monkeypatch):
    path = large(tmp_path / "wide.tif", 2_500)
    assert accept(module_data_db, maps.config, raster("wide"), path, NEW)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 800_000, "kilobytes"
    module_data_db.rollback()
    monkeypatch.setattr(convert, "MAX_MEMORY", 150_000_000)
    with pytest.raises(RasterError, match=r"wide\.tif: ") as caught:
        accept(module_data_db, maps.config, raster("wide"), path, OLD)
    module_data_db.rollback()
    assert "\n" not in str(caught.value)


def test_described_rasters_are_loaded_at_first_start_and_a_broken_one_stops_no_other(
    maps: Maps, module_data_db, tmp_path: Path, capsys
):
    folder = tmp_path / "rasters"
    folder.mkdir()
    for name, file in (("first", "good.tif"), ("second", "missing.tif")):
        described = raster(name).model_dump(mode="json") | {"images": [{"date": "2019-05-01", "location": file}]}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(described, allow_unicode=True))
    (folder / "third.yaml").write_text("id: [")
    geotiff(folder / "good.tif", RED)
    assert first_load.load_rasters(tmp_path) == 1
    said = capsys.readouterr().out
    assert "second 2019-05-01: " in said and "third.yaml: can't be read as YAML" in said
    assert module_data_db.execute("select publication from registry.raster where id = 'first'").fetchone() == ("public",)
    module_data_db.rollback()
    assert first_load.load_rasters(tmp_path) == 0, "what is there is left alone"
