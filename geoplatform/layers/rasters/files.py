"""Where the rasters' files lie."""

from __future__ import annotations

from pathlib import Path

from geoplatform.config import Config


def directory(config: Config) -> Path:
    """Return the directory of the rasters' files; only MapServer reads it, never nginx."""
    return config.var / "rasters"
