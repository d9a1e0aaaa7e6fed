"""Following by e-mail: asked for twice, told once, left by one link; a real mail server takes the letters."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from geoplatform.config import PROJECT, load
from tests.integration.changes.post import ADDRESS, FORM, followed, later, links, run, send
from tests.integration.publicmap.states import rename


def test_nothing_is_sent_before_the_address_is_confirmed(post, anonymous_client, places):
    from geoplatform.changes.models import Follower

    answer = send(anonymous_client)
    assert (answer.status_code, answer["Location"]) == (302, "/follow/sent/")
    run()
    letter = post.last()
    assert letter["To"] == ADDRESS and "Подільському районі" in letter["Subject"]
    rename(places, "clinics", "c3", "Перейменована")
    later()
    run()
    assert len(post.letters) == 1
    link = links(letter, "confirm")[0]
    assert anonymous_client.get(link).status_code == 200
    assert Follower.objects.get().confirmed_at is None, "who opens the link has not pressed the button: a scanner does as much"
    assert anonymous_client.post(link).status_code == 200
    assert Follower.objects.get().confirmed_at is not None


def test_nobody_has_strangers_written_to_in_words_of_their_own(post, anonymous_client, places):
    """What was typed into the search is on the page behind the link, not in the letter that asks for confirmation."""
    assert send(anonymous_client, FORM + "&q=evil.example/win").status_code == 302
    run()
    letter = post.last()
    for kind in ("plain", "html"):
        assert "evil" not in letter.get_body((kind,)).get_content() and "evil" not in letter["Subject"]
    assert "evil.example/win" in anonymous_client.get(links(letter, "confirm")[0]).content.decode()


def test_who_leaves_while_confirming_is_gone(post, anonymous_client, places):
    from geoplatform import database
    from geoplatform.changes import subscribing
    from geoplatform.changes.models import Follower

    assert send(anonymous_client).status_code == 302
    follower = Follower.objects.get()
    subscribing.leave(follower)
    with database.pool("public").connection() as conn:
        assert subscribing.confirm(follower, conn) is None


def test_a_change_is_told_once_and_only_where_it_is_followed(post, anonymous_client, places):
    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Перейменована амбулаторія")
    rename(places, "clinics", "c4", "Далеко від району")
    later()
    for _ in range(3):
        run()
        later()
    assert len(post.letters) == 1
    text = post.last().get_body(("plain",)).get_content()
    assert "Змінено: Перейменована амбулаторія" in text and "було «Нова амбулаторія»" in text
    assert "Далеко" not in text and "Кам’янка" not in text
    rename(places, "clinics", "c3", "Знову інша")
    later()
    run()
    assert len(post.letters) == 2
    assert "було «Перейменована амбулаторія», стало «Знову інша»" in post.last().get_body(("plain",)).get_content()


def test_the_letter_has_plain_text_html_and_the_headers_to_leave_by(post, anonymous_client, places):
    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Амбулаторія <b>\r\nBcc: x@example.org")
    later()
    run()
    letter = post.last()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Content-Language"] == "uk"
    leave = links(letter, "leave")[0]
    assert letter["List-Unsubscribe"].endswith(f"{leave}>")
    html = letter.get_body(("html",)).get_content()
    assert "&lt;b&gt;" in html and leave in html and '<html lang="uk">' in html
    assert letter["Bcc"] is None and letter["To"] == ADDRESS


def test_one_leaves_by_one_link_and_no_scanner_does(post, anonymous_client, places):
    from geoplatform.changes.models import Follower

    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Інша")
    later()
    run()
    leave = links(post.last(), "leave")[0]
    for _ in range(2):
        assert anonymous_client.get(leave).status_code == 200
    assert Follower.objects.count() == 1
    answer = anonymous_client.post(leave, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and Follower.objects.count() == 0
    assert anonymous_client.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200, "pressed twice"
    assert anonymous_client.get(leave).status_code == 404
    rename(places, "clinics", "c3", "Ще інша")
    later()
    run()
    assert len(post.letters) == 1


def test_english_readers_get_english_letters(post, anonymous_client, places):
    followed(anonymous_client, post, "/en" + FORM, frequency="soon")
    rename(places, "clinics", "c3", "Інша")
    later()
    run()
    assert post.last()["Content-Language"] == "en" and "Changed:" in post.last().get_body(("plain",)).get_content()


def test_what_is_closed_meanwhile_is_not_told(post, anonymous_client, places):
    """Between the change and the letter the layer is taken from the public."""
    from geoplatform.changes import letters
    from geoplatform.publicmap import current
    from geoplatform.publishing.publish import unpublish

    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Таємно перейменована")
    later()
    assert letters.make_due() == 1
    with places.transaction():
        unpublish(places, "clinics")
    current.forget()
    run()
    assert post.letters == []


def test_a_recipient_who_is_gone_is_forgotten_and_a_busy_server_is_asked_again(post, anonymous_client, places):
    from geoplatform.changes.models import Follower, Letter

    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Інша")
    later()
    post.refusal = "450 busy"
    run()
    run()
    assert post.letters == [] and Letter.objects.get().attempts == 1
    post.refusal = None
    later()
    run()
    assert len(post.letters) == 1 and Letter.objects.count() == 0
    rename(places, "clinics", "c3", "Ще інша")
    later()
    post.refusal = "550 nobody here"
    run()
    assert Follower.objects.count() == 0


def test_one_whose_question_fails_keeps_nobody_waiting(post, anonymous_client, places):
    """The layer that one follows is held by somebody, so that reading it ends with an error; others are told meanwhile."""
    from geoplatform.changes import letters

    rename(places, "register", "r7", "Запис")
    followed(anonymous_client, post)
    followed(anonymous_client, post, "/follow/?layer=register", email="taras@example.org")
    rename(places, "clinics", "c3", "Інша")
    rename(places, "register", "r7", "Інший запис")
    later()
    with psycopg.connect(load().dsn()) as holder:
        holder.execute("lock table layers.clinics in access exclusive mode")
        assert letters.make_due() == 1
    run()
    assert [letter["To"] for letter in post.letters] == ["taras@example.org"]
    later()
    run()
    assert [letter["To"] for letter in post.letters] == ["taras@example.org", ADDRESS]


def test_a_mail_server_that_hangs_holds_the_worker_once(post, anonymous_client, places):
    from django.test import override_settings

    from geoplatform.changes.models import Letter

    for address in (ADDRESS, "taras@example.org", "ivan@example.org"):
        assert send(anonymous_client, email=address).status_code == 302
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with override_settings(EMAIL_PORT=silent.getsockname()[1], EMAIL_TIMEOUT=1):
            run()
        assert sorted(Letter.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    later()
    run()
    assert {letter["To"] for letter in post.letters} == {ADDRESS, "taras@example.org", "ivan@example.org"}


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_daily_and_weekly_letters_come_in_the_morning(post, anonymous_client, places, frequency):
    from geoplatform.changes.models import Follower
    from geoplatform.publicmap.hours import KYIV

    followed(anonymous_client, post, frequency=frequency)
    due = Follower.objects.get().due_at.astimezone(KYIV)
    assert due.hour == 7 and timedelta() < due - datetime.now(UTC) <= timedelta(days=1 if frequency == "daily" else 7)
    assert frequency == "daily" or due.weekday() == 0
    for name in ("Перша", "Друга", "Третя"):
        rename(places, "clinics", "c3", name)
        run()
    assert post.letters == []
    later(60 * 24 * 7)
    run()
    assert len(post.letters) == 1
    text = post.last().get_body(("plain",)).get_content()
    assert "було «Нова амбулаторія», стало «Третя»" in text and "Друга" not in text


def test_two_workers_tell_a_change_once(post, anonymous_client, places):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Інша")
    later()

    def work(_number: int) -> None:
        try:
            run()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert len(post.letters) == 1


#: A worker that is killed at the moment that is named: before the mail server has the letter, or right after.
WORKER = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", int(sys.argv[1]), False
from geoplatform.changes import letters
def die(message=None):
    if sys.argv[2] == "after":
        message.send()
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "made":
    letters.make_due()
    die()
letters.make_due()
letters.send_waiting(die)
"""


@pytest.mark.parametrize("moment", ["made", "before", "after"])
def test_a_worker_killed_at_any_moment_loses_nothing(post, anonymous_client, places, moment):
    from django.conf import settings

    from geoplatform.changes.models import Letter

    followed(anonymous_client, post)
    rename(places, "clinics", "c3", "Інша")
    later()
    command = [sys.executable, "-c", WORKER, str(settings.EMAIL_PORT), moment]
    killed = subprocess.run(command, cwd=PROJECT, env={**os.environ}, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Letter.objects.count() == 1
    if moment != "made":
        run()
        assert len(post.letters) == (moment == "after"), "a claim is waited for"
    later()
    run()
    later()
    run()
    assert Letter.objects.count() == 0
    identifiers = [letter["Message-ID"] for letter in post.letters]
    # only when it dies between the server's answer and the note of it is a letter sent again, and then it is known again
    assert len(identifiers) == (2 if moment == "after" else 1) and len(set(identifiers)) == 1
    assert "стало «Інша»" in post.last().get_body(("plain",)).get_content()
