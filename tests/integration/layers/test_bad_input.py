"""Each kind of bad input, through the command line: one clear line with file, record and reason, status 1, old data stay."""

from __future__ import annotations

import http.server
import json
import threading
import zipfile
from pathlib import Path

import psycopg
import pytest
import yaml
from click.testing import CliRunner

from geoplatform.cli_layers import layers
from tests.layer_cases import attribute, definition, record, text, write_geojson

GOOD = [record(f"c{n}", 32.2 + n / 100, name=f"Клініка {n}") for n in range(5)]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of the municipality's own with one layer, whose source is a file."""
    root = tmp_path / "layers"
    root.mkdir()
    municipality = {
        "name": text("Місто"), "short_name": text("Місто"), "katottg": "UA35040210000014072", "centre": [32.2, 48.5],
        "bounds": {"community": [32.1, 48.4, 32.4, 48.6], "region": [29, 47, 34, 50]}, "local_crs": [5564],
    }  # fmt: skip
    (root / "municipality.yaml").write_text(yaml.safe_dump(municipality, allow_unicode=True))
    (root / "themes.yaml").write_text(yaml.safe_dump([{"id": "health", "title": text("Health")}]))
    monkeypatch.setenv("GEOPLATFORM_LAYERS", str(root))
    return root


def _layer(root: Path, driver: str = "geojson", location: Path | str | None = None, **more) -> None:
    source = {"driver": driver, "location": str(location or root / "clinics.geojson")} | more.pop("source", {})
    layer = definition(attribute("name"), source=source, **more)
    document = layer.model_dump(mode="json", by_alias=True, exclude_unset=True)
    (root / "clinics.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))


def _run(*arguments: str):
    return CliRunner().invoke(layers, list(arguments), catch_exceptions=False)


@pytest.fixture
def loaded(data_db: psycopg.Connection, root: Path) -> psycopg.Connection:
    """The layer with five good features, published; returns a connection to look with."""
    _layer(root)
    write_geojson(root / "clinics.geojson", GOOD)
    outcome = _run("sync")
    assert outcome.exit_code == 0, outcome.output
    data_db.autocommit = True
    assert _served(data_db) == 5
    return data_db


def _served(conn: psycopg.Connection) -> int:
    return conn.execute("select count(*) from pub_public.clinics where name like 'Клініка _'").fetchone()[0]


def _refused(loaded: psycopg.Connection, *words: str) -> str:
    """Sync; check status 1, one line on the error output for the layer with all of `words`, and that old data are served."""
    outcome = _run("sync", "clinics")
    assert outcome.exit_code == 1
    (line,) = outcome.stderr.strip().splitlines()
    for word in ("clinics", *words):
        assert word in line
    assert "Traceback" not in outcome.output
    assert _served(loaded) == 5
    return outcome.output


def test_a_broken_yaml(loaded, root):
    (root / "clinics.yaml").write_text("id: [clinics\n")
    _refused(loaded, "layers/clinics.yaml", "line 2", "is not YAML")


def test_an_unknown_driver(loaded, root):
    _layer(root, "telepathy")
    _refused(loaded, "layers/clinics.yaml", "source.driver", "unknown driver 'telepathy'")


def test_an_unknown_layer(loaded):
    outcome = _run("sync", "nothing")
    assert (outcome.exit_code, outcome.stderr.strip()) == (
        1,
        "nothing: there is no layer 'nothing'; see geoplatform layers status",
    )


def test_a_missing_file(loaded, root):
    (root / "clinics.geojson").unlink()
    _refused(loaded, "clinics.geojson")


def test_half_a_json(loaded, root):
    whole = (root / "clinics.geojson").read_bytes()
    (root / "clinics.geojson").write_bytes(whole[: len(whole) // 2])
    _refused(loaded, "clinics.geojson")


def test_a_shapefile_without_prj(loaded, root):
    archive = root / "clinics.zip"
    _shapefile(root, archive, leave_out=".prj")
    _layer(root, "shapefile", archive)
    _refused(loaded, "clinics.zip", ".prj")


def test_a_zip_bomb(loaded, root):
    archive = root / "clinics.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb, bomb.open("clinics.shp", "w") as member:
        for _ in range(2000):
            member.write(bytes(1024 * 1024))
    _layer(root, "shapefile", archive)
    _refused(loaded, "clinics.zip")


def test_a_csv_with_swapped_columns(loaded, root):
    rows = [f"c{n},Клініка {n},{48.5},{32.2 + n / 100}" for n in range(5)]
    (root / "clinics.csv").write_text("\n".join(["code,name,x,y", *rows]))
    _layer(root, "csv", root / "clinics.csv", source={"options": {"x": "x", "y": "y"}, "crs": "EPSG:4326", "axis_order": "xy"})
    output = _refused(loaded, "clinics.csv: record 1: the coordinates look swapped (48.500000, 32.200000 in EPSG:4326)")
    assert "exchange the columns 'x' and 'y'" in output


def test_nan_coordinates(loaded, root):
    rows = [f"c{n},Клініка {n},{32.2 + n / 100},48.5" for n in range(5)]
    (root / "clinics.csv").write_text("\n".join(["code,name,x,y", *rows, "c9,Привид,NaN,48.5", "c8,Далека,inf,48.5"]))
    _layer(root, "csv", root / "clinics.csv", source={"options": {"x": "x", "y": "y"}, "crs": "EPSG:4326", "axis_order": "xy"})
    output = _refused(loaded, "2 of 7 records were refused")
    assert "refused record 6 (c9)" in output
    assert "refused record 7 (c8)" in output


def test_a_self_crossing_polygon(data_db, root):
    bowtie = "POLYGON ((32.2 48.5, 32.21 48.51, 32.21 48.5, 32.2 48.51, 32.2 48.5))"
    _layer(root, geometry="polygon")
    square = "POLYGON ((32.2 48.5, 32.21 48.5, 32.21 48.51, 32.2 48.5))"
    write_geojson(root / "clinics.geojson", [record("c1", name="a", geometry=bowtie), record("c2", name="b", geometry=square)])
    outcome = _run("sync")
    assert outcome.exit_code == 1
    assert "refused record 1 (c1): its geometry is not valid: Self-intersection[32.205 48.505]" in outcome.stdout
    assert "added 1" in outcome.stdout


def test_a_duplicate_key(loaded, root):
    write_geojson(root / "clinics.geojson", [*GOOD, record("c1", name="Двійник")])
    output = _refused(loaded, "2 of 6 records were refused")
    assert "refused record 2 (c1): the key c1 is used by 2 records" in output
    assert "refused record 6 (c1): the key c1 is used by 2 records" in output


def test_forty_megabytes_in_one_attribute(loaded, root):
    write_geojson(root / "clinics.geojson", [*GOOD, record("c9", name="x" * 40_000_000)])
    output = _refused(loaded)
    assert "longer" in output or "large" in output


def test_html_with_status_200(loaded, root):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!DOCTYPE html><html><body>Please sign in</body></html>")

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _layer(root, "geojson", f"http://127.0.0.1:{server.server_port}/clinics.geojson?token=secret")
        outcome = _run("sync", "clinics", "--live")
    finally:
        server.shutdown()
        server.server_close()
    assert outcome.exit_code == 1
    (line,) = outcome.stderr.strip().splitlines()
    assert "HTML" in line
    assert "secret" not in outcome.output
    assert _served(loaded) == 5


def test_a_wrong_definition_does_not_take_the_other_layers_away(loaded, root):
    (root / "broken.yaml").write_text("id: [")
    outcome = _run("sync")
    assert outcome.exit_code == 1
    assert "clinics: unchanged" in outcome.stdout
    assert outcome.stderr.startswith("broken: layers/broken.yaml: ")


def test_check_names_faults_and_reads_data_without_applying(loaded, root):
    assert _run("check").exit_code == 0
    assert json.loads(_run("check", "--schema").stdout)["title"] == "geoplatform layer definition"
    write_geojson(root / "clinics.geojson", [*GOOD, record("c1", name="Двійник"), record("a/b", 5, 5, name="x")])
    outcome = _run("check", "--data", str(root / "clinics.yaml"))
    assert outcome.exit_code == 1
    assert "refused record 6 (c1): the key c1 is used by 2+ (also record 2) records" in outcome.stderr
    assert "refused record 7: code: 'a/b' can't be part of an address" in outcome.stderr
    assert _served(loaded) == 5
    outcome = _run("check", str(root / "none.yaml"))
    assert (outcome.exit_code, outcome.stderr) == (1, f"{root}/none.yaml: there is no such file\n")


def test_status_refused_unpublish_and_publish(loaded, root):
    write_geojson(root / "clinics.geojson", [*GOOD, record("a/b", name="x")])
    report = json.loads(_run("sync", "--json").stdout)[0]
    assert (report["status"], report["refused"]) == ("unchanged", 1)
    assert "a/b" in _run("refused", str(report["run"])).stdout
    assert (
        json.loads(_run("refused", str(report["run"]), "--format", "geojson").stdout)["features"][0]["properties"]["code"]
        == "a/b"
    )
    assert _run("refused", "999").exit_code == 1
    (row,) = json.loads(_run("status", "--json").stdout)
    assert (row["layer"], row["state"], row["features"], row["published"]) == ("clinics", "fresh", 5, "yes")
    assert _run("unpublish", "clinics").exit_code == 0
    assert "taken out" in _run("status").stdout
    write_geojson(root / "clinics.geojson", [*GOOD, record("c9", name="нова")])
    assert _run("sync").exit_code == 0
    assert loaded.execute("select to_regclass('pub_public.clinics')").fetchone() == (None,)
    assert _run("publish", "clinics").exit_code == 0
    assert loaded.execute("select count(*) from pub_public.clinics").fetchone() == (6,)
    assert _run("unpublish", "nothing").exit_code == 1


def test_a_definition_that_changed_is_synchronised_before_it_is_published(loaded, root):
    assert _run("unpublish", "clinics").exit_code == 0
    _layer(root, owner=text("Other"))
    refused = _run("publish", "clinics")
    assert refused.exit_code == 1 and "geoplatform layers sync clinics" in refused.stderr
    assert loaded.execute("select to_regclass('pub_public.clinics')").fetchone() == (None,)
    assert _run("sync").exit_code == 0
    assert _run("publish", "clinics").exit_code == 0
    (owner,) = loaded.execute("select document #>> '{definition,owner,uk}' from registry.published limit 1").fetchone()
    assert owner == "Other"


def _shapefile(folder: Path, archive: Path, leave_out: str) -> None:
    """Zip a shapefile of the good records without its file `leave_out`."""
    import subprocess

    plain = write_geojson(folder / "plain.geojson", GOOD)
    target = folder / "shape"
    target.mkdir()
    subprocess.run(["ogr2ogr", "-f", "ESRI Shapefile", target / "clinics.shp", plain, "-lco", "ENCODING=UTF-8"], check=True)
    with zipfile.ZipFile(archive, "w") as bundle:
        for file in sorted(target.iterdir()):
            if file.suffix != leave_out:
                bundle.write(file, file.name)
