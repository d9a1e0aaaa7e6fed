"""The state of a facility as a line of the list and as a part of the card."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from geoplatform.facilities import schema_org, wording
from geoplatform.facilities.entrances import Entrance
from geoplatform.facilities.statements import Ref, Told
from geoplatform.layers.definition import Text
from geoplatform.portal import facts
from geoplatform.publicmap.card import Card

register = template.Library()

#: What could end the block of data, as JSON's own escapes.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.inclusion_tag("facilities/state_line.html")
def state_line(told: dict[Ref, Told] | None, layer: str, feature: str) -> dict[str, Any]:
    """Show the state of the place in one line; nothing for what is no critical facility. told: by layer and id."""
    found = (told or {}).get((layer, feature))
    return {"words": wording.words(found, found.at or datetime.now(UTC)) if found else None}


@register.inclusion_tag("facilities/card_state.html")
def card_state(told: Told | None, level: int) -> dict[str, Any]:
    """Show the state in full on a place's card, below a heading of `level`; nothing for what is no critical facility."""
    return {"told": told, "level": level, "words": wording.words(told, told.at or datetime.now(UTC)) if told else None}


@register.simple_tag
def json_ld(card: Card, url: str) -> SafeString:
    """Tell machines of the place as schema.org. A block of data is no script, so the policy on inline scripts lets it be."""
    community = facts.municipality().short_name.in_language(get_language() or "uk")
    found = schema_org.document(card, url, community, datetime.now(UTC))
    if found is None:
        return mark_safe("")
    text = json.dumps(found, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


@register.inclusion_tag("facilities/card_entrances.html")
def card_entrances(entrances: list[tuple[Entrance, Text]], level: int) -> dict[str, Any]:
    """Show a shelter's entrances, each with its kind's title, below a heading of `level`; nothing when none are known."""
    return {"entrances": entrances, "level": level}
