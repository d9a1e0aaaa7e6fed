"""How those are called who changed something: accounts by name, the platform's own parts in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def names(authors: Iterable[str]) -> dict[str, str]:
    """Return how each author (`account:<id>`, `hub:<name>`, `schedule`, …) is called in the page's language."""
    authors = set(authors)
    ids = {int(author.removeprefix("account:")) for author in authors if author.removeprefix("account:").isdigit()}
    people = get_user_model().objects.in_bulk(ids) if ids else {}
    return {author: _name(author, people) for author in authors}


def _name(author: str, people: dict[int, Any]) -> str:
    kind, _sep, name = author.partition(":")
    if kind == "account" and name.isdigit():
        person = people.get(int(name))
        return person.name_long if person else _("account %(id)s, which is gone") % {"id": name}
    if kind == "hub" and name:
        return name
    known = {
        "system": pgettext("author", "the platform"),
        "schedule": pgettext("author", "the schedule"),
        "geonode": pgettext("author", "the permission screen"),
        "catalogue": pgettext("author", "the data catalogue"),
    }
    return known.get(author, author)
