"""Accessibility features of places: which of them a survey found, and which it said nothing about.

By the convention of docs/layers.md an attribute with the role `accessibility` and the vocabulary of features lists what is there,
its companion named `…_missing` what is not there; about a feature in neither list nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from geoplatform.layers.definition import Attribute, Role
from geoplatform.layers.published import PublishedLayer
from geoplatform.layers.vocabulary import Term

VOCABULARY = "accessibility_features"
_MISSING = "_missing"


def terms(available: Sequence[PublishedLayer]) -> dict[str, Term]:
    """Return the features that some layer of `available` may tell of, by code, in the vocabulary's order."""
    for layer in available:
        if _attributes(layer):
            return {term.code: term for term in layer.vocabularies[VOCABULARY].terms}
    return {}


def present(layer: PublishedLayer) -> sql.Composable | None:
    """Return the SQL of the features that a place has, as text[]; None when the layer tells of none."""
    return _joined([a for a in _attributes(layer) if not a.name.endswith(_MISSING)])


def missing(layer: PublishedLayer) -> sql.Composable | None:
    """Return the SQL of the features that a place was found not to have, as text[]; None when the layer never tells so."""
    return _joined([a for a in _attributes(layer) if a.name.endswith(_MISSING)])


def _attributes(layer: PublishedLayer) -> list[Attribute]:
    return [
        attribute
        for attribute in layer.definition.attributes
        if attribute.role is Role.accessibility and attribute.vocabulary == VOCABULARY and VOCABULARY in layer.vocabularies
    ]


def _joined(attributes: list[Attribute]) -> sql.Composable | None:
    if not attributes:
        return None
    columns = [
        sql.SQL("coalesce({}, '{{}}')").format(sql.Identifier(a.name))
        if a.multiple
        else sql.SQL("array_remove(array[{}::text], null)").format(sql.Identifier(a.name))
        for a in attributes
    ]
    return sql.SQL("({})").format(sql.SQL(" || ").join(columns))
