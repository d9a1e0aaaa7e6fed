"""The community's own facts, the order of themes and the words for audiences, read once from the municipality's description.

Only these small files are read: a mistake in a layer's file must not take the pages down. All of them raise OSError when the file
is missing and pydantic's ValidationError when it is unsound; `geoplatform layers check` names both.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from geoplatform.layers.library import DEFAULT_ROOT
from geoplatform.layers.vocabulary import Municipality, Theme, Vocabulary


@cache
def municipality() -> Municipality:
    """Return the facts of the community that this installation serves."""
    return Municipality.model_validate(_document("municipality.yaml"))


@cache
def audiences() -> Vocabulary:
    """Return the vocabulary of whom layers serve."""
    return Vocabulary.model_validate(_document("vocabularies/audiences.yaml"))


@cache
def themes() -> tuple[Theme, ...]:
    """Return the themes in the order in which people see them."""
    return tuple(Theme.model_validate(item) for item in _document("themes.yaml"))


def _document(name: str) -> Any:
    return yaml.safe_load((DEFAULT_ROOT / name).read_text(encoding="utf-8"))
