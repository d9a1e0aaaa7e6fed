"""The state of a facility as a line of the list and as a part of the card."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template

from geoplatform.facilities import wording
from geoplatform.facilities.statements import Ref, Told

register = template.Library()


@register.inclusion_tag("facilities/state_line.html")
def state_line(told: dict[Ref, Told] | None, layer: str, feature: str) -> dict[str, Any]:
    """Show the state of the place in one line; nothing for what is no critical facility. told: by layer and id."""
    found = (told or {}).get((layer, feature))
    return {"words": wording.words(found, datetime.now(UTC)) if found else None}


@register.inclusion_tag("facilities/card_state.html")
def card_state(told: Told | None, level: int) -> dict[str, Any]:
    """Show the state in full on a place's card, below a heading of `level`; nothing for what is no critical facility."""
    return {"told": told, "level": level, "words": wording.words(told, datetime.now(UTC)) if told else None}
