"""The staff hub: what each layer holds, how its runs ended, and the orders that staff give."""

import csv
import io

import pytest
from psycopg.types.json import Jsonb


@pytest.fixture
def libraries(control_db):
    """The shipped layer of libraries, synchronised from its bundled sample."""
    from geoplatform.publishing import pipeline

    [report] = pipeline.sync(["libraries"])
    assert report.status == "applied"
    return report


@pytest.fixture
def refusing_run(control_db):
    """A run of that layer with one refused record, as the engine keeps it."""
    from geoplatform.layers import runs
    from geoplatform.layers.reasons import Reason
    from geoplatform.layers.report import RunReport, note
    from geoplatform.publishing import pipeline

    pipeline.sync(["libraries"])
    report = RunReport(layer="libraries", read=2, refused=1, status="applied", version=1)
    reasons = [Reason("required", "name")]
    runs.begin(control_db, report)
    report.count_reasons(reasons)
    report.refused_examples.append(note(2, "b2", reasons))
    control_db.execute(
        "insert into registry.refused_record (run, position, feature, reasons, record) values (%s, 2, 'b2', %s, %s)",
        (report.run, [reasons[0].text("en")], '{"code": "b2", "name": "=cmd()"}'),
    )
    runs.finish(control_db, report, None, [])
    control_db.commit()
    return report.run


@pytest.mark.parametrize("path", ["/hub/", "/hub/layers/libraries/", "/hub/runs/1/refused.csv"])
def test_strangers_are_asked_to_sign_in_and_other_accounts_refused(anonymous_client, resident_client, path):
    assert anonymous_client.get(path).headers["Location"].startswith("/account/login/?next=/hub/")
    assert resident_client.get(path).status_code == 403


def test_every_described_layer_is_listed_with_its_state(staff_client, libraries):
    from geoplatform.layers.library import load_library

    page = staff_client.get("/hub/").content.decode()
    for definition in load_library().layers.values():
        assert f"/hub/layers/{definition.id}/" in page
    assert "лише демонстраційні дані" in page
    assert "Libraries" in staff_client.get("/en/hub/").content.decode()


def test_a_layers_page_tells_what_its_last_run_did(staff_client, libraries):
    page = staff_client.get("/en/hub/layers/libraries/").content.decode()
    assert f"added {libraries.added}" in page
    assert "applied" in page


def test_refused_records_are_shown_with_reasons_in_both_languages(staff_client, refusing_run):
    english = staff_client.get("/en/hub/layers/libraries/").content.decode()
    assert "has no value, but one is required" in english
    assert "немає значення, а воно обов’язкове" in staff_client.get("/hub/layers/libraries/").content.decode()
    assert f"/en/hub/runs/{refusing_run}/refused.csv" in english


def test_refused_records_can_be_downloaded(staff_client, refusing_run):
    answer = staff_client.get(f"/hub/runs/{refusing_run}/refused.csv")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["feature"], row["name"]) == ("b2", "'=cmd()"), "no cell that a spreadsheet would run"
    [record] = staff_client.get(f"/hub/runs/{refusing_run}/refused.json").json()
    assert record["record"] == {"code": "b2", "name": "=cmd()"}
    assert staff_client.get(f"/hub/runs/{refusing_run}/refused.geojson").json()["type"] == "FeatureCollection"


@pytest.mark.parametrize("path", ["/hub/runs/999/refused.csv", "/hub/layers/no_such_layer/", "/hub/runs/1/refused.exe"])
def test_what_does_not_exist_is_404(staff_client, refusing_run, path):
    assert staff_client.get(path).status_code == 404


def test_staff_order_a_synchronisation(staff_client, control_db):
    answer = staff_client.post("/hub/layers/libraries/sync/", follow=True)
    assert "Оновлення поставлено в чергу" in answer.content.decode()
    run = control_db.execute("select status, started_by from registry.sync_run where layer = 'libraries'").fetchone()
    assert run == ("applied", "hub:staff")


def test_an_order_needs_the_forms_token(staff, control_db):
    from django.test import Client

    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/hub/layers/libraries/sync/").status_code == 403
    assert client.get("/hub/layers/libraries/sync/").status_code == 405
    assert control_db.execute("select count(*) from registry.sync_run").fetchone() == (0,)


def test_a_loss_is_confirmed_only_when_a_run_asked_for_it(staff_client, control_db, libraries):
    page = staff_client.post("/hub/layers/libraries/sync/", {"confirm": "1"}, follow=True).content.decode()
    assert "Останнє оновлення не потребує підтвердження" in page
    assert control_db.execute("select count(*) from registry.sync_run").fetchone() == (1,)
    control_db.execute("insert into registry.sync_run (layer, status) values ('libraries', 'needs_confirmation')")
    control_db.commit()
    assert "Підтвердити зникнення" in staff_client.get("/hub/layers/libraries/").content.decode()
    staff_client.post("/hub/layers/libraries/sync/", {"confirm": "1"})
    assert control_db.execute("select count(*) from registry.sync_run").fetchone() == (3,)


def test_pages_of_the_hub_are_kept_by_no_cache(staff_client, libraries):
    assert "no-store" in staff_client.get("/hub/").headers["Cache-Control"]


def test_a_fault_of_a_run_is_told_in_the_pages_language(staff_client, libraries, control_db):
    control_db.execute(
        "insert into registry.sync_run (layer, status, error, report, started_by) values"
        " ('libraries', 'failed', 'data://a.csv: the file is empty', %s, 'test')",
        [Jsonb({"warnings": ["attribute note: the source has no column NOTE"]})],
    )
    control_db.commit()
    ukrainian = staff_client.get("/hub/layers/libraries/").content.decode()
    assert "data://a.csv: файл порожній" in ukrainian and "атрибут note: у джерелі немає стовпця NOTE" in ukrainian
    assert "the file is empty" in staff_client.get("/en/hub/layers/libraries/").content.decode()
