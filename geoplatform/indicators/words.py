"""What the figures say in words, in the reader's language, and numbers as people write them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from geoplatform.indicators import wording
from geoplatform.indicators.definition import Indicator
from geoplatform.indicators.figures import Figures, Row
from geoplatform.layers import faults

#: So many areas are named in a sentence.
_NAMED = 5


def language() -> str:
    """Return `uk` or `en`."""
    return "en" if (get_language() or "uk").startswith("en") else "uk"


def number(value: float, decimals: int) -> str:
    """Return a number with its thousands apart and the language's decimal sign."""
    text = f"{value:,.{decimals}f}"
    if text.lstrip("-").strip("0.,") == "":
        text = text.lstrip("-")
    if language() == "uk":
        text = text.replace(",", "\u00a0").replace(".", ",")
    return text.replace("-", "−")


def with_unit(value: float, indicator: Indicator) -> str:
    """Return a value with its unit."""
    unit = indicator.unit.in_language(language())
    return f"{number(value, indicator.decimals)}\u00a0{unit}"


def change(row: Row, indicator: Indicator) -> str:
    """Return how a value has changed: "+3,2" and, for counts and amounts, the part of the earlier value."""
    if row.change is None:
        return ""
    sign = "+" if row.change > 0 else ""
    told = sign + number(row.change, indicator.decimals)
    if indicator.by_symbol and row.before:
        told += f" ({sign}{number(100 * row.change / abs(row.before), 1)} %)"
    return told


def summary(figures: Figures, indicator: Indicator) -> list[str]:
    """Return sentences on the highest, the lowest, the middle, what has changed, and what is missing."""
    known = figures.known
    if not known:
        return [_("There are no values for %(year)s.") % {"year": figures.year}]
    told = [
        ngettext(
            "%(year)s: values for %(count)d area of %(all)d.", "%(year)s: values for %(count)d areas of %(all)d.", len(known)
        )
        % {"year": figures.year, "count": len(known), "all": len(figures.rows)}
    ]
    high = [row for row in known if row.value == known[0].value]
    low = [row for row in known if row.value == known[-1].value]
    if len(high) == len(known):
        told.append(_("All have the same value: %(value)s.") % {"value": with_unit(known[0].value, indicator)})
    else:
        told.append(
            _("The highest: %(names)s, %(value)s.") % {"names": names(high), "value": with_unit(known[0].value, indicator)}
        )
        told.append(
            _("The lowest: %(names)s, %(value)s.") % {"names": names(low), "value": with_unit(known[-1].value, indicator)}
        )
        told.append(
            _("Half of the areas have %(value)s or less (the median).") % {"value": with_unit(figures.middle or 0.0, indicator)}
        )
    told += _changes(figures, indicator)
    if figures.missing:
        told.append(
            ngettext("There is no value for %(count)d area: %(names)s.", "There are no values for %(count)d areas: %(names)s.",
                     len(figures.missing)) % {"count": len(figures.missing), "names": names(figures.missing)}
        )  # fmt: skip
    return told


def _changes(figures: Figures, indicator: Indicator) -> list[str]:
    moved = [row for row in figures.rows if row.change is not None]
    if not moved:
        return []
    up, down = sum(row.change > 0 for row in moved), sum(row.change < 0 for row in moved)
    told = [
        _("Compared with %(before)s it rose in %(up)d areas, fell in %(down)d and stayed in %(same)d.")
        % {"before": figures.before, "up": up, "down": down, "same": len(moved) - up - down}
    ]
    most, least = max(moved, key=lambda r: r.change), min(moved, key=lambda r: r.change)
    if most.change > 0:
        told.append(_("It rose most in: %(name)s, %(change)s.") % {"name": name(most), "change": change(most, indicator)})
    if least.change < 0:
        told.append(_("It fell most in: %(name)s, %(change)s.") % {"name": name(least), "change": change(least, indicator)})
    return told


def name(row: Row) -> str:
    """Return the name of the row's area."""
    return row.area.in_language(language())


def names(rows: Sequence[Row]) -> str:
    """Return some names and how many others there are."""
    return listed([name(row) for row in rows])


def listed(found: Sequence[str]) -> str:
    """Return the first names and how many others there are."""
    more = len(found) - _NAMED
    text = ", ".join(found[:_NAMED])
    return text if more <= 0 else ngettext("%(names)s and %(more)d other", "%(names)s and %(more)d others", more) % {
        "names": text, "more": more,
    }  # fmt: skip


def method(figures: Figures) -> str:
    """Return how the values are classed and why."""
    about = {
        "quantiles": _("Quantiles: each class has about as many areas as any other."),
        "natural": _("Natural breaks: values that lie close together are in one class, the bounds lie in the gaps."),
        "equal": _("Equal steps: each class is as wide as any other."),
    }[figures.method]
    if figures.chosen:
        return about
    why = {
        "few": _("Chosen by itself, since there are few different values."),
        "skewed": _("Chosen by itself, since a few areas have much higher or lower values than the others."),
        "even": _("Chosen by itself, since the values are spread evenly."),
        "mixed": _("Chosen by itself, since the values crowd in places without a long tail."),
    }[figures.reason]
    return f"{about} {why}"


def methods() -> list[tuple[str, str]]:
    """Return the methods for a form."""
    return [
        ("", pgettext("method", "by itself")),
        ("quantiles", _("quantiles")),
        ("natural", _("natural breaks")),
        ("equal", _("equal steps")),
    ]


def kind(indicator: Indicator) -> str:
    """Return how the indicator is drawn and why."""
    if indicator.by_symbol:
        return _(
            "The larger the circle, the larger the value: its surface is in proportion to it. A number that grows with the size"
            " of an area is not shown by filling the area."
        )
    return _("The darker or lighter the area and the greater the number on it, the higher the class.")


def trouble(code: str, facts: dict[str, str]) -> str:
    """Return why a row or a table can't be taken."""
    return _(wording.REASONS[code]) % facts


def source_fault(error: Exception, file: str) -> str:
    """Return why a file can't be read."""
    return faults.in_language(" ".join(str(error).replace(f"data://{file}", file).split()), language())
