"""Uploads by GeoNode's own handlers, without GeoServer: tables in PostGIS, private to whoever uploaded them."""

import csv
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"nazva": f"Місце {number}", "count": number},
            "geometry": {"type": "Point", "coordinates": [32.2 + number * 0.01, 48.5]},
        }
        for number in range(5)
    ],
}


@pytest.fixture
def source(tmp_path) -> Path:
    """A GeoJSON file of five points."""
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps(PLACES))
    return path


def converted(source: Path, driver: str, name: str) -> Path:
    target = source.parent / name
    subprocess.run(["ogr2ogr", "-f", driver, str(target), str(source), "-nln", "places"], check=True, capture_output=True)
    return target


def upload(client, **files: Path):
    """Send the files as the upload screen does; returns the answer."""
    opened = {name: path.open("rb") for name, path in files.items()}
    try:
        return client.post("/api/v2/uploads/upload", {**opened, "action": "upload"})
    finally:
        for file in opened.values():
            file.close()


def uploaded():
    """Return the dataset that was uploaded last."""
    from geonode.layers.models import Dataset
    from geonode.resource.models import ExecutionRequest

    for request in ExecutionRequest.objects.all():
        assert request.status == "finished", (request.status, request.log, request.output_params)
    return Dataset.objects.latest("pk")


def geojson(source: Path) -> dict[str, Path]:
    return {"base_file": source}


def geopackage(source: Path) -> dict[str, Path]:
    return {"base_file": converted(source, "GPKG", "places.gpkg")}


def kml(source: Path) -> dict[str, Path]:
    return {"base_file": converted(source, "LIBKML", "places.kml")}


def shapefile(source: Path) -> dict[str, Path]:
    shape = converted(source, "ESRI Shapefile", "places.shp")
    archive = source.parent / "places.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in shape.parent.glob("places.[sdpc]*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                file.write(part, part.name)
    return {"base_file": archive, "zip_file": archive}


def table(source: Path) -> dict[str, Path]:
    path = source.parent / "places.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["nazva", "count", "lat", "lon"])
        for feature in PLACES["features"]:
            x, y = feature["geometry"]["coordinates"]
            writer.writerow([*feature["properties"].values(), y, x])
    return {"base_file": path}


@pytest.mark.parametrize("form", [geojson, geopackage, kml, shapefile, table])
def test_an_uploaded_file_becomes_a_private_dataset_with_its_extent_and_picture(
    form, source, staff_client, anonymous_client, control_db
):
    answer = upload(staff_client, **form(source))
    assert answer.status_code == 201, answer.content
    dataset = uploaded()
    assert dataset.srid == "EPSG:4326"
    assert dataset.ll_bbox_polygon.extent == pytest.approx((32.2, 48.5, 32.24, 48.5), abs=1e-6)
    names = {attribute.attribute.lower() for attribute in dataset.attribute_set.all()}
    assert names & {"nazva", "name"}
    found = control_db.execute(f'select count(*) from public."{dataset.name}"').fetchone()
    assert found == (5,)
    assert dataset.thumbnail_path, "its picture is drawn"
    assert anonymous_client.get(f"/hub/datasets/{dataset.pk}/").status_code == 404
    assert anonymous_client.get(f"/api/v2/datasets/{dataset.pk}/").status_code in (401, 403, 404)
    assert anonymous_client.get(f"/datasets/{dataset.alternate}/dataset_download").status_code == 404


def test_an_upload_can_be_downloaded_by_its_owner(source, staff_client):
    upload(staff_client, base_file=source)
    answer = staff_client.get(f"/datasets/{uploaded().alternate}/dataset_download")
    features = json.loads(b"".join(answer.streaming_content))["features"]
    assert {feature["properties"]["nazva"] for feature in features} == {f"Місце {number}" for number in range(5)}


def test_deleting_an_upload_takes_its_table_and_picture_away(source, staff_client, control_db):
    from django.conf import settings

    upload(staff_client, base_file=source)
    dataset = uploaded()
    picture = Path(settings.MEDIA_ROOT) / dataset.thumbnail_path
    assert staff_client.delete(f"/api/v2/resources/{dataset.pk}/delete").status_code < 300
    assert control_db.execute("select to_regclass(%s)", [f'public."{dataset.name}"']).fetchone() == (None,)
    assert not picture.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("page.geojson", b"<!doctype html><title>not data</title>"),
        ("empty.gpkg", b""),
        ("virus.exe", b"MZ"),
    ],
)
def test_a_file_that_is_no_data_is_refused_clearly(name, content, tmp_path, staff_client):
    from geonode.layers.models import Dataset

    path = tmp_path / name
    path.write_bytes(content)
    answer = upload(staff_client, base_file=path)
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.content.decode()
    assert not Dataset.objects.exists()


def test_strangers_and_newcomers_may_upload_nothing(source, anonymous_client, resident_client):
    from geonode.layers.models import Dataset

    for client in (anonymous_client, resident_client):
        assert upload(client, base_file=source).status_code in (401, 403)
    assert not Dataset.objects.exists()
