"""The OGC API's HTML pages: plain, bilingual, without a script and without another host."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import orjson

from geoplatform.layers.definition import Role
from geoplatform.serving import slow_imports, texts
from geoplatform.serving.context import IMMUTABLE, Answer
from geoplatform.serving.publication import ServedLayer

if TYPE_CHECKING:
    from jinja2 import Environment

    from geoplatform.serving.context import Context


def stylesheet(context: Context) -> Answer:
    """Answer `/pages.css`: a file of its own, since the pages' policy lets no style stand inside them."""
    context.only("v")
    return Answer(_stylesheet(), "text/css; charset=utf-8", headers={"Cache-Control": f"public, {IMMUTABLE}"})


@cache
def _stylesheet() -> bytes:
    return (Path(__file__).parent / "static" / "pages.css").read_bytes()


@cache
def _stylesheet_tag() -> str:
    return hashlib.sha256(_stylesheet()).hexdigest()[:12]


def render(context: Context, template: str, *, title: str, **data: Any) -> bytes:
    """Return the page `template` in the request's language as UTF-8."""
    other = "uk" if context.language == "en" else "en"
    return (
        _environment()
        .get_template(template)
        .render(
            t=texts.page_texts(context.language),
            language=context.language,
            other_language=other,
            other_address=_address(context, lang=other),
            json_address=_address(context, f="json"),
            base=context.base,
            stylesheet=f"{context.base}/pages.css?v={_stylesheet_tag()}",
            site=context.base.rsplit("/", 1)[0],
            service=texts.SERVICE["title"][context.language],
            title=title,
            **data,
        )
        .encode()
    )


def property_title(layer: ServedLayer, name: str, language: str) -> str:
    """Return what a reader calls the property."""
    if name == "is_demo":
        return texts.page_texts(language)["demo"]
    if name in ("valid_from", "valid_to"):
        return texts.page_texts(language)[name]
    return layer.attributes[name].title.in_language(language)


def readable(layer: ServedLayer, name: str, value: Any, language: str) -> str:
    """Return a property's value in words: terms of vocabularies by their titles, yes and no, units."""
    words = texts.page_texts(language)
    if value is None:
        return "—"
    if isinstance(value, bool):
        return words["yes"] if value else words["no"]
    if isinstance(value, list):
        return "; ".join(readable(layer, name, item, language) for item in value)
    if name in ("valid_from", "valid_to"):
        return str(value)
    attribute = layer.attributes[name]
    vocabulary = layer.layer.vocabularies.get(attribute.vocabulary or "")
    if vocabulary is not None:
        return next((term.title.in_language(language) for term in vocabulary.terms if term.code == value), str(value))
    return f"{value} {attribute.unit}" if attribute.unit else str(value)


def feature_name(layer: ServedLayer, feature: dict[str, Any], language: str) -> str:
    """Return the feature's name in `language` as far as it has one, else its id."""
    roles = (Role.name_en, Role.name) if language == "en" else (Role.name, Role.name_en)
    for role in roles:
        attribute = layer.definition.with_role(role)
        if attribute is not None and feature["properties"].get(attribute.name):
            return str(feature["properties"][attribute.name])
    return str(feature["id"])


def _address(context: Context, **change: str) -> str:
    values = {name: value for name, value in context.request.args.items() if name not in change} | change
    return f"{context.base}{quote(context.path.removeprefix('/ogcapi'))}?{urlencode(values)}"


@cache
def _environment() -> Environment:
    slow_imports.load_landing()
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("geoplatform.serving"), autoescape=True, auto_reload=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["json_in_page"] = _json_in_page
    environment.filters["segment"] = lambda text: quote(str(text), safe="")
    environment.globals.update(readable=readable, feature_name=feature_name)
    return environment


def _json_in_page(document: Any) -> Any:
    """Return the document as JSON that can't end the element it stands in."""
    from markupsafe import Markup

    text = orjson.dumps(document).decode()
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - what could end the element is escaped above
