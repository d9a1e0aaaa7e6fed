"""WFS 2.0 spoken by MapServer 8 itself, and the faults that other servers show."""

import os
import subprocess

import pytest

from geoplatform.layers.sources.base import SourceError
from tests.integration.sources.conftest import Answer
from tests.reading import read_source

MAPFILE = """MAP
  NAME "wfs" STATUS ON SIZE 10 10 EXTENT 31 47 34 50 UNITS DD
  PROJECTION "init=epsg:4326" END
  WEB METADATA
    "wfs_title" "test" "wfs_enable_request" "*" "wfs_encoding" "UTF-8"
    "wfs_onlineresource" "{url}/?" "wfs_srs" "EPSG:4326 EPSG:5564" "wfs_maxfeatures" "1000"
  END END
  LAYER
    NAME "pharmacies" TYPE POINT STATUS ON
    CONNECTIONTYPE OGR CONNECTION "{data}" DATA "pharmacies"
    PROJECTION "init=epsg:{code}" END
    METADATA "wfs_title" "Pharmacies" "gml_include_items" "all" "gml_featureid" "code"
      "wfs_use_default_extent_for_getfeature" "false" END
    TEMPLATE "x"
  END
END"""


@pytest.fixture
def mapserver(site, tmp_path, request):
    """MapServer's CGI behind the test's HTTP server, with seven pharmacies kept in EPSG:4326 or the test's parameter."""
    code = getattr(request, "param", 4326)
    rows = "".join(f"0{i},Аптека {i} & Ко,{32.26 + i / 100},48.51\n" for i in range(7))
    (tmp_path / "pharmacies.csv").write_text("code,name,lon,lat\n" + rows)
    options = ["-nln", "pharmacies", "-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat"]
    reproject = ["-s_srs", "EPSG:4326", "-t_srs", f"EPSG:{code}"]
    command = ["ogr2ogr", *options, *reproject, tmp_path / "data.gpkg", tmp_path / "pharmacies.csv"]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "mapserver.conf").write_text('CONFIG ENV MS_MAP_PATTERN "." END END')
    mapfile = tmp_path / "wfs.map"
    mapfile.write_text(MAPFILE.format(url=site.url, data=tmp_path / "data.gpkg", code=code))

    def answer(asked):
        query = "&".join(f"{name}={value}" for name, value in asked.query.items())
        environment = os.environ | {"REQUEST_METHOD": "GET", "QUERY_STRING": f"map={mapfile}&{query}"}
        environment["MAPSERVER_CONFIG_FILE"] = str(tmp_path / "mapserver.conf")
        output = subprocess.run(["/usr/lib/cgi-bin/mapserv"], env=environment, capture_output=True, check=True).stdout
        head, _, body = output.partition(b"\r\n\r\n")
        return Answer(body, headers={"content-type": head.decode().partition(":")[2].strip()})

    site.answer = answer
    return site


HERE = [(round(32.26 + i / 100, 7), 48.51) for i in range(7)]


def test_mapserver_is_read_in_pages_and_whole(mapserver):
    whole = read_source("wfs", f"{mapserver.url}/", "code name", layer="pharmacies")
    assert whole.column("code") == [f"0{i}" for i in range(7)]
    assert whole.column("name")[0] == "Аптека 0 & Ко"
    assert whole.lon_lat == HERE
    pages = read_source("wfs", f"{mapserver.url}/", "code", layer="pharmacies", options={"page_size": 3})
    assert sorted(pages.column("code")) == whole.column("code")
    assert [asked.query.get("startindex") for asked in mapserver.asked][-3:] == [None, "3", "6"]


def test_the_same_answer_at_another_time_has_the_same_fingerprint(mapserver):
    first, second = (read_source("wfs", f"{mapserver.url}/?x=1", layer="pharmacies").fingerprint for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "mapserver", [5564], indirect=True
)  # kept so: MapServer 8.0 leaves the datum shift out when it transforms
def test_a_local_system_is_asked_for_and_its_northing_comes_first(mapserver):
    read = read_source("wfs", f"{mapserver.url}/", "code", layer="pharmacies", crs="EPSG:5564")
    assert mapserver.asked[0].query["srsname"] == "urn:ogc:def:crs:EPSG::5564"
    assert read.crs == "EPSG:5564"
    assert read.lon_lat == HERE


def test_an_unknown_feature_type_is_what_the_server_says(mapserver):
    with pytest.raises(SourceError, match=r"the server refused: .*TYPENAME"):
        read_source("wfs", f"{mapserver.url}/", layer="schools")


GML = """<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="http://a"
 timeStamp="{time}" numberMatched="{matched}" numberReturned="1">
<wfs:member><a:shop gml:id="shop.1"><a:code>007</a:code><a:geom>
<gml:Point gml:id="p" srsName="{crs}"><gml:pos>{position}</gml:pos></gml:Point></a:geom></a:shop></wfs:member>
</wfs:FeatureCollection>"""


@pytest.mark.parametrize(
    ("crs", "position", "options"),
    [
        ("urn:ogc:def:crs:EPSG::4326", "48.51 32.26", {}),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "48.51 32.26", {}),
        ("urn:ogc:def:crs:EPSG::4326", "32.26 48.51", {"axis_order": "xy"}),
        ("urn:ogc:def:crs:EPSG::9840", "5375279.3152 319325.9825", {}),
        ("EPSG:4326", "32.26 48.51", {}),
    ],
)
def test_axis_order_follows_how_the_crs_is_written(site, crs, position, options):
    site.answer = lambda asked: Answer(GML.format(time="2026-01-01T00:00:00Z", matched=1, crs=crs, position=position))
    read = read_source("wfs", site.url, "code gml_id", layer="a:shop", **options)
    assert read.lon_lat == [(32.26, 48.51)]
    assert read.rows == [{"code": "007", "gml_id": "shop.1"}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (GML.format(time="", matched=2, crs="EPSG:4326", position="1 1")[:400], "not valid XML"),
        ("<!DOCTYPE html><html><body>x</body></html>", "document type is refused"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "entities"),
        ("<html></html>", "its root is <html>"),
        ("not xml", "not valid XML"),
        (
            '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"><ows:Exception><ows:ExceptionText>no\n such'
            "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>",
            "the server refused: no such",
        ),
    ],
)
def test_a_bad_answer_is_refused(site, body, reason):
    site.answer = lambda asked: Answer(body)
    with pytest.raises(SourceError, match=reason):
        read_source("wfs", site.url, layer="a:shop")


def test_a_server_that_gives_less_than_it_announced_is_refused(site):
    empty = '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberMatched="3" numberReturned="0"/>'
    full = GML.format(time="", matched=3, crs="EPSG:4326", position="1 1")
    site.answer = lambda asked: Answer(full if len(site.asked) == 1 else empty)
    with pytest.raises(SourceError, match="announced 3 features and gave 1"):
        read_source("wfs", site.url, layer="a:shop")


def test_no_features_is_no_error(site):
    site.answer = lambda asked: Answer(
        '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" numberMatched="0" numberReturned="0"/>'
    )
    assert read_source("wfs", site.url, layer="a:shop").rows == []
