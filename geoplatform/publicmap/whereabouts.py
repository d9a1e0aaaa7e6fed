"""Where a card's place lies, in words: how far and by which way of measuring, in which district, beside what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geoplatform.layers.published import PublishedLayer
from geoplatform.portal.sentences import one_stop
from geoplatform.publicmap import answer, foot_words, onfoot, relations, summary
from geoplatform.publicmap.card import Card
from geoplatform.publicmap.conditions import Conditions


def of(asked: Conditions, available: Sequence[PublishedLayer], card: Card) -> str:
    """Return where the card's place lies and how the distance to it was measured, as `asked` measures; "" for what lies nowhere.

    A place that the query itself does not find, like one out of reach, is measured on its own.
    """
    item = answer.one(asked, card.layer, card.id)
    if item is None or item.point is None:
        return ""
    walks = asked.walks
    if asked.query.walk and asked.query.near and (walks is None or (walks.reach and item.walked is None)):
        walks = onfoot.walk_to(asked, card.layer, card.id)
        item = answer.one(replace(asked, walks=walks), card.layer, card.id) or item
    spot = relations.Spot(item.layer.id, item.id, *item.point, item.is_demo)  # type: ignore[misc] - it has a point, as before
    around = relations.of(asked.conn, [spot], available)[0]
    told = [summary.away(item, asked.query.near, walks), *summary.relation(around, card.address or "")]
    measured = foot_words.measured_to(item, asked.query, walks)
    where = "; ".join(filter(None, told))
    return one_stop(f"{where}. {measured}") if measured else where
