"""A mail server for tests of letters, and what a reader does with form and letters."""

from __future__ import annotations

import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage

FORM = "/follow/?layer=clinics&area=blocks:b1"
ADDRESS = "olena@example.org"


class Post:
    """The mail server's post: letters that it took, and what it answers."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusal: str | None = None
        self.on_data = lambda: None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.on_data()
        return "250 OK"

    def last(self) -> EmailMessage:
        return self.letters[-1]


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
