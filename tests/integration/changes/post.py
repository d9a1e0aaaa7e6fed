"""What a reader does with the form and with letters."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage

from tests.post import Post

FORM = "/follow/?layer=clinics&area=blocks:b1"
ADDRESS = "olena@example.org"


def send(client, path: str = FORM, *, at: str = "203.0.113.5", **fields: str):
    form = {"email": ADDRESS, "frequency": "soon", **fields}
    return client.post(path, form, HTTP_X_FORWARDED_FOR=at)


def run() -> None:
    """Do what the worker does every minute."""
    from geoplatform.changes.tasks import tell_followers

    tell_followers()


def links(letter: EmailMessage, name: str) -> list[str]:
    text = letter.get_body(("plain",)).get_content()
    return re.findall(rf"https?://[^/\s]+((?:/en)?/follow/{name}/\S+)", text)


def followed(client, post: Post, path: str = FORM, **fields: str) -> None:
    """Ask, and confirm by the letter's link and the button behind it."""
    assert send(client, path, **fields).status_code == 302
    run()
    link = links(post.last(), "confirm")[0]
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 200
    post.letters.clear()


def later(minutes: int = 20) -> None:
    """Let time pass for those who wait for letters."""
    from django.db.models import F

    from geoplatform.changes.models import Follower, Letter

    passed = timedelta(minutes=minutes)
    Follower.objects.update(due_at=F("due_at") - passed, made_at=F("made_at") - passed)
    Letter.objects.update(claimed_at=F("claimed_at") - passed)
