"""The form of who wants to be told: hostile ones, floods, what it tells nobody, and what is kept."""

from __future__ import annotations

import pytest

from tests.integration.changes.post import FORM, followed, later, links, run, send


def test_nobody_learns_who_follows_what(post, anonymous_client):
    followed(anonymous_client, post)
    first, again = send(anonymous_client, email="new@example.org"), send(anonymous_client)
    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert anonymous_client.get(first["Location"]).content == anonymous_client.get(again["Location"]).content
    run()
    assert [letter["To"] for letter in post.letters] == ["new@example.org"]


def test_the_database_holds_neither_address_nor_area_in_clear(post, anonymous_client):
    from django.db import connection

    followed(anonymous_client, post, "/follow/?layer=clinics&near=32.26,48.51&within=500")
    with connection.cursor() as cursor:
        cursor.execute("select f::text, convert_from(sealed, 'UTF8') from changes_follower f")
        rows = str(cursor.fetchall())
    for part in ("olena", "example.org", "32.26", "within", "clinics&"):
        assert part not in rows


def test_who_does_not_confirm_in_two_days_is_forgotten(post, anonymous_client):
    from geoplatform.changes import subscribing
    from geoplatform.changes.models import Follower

    send(anonymous_client)
    run()
    link = links(post.last(), "confirm")[0]
    later(47 * 60)
    assert subscribing.purge() == 0
    later(2 * 60)
    assert subscribing.purge() == 1 and Follower.objects.count() == 0
    assert anonymous_client.get(link).status_code == 404


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"email": "nobody"}, FORM),
        ({"email": "root@localhost"}, FORM),
        ({"email": "a@example.org\nBcc: b@example.org"}, FORM),
        ({"email": "a@example.org,b@example.org"}, FORM),
        ({"email": "x" * 300 + "@example.org"}, FORM),
        ({"frequency": "always"}, FORM),
        ({"homepage": "https://spam.example"}, FORM),
        ({}, FORM + "&bbox=1"),
        ({}, "/follow/?chosen=1"),
        ({}, "/follow/?layer=clinics&q=" + "%D0%B0" * 300),
    ],
    ids=range(10),
)
def test_a_broken_or_hostile_form_is_answered_in_words(post, anonymous_client, fields, path):
    answer = send(anonymous_client, path, **fields)
    assert answer.status_code == 400 and "Bcc: b" not in str(answer.headers)
    run()
    assert post.letters == []


@pytest.mark.parametrize("token", ["x", "abc.def", "é", "." * 70, "a" * 5000, "%00"], ids=str.__len__)
def test_a_made_up_link_opens_nothing(post, anonymous_client, token):
    assert anonymous_client.get(f"/follow/confirm/{token}/").status_code == 404
    assert anonymous_client.get(f"/follow/leave/{token}/").status_code == 404
    assert anonymous_client.post(f"/follow/leave/{token}/").status_code == 404


def test_a_confirming_link_does_not_leave_nor_the_other_way_round(post, anonymous_client):
    from geoplatform.changes import sealing
    from geoplatform.changes.models import Follower

    followed(anonymous_client, post)
    reference = Follower.objects.get().reference
    for purpose, other in (("confirm", "leave"), ("leave", "confirm")):
        assert anonymous_client.post(f"/follow/{other}/{sealing.token(purpose, reference)}/").status_code == 404
    assert Follower.objects.count() == 1


def test_floods_are_refused_and_strangers_are_not_written_to_without_end(post, anonymous_client):
    from geoplatform.changes import subscribing

    for number in range(5):
        assert send(anonymous_client, FORM + f"&q=a{number}").status_code == 302
    assert send(anonymous_client).status_code == 429
    for number in range(5):
        assert send(anonymous_client, FORM + f"&q=b{number}", at=f"198.51.100.{number}").status_code == 302
    run()
    assert len(post.letters) == subscribing.LETTERS_A_DAY


def test_without_a_mail_server_the_page_says_so_and_offers_the_feed(places, anonymous_client, tmp_path):
    from django.test import override_settings

    from geoplatform.changes.models import Follower

    with override_settings(EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", EMAIL_FILE_PATH=str(tmp_path)):
        page = anonymous_client.get(FORM)
        text = page.content.decode()
        assert page.status_code == 200 and "немає поштового сервера" in text and 'name="email"' not in text
        assert send(anonymous_client).status_code == 503
        run()
    assert Follower.objects.count() == 0 and list(tmp_path.iterdir()) == []
