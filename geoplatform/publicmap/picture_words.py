"""What a picture of the ground shows, in words: how large, over what, how fine, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import formats
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geoplatform.places import words
from geoplatform.publicmap import summary

#: So many districts or settlements below a picture are named.
MOST_NAMED = 6


def day(when: date) -> str:
    """Return a date: «1 травня 2019 р.»."""
    return formats.date_format(when, "DATE_FORMAT")


def between(earlier: date, later: date) -> str:
    """Return the time between two dates in years and months, or what suits it: «4 роки, 1 місяць»."""
    return timesince(earlier, later, depth=2).replace("\xa0", " ")


def coverage(box: tuple[float, float, float, float], square_metres: float | None, names: Sequence[str]) -> str:
    """Return how large a picture is and over what it lies.

    box: west, south, east, north in degrees; square_metres: of ground that has a picture, None where that is not known;
    names: what lies below, as `pictures.below` returns it.
    """
    parts = [extent(box)]
    if square_metres is not None:
        parts.append(_("the picture itself covers %(area)s") % {"area": area(square_metres)})
    if names:
        parts.append(named(names))
    return "; ".join(parts)


def named(names: Sequence[str]) -> str:
    """Return the first names as a list; that there are more is said."""
    told = ", ".join(names[:MOST_NAMED])
    return _("%(names)s and others") % {"names": told} if len(names) > MOST_NAMED else told


def extent(box: tuple[float, float, float, float]) -> str:
    """Return a box's measures and where its middle is; box: west, south, east, north in degrees."""
    across, along, middle = summary.measures(box)
    language = get_language() or "uk"
    return _("%(across)s from west to east and %(along)s from north to south, the middle is %(at)s") % {
        "across": words.distance(across, language),
        "along": words.distance(along, language),
        "at": middle,
    }


def area(square_metres: float) -> str:
    """Return an area to two figures, in square kilometres or hectares."""
    large = square_metres >= 995_000
    number = _number(square_metres / (1_000_000 if large else 10_000))
    return (_("about %(number)s km²") if large else _("about %(number)s ha")) % {"number": number}


def resolution(metres: float) -> str:
    """Return how fine a picture is; metres: of a pixel on the ground."""
    if metres < 1:
        return _("a pixel is about %(number)s cm on the ground") % {"number": formats.number_format(round(metres * 100) or 1)}
    return _("a pixel is about %(number)s m on the ground") % {"number": _number(metres)}


def colours(coloured: bool) -> str:
    """Return what the colours of a picture mean."""
    if coloured:
        return _("The colours are those of the picture; where there is none, the map below is seen.")
    return _("Shades of grey from the least value (dark) to the greatest (light); where there is none, the map below is seen.")


def _number(value: float) -> str:
    """Return a number to two figures as the reader writes it: «0,6», «13», «1 200»."""
    rounded = float(f"{value:.2g}")
    return formats.number_format(rounded, decimal_pos=0 if rounded.is_integer() else 1, force_grouping=True)
