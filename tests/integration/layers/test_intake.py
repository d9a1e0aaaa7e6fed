"""Uploaded files become layers: every format, types and keys found, replace and merge with history, nothing half done."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.layers import uploaded
from geoplatform.layers.definition import LayerDefinition, Level
from geoplatform.layers.intake.files import Upload, parts_of
from geoplatform.layers.intake.infer import draft, look
from geoplatform.layers.intake.names import identifier
from geoplatform.layers.intake.reading import GENERATED
from geoplatform.layers.intake.take import Intake
from geoplatform.layers.library import load_library
from geoplatform.layers.sources.base import SourceError
from geoplatform.publishing import pipeline

COUNT = 6


def places(count: int = COUNT, **changes) -> dict:
    features = [
        {
            "type": "Feature",
            "properties": {
                "Назва": f"Місце {number}", "code": f"p{number}", "seats": number, "wide": 1.5 + number,
                "opened": f"2026-05-{number + 1:02}", **changes,
            },
            "geometry": {"type": "Point", "coordinates": [32.2 + number * 0.01, 48.5]},
        }
        for number in range(count)
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def converted(folder: Path, driver: str, name: str, *options: str) -> str:
    source = folder.parent / "source.geojson"
    source.write_text(json.dumps(places()))
    subprocess.run(["ogr2ogr", "-f", driver, folder / name, source, *options], check=True, capture_output=True)
    return name


def geojson(folder: Path) -> str:
    (folder / "places.geojson").write_text(json.dumps(places()))
    return "places.geojson"


def geopackage(folder: Path) -> str:
    return converted(folder, "GPKG", "places.gpkg", "-nln", "Місця", "-t_srs", "EPSG:5564")


def kml(folder: Path) -> str:
    return converted(folder, "LIBKML", "places.kml")


def shapefile(folder: Path) -> str:
    loose = folder.parent / "loose"
    loose.mkdir()
    converted(folder, "ESRI Shapefile", "../loose/places.shp", "-lco", "ENCODING=UTF-8")
    with zipfile.ZipFile(folder / "places.zip", "w") as archive:
        for part in loose.iterdir():
            archive.write(part, part.name)
    return "places.zip"


def rows() -> list[list]:
    found = [["Назва", "code", "seats", "wide", "opened", "lat", "lon"]]
    for feature in places()["features"]:
        x, y = feature["geometry"]["coordinates"]
        found.append([*feature["properties"].values(), y, x])
    return found


def table(folder: Path) -> str:
    with (folder / "places.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows())
    return "places.csv"


def workbook(folder: Path) -> str:
    book = openpyxl.Workbook()
    for row in rows():
        book.active.append(row)
    book.create_sheet("порожній")
    book.save(folder / "places.xlsx")
    return "places.xlsx"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "upload").mkdir()
    return tmp_path / "upload"


@pytest.fixture
def conn(data_db):
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def library():
    return load_library()


def intake(library, folder: Path, name: str, definition: LayerDefinition | None = None, mode="replace", **choices) -> Intake:
    """The file's only table on its way into a new layer, or into `definition`."""
    [part] = parts_of(folder, name)
    upload = Upload(folder, name, part)
    is_new = definition is None
    if is_new:
        definition = draft(look(upload, library.municipality.bounds["region"]), library, (), part.title, name, **choices)
    return Intake(upload, definition, library, "account:7", pipeline.publisher(library), False, is_new, mode)


def stored(conn, layer="places") -> dict:
    return {row[0]: row[1] for row in conn.execute(f"select id, to_jsonb(t) - 'geom' - 'geom_3857' from layers.{layer} t")}


def write(folder: Path, document: dict, name="places.geojson") -> str:
    (folder / name).write_text(json.dumps(document))
    return name


@pytest.mark.parametrize("form", [geojson, geopackage, kml, shapefile, table, workbook])
def test_a_file_of_each_format_becomes_a_layer_that_only_staff_see(conn, library, folder, form):
    taken = intake(library, folder, form(folder))
    report = taken.take(conn)
    assert (report.status, report.added, report.refused) == ("applied", COUNT, 0), report.text()
    layer = taken.definition.id
    assert layer == ("mistsia" if form is geopackage else "places")
    assert taken.definition.publication is Level.staff
    assert taken.definition.key == ["code"]
    titles = {attribute.title.uk.lower(): attribute for attribute in taken.definition.attributes}
    assert titles["seats"].type == "integer"
    assert titles["wide"].type == "number"
    name = next(a for a in taken.definition.attributes if a.role == "name")
    x, y, named = conn.execute(
        f"select ST_X(geom), ST_Y(geom), \"{name.name}\" from pub_staff.{layer} where id = 'p3'"
    ).fetchone()
    assert (x, y) == (pytest.approx(32.23, abs=2e-5), pytest.approx(48.5, abs=2e-5))
    assert named == "Місце 3"
    levels = conn.execute("select level from registry.published where layer = %s", [layer]).fetchall()
    assert levels == [("staff",)]
    assert uploaded.definition(conn, layer) == taken.definition
    assert conn.execute("select author from registry.change_event where layer = %s", [layer]).fetchone() == ("account:7",)


def test_a_geopackage_of_several_layers_has_several_parts(folder):
    converted(folder, "GPKG", "many.gpkg", "-nln", "one")
    source = folder.parent / "source.geojson"
    subprocess.run(["ogr2ogr", "-update", folder / "many.gpkg", source, "-nln", "Два"], check=True, capture_output=True)
    assert [part.layer for part in parts_of(folder, "many.gpkg")] == ["one", "Два"]


def test_a_replacement_writes_the_difference_by_key_and_asks_before_much_is_lost(conn, library, folder):
    first = intake(library, folder, geojson(folder))
    first.take(conn)
    changed = places(4)
    changed["features"][0]["properties"]["seats"] = 90
    second = intake(library, folder, write(folder, changed), first.definition)
    rehearsed = second.rehearse(conn)
    assert (rehearsed.status, rehearsed.changed, rehearsed.removed) == ("needs_confirmation", 1, 2)
    assert len(stored(conn)) == COUNT, "a rehearsal changes nothing"
    assert conn.execute("select count(*) from registry.sync_run where layer = 'places'").fetchone() == (1,)
    assert second.take(conn).status == "needs_confirmation"
    assert second.take(conn, confirm=True).status == "applied"
    assert stored(conn)["p0"]["seats"] == 90
    assert len(stored(conn)) == 4
    assert conn.execute("select count(*) from history.feature where layer = 'places'").fetchone() == (3,)


def test_a_merge_changes_and_adds_by_key_and_keeps_the_others_and_what_the_file_has_no_column_for(conn, library, folder):
    first = intake(library, folder, geojson(folder))
    first.take(conn)
    few = places(1)
    few["features"][0]["properties"] = {"code": "p0", "seats": 77}
    few["features"].append({**places(1)["features"][0], "properties": {"code": "new", "seats": 5}})
    second = intake(library, folder, write(folder, few), first.definition, "merge")
    rehearsed = second.rehearse(conn)
    assert (rehearsed.status, rehearsed.added, rehearsed.changed, rehearsed.removed) == ("checked", 1, 1, 0)
    report = second.take(conn)
    assert (report.status, report.added, report.changed, report.unchanged) == ("applied", 1, 1, COUNT - 1)
    now = stored(conn)
    assert len(now) == COUNT + 1
    assert (now["p0"]["seats"], now["p0"]["nazva"], now["p0"]["wide"]) == (77, "Місце 0", 1.5)


def test_the_same_file_again_undoes_what_was_edited_meanwhile(conn, library, folder):
    first = intake(library, folder, geojson(folder))
    first.take(conn)
    conn.execute("update layers.places set seats = 1000 where id = 'p1'")
    again = intake(library, folder, "places.geojson", first.definition)
    assert again.take(conn).changed == 1
    assert stored(conn)["p1"]["seats"] == 1
    assert again.take(conn).status == "unchanged"


def test_records_without_a_key_get_ids_that_stay_when_the_file_comes_again(conn, library, folder):
    document = places(code=None)
    document["features"].append(document["features"][0])
    first = intake(library, folder, write(folder, document))
    assert first.definition.key == [GENERATED]
    assert first.take(conn).added == COUNT + 1
    ids = set(stored(conn))
    document["features"][2]["properties"]["seats"] = 500
    second = intake(library, folder, write(folder, document), first.definition)
    report = second.take(conn)
    assert (report.added, report.removed, report.unchanged) == (1, 1, COUNT)
    assert len(ids & set(stored(conn))) == COUNT


def test_a_geopackage_that_was_downloaded_goes_back_as_edits(conn, library, folder):
    """What a staff member does in QGIS: download, change a value, add a feature, delete one, upload."""
    first = intake(library, folder, write(folder, places(code=None)))
    first.take(conn)
    down = folder / "down.gpkg"
    connection = f"PG:{configuration.load().dsn()}"
    subprocess.run(
        ["ogr2ogr", "-f", "GPKG", down, connection, "-sql", "select * from pub_staff.places", "-nln", "places"],
        check=True, capture_output=True,
    )  # fmt: skip
    for statement in (
        "update places set seats = 700 where nazva = 'Місце 1'",
        "delete from places where nazva = 'Місце 2'",
        "insert into places (nazva, geom) select 'Нове', geom from places where nazva = 'Місце 3'",
    ):
        subprocess.run(["ogrinfo", down, "-sql", statement], check=True, capture_output=True)
    back = intake(library, folder, "down.gpkg", first.definition, "merge")
    report = back.take(conn)
    assert (report.status, report.added, report.changed, report.removed) == ("applied", 1, 1, 0), report.text()
    names = {row["nazva"]: row["seats"] for row in stored(conn).values()}
    assert names["Місце 1"] == 700
    assert names["Місце 2"] == 2, "what is gone from the file goes only when that is asked for"
    assert names["Нове"] is None
    whole = intake(library, folder, "down.gpkg", first.definition, "replace")
    assert whole.take(conn).removed >= 1


def test_faulty_records_are_refused_with_reasons_and_the_rest_is_taken(conn, library, folder):
    document = places()
    document["features"][1]["geometry"] = None
    document["features"][2]["geometry"] = {"type": "LineString", "coordinates": [[32.2, 48.5], [32.3, 48.5]]}
    taken = intake(library, folder, write(folder, document))
    report = taken.take(conn)
    assert (report.added, report.refused) == (COUNT - 2, 2)
    assert {reason.code for reason in report.reasons} == {"geometry_missing", "geometry_type"}
    kept = conn.execute("select count(*) from registry.refused_record where run = %s", [report.run]).fetchone()
    assert kept == (2,)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("page.geojson", b"<!doctype html><title>not data</title>"),
        ("empty.gpkg", b""),
        ("fake.gpkg", b"SQLite format 3\0" + b"x" * 200),
        ("virus.exe", b"MZ"),
        ("not.zip", b"PK\x03\x04 nothing"),
        ("not.xlsx", b"PK\x03\x04 nothing"),
        ("head.csv", b"a,b\n"),
        ("bomb.kml", b'<!DOCTYPE x [<!ENTITY a "a">]><kml>&a;</kml>'),
    ],
)
def test_a_file_that_is_no_data_is_one_clear_line(library, folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError) as refused:
        intake(library, folder, name)
    assert "\n" not in str(refused.value)
    assert str(folder) not in str(refused.value), "a path of the server's is nobody's business"


def test_a_file_of_which_every_record_is_refused_makes_no_layer(conn, library, folder):
    document = places()
    for feature in document["features"]:
        feature["geometry"]["coordinates"] = [2.0, 48.5]
    taken = intake(library, folder, write(folder, document), bounds="region")
    assert taken.take(conn).status == "refused"
    assert uploaded.definitions(conn) == {}
    assert conn.execute("select to_regclass('layers.places')").fetchone() == (None,)


def test_a_removed_layer_leaves_its_history(conn, library, folder):
    from geoplatform.publishing import publish as publishing

    taken = intake(library, folder, geojson(folder))
    taken.take(conn)
    with conn.transaction():
        publishing.unpublish(conn, "places")
        assert uploaded.remove(conn, "places", "account:8")
    assert conn.execute("select to_regclass('layers.places'), to_regclass('pub_staff.places')").fetchone() == (None, None)
    past = conn.execute("select count(*), min(author) from history.feature where layer = 'places'").fetchone()
    assert past == (COUNT, "account:8")
    again = intake(library, folder, "places.geojson")
    assert again.take(conn).version > 2, "a version number is never used twice"


def test_a_definition_that_is_exported_describes_the_same_layer(library, folder):
    import yaml

    definition = intake(library, folder, geojson(folder)).definition
    assert LayerDefinition.model_validate(yaml.safe_load(uploaded.as_yaml(definition))) == definition


def test_the_library_is_joined_by_uploaded_layers_and_its_files_go_first(conn, library, folder):
    taken = intake(library, folder, geojson(folder))
    taken.take(conn)
    assert uploaded.joined(library, conn).layers["places"] == taken.definition
    own = next(iter(library.layers.values()))
    uploaded.store(conn, taken.definition.model_copy(update={"id": own.id}), "account:7")
    assert uploaded.joined(library, conn).layers[own.id] == own


KILLED = """
import os, psycopg, sys
from pathlib import Path
from geoplatform import config
from geoplatform.layers.library import load_library
from geoplatform.layers.intake.files import Upload, parts_of
from geoplatform.layers.intake.infer import draft, look
from geoplatform.layers.intake.take import Intake
folder = Path(sys.argv[1])
library = load_library()
[part] = parts_of(folder, "places.geojson")
upload = Upload(folder, "places.geojson", part)
definition = draft(look(upload, None), library, (), "places", "places.geojson")
def publish(conn, definition):
    print("inside", flush=True)
    sys.stdin.read()
with psycopg.connect(config.load().dsn(), autocommit=True) as conn:
    Intake(upload, definition, library, "account:7", publish, False, True).take(conn)
"""


def test_an_upload_killed_in_the_middle_leaves_nothing_half_done(conn, library, folder):
    geojson(folder)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert process.stdout.readline() == "inside\n", "features and definition are written, not committed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 10
    while conn.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone()[0]:
        assert time.monotonic() < deadline, "the lock goes with the connection"
        time.sleep(0.05)
    assert uploaded.definitions(conn) == {}
    assert conn.execute("select to_regclass('layers.places')").fetchone() == (None,)
    assert conn.execute("select count(*) from registry.layer").fetchone() == (0,)
    assert intake(library, folder, "places.geojson").take(conn).status == "applied"
    statuses = conn.execute("select status from registry.sync_run order by id").fetchall()
    assert statuses == [("interrupted",), ("applied",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Щоденні Їжаки", "shchodenni_yizhaky"),
        ("Згурівка", "zghurivka"),
        ("2026 рік", "layer_2026_rik"),
        ("...", "layer"),
        ("taken", "taken_2"),
        ("a" * 80, "a" * 47),
    ],
)
def test_names_become_identifiers(text, expected):
    assert identifier(text, {"taken"}, "layer", 47) == expected
