"""Links to the nearest places of a kind that are open now, as lists and cards offer them: the one query, asked in another way."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.urls import reverse

from geoplatform.layers.definition import Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import parameters
from geoplatform.publicmap.card import Card
from geoplatform.publicmap.query import Query


def open_ones(query: Query, layer: PublishedLayer) -> str:
    """Return the address of what the query finds in `layer` and is open now, nearest first.

    "" where that is asked already, hours are not told, or the past is looked at.
    """
    if query.open or query.asof or layer.definition.with_role(Role.opening_hours) is None:
        return ""
    now = parameters.Moment(datetime.now(UTC), now=True)
    only = query.address(layers=(layer.id,), chosen=True, open=now, sort="", page=1, place=None)
    return f"{reverse('publicmap:map')}{only}&sort=distance"


def like(card: Card) -> str:
    """Return the address of the places of the card's kind, nearest to it first, open now where hours are told; "" for an area."""
    if card.point is None or card.layer.definition.geometry not in ("point", "multipoint"):
        return ""
    kind = [("category", code) for code in card.codes] or [("layer", card.layer.id)]
    now = [("open", "now")] if card.has_hours else []
    near = [("near", parameters.degrees(*card.point)), ("sort", "distance")]
    return f"{reverse('publicmap:map')}?{urlencode([*kind, *now, *near])}"
