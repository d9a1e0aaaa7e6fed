"""The driver of layers that have no source elsewhere: their features are made and changed in the platform itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

from geoplatform.layers.definition import Source
from geoplatform.layers.sources.base import SourceContext, SourceError

#: Name of the driver; only layers that have it can be edited, since a source would undo the edit.
PLATFORM = "platform"


def open_platform(source: Source, context: SourceContext, columns: Collection[str]) -> NoReturn:
    """Raise SourceError: there is nothing to read."""
    raise SourceError(f"{source.location}: the layer is kept in the platform itself; edit its features or upload a file")
