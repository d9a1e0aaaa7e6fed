"""An emergency is announced to everybody in both languages, and is over by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from geoplatform import database
from geoplatform.facilities import banner
from geoplatform.layers.definition import Text

FORM = {
    "severity": "danger",
    "title_uk": "Знеструмлення в місті",
    "title_en": "Blackout in the city",
    "text_uk": "Пункти незламності <b>працюють</b>.",
    "text_en": "Points of invincibility are open.",
    "hours": "6",
}
PAGES = ("/", "/map/", "/map/-/embed/", "/facilities/", "/map/clinics/c1/", "/map/clinics/no/")


@pytest.fixture(autouse=True)
def nothing_remembered():
    banner.forget()
    yield
    banner.forget()


def at(conn: psycopg.Connection, starts: timedelta, ends: timedelta) -> int:
    now = datetime.now(UTC)
    title = Text(uk="Повідомлення", en="News")
    return banner.announce(conn, "account:1", "warning", title, None, now + starts, now + ends)


def test_what_staff_announce_is_on_every_page_in_the_readers_language(places, staff_client, anonymous_client):
    assert staff_client.post("/hub/banner/", FORM).status_code == 302
    for path in PAGES:
        text = anonymous_client.get(path).content.decode()
        assert "Знеструмлення в місті" in text, path
        assert "&lt;b&gt;працюють" in text, path
        english = anonymous_client.get(f"/en{path}").content.decode()
        assert "Blackout in the city" in english, path
        assert "Знеструмлення" not in english, path
    assert "account:" not in text
    assert places.execute("select action from access.audit order by id desc limit 1").fetchone() == ("banner",)


def test_an_announcement_begins_and_ends_by_itself(places):
    at(places, timedelta(hours=-2), timedelta(hours=-1))
    at(places, timedelta(seconds=30), timedelta(hours=1))
    assert banner.active() == []
    shown = at(places, timedelta(minutes=-1), timedelta(seconds=0.4))
    assert [found.id for found in banner.active()] == [shown]
    found = banner.active()[0]
    assert not found.active(found.ends_at), "its end is not its own"
    assert not found.active(found.starts_at - timedelta(seconds=1))


def test_an_announcement_that_was_ended_is_gone_and_may_come_back(places, staff_client, anonymous_client):
    staff_client.post("/hub/banner/", FORM)
    number, version = places.execute("select id, version from registry.banner").fetchone()
    assert "done=ended" in staff_client.post("/hub/banner/end/", {"id": number, "version": version}).headers["Location"]
    assert "Знеструмлення" not in anonymous_client.get("/").content.decode()
    # somebody who has not seen that it ended changes nothing
    assert "done=changed" in staff_client.post("/hub/banner/end/", {"id": number, "version": version}).headers["Location"]
    again = staff_client.post("/hub/banner/end/", {"id": number, "version": version + 1, "back": "1"})
    assert "done=back" in again.headers["Location"]
    assert "Знеструмлення" in anonymous_client.get("/").content.decode()


@pytest.mark.parametrize(("changes", "field"), [
    ({"title_en": ""}, "title_en"),
    ({"title_uk": "х" * 121}, "title_uk"),
    ({"text_en": ""}, "text_en"),
    ({"severity": "fun"}, "severity"),
    ({"hours": "5"}, "hours"),
    ({"ends_at": "2020-01-01T00:00"}, "ends_at"),
    ({"ends_at": "2098-01-01T00:00"}, "ends_at"),
    ({"starts_at": "now"}, "starts_at"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_beside_its_field(places, staff_client, changes, field):
    answer = staff_client.post("/hub/banner/", FORM | changes)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.content.decode()
    assert places.execute("select count(*) from registry.banner").fetchone() == (0,)


def test_only_who_may_tell_states_may_announce(places, staff_client, resident_client, anonymous_client):
    places.execute("delete from access.permission where operation = 'edit'")
    for client, status in ((anonymous_client, 302), (resident_client, 403), (staff_client, 403)):
        for path in ("/hub/banner/", "/hub/banner/end/"):
            assert client.post(path, FORM | {"id": 1, "version": 1}).status_code == status
    assert places.execute("select count(*) from registry.banner").fetchone() == (0,)


def test_pages_go_on_with_what_was_read_while_the_database_is_away(places, monkeypatch):
    at(places, timedelta(minutes=-1), timedelta(hours=1))
    with database.pool("public").connection(timeout=30):
        pass  # the database is there again: an earlier test's may have gone under the pool's hands
    assert len(banner.active()) == 1
    monkeypatch.setattr(banner, "BELIEVED_SECONDS", 0.0)

    class Away:
        def connection(self, timeout):
            raise psycopg.OperationalError("gone")

    monkeypatch.setattr(banner.database, "pool", lambda role: Away())
    assert len(banner.active()) == 1


def test_the_database_refuses_what_no_page_could_show(places):
    with pytest.raises(psycopg.errors.CheckViolation):
        at(places, timedelta(0), timedelta(days=32))
    with pytest.raises(psycopg.errors.CheckViolation):
        at(places, timedelta(hours=1), timedelta(hours=1))


def test_the_public_role_reads_announcements_but_not_who_set_them(places, public_pool):
    at(places, timedelta(minutes=-1), timedelta(hours=1))
    with public_pool.connection() as conn:
        columns = [column.name for column in conn.execute("select * from pub_public.banner").description]
        assert "set_by" not in columns
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from registry.banner")
