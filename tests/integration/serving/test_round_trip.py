"""A staff member with QGIS alone: the layer downloaded as GeoPackage, changed there, uploaded back."""

import json
import subprocess
from pathlib import Path

import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.access import gate, tokens
from geoplatform.layers.edits import Edit, Editor
from geoplatform.layers.intake.files import Upload, parts_of
from geoplatform.layers.intake.infer import draft, look
from geoplatform.layers.intake.take import Intake
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline
from geoplatform.serving import publication

WELLS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"Назва": f"Криниця {n}", "Глибина": n + 0.5, "Оглянуто": f"2026-05-{n + 1:02}", "tags": ["a", "b"]},
            "geometry": {"type": "Point", "coordinates": [32.2 + n / 100, 48.5]},
        }
        for n in range(6)
    ],
}


@pytest.fixture
def conn(data_db):
    gate.forget()
    with psycopg.connect(configuration.load().dsn(), autocommit=True) as connection:
        yield connection
    gate.forget()


def taken(conn, folder: Path, name: str, definition=None, mode="merge", *, overwrite: bool = False):
    """Take the file into a new layer, or into that of `definition`; returns the definition and the report."""
    library = load_library()
    [part] = parts_of(folder, name)
    upload = Upload(folder, name, part)
    is_new = definition is None
    if is_new:
        definition = draft(look(upload, library.municipality.bounds["region"]), library, (), "wells", name)
    intake = Intake(upload, definition, library, "account:7", pipeline.publisher(library), False, is_new, mode, overwrite)
    return definition, intake.take(conn)


def test_a_downloaded_geopackage_comes_back_unchanged_and_then_with_edits(conn, client, tmp_path):
    (tmp_path / "wells.geojson").write_text(json.dumps(WELLS))
    definition, report = taken(conn, tmp_path, "wells.geojson")
    assert (report.status, report.added, report.refused) == ("applied", 6, 0), report.text()
    conn.execute("insert into access.account (id, level) values (7, 'staff')")
    headers = {"Authorization": f"Bearer {tokens.make(conn, 7, 'QGIS', 30)}"}
    assert client.get("/ogcapi/collections/wells").status_code == 404, "a new layer is for staff"
    answer = client.get("/ogcapi/collections/wells/items?f=gpkg", headers=headers)
    assert answer.status_code == 200, answer.text
    (tmp_path / "down").mkdir()
    down = tmp_path / "down" / "wells.gpkg"
    down.write_bytes(answer.data)

    _, report = taken(conn, down.parent, down.name, definition, "replace")
    assert (report.status, report.read, report.refused) == ("unchanged", 6, 0), report.text()

    for statement in (
        "update wells set hlybyna = 99 where nazva = 'Криниця 1'",
        "delete from wells where nazva = 'Криниця 2'",
        "insert into wells (nazva, geom) select 'Нова', geom from wells where nazva = 'Криниця 3'",
    ):
        subprocess.run(["ogrinfo", down, "-sql", statement], check=True, capture_output=True)
    _, report = taken(conn, down.parent, down.name, definition, "merge")
    assert (report.status, report.added, report.changed, report.removed) == ("applied", 1, 1, 0), report.text()
    found = dict(conn.execute("select nazva, hlybyna from layers.wells").fetchall())
    assert found == {**{f"Криниця {n}": n + 0.5 for n in range(6)}, "Криниця 1": 99, "Нова": None}


@pytest.fixture
def wells(conn, client, tmp_path):
    """A layer kept in the platform and the GeoPackage that account 7 has downloaded to edit: (definition, the file)."""
    (tmp_path / "wells.geojson").write_text(json.dumps(WELLS))
    definition, report = taken(conn, tmp_path, "wells.geojson")
    assert report.status == "applied", report.text()
    conn.execute("insert into access.account (id, level) values (7, 'staff'), (8, 'staff')")
    conn.execute("insert into access.permission values ('wells', 'view', 'registered'), ('wells', 'download', 'registered')")
    conn.execute("insert into access.permission values ('wells', 'edit', 'account:7')")
    publication.forget()
    (tmp_path / "down").mkdir()
    down = tmp_path / "down" / "wells.gpkg"
    down.write_bytes(downloaded(conn, client, 7))
    return definition, down


def downloaded(conn, client, account: int) -> bytes:
    headers = {"Authorization": f"Bearer {tokens.make(conn, account, 'QGIS', 30)}"}
    answer = client.get("/ogcapi/collections/wells/items?f=gpkg", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.data


def changed_by_others(conn, definition, *edits: Edit) -> None:
    library = load_library()
    editor = Editor(definition, {}, library.bounds_of(definition), "account:8", pipeline.publisher(library))
    editor.apply(conn, list(edits))


def in_qgis(down: Path, *statements: str) -> None:
    for statement in statements:
        subprocess.run(["ogrinfo", down, "-sql", statement], check=True, capture_output=True)


def depths(conn) -> dict[str, float]:
    return dict(conn.execute("select nazva, hlybyna from layers.wells").fetchall())


def test_what_others_changed_since_the_file_was_made_is_not_overwritten(conn, wells):
    definition, down = wells
    ids = dict(conn.execute("select nazva, id from layers.wells").fetchall())
    here = {"type": "Point", "coordinates": [32.3, 48.5]}
    changed_by_others(
        conn, definition,
        Edit("update", ids["Криниця 1"], {"hlybyna": 70}), Edit("update", ids["Криниця 2"], {"hlybyna": 71}),
        Edit("delete", ids["Криниця 3"]), Edit("create", None, {"nazva": "Сусідова"}, here),
    )  # fmt: skip
    in_qgis(
        down,
        "update wells set hlybyna = 99 where nazva in ('Криниця 1', 'Криниця 3', 'Криниця 4')",
        "insert into wells (nazva, geom) select 'Нова', geom from wells where nazva = 'Криниця 4'",
    )
    _, report = taken(conn, down.parent, down.name, definition, "replace")
    assert (report.status, report.added, report.changed, report.removed) == ("applied", 1, 1, 0), report.text()
    assert {(note.feature, note.uk[0].partition(" ")[2][:6]) for note in report.refused_examples} == {
        (ids["Криниця 1"], "змінил"), (ids["Криниця 2"], "змінил"), (ids["Криниця 3"], "вилучи"),
    }  # fmt: skip
    assert any("stay" in line for line in report.warnings), "the feature that somebody else added is named"
    now = depths(conn)
    assert (now["Криниця 1"], now["Криниця 2"], now["Криниця 4"]) == (70, 71, 99)
    assert "Криниця 3" not in now and {"Нова", "Сусідова"} <= now.keys()

    _, report = taken(conn, down.parent, down.name, definition, "merge", overwrite=True)
    assert report.refused == 0 and depths(conn)["Криниця 1"] == 99, "who has seen the report may say so"


def test_a_file_that_its_own_editor_brings_again_and_again_is_never_too_old(conn, wells):
    definition, down = wells
    for depth in (50, 60):
        in_qgis(down, f"update wells set hlybyna = {depth} where nazva = 'Криниця 1'")
        _, report = taken(conn, down.parent, down.name, definition, "merge")
        assert (report.status, report.changed, report.refused) == ("applied", 1, 0), report.text()
        assert depths(conn)["Криниця 1"] == depth


def test_a_file_says_what_it_is_based_on_only_to_who_may_edit(conn, client, wells):
    _definition, down = wells
    (down.parent / "read.gpkg").write_bytes(downloaded(conn, client, 8))

    def columns(name: str) -> str:
        return subprocess.run(["ogrinfo", "-so", down.parent / name, "wells"], check=True, capture_output=True, text=True).stdout

    assert "layer_version: Integer" in columns("wells.gpkg")
    assert "layer_version" not in columns("read.gpkg")
