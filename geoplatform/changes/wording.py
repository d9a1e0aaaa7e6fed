"""Changes in the reader's words: what was added, changed and removed, from what to what, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from geoplatform.changes.difference import KINDS, Change, Found, Kind
from geoplatform.layers.definition import Attribute, Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.places import words
from geoplatform.publicmap import current, relations, summary
from geoplatform.publicmap.card import full_address, in_words, nameless
from geoplatform.publicmap.conditions import Conditions
from geoplatform.publicmap.hours import KYIV
from geoplatform.publicmap.relations import Relation

#: Characters of a value that a list shows; an export has all of it.
_SHOWN = 300


@dataclass(frozen=True)
class Line:
    """One change of a list. sentences: what differs; where: what it lies in and beside; href: the place's page."""

    change: Change
    name: str
    category: str
    address: str
    where: str
    sentences: list[str] = field(default_factory=list)
    href: str = ""

    @property
    def kind(self) -> Kind:
        """What happened."""
        return self.change.kind


def lines(asked: Conditions, changes: Sequence[Change], available: Sequence[PublishedLayer]) -> list[Line]:
    """Return the changes as a list shows them; what they lie in and beside is told as of today."""
    spots = [relations.Spot(c.layer.id, c.id, *c.point, c.is_demo) for c in changes if c.point]
    around = iter(relations.of(asked.conn, spots, available))
    return [line(change, next(around) if change.point else Relation()) for change in changes]


def line(change: Change, around: Relation) -> Line:
    """Return one change as a list shows it."""
    address = full_address(change.of(Role.settlement), change.of(Role.address)) or ""
    return Line(
        change=change,
        name=name(change),
        category=_category(change),
        address=address,
        where="; ".join(summary.relation(around, address)),
        sentences=sentences(change),
        href=href(change),
    )


def name(change: Change) -> str:
    """Return what the feature is called, or was."""
    names = [change.of(Role.name), change.of(Role.name_en)]
    if _language() == "en":
        names.reverse()
    return next((str(text) for text in names if text), "") or _category(change) or nameless(change.layer, change.id)


def sentences(change: Change) -> list[str]:
    """Return what differs of a changed feature, a sentence for each attribute and one for its place."""
    told = []
    for attribute, old, new in change.differing:
        values = {
            "title": attribute.title.in_language(_language()),
            "old": value(change.layer, attribute, old)[:_SHOWN],
            "new": value(change.layer, attribute, new)[:_SHOWN],
        }
        told.append(_("%(title)s: was %(old)s, became %(new)s") % values)
    if change.reshaped:
        if change.metres and change.metres >= 1:
            told.append(_("It has moved by %(distance)s.") % {"distance": words.distance(change.metres, _language())})
        else:
            told.append(_("Its place or shape has changed."))
    if change.kind == "changed" and not told:
        told.append(_("It is demonstration data now.") if change.is_demo else _("It is no longer demonstration data."))
    return told


def value(layer: PublishedLayer, attribute: Attribute, given: Any) -> str:
    """Return a value as a person says it; «nothing» where there is none."""
    told = in_words(layer, attribute, given)
    return f"«{told}»" if told is not None and _language() == "uk" else told or pgettext("value of an attribute", "nothing")


def href(change: Change) -> str:
    """Return the path of the feature's page; of one that is gone, of the last moment when it was there."""
    path = reverse("publicmap:feature", args=[change.layer.id, change.id])
    if change.kind == "removed" and change.pair.since is not None:
        return f"{path}?asof={change.pair.since.astimezone(KYIV):%Y-%m-%dT%H:%M}"
    return path


def counts(found: Found) -> str:
    """Return how many features were added, changed and removed, in a sentence."""
    if not found.total:
        return _("Nothing differs.")
    two = any(pair.other for pair in found.pairs)
    return "; ".join(_count(kind, found.count(kind), two=two) for kind in KINDS if found.count(kind)).capitalize() + "."


def kind_title(kind: Kind, *, two: bool = False) -> str:
    """Return what happened to a feature, for a heading. two: two layers are compared."""
    if two:
        return {"added": _("Only in the second layer"), "changed": _("Different"), "removed": _("Only in the first layer")}[kind]
    return {
        "added": pgettext("what happened to places", "Added"),
        "changed": pgettext("what happened to places", "Changed"),
        "removed": pgettext("what happened to places", "Removed"),
    }[kind]


def moment(at: datetime) -> str:
    """Return a moment with its day and the time in Kyiv."""
    return formats.date_format(at.astimezone(KYIV), "j E Y, H:i")


def _count(kind: Kind, number: int, *, two: bool) -> str:
    if two:
        told = {
            "added": ngettext("%(count)d place only in the second layer", "%(count)d places only in the second layer", number),
            "changed": ngettext("%(count)d place different", "%(count)d places different", number),
            "removed": ngettext("%(count)d place only in the first layer", "%(count)d places only in the first layer", number),
        }[kind]
    else:
        told = {
            "added": ngettext("%(count)d place added", "%(count)d places added", number),
            "changed": ngettext("%(count)d place changed", "%(count)d places changed", number),
            "removed": ngettext("%(count)d place removed", "%(count)d places removed", number),
        }[kind]
    return told % {"count": number}


def _category(change: Change) -> str:
    attribute = change.layer.definition.with_role(Role.category)
    codes = change.of(Role.category) or []
    if attribute is None:
        return ""
    terms = current.terms(change.layer, attribute.name)
    titles = [
        terms[code].title.in_language(_language()) for code in (codes if isinstance(codes, list) else [codes]) if code in terms
    ]
    return ", ".join(titles)


def _language() -> str:
    return "en" if (get_language() or "uk").startswith("en") else "uk"
