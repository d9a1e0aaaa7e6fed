"""What staff tell of facilities and what residents read of it is sound HTML in each state, in both languages."""

from __future__ import annotations

import pytest

from geoplatform.facilities import banner
from tests.integration.facilities.conftest import version_of
from tests.integration.facilities.test_banner import FORM
from tests.markup import faults, keep

BOARD = "/hub/facilities/"
NOTE = "Ліфт <b>не працює</b> & «вихід» з двору"


@pytest.fixture(autouse=True)
def nothing_remembered():
    banner.forget()
    yield
    banner.forget()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_state_of_facilities_is_sound_html(places, staff_client, anonymous_client, tmp_path, prefix):
    def look(name: str, answer) -> None:
        keep(tmp_path, name, answer.status_code, answer.headers, answer.content)

    def press(state: str, *picked: str, **fields: str):
        return staff_client.post(prefix + BOARD, {"state": state, "pick": list(picked), **fields})

    look("board", staff_client.get(prefix + BOARD))
    look("board without rows", staff_client.get(f"{prefix}{BOARD}?q=zzzz"))
    wrong = {"known_at": "2999-01-01T00:00", "known_until": "2020-01-01T00:00", "since": "yesterday", "note": "х" * 501}
    look("board refused", press("splendid", "0:clinics:gone", **wrong))
    look("board without a choice", press("moved"))
    done = press("on_generator", "0:clinics:c1", "0:clinics:c3", note=NOTE, note_en=NOTE, source=NOTE, said_by="черговий")
    look("board written", staff_client.get(done["Location"]))
    look("board changed meanwhile", press("open", "0:clinics:c1"))
    look("board narrowed", staff_client.get(f"{prefix}{BOARD}?state=on_generator&layer=clinics"))
    for path in ("/map/clinics/c1/", "/map/?layer=clinics", "/facilities/", "/facilities/?state=on_generator"):
        look(f"told {path}", anonymous_client.get(prefix + path))
    places.execute("update layers.facility_states set known_at = now() - interval '3 days'")
    look("told long ago", anonymous_client.get(f"{prefix}/map/clinics/c1/"))
    places.execute("update layers.facility_states set known_until = now() - interval '1 minute'")
    look("told until then", anonymous_client.get(f"{prefix}/map/clinics/c1/"))
    undone = staff_client.post(f"{prefix}{BOARD}undo/", {"version": version_of(places, "clinics.c1")})
    look("board undone", staff_client.get(undone["Location"]))

    look("announcements", staff_client.get(f"{prefix}/hub/banner/"))
    refused = {"title_en": "", "text_en": "", "severity": "fun", "starts_at": "now", "ends_at": "2020-01-01T00:00"}
    look("announcement refused", staff_client.post(f"{prefix}/hub/banner/", FORM | refused))
    look("announced", staff_client.get(staff_client.post(f"{prefix}/hub/banner/", FORM)["Location"]))
    for path in ("/", "/map/", "/map/clinics/c1/", "/offline/", "/map/clinics/none/", "/map/-/print/?layer=clinics"):
        look(f"under an announcement {path}", anonymous_client.get(prefix + path))
    number, version = places.execute("select id, version from registry.banner").fetchone()
    staff_client.post("/hub/banner/end/", {"id": number, "version": version})
    look("announcement ended", staff_client.get(f"{prefix}/hub/banner/?done=ended"))
    assert faults(tmp_path) == []
