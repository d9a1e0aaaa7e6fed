"""What the tests of wording read: pairs of an English and our Ukrainian message, and the parts of a message that must survive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from geoplatform.config import PROJECT
from geoplatform.hub import translations

CATALOGUE = translations.HUB / "locale" / "uk" / "LC_MESSAGES" / "django.po"
PLURALS = ("plural", "selectordinal")


class Pair(NamedTuple):
    """A message: where it is (key of the client's message, or "django"), in English, and each Ukrainian form of it."""

    where: str
    english: str
    ukrainian: tuple[str, ...]


@cache
def client_pairs() -> tuple[Pair, ...]:
    """Return the client's messages that we translate, with their English of the installed client."""
    english = dict(translations.leaves(translations.english()))
    ours = translations.leaves(translations.ukrainian())
    return tuple(Pair(".".join(path), english.get(path, ""), (text,)) for path, text in ours)


@cache
def catalogue(path: Path = CATALOGUE) -> Catalog:
    """Return the gettext catalogue at `path`."""
    with path.open("rb") as file:
        return read_po(file)


def catalogue_pairs() -> Iterator[Pair]:
    """Yield the messages of our Django catalogue; codes that stand for a message are no English."""
    for message in catalogue():
        if message.id and not re.fullmatch(r"metadata_\w+", message.id if isinstance(message.id, str) else ""):
            identifiers = (message.id,) if isinstance(message.id, str) else message.id
            forms = (message.string,) if isinstance(message.string, str) else message.string
            yield Pair("django", identifiers[-1], tuple(forms))


def all_pairs() -> list[Pair]:
    """Return every message that we translate."""
    return [*client_pairs(), *catalogue_pairs()]


def arguments(message: str) -> dict[str, frozenset[str]]:
    """Return the ICU arguments of `message` by name, each with the cases that it tells apart (none for a plain one).

    Reads the dialect of the client's intl-messageformat: a backslash takes the special meaning from a brace.
    """
    found: dict[str, frozenset[str]] = {}
    _read_text(message, 0, found)
    return found


def _read_text(text: str, at: int, found: dict[str, frozenset[str]]) -> int:
    """Read up to the brace that closes this text; return the place after it."""
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "{":
            at = _read_argument(text, at + 1, found)
        elif text[at] == "}":
            return at + 1
        else:
            at += 1
    return at


def _read_argument(text: str, at: int, found: dict[str, frozenset[str]]) -> int:
    """Read an argument from after its opening brace; return the place after its closing one."""
    name = re.compile(r"[^,{}]*").match(text, at)
    at = name.end()
    key = name.group().strip()
    found.setdefault(key, frozenset())
    kind = re.compile(r",\s*(\w+)\s*,").match(text, at)
    if kind is None or kind.group(1) not in (*PLURALS, "select"):
        return text.index("}", at) + 1
    at = kind.end()
    cases = set()
    while case := re.compile(r"\s*(=?\w+)\s*\{").match(text, at):
        cases.add(case.group(1))
        at = _read_text(text, case.end(), found)
    found[key] |= cases
    return text.index("}", at) + 1


def tags(text: str) -> list[str]:
    """Return the HTML tags of `text`, in no order: word order differs between languages."""
    return sorted(re.findall(r"</?[a-zA-Z][^<>]*>", text))


def gettext_placeholders(text: str) -> list[str]:
    """Return the placeholders of Python's and Django's that `text` holds, with repetitions."""
    return sorted(re.findall(r"%\(\w+(?:\|\w+)?\)[sd]|%[sd]|\{[^{}\s]*\}", text))


def glossary() -> dict[str, list[str]]:
    """Return the stems that a Ukrainian message must have one of, by the English term: the checked rows of docs/glossary.md."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|", (PROJECT / "docs" / "glossary.md").read_text(), flags=re.M)
    return {
        term.strip(): [stem.strip() for stem in stems.split(",")]
        for term, stems in rows[1:]
        if stems.strip() and not set(stems) <= set("- ")
    }
