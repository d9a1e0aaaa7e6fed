"""Rasters: aerial photographs and other pictures of the ground, made into cloud-optimised GeoTIFFs and published by level.

`accept` takes a GeoTIFF in; it is imported from `store` when first asked for, since GDAL comes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplatform.layers.rasters.store import accept as accept


def __getattr__(name: str) -> Any:
    if name == "accept":
        from geoplatform.layers.rasters.store import accept

        return accept
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
