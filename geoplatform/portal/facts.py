"""The community's own facts, the order of themes and the words for audiences, read once from the municipality's description."""

from __future__ import annotations

from functools import cache

import yaml

from geoplatform.layers.library import DEFAULT_ROOT
from geoplatform.layers.vocabulary import Municipality, Theme, Vocabulary


@cache
def municipality() -> Municipality:
    """Return the facts of the community that this installation serves.

    Raises OSError when the file is missing and pydantic's ValidationError when it is unsound; `geoplatform layers check` names both.
    Only this file is read: a mistake in a layer's file must not take the pages down.
    """
    return Municipality.model_validate(yaml.safe_load((DEFAULT_ROOT / "municipality.yaml").read_text(encoding="utf-8")))


@cache
def audiences() -> Vocabulary:
    """Return the vocabulary of whom layers serve; raises as `municipality` does."""
    return Vocabulary.model_validate(
        yaml.safe_load((DEFAULT_ROOT / "vocabularies" / "audiences.yaml").read_text(encoding="utf-8"))
    )


@cache
def themes() -> tuple[Theme, ...]:
    """Return the themes in the order in which people see them; raises as `municipality` does."""
    return tuple(
        Theme.model_validate(item) for item in yaml.safe_load((DEFAULT_ROOT / "themes.yaml").read_text(encoding="utf-8"))
    )
