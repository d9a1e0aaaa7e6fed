"""The one query of the public map: read from an address, written back to one. Map, list and summary all follow it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current

PAGE_SIZE = 25
MAX_PAGE = 2000
MAX_WORDS = 8
MAX_WORDS_LENGTH = 200
MAX_CHOSEN = 200

#: Everything people type for the Ukrainian apostrophe, and what is stored for it.
APOSTROPHES = "'’‘`´′ʼ"
APOSTROPHE = "ʼ"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")


@dataclass(frozen=True)
class Notice:
    """Something in the address that could not be followed, told in the reader's language.

    level: `error` makes the answer a 400, `warning` does not.
    """

    level: Literal["error", "warning"]
    message: str


@dataclass(frozen=True)
class Query:
    """What the reader asked for.

    layers: ids of the layers to show; chosen: the reader chose them (else they are the sensible default).
    words: each of them must occur in a feature's name, address or category.
    categories: codes of categories; a feature needs one of them or of the terms below them.
    page: which page of the list, from 1. place: layer and id of the feature whose card is open.
    """

    layers: tuple[str, ...] = ()
    chosen: bool = False
    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    page: int = 1
    place: tuple[str, str] | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything but the choice of layers narrows the result."""
        return bool(self.words or self.categories)

    def address(self, **changes: object) -> str:
        """Return the query string of this query with `changes`, starting with "?" unless it is empty."""
        return address(replace(self, **changes))  # type: ignore[arg-type]


def address(query: Query) -> str:
    """Return the query string that `parse` reads back as `query`; parameters in a fixed order, defaults left out."""
    pairs: list[tuple[str, str]] = []
    if query.chosen:
        pairs += [("layer", layer) for layer in query.layers] or [("chosen", "1")]
    if query.words:
        pairs.append(("q", " ".join(query.words)))
    pairs += [("category", code) for code in query.categories]
    if query.page > 1:
        pairs.append(("page", str(query.page)))
    if query.place:
        pairs.append(("place", ":".join(query.place)))
    return "?" + urlencode(pairs) if pairs else ""


def parse(parameters: QueryDict | Mapping[str, Sequence[str]], available: list[PublishedLayer]) -> tuple[Query, list[Notice]]:
    """Read the state of the map from the parameters of an address.

    What can't be followed is left out and told in a notice: damaged values as errors, values that are merely unknown
    (a layer that is no longer published) as warnings. Parameters that mean nothing to the map are ignored.
    """
    notices: list[Notice] = []
    values = (
        (lambda name: parameters.getlist(name)) if isinstance(parameters, QueryDict) else (lambda name: parameters.get(name, ()))
    )
    words = _words(values("q"), notices)
    asked = _asked_layers(values("layer"), available, notices)
    chosen = bool(values("layer") or values("chosen"))
    layers = asked if chosen else default_layers(available, searching=bool(words))
    query = Query(
        layers=layers,
        chosen=chosen,
        words=words,
        categories=_categories(values("category"), available, notices),
        page=_page(values("page"), notices),
        place=_place(values("place"), available, notices),
    )
    return query, notices


def default_layers(available: list[PublishedLayer], *, searching: bool = False) -> tuple[str, ...]:
    """Return the layers that are shown when the reader has chosen none.

    A search looks everywhere. Otherwise the facilities that serve vulnerable people come first, for they are what the map is for;
    where there are none, every layer of places.
    """
    with_data = [layer for layer in available if layer.feature_count]
    if searching:
        return tuple(layer.id for layer in with_data)
    places = [layer for layer in with_data if layer.definition.geometry in ("point", "multipoint")]
    critical = [layer for layer in places if layer.definition.critical]
    return tuple(layer.id for layer in critical or places)


def normalise(text: str) -> str:
    """Return `text` in the form that is compared: NFC, one apostrophe, no stress marks, single spaces."""
    text = unicodedata.normalize("NFC", text).replace("\u0301", "").replace("\u00ad", "")
    for mark in APOSTROPHES:
        text = text.replace(mark, APOSTROPHE)
    return " ".join(text.split())


def _words(values: Sequence[str], notices: list[Notice]) -> tuple[str, ...]:
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
    words = normalise(_CONTROL.sub(" ", text)).split(" ")
    words = [word for word in dict.fromkeys(words) if word]
    if len(words) > MAX_WORDS:
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
    return tuple(words[:MAX_WORDS])


def _asked_layers(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, ...]:
    if len(values) > MAX_CHOSEN:
        notices.append(Notice("error", _("The address names too many layers.")))
        values = values[:MAX_CHOSEN]
    known = [layer.id for layer in available]
    wanted = set(values)
    for lost in sorted(wanted - set(known))[:5]:
        notices.append(
            Notice("warning", _("There is no layer “%(layer)s”, or it is no longer published.") % {"layer": _shown(lost)})
        )
    return tuple(layer for layer in known if layer in wanted)


def _categories(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, ...]:
    known = {code for layer in available for code in current.categories(layer)}
    codes = [code for code in dict.fromkeys(values[:MAX_CHOSEN]) if code]
    for lost in [code for code in codes if code not in known][:5]:
        level: Literal["error", "warning"] = "warning" if _CODE.match(lost) else "error"
        notices.append(Notice(level, _("There is no category “%(category)s”.") % {"category": _shown(lost)}))
    return tuple(code for code in codes if code in known)


def _page(values: Sequence[str], notices: list[Notice]) -> int:
    if not values or values[-1] == "":
        return 1
    text = values[-1]
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    notices.append(Notice("error", _("“%(page)s” is not a page number; the first page is shown.") % {"page": _shown(text)}))
    return 1


def _place(values: Sequence[str], available: list[PublishedLayer], notices: list[Notice]) -> tuple[str, str] | None:
    if not values or values[-1] == "":
        return None
    layer, _colon, feature = values[-1].partition(":")
    if not feature or _CONTROL.search(feature) or len(feature) > 500:
        notices.append(Notice("error", _("The address of the place is damaged.")))
        return None
    if layer not in {known.id for known in available}:
        notices.append(
            Notice("warning", _("There is no layer “%(layer)s”, or it is no longer published.") % {"layer": _shown(layer)})
        )
        return None
    return layer, feature


def _shown(text: str) -> str:
    """Return `text` fit to be quoted in a message: without control characters, and short."""
    clean = _CONTROL.sub("", text)
    return clean if len(clean) <= 40 else clean[:40] + "…"
