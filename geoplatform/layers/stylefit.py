"""A style from a file on a layer of ours: attributes called as here, and what of it the layer can't carry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geoplatform.layers.definition import Attribute, Style


def fitted(style: Style, attributes: Iterable[Attribute]) -> tuple[Style, tuple[str, ...]]:
    """Return the style with its attributes called as the layer calls them, and what had to be left out.

    attributes: the layer's. A style names them as the file does that it was made for, so their columns there count too.
    """
    attributes = list(attributes)
    known = {column: attribute for attribute in attributes for column in attribute.source_columns}
    known |= {attribute.name: attribute for attribute in attributes}
    changes: dict[str, Any] = {}
    lost: list[str] = []
    if style.label is not None:
        label = known.get(style.label)
        changes["label"] = label.name if label else None
        if label is None:
            lost.append(f"the label: the layer has no attribute {_short(style.label)}")
    if style.attribute is not None:
        attribute = known.get(style.attribute)
        ranges = any(item.from_ is not None or item.to is not None for item in style.classes)
        if attribute is None:
            lost.append(f"the classes: the layer has no attribute {_short(style.attribute)}")
        elif ranges and attribute.type not in ("integer", "number"):
            lost.append(f"the classes: they are ranges of numbers, and {attribute.name} is no number")
        else:
            changes["attribute"] = attribute.name
        if "attribute" not in changes:
            changes |= {"attribute": None, "classes": []}
    return style.model_copy(update=changes), tuple(lost)


def _short(name: str) -> str:
    return " ".join(name.split())[:80]
