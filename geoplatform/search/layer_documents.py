"""Documents of a layer: which attributes make title, other names, subtitle and body follows from the definition's roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote

from geoplatform.layers.definition import Attribute, Level, Role
from geoplatform.layers.published import PublishedDefinition, PublishedDocument
from geoplatform.layers.vocabulary import Term
from geoplatform.places import names
from geoplatform.search.document import Document, Words

#: The collection of the documents about layers themselves.
LAYERS = "layers"

#: Roles whose values are no running text: shown elsewhere, or of no use to be found by.
_NO_TEXT = frozenset({Role.phone, Role.email, Role.website, Role.opening_hours, Role.source, Role.checked_on, Role.accessibility})
_IMPORTANCE = {"settlement": 0.9, "district": 0.8, "hromada": 0.7, "raion": 0.7, "street": 0.6, "address": 0.1}


@dataclass(frozen=True)
class Form:
    """A layer as some levels see it alike. levels: neighbouring ones."""

    document: PublishedDocument
    levels: frozenset[Level]

    @property
    def definition(self) -> PublishedDefinition:
        """The definition as these levels see it."""
        return self.document.definition

    @property
    def level(self) -> Level:
        """A level whose view is read for all of them."""
        return min(self.levels, key=lambda level: level.rank)

    @property
    def public(self) -> bool:
        """Whether everybody sees the layer, so that it has pages on the public map."""
        return Level.public in self.levels

    @property
    def clustered(self) -> bool:
        """Whether these levels see numbers of features instead of features."""
        return self.definition.coarser is not None and self.definition.coarser.cluster

    @property
    def featureless(self) -> bool:
        """Whether the features have no documents: numbers stand for them, or other layers' features already do."""
        return self.clustered or self.definition.secondary

    @property
    def kind(self) -> str:
        """The kind of the features' documents."""
        if self.definition.gazetteer in ("street", "address", "settlement"):
            return self.definition.gazetteer
        return "facility" if self.definition.critical or self.definition.with_role(Role.opening_hours) else "feature"

    @cached_property
    def columns(self) -> list[str]:
        """The attributes whose values documents are made of."""
        return [attribute.name for attribute in self.definition.attributes if attribute.type != "json"]

    @cached_property
    def body_attributes(self) -> list[Attribute]:
        """Attributes whose values are told as running text."""
        used = {Role.name, Role.name_en, Role.old_name, Role.address, Role.category, Role.code, Role.settlement, Role.street}
        free = [a for a in self.definition.attributes if a.type == "text" and a.role not in used | _NO_TEXT]
        return sorted(free, key=lambda attribute: attribute.role is not Role.description)

    def terms(self, attribute: Attribute) -> Mapping[str, Term]:
        """Return the terms of the attribute's vocabulary by code."""
        vocabulary = self.document.vocabularies.get(attribute.vocabulary or "")
        return {term.code: term for term in vocabulary.terms} if vocabulary else {}

    def said(self, row: Mapping[str, Any], attribute: Attribute | None) -> Words:
        """Return the attribute's value in words, by its vocabulary; empty without one."""
        value = row.get(attribute.name) if attribute else None
        if value is None or value == []:
            return Words("")
        values = value if isinstance(value, list) else [value]
        terms = self.terms(attribute)
        titles = [terms[item].title if item in terms else None for item in values]
        return Words(
            ", ".join(title.uk if title else str(item) for title, item in zip(titles, values, strict=True)),
            ", ".join(title.en if title else str(item) for title, item in zip(titles, values, strict=True)),
        )

    def url(self, feature_id: str) -> str:
        """Return the path of the feature's page."""
        layer, feature = quote(self.definition.id), quote(feature_id, safe="")
        return f"/map/{layer}/{feature}/" if self.public else f"/ogcapi/collections/{layer}/items/{feature}?f=html"


def layer_document(form: Form) -> Document:
    """Return the document about the layer itself."""
    definition, theme = form.definition, form.document.theme
    address = f"/map/?layer={definition.id}" if form.public else f"/ogcapi/collections/{definition.id}?f=html"
    return Document(
        collection=LAYERS,
        id=definition.id,
        kind="layer",
        title=Words(definition.title.uk, definition.title.en),
        url=address,
        levels=form.levels,
        layers=(definition.id,),
        subtitle=Words(theme.title.uk, theme.title.en) if theme else Words(""),
        more=tuple(text for keyword in definition.keywords for text in (keyword.uk, keyword.en)),
        body=Words(definition.description.uk, definition.description.en),
        importance=0.8,
    )


def feature_document(form: Form, row: Mapping[str, Any]) -> Document | None:
    """Return the document of a feature, None for one that has nothing to be found by.

    row: `id`, `is_demo`, `geometry` (WKB, EPSG:4326) and the attributes of `Form.columns`.
    """
    definition = form.definition
    of = {role: form.said(row, definition.with_role(role)) for role in Role}
    category, address = of[Role.category], of[Role.address]
    name, name_en = of[Role.name].uk, of[Role.name_en].uk
    if not (name or name_en or address.uk or (of[Role.code].uk and definition.gazetteer)):
        return None
    title = Words(name, name_en) if name or name_en else _unnamed(form, category, address)
    subtitle = [category if name or name_en else Words(""), address]
    layer_title = Words(definition.title.uk, definition.title.en)
    if definition.gazetteer == "address":
        subtitle = [of[Role.settlement]]
    if not any(any(part) for part in subtitle):
        subtitle = [layer_title]
    told = [form.said(row, attribute) for attribute in form.body_attributes]
    more = (*layer_title, *category, *(text for keyword in definition.keywords for text in (keyword.uk, keyword.en)))
    keys, data = _gazetteer(form, of)
    about = row.get(definition.with_role(Role.date).name) if definition.with_role(Role.date) else None
    day = about.date() if isinstance(about, datetime) else about if isinstance(about, date) else None
    return Document(
        collection=definition.id,
        id=row["id"],
        kind=form.kind,
        title=title,
        url=form.url(row["id"]),
        levels=form.levels,
        layers=(definition.id,),
        alternatives=tuple(text for text in (*_split(of[Role.old_name].uk), of[Role.operator].uk) if text),
        subtitle=_joined(subtitle),
        more=tuple(text for text in (*more, of[Role.settlement].uk, of[Role.code].uk) if text),
        body=_joined(told, ". "),
        geometry=row.get("geometry"),
        since=day,
        until=day,
        keys=(*keys, *((f"code:{of[Role.code].uk}",) if of[Role.code].uk else ())),
        data=data,
        importance=_IMPORTANCE.get(definition.gazetteer or "", 0.5 if form.kind == "facility" else 0.3),
        is_demo=row["is_demo"],
    )


def _unnamed(form: Form, category: Words, address: Words) -> Words:
    """Return a title for a feature without a name: its kind and address."""
    kind = category if category.uk else Words(form.definition.title.uk, form.definition.title.en)
    return _joined([kind, address])


def _gazetteer(form: Form, of: Mapping[Role, Words]) -> tuple[tuple[str, ...], dict]:
    """Return the keys and facts of an address; empty for anything else."""
    if form.definition.gazetteer != "address" or not of[Role.street].uk:
        return (), {}
    street = names.street_name(of[Role.street].uk).key
    house = names.house_key(of[Role.house].uk)
    data = {"street": of[Role.street].uk, "house": of[Role.house].uk, "settlement": of[Role.settlement].uk}
    return (f"house:{street}|{house}", f"houses:{street}"), data


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _joined(parts: list[Words], between: str = ", ") -> Words:
    kept = [part for part in parts if any(part)]
    ends = between.strip()  # a sentence brings its own full stop
    return Words(*(between.join(part.in_language(code).removesuffix(ends) for part in kept) for code in ("uk", "en")))
