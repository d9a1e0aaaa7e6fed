"""The letters themselves: plain text and simple HTML in the follower's language, with the headers by which one leaves at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from geoplatform import config
from geoplatform.changes import following, sealing, wording
from geoplatform.changes.difference import Found
from geoplatform.changes.models import Letter
from geoplatform.changes.sealing import Contents
from geoplatform.portal import facts
from geoplatform.publicmap import current
from geoplatform.publicmap.conditions import Conditions

#: Changes told one by one in a letter.
MOST = 50


def confirmation(letter: Letter, contents: Contents, asked: Conditions) -> EmailMultiAlternatives:
    """Return the letter that asks whether the address's owner wants to follow.

    It holds nothing that was typed: nobody shall have strangers written to in words of their own. The link's page has it.
    """
    available = current.layers(asked.conn)
    near = asked.query.near
    asked = replace(asked, query=replace(asked.query, words=(), near=replace(near, text="") if near else None))
    link = _root() + reverse("changes:confirm", args=[sealing.token("confirm", letter.follower.reference)])
    context = _context(contents) | {"what": following.told(asked, available), "link": link}
    subject = _("Confirm: tell me what changes (%(where)s)") % {"where": following.where(asked)}
    return _letter(letter, contents, subject, "confirm", context)


def digest(letter: Letter, contents: Contents, asked: Conditions, found: Found) -> EmailMultiAlternatives:
    """Return the letter that tells what has changed."""
    available = current.layers(asked.conn)
    lines = wording.lines(asked, found.changes, available)
    leave = _root() + reverse("changes:leave", args=[sealing.token("leave", letter.follower.reference)])
    since = min(pair.since for pair in found.pairs if pair.since)
    address = following.address(asked.query)
    context = _context(contents) | {
        "what": following.told(asked, available),
        "summary": wording.counts(found),
        "lines": [{"line": line, "kind": wording.kind_title(line.kind), "href": _root() + line.href} for line in lines],
        "more": found.total - len(lines),
        "demonstration": any(change.is_demo for change in found.changes),
        "link": f"{_root()}{reverse('changes:compare')}{address}&before={since.astimezone(wording.KYIV):%Y-%m-%dT%H:%M}",
        "leave": leave,
    }
    subject = _("What has changed %(where)s: %(counts)s") % {"where": following.where(asked), "counts": wording.counts(found)}
    message = _letter(letter, contents, subject, "digest", context)
    message.extra_headers |= {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return message


def _letter(letter: Letter, contents: Contents, subject: str, name: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    host = urlsplit(_root()).hostname or "localhost"
    headers = {
        # the same however often it is sent, so that a letter sent twice is known again
        "Message-ID": f"<{letter.follower.reference}.{letter.number}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": contents.language,
    }
    text = render_to_string(f"changes/mail/{name}.txt", context)
    message = EmailMultiAlternatives(
        " ".join(subject.split())[:200], text, settings.DEFAULT_FROM_EMAIL, [contents.email], headers=headers
    )
    message.attach_alternative(render_to_string(f"changes/mail/{name}.html", context), "text/html")
    return message


def _context(contents: Contents) -> dict[str, Any]:
    return {"language": contents.language, "community": facts.municipality().name.in_language(contents.language), "root": _root()}


def _root() -> str:
    return config.load().site_url
