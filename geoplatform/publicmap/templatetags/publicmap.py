"""Opening hours as the card shows them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import gettext as _

from geoplatform.publicmap import hours as reading
from geoplatform.publicmap import until
from geoplatform.publicmap.card import Card

register = template.Library()


@register.inclusion_tag("publicmap/hours.html")
def hours(card: Card) -> dict[str, Any]:
    """Show whether the place is open now and its hours for the coming week, or what the source says when that can't be read."""
    evaluated = card.hours
    return {
        "hours": evaluated,
        "hours_text": card.hours_text,
        "change": until.change(evaluated, evaluated.week[0].date) if evaluated else "",
        "week": [{"name": formats.date_format(day.date, "l, j E"), "text": _day(day)} for day in evaluated.week]
        if evaluated
        else [],
    }


def _day(day: reading.Day) -> str:
    if day.whole_day:
        return _("round the clock")
    if not day.spans:
        return _("closed")
    return ", ".join(_span(span) for span in day.spans)


def _span(span: reading.Span) -> str:
    text = f"{span.since:%H:%M}–{_end(span)}"
    if not span.certain:
        text += f" ({span.comment or _('not certain')})"
    elif span.comment:
        text += f" ({span.comment})"
    return text


def _end(span: reading.Span) -> str:
    end = f"{span.until:%H:%M}"
    return "24:00" if end == "00:00" else end
