"""Refused records show staff what they may see of the layer itself: nothing restricted, nothing of another office's layer."""

from __future__ import annotations

import pytest

from tests.integration.hub.test_permitted import browser, clerk  # noqa: F401 - fixtures
from tests.integration.serving.layers import attribute, definition

KEEPER, PHONE, BALANCE, PLACE = "Таємний Ключник", "+380 50 111-22-33", "ОСББ «Степ»", "32.2612345"
FORMS = ("csv", "json", "geojson")


def refused_run(conn, layer: str, reasons: list, record: dict) -> int:
    """Keep a run of the layer with one refused record, as the engine does; return its number."""
    from geoplatform.layers import runs
    from geoplatform.layers.checks import RefusedRecord
    from geoplatform.layers.report import RunReport, note

    report = RunReport(layer=layer, read=1, refused=1, status="applied", version=1)
    runs.begin(conn, report)
    report.count_reasons(reasons)
    report.refused_examples.append(note(1, "r1", reasons))
    runs.finish(conn, report, None, [RefusedRecord(1, "r1", reasons, record)])
    conn.commit()
    return report.run


@pytest.fixture
def shelters(control_db) -> int:
    """A run of the shipped layer of shelters; who has the key is restricted, who keeps the building is for staff."""
    from geoplatform.layers.reasons import Reason

    reasons = [Reason("too_long", "key_holder", detail="60"), Reason("type_text", "balance_holder", BALANCE)]
    reasons.append(Reason("vocabulary", "key_holder_phone", PHONE, "phones"))
    reasons.append(Reason("outside", value=PLACE))
    record = {"key_holder": KEEPER, "key_holder_phone": PHONE, "balance_holder": BALANCE, "unknown_column": KEEPER}
    return refused_run(control_db, "shelters", reasons, record | {"geometry": f"POINT({PLACE} 48.51)"})


def text(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_no_restricted_value_is_in_files_or_on_the_page(shelters, staff_client):
    pages = [text(staff_client, f"/hub/runs/{shelters}/refused.{form}") for form in FORMS]
    for page in pages:
        assert BALANCE.split()[0] in page and PLACE in page
    pages += [text(staff_client, path) for path in ("/hub/layers/shelters/", "/en/hub/layers/shelters/")]
    for page in pages:
        assert "key_holder" in page, "what it is about is told, else nobody could mend it"
        assert KEEPER not in page and PHONE not in page
    assert "…» немає у словнику" in pages[3] and f"refused.{FORMS[0]}" in pages[3]


def test_who_may_not_view_the_layer_sees_no_refused_record(control_db, staff, clerk, browser):  # noqa: F811
    from geoplatform.layers.reasons import Reason
    from geoplatform.publishing import pipeline

    pipeline.sync(["libraries"])
    run = refused_run(control_db, "libraries", [Reason("vocabulary", "name", KEEPER, "names")], {"name": KEEPER})
    assert KEEPER in text(browser, f"/hub/runs/{run}/refused.csv") and KEEPER in text(browser, "/hub/layers/libraries/")
    control_db.execute("insert into access.permission values ('libraries', 'view', %s)", [f"account:{staff.pk}"])
    control_db.commit()
    for form in FORMS:
        text(browser, f"/hub/runs/{run}/refused.{form}", status=404)
    page = text(browser, "/hub/layers/libraries/")
    assert KEEPER not in page and "refused.csv" not in page and "r1" not in page


def test_of_a_restricted_layer_nobody_sees_refused_records(control_db, staff_client):
    from geoplatform.layers.reasons import Reason
    from geoplatform.publishing import pipeline

    pipeline.sync(["libraries"])
    run = refused_run(control_db, "libraries", [Reason("vocabulary", "name", KEEPER, "names")], {"name": KEEPER})
    control_db.execute("update access.ceiling set level = 'restricted', guarded = true where layer = 'libraries' and what = ''")
    control_db.commit()
    text(staff_client, f"/hub/runs/{run}/refused.csv", status=404)
    assert KEEPER not in text(staff_client, "/hub/layers/libraries/")


def test_places_are_told_as_exactly_as_staff_see_them(control_db):
    from geoplatform.hub import refusals

    item = {"reasons": [f"lies outside the bounds at {PLACE}", "name: holds no text"]}
    item |= {"record": {"name": "Дім", "geometry": f"POINT({PLACE} 48.51)"}}
    for steps, seen in (({}, True), ({"staff": {"decimals": 1}}, False)):
        layer = definition("rough", attribute("name"), publication_geometry=steps)
        told = refusals.of(control_db, layer).record(item)
        assert (PLACE in str(told)) is seen
        assert told["record"]["name"] == "Дім" and told["reasons"][1] == item["reasons"][1]


def test_an_attribute_that_reads_what_a_restricted_one_read_is_as_hidden(control_db):
    """A definition that was not published yet renames the attribute; the two-person rule holds for what it refused as well."""
    from geoplatform.hub import refusals

    control_db.execute(
        "insert into access.ceiling values ('rough', '', 'public', false, '{}'), ('rough', 'phone', 'restricted', true, '{tel}')"
    )
    layer = definition("rough", attribute("contact", source="tel"))
    told = refusals.of(control_db, layer).record({"reasons": [f"contact: '{PHONE}' is no phone"], "record": {"tel": PHONE}})
    assert PHONE not in str(told)
