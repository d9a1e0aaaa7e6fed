"""Features in every format that is offered: pages as JSON-FG, whole collections as CSV, GeoPackage and FlatGeobuf."""

from __future__ import annotations

import csv
import fcntl
import io
from contextlib import ExitStack
from pathlib import Path

import pytest
from osgeo import ogr
from werkzeug.test import Client

from geoplatform import config
from geoplatform.serving import downloads
from tests.integration.serving.asking import ITEMS, ask

DEGREES = "http://www.opengis.net/def/crs/EPSG/0/4326"


def taken(client: Client, path: Path, **parameters: str) -> ogr.DataSource:
    """Return the downloaded file as GDAL opens it."""
    answer = client.get(ITEMS, query_string=parameters)
    assert answer.status_code == 200, answer.text
    assert len(answer.data) == int(answer.headers["Content-Length"])
    path.write_bytes(answer.data)
    return ogr.Open(str(path))


def rows(client: Client, **parameters: str) -> list[dict[str, str]]:
    """Return the rows of the downloaded CSV."""
    answer = client.get(ITEMS, query_string={"f": "csv", **parameters})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


@pytest.mark.parametrize("parameters", [{"f": "jsonfg"}, {"f": "jsonfg", "profile": "jsonfg-plus"}])
def test_json_fg_says_where_and_when(places: Client, parameters: dict) -> None:
    page = ask(places, limit=1, **parameters)
    feature = page["features"][0]
    assert page["conformsTo"] == ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"]
    assert (page["featureType"], page["geometryDimension"]) == ("places", 0)
    assert feature["place"] is None and feature["geometry"]["coordinates"] == [32.2, 48.48]
    assert feature["time"] == {"interval": ["2026-01-01T00:00:00Z", ".."]}


def test_json_fg_in_another_crs_has_a_place(places: Client) -> None:
    page = ask(places, limit=1, f="jsonfg", crs=DEGREES)
    assert page["coordRefSys"] == DEGREES
    assert page["features"][0]["place"]["coordinates"] == [48.48, 32.2]
    assert page["features"][0]["geometry"] is None
    plus = ask(places, limit=1, f="jsonfg", crs=DEGREES, profile="jsonfg-plus")
    assert plus["features"][0]["geometry"]["coordinates"] == [32.2, 48.48]
    one = ask(places, f"{ITEMS}/p0000", f="jsonfg", crs=DEGREES)
    assert (one["coordRefSys"], one["place"]["coordinates"]) == (DEGREES, [48.48, 32.2])


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("application/vnd.ogc.fg+json", "application/vnd.ogc.fg+json"),
        ("application/geo+json", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/geopackage+sqlite3", "application/geopackage+sqlite3"),
        ("application/flatgeobuf", "application/flatgeobuf"),
        ("text/html,application/json;q=0.5", "text/html; charset=utf-8"),
        ("image/png", "application/geo+json"),
    ],
)
def test_accept_chooses_the_format(places: Client, accept: str, wanted: str) -> None:
    assert places.get(f"{ITEMS}?limit=1", headers={"Accept": accept}).content_type == wanted


@pytest.mark.parametrize(("form", "driver"), [("gpkg", "GPKG"), ("fgb", "FlatGeobuf")])
def test_a_file_holds_the_whole_collection(places: Client, tmp_path: Path, form: str, driver: str) -> None:
    source = taken(places, tmp_path / f"places.{form}", f=form, lang="en")
    assert source.GetDriver().GetName() == driver
    layer = source.GetLayer(0)
    assert (layer.GetName(), layer.GetFeatureCount(), layer.GetSpatialRef().GetAuthorityCode(None)) == ("places", 200, "4326")
    found = {feature["id"]: feature for feature in layer}
    assert sorted(found) == [f"p{number:04d}" for number in range(200)]
    third = found["p0003"]
    assert (third["name"], third["kind"], third["kind_title"], third["beds"]) == ("Інгул", "clinic", "Clinic", 3)
    assert (third["features"], third["extra"], third["is_demo"]) == ("ramp;lift", '{"a": 3}', 0)
    assert third.GetGeometryRef().GetPoint_2D() == pytest.approx((32.206, 48.48))
    names = [layer.GetLayerDefn().GetFieldDefn(i).GetName() for i in range(layer.GetLayerDefn().GetFieldCount())]
    assert not {"secret", "note_staff", "note_registered"} & set(names)


def test_a_geopackage_says_whose_it_is(places: Client, tmp_path: Path) -> None:
    source = taken(places, tmp_path / "places.gpkg", f="gpkg", lang="uk")
    told = source.GetMetadata()
    assert (told["LICENSE"], told["ATTRIBUTION"]) == ("CC-BY-4.0", "source українською")
    assert "CC-BY-4.0" in source.GetLayer(0).GetMetadata()["DESCRIPTION"]


@pytest.mark.parametrize("form", ["csv", "gpkg", "fgb"])
def test_a_file_is_named_and_licensed(places: Client, form: str) -> None:
    answer = places.head(f"{ITEMS}?f={form}")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''places_20")
    assert answer.headers["Content-Disposition"].endswith(f".{form}")
    assert answer.headers["Link"] == '<https://spdx.org/licenses/CC-BY-4.0.html>; rel="license"'
    again = places.get(f"{ITEMS}?f={form}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_a_file_holds_what_is_asked_for(places: Client, tmp_path: Path, form: str) -> None:
    asked = {"f": form, "filter": "beds < 50 and name like 'К%'", "crs": "http://www.opengis.net/def/crs/EPSG/0/5564"}
    source = taken(places, tmp_path / f"places.{form}", **asked, properties="beds")
    layer = source.GetLayer(0)
    assert sorted(feature["beds"] for feature in layer) == [0, 8, 16, 24, 32, 40, 48]
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "5564"
    layer.ResetReading()
    first = layer.GetNextFeature()
    x, y = first.GetGeometryRef().GetPoint_2D()
    assert 6_000_000 < x < 7_000_000 and 5_000_000 < y < 6_000_000  # easting first, whatever the authority says


def test_csv_has_coordinates_titles_and_limits(places: Client) -> None:
    found = rows(places, lang="uk", limit="2", sortby="-beds")
    assert [row["beds"] for row in found] == ["199", "198"]
    assert found[0]["kind_title"] == "Clinic українською"
    assert (float(found[1]["lon"]), float(found[1]["lat"])) == pytest.approx((32.236, 48.498))
    assert len(rows(places)) == 200
    assert set(rows(places, limit="1", crs="EPSG:3857")[0]) >= {"x", "y"}
    assert not {"lon", "lat"} & set(rows(places, limit="1", skipGeometry="true")[0])
    assert rows(places, limit="1", **{"geometry-precision": "1"})[0]["lon"] == "32.2"


def test_csv_begins_with_the_mark_when_asked(places: Client) -> None:
    assert places.get(f"{ITEMS}?f=csv&bom=true").data.startswith(b"\xef\xbb\xbfid,")
    assert places.get(f"{ITEMS}?f=csv").data.startswith(b"id,")


@pytest.mark.parametrize("form", ["csv", "gpkg", "fgb"])
@pytest.mark.parametrize("query", ["offset=5", "resulttype=hits", "filter=beds/0=1", "bom=perhaps", "profile=jsonfg"])
def test_a_file_of_nonsense_is_refused(places: Client, form: str, query: str) -> None:
    assert places.get(f"{ITEMS}?f={form}&{query}").status_code == 400


def test_so_many_files_at_once(places: Client) -> None:
    assert places.get(f"{ITEMS}?f=gpkg&limit=1").status_code == 200
    root = config.load().run / "downloads"
    with ExitStack() as stack:
        for number in range(downloads.SLOTS):
            lock = stack.enter_context((root / f"{number}.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        answer = places.get(f"{ITEMS}?f=csv")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert places.get(f"{ITEMS}?limit=1").status_code == 200
    assert places.get(f"{ITEMS}?f=csv").status_code == 200
    assert [path.name for path in root.rglob("*") if not path.name.endswith(".lock")] == []
