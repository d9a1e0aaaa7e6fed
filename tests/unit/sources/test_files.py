"""GeoPackage, Shapefile, KML, XLSX and GTFS made by the programs that make them: ogr2ogr, openpyxl, zipfile."""

import json
import subprocess
import zipfile
from datetime import date

import openpyxl
import pytest
from osgeo import gdal

from geoplatform.layers.sources.base import SourceError
from tests.reading import read_source


def ogr2ogr(*arguments):
    subprocess.run(["ogr2ogr", *map(str, arguments)], check=True, capture_output=True)


NAMES = [f"Аптека №{i} «Їжак»" for i in range(3)]


@pytest.fixture
def points(tmp_path):
    """A GeoJSON file of three points with one attribute of each type."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": f"0{i}",
                "name": f"Аптека №{i} «Їжак»",
                "beds": i,
                "open": i == 1,
                "since": f"2024-05-0{i + 1}",
            },
            "geometry": {"type": "Point", "coordinates": [32.26 + i / 100, 48.51]},
        }
        for i, name in enumerate(NAMES)
    ]
    path = tmp_path / "points.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


HERE = [(32.26, 48.51), (32.27, 48.51), (32.28, 48.51)]


class TestGeoPackage:
    def test_types_booleans_and_unwanted_columns(self, points, tmp_path):
        ogr2ogr(tmp_path / "a.gpkg", points, "-nln", "pharmacies")
        read = read_source("gpkg", tmp_path / "a.gpkg", "code open since")
        assert read.rows == [{"code": f"0{i}", "open": i == 1, "since": date(2024, 5, i + 1)} for i in range(3)]
        assert read.lon_lat == HERE
        assert set(read.available) == {"code", "name", "beds", "open", "since"}

    @pytest.mark.parametrize("code", [5564, 6385, 9840])
    def test_the_files_crs_is_honoured_and_its_order_is_easting_first(self, points, tmp_path, code):
        # the test's own transformation, by GDAL, must agree with ours by pyproj within 1e-7 degrees
        ogr2ogr(tmp_path / "a.gpkg", points, "-t_srs", f"EPSG:{code}")
        for stated in ({}, {"crs": f"EPSG:{code}"}):
            read = read_source("gpkg", tmp_path / "a.gpkg", **stated)
            assert read.crs == f"EPSG:{code}"
            assert read.lon_lat == HERE

    def test_several_layers_need_a_name(self, points, tmp_path):
        ogr2ogr(tmp_path / "a.gpkg", points, "-nln", "one")
        ogr2ogr("-update", tmp_path / "a.gpkg", points, "-nln", 'other "quoted"')
        with pytest.raises(SourceError, match=r"several layers.*one, other"):
            read_source("gpkg", tmp_path / "a.gpkg")
        with pytest.raises(SourceError, match="no layer 'three'"):
            read_source("gpkg", tmp_path / "a.gpkg", layer="three")
        assert read_source("gpkg", tmp_path / "a.gpkg", "open", layer='other "quoted"').column("open") == [False, True, False]

    def test_a_table_without_geometry_has_none(self, points, tmp_path):
        ogr2ogr(tmp_path / "a.gpkg", points, "-nlt", "NONE")
        read = read_source("gpkg", tmp_path / "a.gpkg", "code")
        assert read.shapes == [None] * 3
        assert read.column("code") == ["00", "01", "02"]

    def test_curves_are_problems_of_their_records(self, tmp_path):
        (tmp_path / "a.csv").write_text('n,WKT\n1,"CIRCULARSTRING (32 48, 32.1 48.1, 32.2 48)"\n2,"LINESTRING (32 48, 33 49)"\n')
        ogr2ogr(tmp_path / "a.gpkg", tmp_path / "a.csv", "-a_srs", "EPSG:4326", "-nlt", "GEOMETRY")
        read = read_source("gpkg", tmp_path / "a.gpkg", "n")
        assert list(read.problems) == [1]
        assert read.shapes[1].geom_type == "LineString"

    @pytest.fixture(params=[False, True], ids=["quiet", "raising"])
    def gdal_switch(self, request):
        """GDAL's exceptions off and on: GeoNode turns them on for the whole process."""
        before = bool(gdal.GetUseExceptions())
        if before != request.param:
            (gdal.UseExceptions if request.param else gdal.DontUseExceptions)()
        yield
        if before != request.param:
            (gdal.UseExceptions if before else gdal.DontUseExceptions)()

    def test_what_is_no_geopackage_is_refused(self, points, tmp_path, gdal_switch):
        with pytest.raises(SourceError, match="not a GeoPackage"):
            read_source("gpkg", points)
        ogr2ogr(tmp_path / "a.gpkg", points)
        whole = (tmp_path / "a.gpkg").read_bytes()
        (tmp_path / "half.gpkg").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SourceError, match=r"half\.gpkg"):
            read_source("gpkg", tmp_path / "half.gpkg", "code")


class TestShapefile:
    @pytest.fixture
    def shapefile(self, points, tmp_path):
        def make(encoding="UTF-8", crs="EPSG:4326", *, cpg=True, prj=True):
            folder = tmp_path / f"shape-{encoding}-{cpg}-{prj}"
            folder.mkdir()
            ogr2ogr(folder / "a.shp", points, "-lco", f"ENCODING={encoding}", "-t_srs", crs)
            if not cpg:
                (folder / "a.cpg").unlink()
                table = (folder / "a.dbf").read_bytes()
                (folder / "a.dbf").write_bytes(table[:29] + b"\0" + table[30:])
            if not prj:
                (folder / "a.prj").unlink()
            return folder / "a.shp"

        return make

    def zipped(self, shp, *skip):
        path = shp.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(shp.parent.iterdir()):
                if part.suffix not in (".zip", *skip):
                    archive.write(part, f"Шари/{part.name.upper()}")
        return path

    @pytest.mark.parametrize("encoding", ["UTF-8", "CP1251", "CP866"])
    @pytest.mark.parametrize("cpg", [True, False])
    def test_text_is_read_whatever_its_encoding_and_whether_it_is_stated(self, shapefile, encoding, cpg):
        read = read_source("shapefile", self.zipped(shapefile(encoding, cpg=cpg)), "code name")
        assert read.column("code") == ["00", "01", "02"]
        assert read.lon_lat == HERE
        if encoding == "CP866":  # which has no guillemets
            assert all(name.startswith("Аптека") for name in read.column("name"))
        else:
            assert read.column("name") == NAMES

    def test_a_cpg_that_lies_is_not_believed(self, shapefile):
        shp = shapefile("CP1251")
        shp.with_suffix(".cpg").write_text("UTF-8")
        assert read_source("shapefile", shp, "name").column("name")[0] == "Аптека №0 «Їжак»"

    def test_loose_files_and_their_fingerprint_over_all_parts(self, shapefile):
        shp = shapefile()
        before = read_source("shapefile", shp, "code")
        assert before.column("code") == ["00", "01", "02"]
        table = shp.with_suffix(".dbf")
        table.write_bytes(table.read_bytes().replace(b"00", b"09"))
        assert read_source("shapefile", shp).fingerprint != before.fingerprint

    def test_a_local_system_from_its_prj(self, shapefile):
        read = read_source("shapefile", self.zipped(shapefile(crs="EPSG:5564")))
        assert read.lon_lat == HERE

    def test_without_prj_the_definition_must_say_the_crs(self, shapefile):
        archive = self.zipped(shapefile(crs="EPSG:6385", prj=False))
        with pytest.raises(SourceError, match=r"a\.zip: there is no \.prj.*`crs`"):
            read_source("shapefile", archive)
        assert read_source("shapefile", archive, crs="EPSG:6385").lon_lat == HERE

    @pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
    def test_a_missing_part_is_named(self, shapefile, suffix):
        with pytest.raises(SourceError, match=suffix if suffix != ".shp" else "holds none"):
            read_source("shapefile", self.zipped(shapefile(), suffix))

    def test_truncated_shapes_and_truncated_zip_are_refused(self, shapefile):
        shp = shapefile()
        archive = self.zipped(shp)
        archive.write_bytes(archive.read_bytes()[:-60])
        with pytest.raises(SourceError, match=r"a\.zip: not a sound zip"):
            read_source("shapefile", archive)
        shp.write_bytes(shp.read_bytes()[:120])
        with pytest.raises(SourceError, match=r"a\.shp: (breaks off|can't be read)"):
            read_source("shapefile", shp)
        shp.write_bytes(b"<html>")
        with pytest.raises(SourceError, match="not a Shapefile"):
            read_source("shapefile", shp)


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Місто</name>
<Folder><name>Укриття</name>
<Placemark id="s1"><name>Підвал</name><description><![CDATA[<b>а</b>]]></description>
<ExtendedData><Data name="capacity"><value>120</value></Data></ExtendedData>
<Point><coordinates>32.26,48.51,100</coordinates></Point></Placemark></Folder>
<Folder><name>Парки</name>
<Placemark><name>Парк</name>
<ExtendedData><SchemaData schemaUrl="#a"><SimpleData name="area">5,2</SimpleData></SchemaData></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>32,48 33,48 33,49 32,48</coordinates></LinearRing></outerBoundaryIs></Polygon>
</Placemark>
<Placemark><name>Без місця</name></Placemark>
<Placemark><name>Зламане</name><Point><coordinates>тут</coordinates></Point></Placemark>
<Placemark><MultiGeometry><Point><coordinates>32,48</coordinates></Point>
<Point><coordinates>33,49</coordinates></Point></MultiGeometry></Placemark>
</Folder></Document></kml>"""


class TestKml:
    def test_placemarks_with_their_extended_data(self, tmp_path):
        (tmp_path / "a.kml").write_text(KML)
        read = read_source("kml", tmp_path / "a.kml", "id name capacity area description")
        assert read.column("name") == ["Підвал", "Парк", "Без місця", "Зламане", None]
        assert (read.column("capacity")[0], read.column("area")[1], read.column("id")[0]) == ("120", "5,2", "s1")
        assert [shape and shape.geom_type for shape in read.shapes] == ["Point", "Polygon", None, None, "MultiPoint"]
        assert list(read.problems) == [4]
        assert not read.shapes[0].has_z

    def test_a_folder_is_a_layer_and_kmz_is_a_zip(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
            archive.writestr("doc.kml", KML)
        assert read_source("kml", tmp_path / "a.kmz", "name", layer="Укриття").column("name") == ["Підвал"]

    def test_what_gdal_writes_is_read(self, points, tmp_path):
        ogr2ogr("-f", "KML", tmp_path / "a.kml", points)
        read = read_source("kml", tmp_path / "a.kml", "code name")
        assert read.lon_lat == HERE
        assert read.column("code") == ["00", "01", "02"]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (KML[:500], "not valid XML"),
            ("<html><body/></html>", "its root is <html>"),
            ('<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + "<kml>&a;</kml>", "entities"),
        ],
    )
    def test_what_is_not_kml_is_refused(self, tmp_path, text, reason):
        (tmp_path / "a.kml").write_text(text)
        with pytest.raises(SourceError, match=rf"a\.kml: .*{reason}"):
            read_source("kml", tmp_path / "a.kml")


class TestXlsx:
    @pytest.fixture
    def book(self, tmp_path):
        def make(*rows, title="Аркуш1"):
            workbook = openpyxl.Workbook()
            workbook.active.title = title
            for row in rows:
                workbook.active.append(row)
            workbook.create_sheet("Інший").append(["a"])
            workbook.save(tmp_path / "a.xlsx")
            return tmp_path / "a.xlsx"

        return make

    def test_values_keep_their_types_and_empty_rows_are_left_out(self, book):
        rows = [
            ["код", "ліжок", "з", "lon", "lat"],
            ["007", 12.0, date(2024, 5, 1), 32.26, 48.51],
            [],
            ["8", 2.5, None, "32,27", "48,51"],
        ]
        read = read_source("xlsx", book(*rows), "код ліжок з")
        assert read.column("код") == ["007", "8"]
        assert read.column("ліжок") == [12.0, 2.5]
        assert read.column("з") == [date(2024, 5, 1), None]
        assert read.lon_lat == HERE[:2]

    def test_header_row_and_sheet_by_options(self, book):
        path = book(["Перелік закладів"], ["code", "x", "y"], [1, 32.26, 48.51], title="Дані")
        read = read_source("xlsx", path, "code", options={"sheet": "Дані", "header": 2})
        assert read.rows == [{"code": 1}]
        assert read.lon_lat == HERE[:1]
        with pytest.raises(SourceError, match="no sheet 'Немає'; it has Дані, Інший"):
            read_source("xlsx", path, options={"sheet": "Немає"})

    def test_what_is_no_workbook_is_refused(self, tmp_path):
        (tmp_path / "a.xlsx").write_text("code,lon,lat")
        with pytest.raises(SourceError, match="not an XLSX workbook"):
            read_source("xlsx", tmp_path / "a.xlsx")
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
            archive.writestr("a.txt", "a")
        with pytest.raises(SourceError, match="not a sound XLSX workbook"):
            read_source("xlsx", tmp_path / "a.xlsx")


class TestGtfs:
    FILES = {
        "stops.txt": "\ufeffstop_id,stop_name,stop_lat,stop_lon\n1,Вокзал,48.51,32.26\n2,Площа,48.51,32.27\n3,Ні,48.51,32.28\n",
        "routes.txt": "route_id,route_short_name,route_type\nA,10,3\nB,2,800\n",
        "trips.txt": "route_id,service_id,trip_id\nA,w,a1\nB,w,b1\n",
        "stop_times.txt": "trip_id,stop_id,stop_sequence\na1,1,1\na1,2,2\nb1,1,1\n",
    }

    @pytest.fixture
    def feed(self, tmp_path):
        def make(files):
            with zipfile.ZipFile(tmp_path / "gtfs.zip", "w") as archive:
                for name, text in files.items():
                    archive.writestr(name, text)
            return tmp_path / "gtfs.zip"

        return make

    def test_stops_name_the_routes_that_serve_them(self, feed):
        read = read_source("gtfs", feed(self.FILES), "stop_id stop_name routes route_types")
        assert read.column("stop_id") == ["1", "2", "3"]
        assert read.column("routes") == ["2;10", "10", None]
        assert read.column("route_types") == ["bus;trolleybus", "bus", None]
        assert read.lon_lat == HERE
        assert {"stop_name", "routes"} <= set(read.available)

    def test_stops_alone_are_enough_and_without_them_it_is_no_timetable(self, feed):
        assert read_source("gtfs", feed({"stops.txt": self.FILES["stops.txt"]}), "stop_name").column("stop_name")[0] == "Вокзал"
        with pytest.raises(SourceError, match=r"no stops\.txt"):
            read_source("gtfs", feed({"routes.txt": "route_id\n"}))
        with pytest.raises(SourceError, match=r"trips\.txt: the column trip_id is missing"):
            read_source("gtfs", feed(self.FILES | {"trips.txt": "route_id\nA\n"}))
