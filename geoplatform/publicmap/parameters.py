"""The single parameters of the map's address, each read with a notice in the reader's language for what can't be followed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import accessibility, areas, current, hours, profiles

MAX_PAGE = 2000
MAX_WORDS = 8
MAX_WORDS_LENGTH = 200
MAX_CHOSEN = 200
#: Metres: what a walk or a ride within the community may be.
MAX_WITHIN = 50_000
#: Metres on foot: the most, and what is meant when nothing is said.
MAX_WALK, USUAL_WALK = 5_000, 2_000
#: "Open at" is answered for times no further from now; holidays are known for these.
MAX_YEARS = 5

#: Everything people type for the Ukrainian apostrophe, and what is stored for it.
APOSTROPHES = "'’‘`´′ʼ"
APOSTROPHE = "ʼ"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\Z", re.ASCII)
_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,15})?\Z", re.ASCII)

Bounds = tuple[float, float, float, float]
Level = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Notice:
    """Something in the address that could not be followed, told in the reader's language.

    level: `error` makes the answer a 400, `warning` does not, `note` tells how the address was understood.
    """

    level: Level
    message: str


@dataclass(frozen=True)
class Moment:
    """When places should be open: a whole minute in Kyiv's time. `now`: the reader means the present, whenever that is."""

    at: datetime
    now: bool = False


@dataclass(frozen=True)
class Origin:
    """From where the reader measures, in degrees (WGS 84).

    text: the address that was typed, "" for a bare position. private: it came from the reader's device and must not get into
    an address, a log or an answer.
    """

    lon: float
    lat: float
    text: str = ""
    private: bool = False


def normalise(text: str) -> str:
    """Return `text` in the form that is compared: NFC, one apostrophe, no stress marks, single spaces."""
    text = unicodedata.normalize("NFC", text).replace("\u0301", "").replace("\u00ad", "")
    for mark in APOSTROPHES:
        text = text.replace(mark, APOSTROPHE)
    return " ".join(text.split())


def words(values: Sequence[str], notices: list[Notice]) -> tuple[str, ...]:
    """Read the words to search for: normalised, each once, at most MAX_WORDS."""
    text = " ".join(values)
    if len(text) > MAX_WORDS_LENGTH:
        notices.append(
            Notice(
                "error",
                ngettext(
                    "The search is too long: at most %(count)d character is read.",
                    "The search is too long: at most %(count)d characters are read.",
                    MAX_WORDS_LENGTH,
                )
                % {"count": MAX_WORDS_LENGTH},
            )
        )
        text = text[:MAX_WORDS_LENGTH]
    if _CONTROL.search(text.replace("\t", " ").replace("\n", " ").replace("\r", " ")):
        notices.append(Notice("error", _("The search holds characters that no text has; they were left out.")))
    found = normalise(_CONTROL.sub(" ", text)).split(" ")
    found = [word for word in dict.fromkeys(found) if word]
    if len(found) > MAX_WORDS:
        notices.append(
            Notice(
                "warning",
                ngettext(
                    "Only the first %(count)d word was searched for.",
                    "Only the first %(count)d words were searched for.",
                    MAX_WORDS,
                )
                % {"count": MAX_WORDS},
            )
        )
    return tuple(found[:MAX_WORDS])


def layers(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, ...]:
    """Read the layers to show, in the order of `available`."""
    if len(values) > MAX_CHOSEN:
        notices.append(Notice("error", _("The address names too many layers.")))
        values = values[:MAX_CHOSEN]
    known = [layer.id for layer in available]
    wanted = set(values)
    for lost in sorted(wanted - set(known))[:5]:
        notices.append(_no_layer(lost))
    return tuple(layer for layer in known if layer in wanted)


def categories(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, ...]:
    """Read the codes of categories, each once."""
    known = {code for layer in available for code in current.categories(layer)}
    codes = [code for code in dict.fromkeys(values[:MAX_CHOSEN]) if code]
    for lost in [code for code in codes if code not in known][:5]:
        level: Level = "warning" if _CODE.match(lost) else "error"
        notices.append(Notice(level, _("There is no category “%(category)s”.") % {"category": shown(lost)}))
    return tuple(code for code in codes if code in known)


def accessible(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, ...]:
    """Read the codes of accessibility features that a place must have, each once, in the vocabulary's order."""
    known = accessibility.terms(available)
    codes = [code for code in dict.fromkeys(values[:MAX_CHOSEN]) if code]
    for lost in [code for code in codes if code not in known][:5]:
        level: Level = "warning" if _CODE.match(lost) else "error"
        notices.append(Notice(level, _("There is no accessibility feature “%(feature)s”.") % {"feature": shown(lost)}))
    return tuple(code for code in known if code in codes)


def moment(values: Sequence[str], now: datetime, notices: list[Notice]) -> Moment | None:
    """Read when places should be open: `now`, or a local time like 2026-11-23T10:00; a time wins over `now`.

    A time that the clocks leave out in spring is taken an hour later, one that comes twice in autumn is the first.
    """
    here = now.astimezone(hours.KYIV).replace(second=0, microsecond=0)
    given = [value for value in values if value]
    text = next((value for value in reversed(given) if value != "now"), given[-1] if given else "")
    if not text:
        return None
    if text == "now":
        return Moment(here, now=True)
    try:
        if not _TIME.match(text):
            raise ValueError(text)
        at = datetime.fromisoformat(text).replace(tzinfo=hours.KYIV).astimezone(UTC).astimezone(hours.KYIV)
    except (ValueError, OverflowError):
        notices.append(
            Notice(
                "error",
                _("“%(time)s” is no time: write it like 2026-03-14T10:30. Opening hours were not looked at.")
                % {"time": shown(text)},
            )
        )
        return None
    if abs(at - here) > timedelta(days=366 * MAX_YEARS):
        notices.append(
            Notice("error", _("Opening hours are not known for a time so far away: %(time)s.") % {"time": shown(text)})
        )
        return None
    return Moment(at)


def area(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, str] | None:
    """Read the area: layer and id of the published feature that places must lie in. Whether it exists the database tells."""
    if not values or values[-1] == "":
        return None
    layer, _colon, feature = values[-1].partition(":")
    if not feature or _CONTROL.search(feature) or len(feature) > 500:
        notices.append(Notice("error", _("The address of the area is damaged; places everywhere are shown.")))
        return None
    known = next((known for known in available if known.id == layer), None)
    if known is None:
        notices.append(_no_layer(layer))
        return None
    if not areas.usable(known):
        notices.append(Notice("error", _("Features of the layer “%(layer)s” are no areas.") % {"layer": shown(layer)}))
        return None
    return layer, feature


def bbox(values: Sequence[str], notices: list[Notice]) -> Bounds | None:
    """Read the rectangle west,south,east,north in degrees."""
    if not values or values[-1] == "":
        return None
    numbers = _degrees(values[-1], 4)
    if numbers is not None:
        west, south, east, north = numbers
        if -180 <= west < east <= 180 and -90 <= south < north <= 90:
            return west, south, east, north
    notices.append(
        Notice("error", _("“%(bbox)s” is no rectangle: west, south, east and north in degrees.") % {"bbox": shown(values[-1])})
    )
    return None


def near(values: Sequence[str], notices: list[Notice]) -> Origin | None:
    """Read the position lon,lat in degrees; it is kept to five decimals (a metre)."""
    if not values or values[-1] == "":
        return None
    position = point(values[-1])
    if position is None:
        notices.append(
            Notice(
                "error", _("“%(position)s” is no position: longitude and latitude in degrees.") % {"position": shown(values[-1])}
            )
        )
        return None
    return Origin(*position)


def point(text: str) -> tuple[float, float] | None:
    """Return the longitude and latitude that `text` (lon,lat) names, None when it names none on the globe."""
    numbers = _degrees(text, 2)
    if numbers is None or not (-180 <= numbers[0] <= 180 and -89.9 <= numbers[1] <= 89.9):
        return None
    return numbers[0], numbers[1]


def within(values: Sequence[str], origin: Origin | None, notices: list[Notice]) -> int | None:
    """Read the radius in metres about `origin`; without one it means nothing, which is told."""
    if not values or values[-1] == "":
        return None
    text = values[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_WITHIN):
        notices.append(
            Notice(
                "error",
                _("“%(within)s” is no distance: whole metres from 1 to %(most)d.") % {"within": shown(text), "most": MAX_WITHIN},
            )
        )
        return None
    if origin is None:
        notices.append(Notice("warning", _("To search by distance, say from where: type an address or press “From where I am”.")))
        return None
    return int(text)


def on_foot(values: Sequence[str], metres: int | None, origin: Origin | None, notices: list[Notice]) -> tuple[bool, int | None]:
    """Read whether distances are those on foot; return that and the limit in metres, which a walk always has."""
    if not values or values[-1] == "":
        return False, metres
    if values[-1] != "1":
        notices.append(Notice("error", _("“%(walk)s” is no way to measure: it is 1 for on foot.") % {"walk": shown(values[-1])}))
        return False, metres
    if origin is None:
        if metres is None:
            told = _("To measure on foot, say from where: type an address or press “From where I am”.")
            notices.append(Notice("warning", told))
        return False, metres
    if metres is not None and metres > MAX_WALK:
        notices.append(
            Notice("warning", _("Ways on foot are looked for up to %(most)d kilometres.") % {"most": MAX_WALK // 1000})
        )
    return True, min(metres or USUAL_WALK, MAX_WALK)


def sort(values: Sequence[str], orders: Sequence[str], origin: Origin | None, notices: list[Notice], *, profile: str = "") -> str:
    """Read the order of the list, one of `orders`; "" is the one that suits the query."""
    if not values or values[-1] == "":
        return ""
    if values[-1] not in orders:
        notices.append(Notice("error", _("There is no order “%(order)s” for the list.") % {"order": shown(values[-1])}))
        return ""
    if values[-1] == "distance" and origin is None:
        told = _("To see the nearest first, say from where: type an address or press “From where I am”.")
        notices.append(Notice("warning", told))
        return ""
    if values[-1] == "fit" and not profile:
        notices.append(Notice("warning", _("To see first what fits you best, choose your needs.")))
        return ""
    return values[-1]


def profile(values: Sequence[str], notices: list[Notice]) -> str:
    """Read the id of the profile whose needs places are compared with; "" for none."""
    if not values or values[-1] == "":
        return ""
    if profiles.find(values[-1]) is None:
        level: Level = "warning" if _CODE.match(values[-1]) else "error"
        notices.append(Notice(level, _("There is no needs profile “%(profile)s”.") % {"profile": shown(values[-1])}))
        return ""
    return values[-1]


def page(values: Sequence[str], notices: list[Notice]) -> int:
    """Read the page's number, from 1."""
    if not values or values[-1] == "":
        return 1
    text = values[-1]
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    notices.append(Notice("error", _("“%(page)s” is not a page number; the first page is shown.") % {"page": shown(text)}))
    return 1


def place(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, str] | None:
    """Read layer and id of the place whose card is open."""
    if not values or values[-1] == "":
        return None
    layer, _colon, feature = values[-1].partition(":")
    if not feature or _CONTROL.search(feature) or len(feature) > 500:
        notices.append(Notice("error", _("The address of the place is damaged.")))
        return None
    if layer not in {known.id for known in available}:
        notices.append(_no_layer(layer))
        return None
    return layer, feature


def shown(text: str) -> str:
    """Return `text` fit to be quoted in a message: without control characters, and short."""
    clean = _CONTROL.sub("", text)
    return clean if len(clean) <= 40 else clean[:40] + "…"


def degrees(*numbers: float) -> str:
    """Return degrees as an address holds them, to five decimals."""
    return ",".join(f"{number:.5f}".rstrip("0").rstrip(".") for number in numbers)


def _degrees(text: str, count: int) -> list[float] | None:
    parts = text.split(",")
    if len(text) > 100 or len(parts) != count or not all(_DEGREES.match(part.strip()) for part in parts):
        return None
    return [round(float(part), 5) + 0.0 for part in parts]


def _no_layer(layer: str) -> Notice:
    return Notice("warning", _("There is no layer “%(layer)s”, or it is no longer published.") % {"layer": shown(layer)})
