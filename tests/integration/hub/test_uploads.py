"""Uploads through GeoNode's screen and API, and through the hub's pages: each file of features becomes a layer of ours."""

import csv
import json
import re
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest

PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"nazva": f"Місце {number}", "code": f"p{number}", "count": number},
            "geometry": {"type": "Point", "coordinates": [32.2 + number * 0.01, 48.5]},
        }
        for number in range(5)
    ],
}
SLD = """<StyledLayerDescriptor xmlns="http://www.opengis.net/sld"><NamedLayer><UserStyle><FeatureTypeStyle><Rule><PointSymbolizer>
<Graphic><Mark><Fill><CssParameter name="fill">#aa0000</CssParameter></Fill></Mark><Size>9</Size></Graphic>
</PointSymbolizer></Rule></FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"""


@pytest.fixture
def source(tmp_path) -> Path:
    """A GeoJSON file of five points."""
    return written(tmp_path / "places.geojson", PLACES)


def written(path: Path, document: dict) -> Path:
    path.write_text(json.dumps(document))
    return path


def converted(source: Path, driver: str, name: str, *options: str) -> Path:
    target = source.parent / name
    command = ["ogr2ogr", "-f", driver, str(target), str(source), *(options or ("-nln", "places"))]
    subprocess.run(command, check=True, capture_output=True)
    return target


def upload(client, action="upload", resource_pk=None, words=None, **files: Path):
    """Send the files as the upload screen does; words: further fields of the form. Returns the answer."""
    opened = {name: path.open("rb") for name, path in files.items()}
    more = (words or {}) | ({} if resource_pk is None else {"resource_pk": resource_pk})
    try:
        return client.post("/api/v2/uploads/upload", {**opened, "action": action, **more})
    finally:
        for file in opened.values():
            file.close()


def outcome(answer):
    """Return the execution request that the upload made."""
    from geonode.resource.models import ExecutionRequest

    assert answer.status_code == 201, answer.content
    return ExecutionRequest.objects.get(exec_id=answer.json()["execution_id"])


def carried_out(execution_id: str) -> None:
    """Do what the worker does with an order of GeoNode's API, unless it was done within the request."""
    from geonode.resource.api.tasks import resouce_service_dispatcher
    from geonode.resource.models import ExecutionRequest

    resouce_service_dispatcher.run(execution_id)
    order = ExecutionRequest.objects.filter(exec_id=execution_id).first()
    assert order is None or order.status == "finished", (order.status, order.output_params)


def rows() -> list[list]:
    found = [["nazva", "code", "count", "lat", "lon"]]
    for feature in PLACES["features"]:
        x, y = feature["geometry"]["coordinates"]
        found.append([*feature["properties"].values(), y, x])
    return found


def forms(source: Path) -> dict[str, dict[str, Path]]:
    """Name of the layer -> the files of one format."""
    folder = source.parent
    shape = converted(source, "ESRI Shapefile", "shapes.shp", "-lco", "ENCODING=UTF-8")
    loose = {f"{part.suffix[1:]}_file": part for part in folder.glob("shapes.*") if part.suffix != ".cpg"}
    archive = folder / "zipped.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in folder.glob("shapes.*"):
            file.write(part, part.name)
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows())
    book = openpyxl.Workbook()
    for row in rows():
        book.active.append(row)
    book.save(folder / "book.xlsx")
    return {
        "places": {"base_file": source},
        "geo": {"base_file": converted(source, "GPKG", "pack.gpkg", "-nln", "geo")},
        "marks": {"base_file": converted(source, "LIBKML", "marks.kml")},
        "shapes": {"base_file": shape, **loose},
        "shapes_2": {"base_file": archive, "zip_file": archive},
        "table": {"base_file": folder / "table.csv"},
        "book": {"base_file": folder / "book.xlsx"},
    }


def test_a_file_of_each_format_becomes_a_layer_that_staff_see_and_others_do_not(
    source, staff, staff_client, anonymous_client, control_db
):
    from geonode.layers.models import Dataset

    for layer, files in forms(source).items():
        request = outcome(upload(staff_client, **files))
        assert request.status == "finished", (layer, request.log)
        [made] = request.output_params["resources"]
        assert (made["layer"], made["added"]) == (layer, 5)
        dataset = Dataset.objects.get(pk=made["id"])
        assert (dataset.name, dataset.owner, dataset.srid) == (layer, staff, "EPSG:4326")
        assert dataset.ll_bbox_polygon.extent == pytest.approx((32.2, 48.5, 32.24, 48.5), abs=1e-6)
        assert control_db.execute(f"select count(*) from pub_staff.{layer}").fetchone() == (5,)
        control_db.rollback()
        assert anonymous_client.get(f"/hub/datasets/{dataset.pk}/").status_code == 404
        assert anonymous_client.get(f"/api/v2/datasets/{dataset.pk}/").status_code in (401, 403, 404)
    published = control_db.execute("select distinct level from registry.published").fetchall()
    assert published == [("staff",)]
    assert staff_client.get("/hub/layers/geo/").status_code == 200
    answer = staff_client.get(f"/datasets/{dataset.alternate}/dataset_download")
    features = json.loads(b"".join(answer.streaming_content))["features"]
    assert {feature["properties"]["nazva"] for feature in features} == {f"Місце {number}" for number in range(5)}


def test_a_geopackage_of_several_layers_makes_several_and_a_style_goes_with_a_file(source, staff_client, control_db):
    pack = converted(source, "GPKG", "pack.gpkg", "-nln", "first")
    subprocess.run(["ogr2ogr", "-update", pack, source, "-nln", "second"], check=True, capture_output=True)
    request = outcome(upload(staff_client, base_file=pack))
    assert [made["layer"] for made in request.output_params["resources"]] == ["first", "second"], request.log
    style = source.parent / "places.sld"
    style.write_text(SLD)
    request = outcome(upload(staff_client, base_file=source, sld_file=style))
    assert request.status == "finished", request.log
    colour = control_db.execute(
        "select document#>>'{style,colour}' from registry.uploaded_definition where id = 'places'"
    ).fetchone()
    assert colour == ("#aa0000",)


@pytest.mark.parametrize("read_at_once", [True, False], ids=["small", "large"])
def test_of_a_file_with_a_table_that_can_not_be_taken_nothing_is_taken(
    source, staff_client, control_db, monkeypatch, read_at_once
):
    from geoplatform.hub.uploads import handler

    if not read_at_once:  # a large file is first read by the worker
        monkeypatch.setattr(handler, "_READ_AT_ONCE", 0)
    pack = converted(source, "GPKG", "pack.gpkg", "-nln", "sound")
    subprocess.run(["ogr2ogr", "-update", pack, source, "-nln", "void", "-where", "code = 'x'"], check=True, capture_output=True)
    answer = upload(staff_client, base_file=pack)
    if read_at_once:
        assert answer.status_code == 400 and "has no records" in answer.content.decode(), answer.content
    else:
        request = outcome(answer)
        assert (request.status, request.output_params["resources"]) == ("failed", [])
        assert request.log.startswith("void: ") and "nothing of the file was taken in" in request.log, request.log
    assert control_db.execute("select count(*) from registry.layer").fetchone() == (0,)


def test_replace_upsert_and_delete_change_the_layer_and_keep_its_past(source, staff_client, control_db):
    [made] = outcome(upload(staff_client, base_file=source)).output_params["resources"]

    control_db.rollback()
    control_db.autocommit = True  # a transaction that is left open keeps the layer from being removed

    def count(table: str) -> int:
        return control_db.execute(f"select count(*) from {table}").fetchone()[0]

    few = {**PLACES, "features": [{**PLACES["features"][0], "properties": {"nazva": "Нове", "code": "new", "count": 9}}]}
    file = written(source.parent / "few.geojson", few)
    request = outcome(upload(staff_client, "upsert", made["id"], base_file=file))
    assert request.status == "finished", request.log
    assert count("layers.places") == 6
    request = outcome(upload(staff_client, "replace", made["id"], base_file=file))
    assert request.status == "failed"
    assert "5 of 6 features would vanish" in request.log
    fuller = {**PLACES, "features": [*PLACES["features"][1:], *few["features"]]}
    request = outcome(upload(staff_client, "replace", made["id"], base_file=written(file, fuller)))
    assert request.status == "finished", request.log
    assert (count("layers.places"), count("history.feature")) == (5, 1)
    deleted = staff_client.delete(f"/api/v2/resources/{made['id']}/delete")
    carried_out(deleted.json()["execution_id"])
    assert count("registry.uploaded_definition") == 0
    assert count("registry.layer") == 0
    assert count("history.feature") == 6, "its past stays"
    from geonode.layers.models import Dataset

    from geoplatform.publishing import catalogue

    catalogue.follow()
    assert not Dataset.objects.exists()


def test_a_file_that_is_no_data_is_refused_clearly(tmp_path, staff_client):
    from geonode.layers.models import Dataset

    for name, content in [
        ("broken.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("page.geojson", b"<!doctype html><title>not data</title>"),
        ("empty.gpkg", b""),
        ("fake.gpkg", b"SQLite format 3\0" + b"x" * 100),
        ("head.csv", b"a,b\n"),
        ("virus.exe", b"MZ"),
    ]:
        path = tmp_path / name
        path.write_bytes(content)
        answer = upload(staff_client, base_file=path)
        assert 400 <= answer.status_code < 500, (name, answer.content)
        assert "Traceback" not in answer.content.decode()
        assert str(tmp_path) not in answer.content.decode()
    assert not Dataset.objects.exists()


def test_strangers_and_newcomers_may_upload_nothing(source, anonymous_client, resident_client):
    from geonode.layers.models import Dataset

    for client in (anonymous_client, resident_client):
        assert upload(client, base_file=source).status_code in (401, 403)
        for path in ("/hub/layers/new/", "/hub/layers/places/upload/", "/hub/layers/places/remove/", f"/hub/uploads/{'a' * 32}/"):
            assert client.get(path).status_code in (302, 403)
    assert not Dataset.objects.exists()


# --- the hub's pages ---------------------------------------------------------------------------------------------------------


def send(client, path: str, file: Path, **more):
    with file.open("rb") as opened:
        return client.post(path, {"file": opened, **more}, follow=True)


def test_staff_make_update_and_remove_a_layer_on_pages(source, staff, staff_client, control_db):
    faulty = {**PLACES, "features": [*PLACES["features"], {"type": "Feature", "geometry": None, "properties": {"code": "x"}}]}
    written(source, faulty)
    assert 'enctype="multipart/form-data"' in staff_client.get("/en/hub/layers/new/").content.decode()
    looked = send(staff_client, "/en/hub/layers/new/", source)
    page, address = looked.content.decode(), looked.request["PATH_INFO"]
    assert "added 5, changed 0, removed 0; mended 0, refused 1" in re.sub(r"\s+", " ", page)
    assert "Місце 0" in page
    assert "whole number" in page
    assert control_db.execute("select count(*) from registry.layer").fetchone() == (0,), "looking makes nothing"
    control_db.rollback()
    choices = {"part": "0", "title": "Затишні місця", "theme": "culture", "key": "code", "bounds": "region", "action": "take"}
    page = staff_client.post(address, choices, follow=True).content.decode()
    assert "Taken in: added 5" in page
    [(layer, definition)] = control_db.execute("select id, document from registry.uploaded_definition").fetchall()
    control_db.rollback()
    assert (layer, definition["theme"], definition["key"]) == ("zatyshni_mistsia", "culture", ["code"])
    assert "refused.csv" in page, "what was refused can be downloaded"
    assert staff_client.get(address).status_code == 404, "what was taken in is held no longer"

    few = {**PLACES, "features": PLACES["features"][:2]}
    written(source, few)
    update = f"/en/hub/layers/{layer}/upload/"
    looked = send(staff_client, update, source, mode="replace")
    page, address = looked.content.decode(), looked.request["PATH_INFO"]
    assert "The loss is real" in page
    assert "removed 3" in re.sub(r"\s+", " ", page)
    refused = staff_client.post(address, {"part": "0", "action": "take"}, follow=True).content.decode()
    assert "would vanish" in refused
    page = staff_client.post(address, {"part": "0", "action": "take", "confirm": "1"}, follow=True).content.decode()
    assert "removed 3" in page

    assert staff_client.get(f"/hub/layers/{layer}/remove/").status_code == 200
    assert staff_client.post(f"/hub/layers/{layer}/remove/", follow=True).status_code == 200
    assert control_db.execute("select count(*) from registry.layer").fetchone() == (0,)


def test_a_file_without_a_coordinate_system_asks_for_it(source, staff_client, control_db):
    converted(source, "ESRI Shapefile", "bare.shp", "-t_srs", "EPSG:5564")
    archive = source.parent / "bare.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for suffix in ("shp", "shx", "dbf"):
            file.write(source.parent / f"bare.{suffix}", f"bare.{suffix}")
    looked = send(staff_client, "/hub/layers/new/", archive)
    assert "EPSG:5564" in looked.content.decode()
    assert 'value="take"' not in looked.content.decode()
    address = looked.request["PATH_INFO"]
    page = staff_client.post(address, {"part": "0", "crs": "EPSG:5564", "action": "look"}).content.decode()
    assert 'value="take"' in page
    staff_client.post(address, {"part": "0", "crs": "EPSG:5564", "action": "take"})
    x = control_db.execute("select ST_X(geom) from layers.bare where code = 'p1'").fetchone()[0]
    assert x == pytest.approx(32.21, abs=1e-6)


def test_wrong_choices_and_other_peoples_files_are_no_server_error(source, tmp_path, staff_client, staff, control_db):
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.test import Client

    assert staff_client.post("/hub/layers/new/", {}).status_code == 400
    (tmp_path / "virus.exe").write_bytes(b"MZ")
    assert send(staff_client, "/hub/layers/new/", tmp_path / "virus.exe").status_code == 400
    (tmp_path / "fake.gpkg").write_bytes(b"x")
    assert send(staff_client, "/hub/layers/new/", tmp_path / "fake.gpkg").status_code == 400
    address = send(staff_client, "/hub/layers/new/", source).request["PATH_INFO"]
    for choices in (
        {"key": "no such", "action": "take"},
        {"theme": "no such", "action": "take"},
        {"title": "x" * 5000, "crs": "EPSG:1", "bounds": "moon", "action": "look"},
    ):
        assert staff_client.post(address, {"part": "0", **choices}).status_code == 200, choices
    assert staff_client.post(address, {"part": "7", "action": "take"}).status_code == 404
    colleague = get_user_model().objects.create_user("colleague", "c@example.org", "крапка:двокрапка")
    colleague.groups.add(Group.objects.get(name="staff"))
    other = Client()
    other.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    assert other.get(address).status_code == 404
    assert staff_client.get("/hub/layers/libraries/upload/").status_code == 404
    assert control_db.execute("select count(*) from registry.layer").fetchone() == (0,)
