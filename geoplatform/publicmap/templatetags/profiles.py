"""How a place fits the reader's profile, as a line of the list and as a part of the card."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from geoplatform.publicmap.profiles import Fit

register = template.Library()

#: Sentences on a line of the list; the card has all of them.
_IN_LIST = 3


@register.inclusion_tag("publicmap/profiles/line.html")
def fit_line(fits: dict[tuple[str, str], Fit] | None, layer: str, feature: str) -> dict[str, Any]:
    """Show what matters most of how the place fits; nothing when no profile is chosen. fits: by layer and id."""
    fit = (fits or {}).get((layer, feature))
    if fit is None:
        return {"fit": None}
    unknown = [sentence for sentence in fit.unknowns if sentence.serious]
    told = [*fit.shortcomings, *unknown][:_IN_LIST]
    return {"fit": fit, "told": told, "more": len(fit.shortcomings) + len(fit.unknowns) - len(told)}


@register.inclusion_tag("publicmap/profiles/card.html", takes_context=True)
def card_fit(context: Context, on_map: bool) -> dict[str, Any]:
    """Show on a place's card how it fits the chosen profile, with the choice of another one."""
    names = ("fit", "fit_choices", "permalink", "past")
    return {name: context.get(name) for name in names} | {"level": 3 if on_map else 2}
