"""What a comparison's address asks for: which layers, between which moments, where; read with a notice for each fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from geoplatform.changes.difference import MOST_IN_TWO, Pair
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap.asof import AsOf, end_of, read_asof
from geoplatform.publicmap.hours import KYIV
from geoplatform.publicmap.parameters import Notice, Origin, shown
from geoplatform.publicmap.query import Query, parse

#: The comparison begins so many days ago when the reader says nothing.
DAYS = 30
#: Parameters of the map that mean nothing to a comparison; ways on foot are known of the present only, so distances are straight.
_NOT_ASKED = ("asof", "open", "sort", "place", "profile", "walk")


@dataclass(frozen=True)
class Comparison:
    """What is compared. query: layers and where; before, after: the moments (None for now); other: the second of two layers."""

    query: Query
    before: AsOf
    after: AsOf | None
    other: PublishedLayer | None
    layers: tuple[PublishedLayer, ...]

    def address(self, page: int = 1) -> str:
        """Return the query string that asks for this."""
        own = {
            "before": self.before.text,
            "after": self.after.text if self.after else "",
            "other": self.other.id if self.other else "",
        }
        more = urlencode({name: value for name, value in own.items() if value})
        kept = self.query.address(page=page)
        return f"{kept}&{more}" if kept else f"?{more}"

    @property
    def pairs(self) -> list[Pair]:
        """What is compared with what."""
        until = self.after.at if self.after else None
        if self.other:
            return [Pair(layer, until=until, other=self.other) for layer in self.layers[:1]]
        return [Pair(layer, since=self.before.at, until=until) for layer in self.layers]


def read(given: QueryDict, available: Sequence[PublishedLayer], origin: Origin | None) -> tuple[Comparison, list[Notice]]:
    """Read what is to be compared. origin: what the typed address was found to be."""
    now = datetime.now(UTC)
    kept = given.copy()
    for name in _NOT_ASKED:
        kept.pop(name, None)
    query, notices = parse(kept, list(available), now=now, origin=origin)
    before = read_asof(given.getlist("before"), now, notices, _("From the date"))
    after = read_asof(given.getlist("after"), now, notices, _("To the date"))
    before = before or AsOf(end_of((now - timedelta(days=DAYS)).astimezone(KYIV).date()), whole_day=True)
    if after and after.at < before.at:
        before, after = after, before
    if after and after.at == before.at:
        notices.append(Notice("warning", _("Both moments are the same, so nothing can differ.")))
    layers = tuple(layer for layer in available if layer.id in query.layers)
    other = _other(given.getlist("other"), available, layers, notices)
    keeps_none = [layer for layer in layers if not layer.has_states]
    if keeps_none and not other:
        notices.append(Notice("warning", _("Layers that show numbers instead of places keep no past and are not compared.")))
    return Comparison(query, before, after, other, layers), notices


def _other(
    values: Sequence[str], available: Sequence[PublishedLayer], layers: Sequence[PublishedLayer], notices: list[Notice]
) -> PublishedLayer | None:
    text = next((value for value in reversed(values) if value), "")
    if not text:
        return None
    other = next((layer for layer in available if layer.id == text), None)
    if other is None:
        notices.append(
            Notice("warning", _("There is no layer “%(layer)s”, or it is no longer published.") % {"layer": shown(text)})
        )
        return None
    if len(layers) != 1 or layers[0].id == other.id:
        notices.append(Notice("warning", _("To compare two layers, choose one layer and another one to compare it with.")))
        return None
    if max(layers[0].feature_count, other.feature_count) > MOST_IN_TWO:
        notices.append(Notice("warning", _("One of the layers is too large to be compared place by place.")))
        return None
    return other
