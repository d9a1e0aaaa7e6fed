"""Where a layer's raster tiles lie: one directory an edition, so that an old tile stored late is never asked for again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from geoplatform.config import Config
from geoplatform.layers.definition import Level
from geoplatform.publishing.drawable import Drawable

#: Tiles are made for these zoom levels of WebMercatorQuad (OGC 17-083r4, annex D.1).
MIN_ZOOM, MAX_ZOOM = 0, 20

#: Raised when the program makes other tiles of the same data and description: those on disk are then made anew.
_MAKING = "2"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Edition:
    """One state of a layer's picture: its data's version and how it is drawn.

    level: whose view it is drawn from; the tiles of different levels never meet.
    moment: when the version was applied, in microseconds since the epoch: after a restored backup or a layer made anew, a
        version's number comes again with other content.
    drawing: a hash of the description and of how the program makes tiles.
    """

    layer: str
    level: Level
    version: int
    moment: int
    drawing: str

    @property
    def name(self) -> str:
        """The edition's name on disk and in MapProxy's addresses."""
        return f"{self.version}-{self.moment}-{self.drawing}"

    @property
    def application(self) -> str:
        """The name of MapProxy's configuration for this edition."""
        return f"{self.level}.{self.layer}.{self.name}"


def of(layer: Drawable) -> Edition:
    """Return the edition in which `layer` is drawn now."""
    drawing = hashlib.sha256(layer.looks + _MAKING.encode()).hexdigest()[:10]
    return Edition(layer.id, layer.level, layer.version, moment(layer.changed_at), drawing)


def moment(at: datetime | None) -> int:
    """Return microseconds since the epoch; 0 for a layer that never had data."""
    return 0 if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def root(config: Config, level: Level) -> Path:
    """Return the directory of the level's tiles; nginx reads that of `public` only."""
    return config.var / "tiles" / level


def directory(config: Config, edition: Edition) -> Path:
    """Return the directory whose `{z}/{x}/{y}.png` are the edition's tiles."""
    return root(config, edition.level) / edition.layer / edition.name


def current_link(config: Config, level: Level, layer: str) -> Path:
    """Return the symbolic link through which nginx finds the tiles of the layer's present edition."""
    return root(config, level) / layer / "current"


def switch(config: Config, edition: Edition) -> str | None:
    """Make `edition` the present one in a single step; return the name of the one before, or None.

    The directory is there first, so that nginx never follows a link to nothing.
    """
    directory(config, edition).mkdir(parents=True, exist_ok=True)
    link = current_link(config, edition.level, edition.layer)
    before = present(link)
    if before != edition.name:
        temporary = link.with_name(f".current.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(edition.name)
        temporary.replace(link)
    return before


def present(link: Path) -> str | None:
    """Return the name of the edition that the link `current` points to, or None when there is none."""
    return str(link.readlink()) if link.is_symlink() else None


def withdraw(config: Config, level: Level, layer: str) -> None:
    """Take the layer's tiles out of nginx's reach."""
    current_link(config, level, layer).unlink(missing_ok=True)
