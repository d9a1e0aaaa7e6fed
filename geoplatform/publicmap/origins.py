"""From where the reader measures: an address that was typed, or the position of the device, which leaves no trace.

The device's position comes in a request header, so that it stands in no address and no log, is rounded before anything is done
with it, and is forgotten with the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from geoplatform.access import ANONYMOUS
from geoplatform.places import geocode
from geoplatform.places.geocode import Place
from geoplatform.publicmap import parameters, wishing
from geoplatform.publicmap.parameters import Notice, Origin

#: The header that the map's client sends the device's position in: lon,lat.
HEADER = "Geoplatform-Position"
#: Decimals of a degree that are kept of the device's position: about a hundred metres.
DECIMALS = 3
MAX_LENGTH = 200
MAX_OTHERS = 5


@dataclass(frozen=True)
class Asked:
    """What the reader said of where to measure from.

    origin: None when nothing was said or found. others: further places that the typed address may mean.
    """

    origin: Origin | None = None
    notices: list[Notice] = field(default_factory=list)
    others: list[Place] = field(default_factory=list)
    typed: str = ""


def find(request: HttpRequest) -> Asked:
    """Return from where the request measures; a typed address wins over the device's position.

    The address may stand among the words of a search: «найближча аптека біля вулиці Садової, 5». Raises psycopg.Error.

    It takes connections of its own: call it before holding one of the public role.
    """
    values = request.GET.getlist("from")
    text = parameters.normalise("".join(c if c.isprintable() else " " for c in values[-1])) if values else ""
    text = text or wishing.place(request.GET.getlist("q"))
    if text:
        return _typed(text)
    position = request.headers.get(HEADER)
    if not position:
        return Asked()
    point = parameters.point(position)
    if point is None:
        return Asked(notices=[Notice("error", _("The position that the browser sent is damaged."))])
    return Asked(Origin(round(point[0], DECIMALS), round(point[1], DECIMALS), private=True))


def link_to(place: Place, path: str, parameters_kept: list[tuple[str, str]]) -> str:
    """Return the address of the page at `path` that measures from `place`."""
    position = parameters.degrees(place.lon, place.lat)  # type: ignore[arg-type]
    return f"{path}?{urlencode([*parameters_kept, ('near', position)])}"


def _typed(text: str) -> Asked:
    if len(text) > MAX_LENGTH:
        return Asked(
            typed=text[:MAX_LENGTH], notices=[Notice("error", _("The address is too long; distances are not measured."))]
        )
    found = [place for place in geocode.geocode(text, ANONYMOUS, limit=MAX_OTHERS + 1) if place.lon is not None]
    if not found:
        message = _("No address “%(address)s” was found, so distances are not measured. Try a street or a settlement.")
        return Asked(typed=text, notices=[Notice("warning", message % {"address": parameters.shown(text)})])
    best, language = found[0], get_language() or "uk"
    notices = [Notice("warning", note.in_language(language)) for note in best.notes]
    origin = Origin(round(best.lon, 5), round(best.lat, 5), text)  # type: ignore[arg-type]
    return Asked(origin, notices, found[1:], text)
