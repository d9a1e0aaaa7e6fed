"""The driver of layers that have no source elsewhere: their features are made and changed in the platform itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceContext, SourceError


def open_platform(source: Source, context: SourceContext, columns: Collection[str]) -> NoReturn:
    """Raise SourceError: there is nothing to read."""
    raise SourceError(f"{source.location}: the layer is kept in the platform itself; edit its features or upload a file")
