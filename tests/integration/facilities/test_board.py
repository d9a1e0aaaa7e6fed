"""Staff tell the state of many facilities at once: what is written, what is refused, what two writers do to each other."""

from __future__ import annotations

import re
import threading

import pytest

from geoplatform.facilities import board, critical
from geoplatform.layers import published
from tests.integration.facilities.conftest import said_of, version_of


def test_a_state_of_many_is_written_at_once_and_kept_with_its_author(press, places, staff):
    answer = press(
        "on_generator", "0:clinics:c1", "0:clinics:c3", note="Працює до 20:00", source="Департамент", said_by="черговий"
    )
    assert answer.status == 302, answer.text
    assert said_of(places) == {"clinics.c1": "on_generator", "clinics.c3": "on_generator"}
    author, added = places.execute(
        "select author, added from registry.change_event where layer = 'facility_states' order by version desc limit 1"
    ).fetchone()
    assert (author, added) == (f"account:{staff.pk}", 2)
    action, detail = places.execute(
        "select action, detail from access.audit where layer = 'facility_states' order by id desc"
    ).fetchone()
    assert action == "states"
    assert detail == {"state": "on_generator", "count": 2, "facilities": ["clinics.c1", "clinics.c3"]}
    # where the facility stands, so that the state is on the map
    assert places.execute("select ST_AsText(geom) from layers.facility_states where id = 'clinics.c3'").fetchone() == (
        "POINT(32.27 48.52)",
    )


def test_all_that_is_shown_is_chosen_by_one_box(places, staff_client):
    answer = staff_client.post("/hub/facilities/", {"state": "open", "all": "1", "shown": ["0:clinics:c1", "0:clinics:c3"]})
    assert answer.status_code == 302
    assert said_of(places) == {"clinics.c1": "open", "clinics.c3": "open"}


def test_a_later_state_replaces_the_earlier_one_which_stays_in_history(press, places):
    press("open", "0:clinics:c1")
    press("closed_temporarily", f"{version_of(places, 'clinics.c1')}:clinics:c1")
    assert said_of(places) == {"clinics.c1": "closed_temporarily"}
    past = places.execute("select attributes->>'state' from history.feature where layer = 'facility_states'").fetchall()
    assert past == [("open",)]


def test_not_known_takes_the_statement_away(press, places):
    press("open", "0:clinics:c1")
    assert press("unknown", f"{version_of(places, 'clinics.c1')}:clinics:c1", "0:clinics:c3").status == 302
    assert said_of(places) == {}


@pytest.mark.parametrize(("state", "picked", "fields", "field"), [
    ("open", [], {}, "pick"),
    ("open", ["rubbish"], {}, "pick"),
    ("open", ["0:clinics:gone"], {}, "pick"),
    ("open", ["0:clinics:c2"], {}, "pick"),  # made up: a life may depend on it
    ("splendid", ["0:clinics:c1"], {}, "state"),
    ("moved", ["0:clinics:c1"], {}, "note"),
    ("open", ["0:clinics:c1"], {"known_at": "2999-01-01T00:00"}, "known_at"),
    ("open", ["0:clinics:c1"], {"known_until": "2020-01-01T00:00"}, "known_until"),
    ("open", ["0:clinics:c1"], {"since": "yesterday"}, "since"),
    ("open", ["0:clinics:c1"], {"note": "х" * 501}, "note"),
    ("open", [f"0:clinics:c{n}" for n in range(301)], {}, "pick"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_beside_its_field(press, places, state, picked, fields, field):
    answer = press(state, *picked, **fields)
    assert answer.status == 400
    assert f'href="#{field}"' in answer.text
    assert said_of(places) == {}


def test_the_form_keeps_what_was_entered_when_it_is_refused(press):
    answer = press("moved", "0:clinics:c1", source="Департамент")
    assert 'value="Департамент"' in answer.text
    assert re.search(r'value="0:clinics:c1" id="pick-\d+" checked', answer.text)


def test_a_change_of_somebody_elses_is_not_overwritten_unseen(press, places):
    press("open", "0:clinics:c1")
    seen = version_of(places, "clinics.c1")
    press("closed_temporarily", f"{seen}:clinics:c1")
    answer = press("on_generator", f"{seen}:clinics:c1", "0:clinics:c3")
    assert answer.status == 409
    assert "Аптека" not in re.search(r'<a href="#pick">(.*?)</a>', answer.text).group(1)
    assert said_of(places) == {"clinics.c1": "closed_temporarily"}, "all or none"


def test_of_two_who_write_at_the_same_moment_one_is_told(places, staff):
    from datetime import UTC, datetime

    from geoplatform import database

    now = datetime.now(UTC)
    with database.pool("staff").connection() as conn:
        listed = critical.facilities(conn, published.read(conn, "staff"), now)
    clinic = next(facility for facility in listed if facility.id == "c1")
    outcomes: list[object] = []
    together = threading.Barrier(2)

    def write(state: str) -> None:
        with database.pool("owner").connection() as conn:
            together.wait()
            try:
                outcomes.append(board.set_states(conn, "account:1", [(clinic, None)], board.Change(state, now)))
            except board.Concurrent as error:
                outcomes.append(error)

    writers = [threading.Thread(target=write, args=[state]) for state in ("open", "on_generator")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Concurrent", "Done"]
    assert len(said_of(places)) == 1


def test_a_change_is_taken_back_except_where_others_have_spoken_since(press, places, staff_client):
    press("open", "0:clinics:c1")
    version = version_of(places, "clinics.c1")
    press("closed_temporarily", f"{version}:clinics:c1", "0:clinics:c3")
    wrong = version_of(places, "clinics.c1")
    assert wrong > version
    answer = staff_client.post("/hub/facilities/undo/", {"version": wrong})
    assert answer.status_code == 302
    assert said_of(places) == {"clinics.c1": "open"}
    # what was taken back can be taken back too
    undone = version_of(places, "clinics.c1")
    staff_client.post("/hub/facilities/undo/", {"version": undone})
    assert said_of(places) == {"clinics.c1": "closed_temporarily", "clinics.c3": "closed_temporarily"}
    later = version_of(places, "clinics.c1")
    press("limited", f"{version_of(places, 'clinics.c3')}:clinics:c3")
    answer = staff_client.post("/hub/facilities/undo/", {"version": later})
    assert "left=1" in answer.headers["Location"]
    assert said_of(places) == {"clinics.c1": "open", "clinics.c3": "limited"}


@pytest.mark.parametrize("version", ["", "0", "999999", "1; drop table x", "9" * 40])
def test_taking_back_what_is_not_there_does_nothing(places, staff_client, version):
    answer = staff_client.post("/hub/facilities/undo/", {"version": version})
    assert (answer.status_code, "undone=no" in answer.headers["Location"]) == (302, True)


def test_only_who_may_edit_the_layer_may_say_anything(places, staff_client, resident_client, anonymous_client):
    form = {"state": "open", "pick": "0:clinics:c1"}
    for path in ("/hub/facilities/", "/hub/facilities/undo/"):
        assert anonymous_client.post(path, form).status_code == 302  # to sign in
        assert resident_client.post(path, form).status_code == 403
    places.execute("delete from access.permission where operation = 'edit'")
    for path in ("/hub/facilities/", "/hub/facilities/undo/"):
        assert staff_client.post(path, form).status_code == 403
    page = staff_client.get("/hub/facilities/").content.decode()
    assert 'name="pick"' not in page
    assert said_of(places) == {}


def test_the_page_is_filtered_by_words_layer_and_state(press, places, staff_client):
    press("open", "0:clinics:c1")

    def names(query: str) -> set[str]:
        page = staff_client.get(f"/hub/facilities/?{query}").content.decode()
        return set(re.findall(r'name="pick" value="\d+:clinics:(\w+)"', page))

    assert names("") == {"c1", "c3"}
    assert names("q=аптека") == {"c3"}
    assert names("state=open") == {"c1"}
    assert names("state=unknown") == {"c3"}
    assert names("layer=shelters") == set()
    assert names("page=99&q=%00") == {"c1", "c3"}
