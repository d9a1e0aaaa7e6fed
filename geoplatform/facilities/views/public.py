"""The public list of critical facilities: what state each is in, what is not known, how old the news is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from psycopg import Connection

from geoplatform.facilities import board, critical, statements, wording
from geoplatform.facilities.critical import Facility
from geoplatform.portal.pages import render_page
from geoplatform.publicmap import current, presentation
from geoplatform.publicmap.card import full_address, nameless
from geoplatform.publicmap.views import reads_data

#: Facilities on one page of the list.
PAGE = 50


@reads_data
def facilities(request: HttpRequest, conn: Connection) -> HttpResponse:
    """Show the list, narrowed by `layer` and `state`; `page` counts from 1."""
    available = current.layers(conn)
    now = datetime.now(UTC)
    layers = critical.layers(available)
    layer = request.GET.get("layer", "")
    if layer not in {known.id for known in layers}:
        layer = ""
    listed = critical.facilities(conn, available, now, [layer] if layer else None)
    states = statements.layer_of(available)
    terms = statements.terms(states) if states else {}
    counts = Counter(facility.told.state or board.UNKNOWN for facility in listed)
    state = request.GET.get("state", "")
    if state not in counts:
        state = ""
    shown = [facility for facility in listed if not state or (facility.told.state or board.UNKNOWN) == state]
    pages = max(1, -(-len(shown) // PAGE))
    number = request.GET.get("page", "1")
    page = min(max(int(number), 1), pages) if number.isascii() and number.isdigit() and len(number) < 7 else 1
    language = get_language() or "uk"
    kept = {name: value for name, value in (("layer", layer), ("state", state)) if value}
    choices = [(code, term.title.in_language(language), counts[code]) for code, term in terms.items() if counts[code]]
    choices.append((board.UNKNOWN, _("not known"), counts[board.UNKNOWN]))
    context = {
        "rows": [_row(facility, now) for facility in shown[(page - 1) * PAGE : page * PAGE]],
        "summary": _summary(len(listed), choices),
        "layers": layers,
        "layer": layer,
        "state": state,
        "choices": choices,
        "pages": [(n, "?" + urlencode({**kept, "page": n})) for n in range(1, pages + 1)] if pages > 1 else [],
        "page": page,
        "demonstration": any(facility.is_demo for facility in shown),
        "empty": [known for known in layers if not known.feature_count and (not layer or known.id == layer)],
        "map_link": reverse("publicmap:map") + "?" + urlencode([("layer", known.id) for known in layers]),
        "states_there": states is not None,
        "sources": presentation.sources([known for known in layers if known.feature_count]),
    }
    return render_page(request, "facilities/list.html", context)


def _row(facility: Facility, now: datetime) -> dict[str, Any]:
    language = get_language() or "uk"
    category = critical.category_title(facility)
    name = (facility.name_en if language.startswith("en") else None) or facility.name or facility.name_en
    return {
        "facility": facility,
        "name": name or (category.in_language(language) if category else nameless(facility.layer, facility.id)),
        "category": category.in_language(language) if category else "",
        "address": full_address(facility.settlement, facility.address),
        "words": wording.words(facility.told, now),
        "href": reverse("publicmap:feature", args=[facility.layer.id, facility.id]),
    }


def _summary(total: int, choices: list[tuple[str, str, int]]) -> str:
    """Return how many facilities there are and how many are in each state."""
    sentence = ngettext("%(count)d facility.", "%(count)d facilities.", total) % {"count": total}
    parts = [f"{title} – {count}" for _code, title, count in choices if count]
    return f"{sentence} {_('State')}: {'; '.join(parts)}." if parts else sentence
