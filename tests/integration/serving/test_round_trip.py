"""A staff member with QGIS alone: the layer downloaded as GeoPackage, changed there, uploaded back."""

import json
import subprocess
from pathlib import Path

import psycopg
import pytest

from geoplatform import config as configuration
from geoplatform.access import gate, tokens
from geoplatform.layers.intake.files import Upload, parts_of
from geoplatform.layers.intake.infer import draft, look
from geoplatform.layers.intake.take import Intake
from geoplatform.layers.library import load_library
from geoplatform.publishing import pipeline

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


def taken(conn, folder: Path, name: str, definition=None, mode="merge"):
    """Take the file into a new layer, or into that of `definition`; returns the definition and the report."""
    library = load_library()
    [part] = parts_of(folder, name)
    upload = Upload(folder, name, part)
    is_new = definition is None
    if is_new:
        definition = draft(look(upload, library.municipality.bounds["region"]), library, (), "wells", name)
    intake = Intake(upload, definition, library, "account:7", pipeline.publisher(library), False, is_new, mode)
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
