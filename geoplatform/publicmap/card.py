"""A feature's card: every visible attribute in the reader's words, what is not known told as not known."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils import formats
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from geoplatform.facilities.entrances import Entrance
from geoplatform.facilities.statements import Told
from geoplatform.layers.definition import Attribute, Role, Text
from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current, hours

#: Attributes with these roles have a place of their own on the card.
PLACED = frozenset(
    {
        Role.name,
        Role.name_en,
        Role.category,
        Role.address,
        Role.settlement,
        Role.phone,
        Role.email,
        Role.website,
        Role.opening_hours,
        Role.accessibility,
        Role.state,
        Role.description,
        Role.source,
        Role.checked_on,
    }
)

_PHONE = re.compile(r"[+0-9][0-9 ()-]{1,30}")


@dataclass(frozen=True)
class Row:
    """A title with its value in words; `known` is False when the source does not say."""

    title: str
    value: str
    known: bool = True
    href: str | None = None


@dataclass(frozen=True)
class Link:
    """A telephone number, e-mail or web address; without `href` when it can't safely be a link."""

    text: str
    href: str | None


@dataclass(frozen=True)
class Card:
    """All that a feature's page and its card on the map show.

    point: longitude, latitude in degrees; bounds: west, south, east, north.
    hours: None when the source gives none or what can't be read; `hours_text` is what it gave.
    accessibility: one row for each such attribute of the layer, the unknown ones too.
    told: what is known of the state of a critical facility, None for any other place.
    codes: of its categories. entrances: of a shelter, each with the title of its kind.
    """

    layer: PublishedLayer
    id: str
    name: str
    other_name: str | None
    category: str | None
    state: Row | None
    address: str | None
    description: str | None
    phones: list[Link]
    emails: list[Link]
    website: Link | None
    has_hours: bool
    hours: hours.Hours | None
    hours_text: str | None
    accessibility: list[Row]
    others: list[Row]
    source: Link | None
    checked_on: str | None
    is_demo: bool
    point: tuple[float, float] | None
    bounds: tuple[float, float, float, float] | None
    freshness: current.Freshness
    told: Told | None = None
    codes: tuple[str, ...] = ()
    entrances: tuple[tuple[Entrance, Text], ...] = ()


def build(layer: PublishedLayer, values: dict[str, Any], now: datetime) -> Card:
    """Return the card of a feature from its columns (`answer.feature`), as of `now` (aware)."""
    definition = layer.definition

    def of(role: Role) -> Any:
        attribute = definition.with_role(role)
        return values.get(attribute.name) if attribute else None

    def said(role: Role) -> str | None:
        attribute = definition.with_role(role)
        return in_words(layer, attribute, values.get(attribute.name)) if attribute else None

    names = [str(value) for value in (of(Role.name), of(Role.name_en)) if value]
    if _english():
        names.reverse()
    state = definition.with_role(Role.state)
    syntax = of(Role.opening_hours)
    source_text, checked = said(Role.source), said(Role.checked_on)
    return Card(
        layer=layer,
        id=values["id"],
        name=names[0] if names else said(Role.category) or nameless(layer, values["id"]),
        other_name=names[1] if len(names) > 1 and names[0] != names[1] else None,
        category=said(Role.category),
        codes=tuple(_several(of(Role.category))),
        state=_row(layer, state, values) if state else None,
        address=full_address(of(Role.settlement), of(Role.address)),
        description=said(Role.description),
        phones=[_phone(number) for number in _several(of(Role.phone))],
        emails=[_email(address) for address in _several(of(Role.email))],
        website=_website(of(Role.website)),
        has_hours=definition.with_role(Role.opening_hours) is not None,
        hours=hours.read(str(syntax), now) if syntax else None,
        hours_text=str(syntax) if syntax else None,
        accessibility=[_row(layer, a, values) for a in definition.attributes if a.role is Role.accessibility],
        others=[
            _row(layer, a, values)
            for a in definition.attributes
            if a.role not in PLACED and values.get(a.name) not in (None, "", [])
        ],
        source=Link(source_text, _web_address(source_text)) if source_text else None,
        checked_on=checked,
        is_demo=values["is_demo"],
        point=(values["lon"], values["lat"]) if values.get("lon") is not None else None,
        bounds=tuple(values["bounds"]) if values.get("lon") is not None else None,  # type: ignore[arg-type]
        freshness=current.freshness(layer, now),
    )


def nameless(layer: PublishedLayer, feature_id: str) -> str:
    """Return what a feature without a name is called: its layer and id."""
    return f"{layer.definition.title.in_language(get_language() or 'uk')} · {feature_id}"


def full_address(settlement: Any, address: Any) -> str | None:
    """Join settlement and street address; the settlement is not said twice."""
    settlement, address = str(settlement or "").strip(), str(address or "").strip()
    if settlement and address and settlement.lower() not in address.lower():
        return f"{settlement}, {address}"
    return address or settlement or None


def in_words(layer: PublishedLayer, attribute: Attribute, value: Any) -> str | None:
    """Return a value as a person says it, in the reader's language; None when there is none."""
    if value is None or value == "" or value == []:
        return None
    if attribute.vocabulary:
        terms, language = current.terms(layer, attribute.name), get_language() or "uk"
        codes = value if isinstance(value, list) else [value]
        return ", ".join(terms[code].title.in_language(language) if code in terms else str(code) for code in codes)
    if isinstance(value, bool):
        return pgettext("value", "yes") if value else pgettext("value", "no")
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, datetime):
        return formats.date_format(value.astimezone(hours.KYIV), "DATETIME_FORMAT")
    if isinstance(value, date):
        return formats.date_format(value, "DATE_FORMAT")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        text = formats.number_format(
            value, use_l10n=True, force_grouping=attribute.role is not Role.code and abs(value) >= 10_000
        )
        return f"{text} {attribute.unit}" if attribute.unit else text
    return str(value)


def _row(layer: PublishedLayer, attribute: Attribute, values: dict[str, Any]) -> Row:
    value = values.get(attribute.name)
    words = in_words(layer, attribute, value)
    title = attribute.title.in_language(get_language() or "uk")
    if words is None or value == "unknown":
        return Row(title, _("not known"), known=False)
    return Row(title, words, href=_web_address(words) if isinstance(value, str) and not attribute.vocabulary else None)


def _several(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else re.split(r"[;\n]", str(value or ""))
    return [part.strip() for part in parts if part.strip()]


def _phone(number: str) -> Link:
    return Link(number, "tel:" + re.sub(r"[^+0-9]", "", number) if _PHONE.fullmatch(number) else None)


def _email(address: str) -> Link:
    safe = re.fullmatch(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}", address)
    return Link(address, f"mailto:{address}" if safe else None)


def _website(value: Any) -> Link | None:
    text = str(value or "").strip()
    if not text:
        return None
    if "://" not in text and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
        text = "https://" + text
    return Link(text.removeprefix("https://").removeprefix("http://").rstrip("/"), _web_address(text))


def _web_address(text: str) -> str | None:
    """Return `text` when it is an http(s) address and nothing else: no script may hide in a link."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s\"<>]", text) else None


def _english() -> bool:
    return (get_language() or "uk").startswith("en")
