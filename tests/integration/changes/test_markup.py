"""Pages on what has changed and how it was are sound HTML, in both languages; so are the pages and letters of who follows."""

from __future__ import annotations

import pytest

from tests.integration.changes.post import FORM, later, links, run, send
from tests.integration.publicmap.states import rename
from tests.markup import faults, keep

THEN = "before=2025-04-01&after=2025-12-01"
PAGES = {
    "compared": f"/map/compare/?layer=clinics&{THEN}",
    "by time": "/map/compare/?layer=clinics&before=2025-04-01T10:00&after=2025-12-01T10:00",
    "nothing changed": "/map/compare/?layer=clinics&before=2025-10-01&after=2025-12-01",
    "everything asked": f"/map/compare/?layer=clinics&{THEN}&near=32.26,48.51&within=500&bbox=32,48,33,49&category=clinic&q=а",
    "in an area": f"/map/compare/?layer=clinics&{THEN}&area=blocks:b1",
    "two layers": "/map/compare/?layer=clinics&other=register",
    "no layer": f"/map/compare/?chosen=1&{THEN}",
    "damaged": "/map/compare/?layer=clinics&before=x&after=2999-01-01&bbox=1&page=y&within=far&other=none",
    "page beyond": f"/map/compare/?layer=clinics&{THEN}&page=9",
    "area gone": "/map/compare/?layer=clinics&area=blocks:none",
    "then": "/map/?layer=clinics&layer=blocks&asof=2025-04-01",
    "place of then": "/map/clinics/c2/?asof=2025-04-01",
    "place of then on the map": "/map/?layer=clinics&asof=2025-04-01T10:00&place=clinics:c2",
    "not there then": "/map/clinics/c4/?asof=2025-04-01",
    "before the data": "/map/?layer=clinics&asof=2001-01-01",
    "feed refused": "/feeds/changes.atom?layer=clinics&bbox=1",
    "feed of an area that is gone": "/feeds/changes.atom?layer=clinics&area=blocks:none",
    "follow an area that is gone": "/follow/?layer=clinics&area=blocks:none",
    "follow nothing": "/follow/?chosen=1",
    "follow damaged": "/follow/?layer=clinics&bbox=1",
    "sent": "/follow/sent/",
    "no such link": "/follow/confirm/x/",
    "left before": "/follow/leave/x/",
}


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_page_on_what_has_changed_is_sound_html(places, anonymous_client, tmp_path, prefix):
    for name, path in PAGES.items():
        answer = anonymous_client.get(prefix + path)
        keep(tmp_path, name, answer.status_code, answer.headers, answer.content)
    assert faults(tmp_path) == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_page_of_following_and_every_letter_is_sound_html(post, anonymous_client, places, tmp_path, prefix):
    path = prefix + FORM
    pages = {"form": anonymous_client.get(path), "faults": send(anonymous_client, path, email="x", frequency="y", homepage="z")}
    send(anonymous_client, path)
    run()
    link = links(post.last(), "confirm")[0]
    pages |= {"ask": anonymous_client.get(link), "confirmed": anonymous_client.post(link), "again": anonymous_client.get(link)}
    letters = {"confirm letter": post.last()}
    rename(places, "clinics", "c3", "Інша <i>назва</i>")
    later()
    run()
    letters["letter of changes"] = post.last()
    leave = links(post.last(), "leave")[0]
    pages |= {"leave": anonymous_client.get(leave), "left": anonymous_client.post(leave)}
    for number in range(5):
        pages["too many"] = send(anonymous_client, f"{path}&q={number}")
    assert pages["too many"].status_code == 429
    for name, page in pages.items():
        keep(tmp_path, name, page.status_code, page.headers, page.content)
    for name, letter in letters.items():
        (tmp_path / f"{name}.html").write_text(letter.get_body(("html",)).get_content(), encoding="utf-8")
    assert faults(tmp_path) == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_the_page_without_a_mail_server_is_sound_html(places, anonymous_client, tmp_path, prefix):
    from django.test import override_settings

    with override_settings(EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", EMAIL_FILE_PATH=str(tmp_path)):
        offered, sent = anonymous_client.get(prefix + FORM), send(anonymous_client, prefix + FORM)
    assert (offered.status_code, sent.status_code) == (200, 503)
    (tmp_path / "offered.html").write_bytes(offered.content)
    (tmp_path / "sent.html").write_bytes(sent.content)
    assert faults(tmp_path) == []
