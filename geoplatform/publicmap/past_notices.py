"""What a reader of the past must know: where the data begin, and which layers keep no past."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.layers.published import PublishedLayer
from geoplatform.portal.sentences import one_stop
from geoplatform.publicmap import hours, past
from geoplatform.publicmap.parameters import Notice
from geoplatform.publicmap.query import Query

#: Layers that a notice names.
_NAMED = 5


def notices_of_the_past(conn: Connection, available: Sequence[PublishedLayer], query: Query) -> list[Notice]:
    """Return the notices of a query that is asked as of a moment. `available`: the layers as they were then."""
    if query.asof is None:
        return []
    chosen = [layer for layer in available if layer.id in query.layers]
    notices = []
    without = [layer for layer in chosen if not layer.has_states]
    if without:
        message = _("These layers show how many places there are instead of the places, and keep no past: %(layers)s.")
        notices.append(Notice("warning", message % {"layers": _titles(without)}))
    empty = [layer for layer in chosen if layer.has_states and not layer.feature_count and past.as_today(layer).feature_count]
    begun = past.begun(conn) if empty else {}
    late = [layer for layer in empty if layer.id in begun and begun[layer.id] > query.asof.at]
    if late:
        first = min(begun[layer.id] for layer in late).astimezone(hours.KYIV)
        message = _("There are no data as old as that here: %(layers)s. The first are of %(date)s.")
        told = message % {"layers": _titles(late), "date": formats.date_format(first, "DATE_FORMAT")}
        notices.append(Notice("warning", one_stop(told)))
    return notices


def _titles(layers: Sequence[PublishedLayer]) -> str:
    language = get_language() or "uk"
    titles = [layer.definition.title.in_language(language) for layer in layers]
    return ", ".join(titles[:_NAMED]) + ("…" if len(titles) > _NAMED else "")
