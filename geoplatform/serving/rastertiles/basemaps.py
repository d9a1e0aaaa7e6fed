"""The external base maps as layers of WMTS and XYZ, and MapProxy's configuration of each."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from geoplatform.config import Config
from geoplatform.layers.definition import Level, Text, Zoom
from geoplatform.publishing import basemaps
from geoplatform.publishing.basemaps import BaseMap
from geoplatform.serving.rastertiles import mapproxy
from geoplatform.serving.wms import drawing

log = logging.getLogger(__name__)

#: The descriptions are looked at again this often (seconds).
_LOOK_SECONDS = 2.0
_WORLD = (-180.0, -85.0511, 180.0, 85.0511)


@dataclass(frozen=True)
class External:
    """A base map as WMTS lists it."""

    base: BaseMap

    level = Level.public
    version = 1
    changed_at: datetime | None = None

    @property
    def id(self) -> str:
        return f"base.{self.base.id}"

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        return self.base.bbox or _WORLD

    @property
    def about(self) -> External:
        return self

    @property
    def looks(self) -> bytes:
        return self.base.edition.encode()

    @property
    def title(self) -> Text:
        return self.base.title

    @property
    def description(self) -> Text:
        return self.base.attribution

    @property
    def attribution(self) -> Text:
        return self.base.attribution

    @property
    def keywords(self) -> list[Text]:
        return []

    @property
    def zoom(self) -> Zoom:
        return self.base.zoom


class _Shelf:
    """The descriptions as last read; a faulty one is logged once and left out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._stamp: object = None
        self._found: dict[str, External] = {}

    def get(self) -> dict[str, External]:
        with self._lock:
            if time.monotonic() - self._looked > _LOOK_SECONDS:
                root = basemaps.directory()
                stamp = (root, [(path.name, path.stat().st_mtime_ns) for path in sorted(root.glob("*.yaml"))])
                if stamp != self._stamp:
                    found, faults = basemaps.read(root)
                    for fault in faults:
                        log.warning("base map left out: %s", fault)
                    self._found = {f"base.{name}": External(base) for name, base in found.items()}
                    self._stamp = stamp
                self._looked = time.monotonic()
            return self._found


_shelf = _Shelf()


def all_of_them() -> dict[str, External]:
    """Return the base maps by their name among the layers, `base.<id>`."""
    return _shelf.get()


def application(config: Config, external: External) -> str:
    """Write MapProxy's configuration of the base map unless it is there; return its name."""
    name = f"base.{external.base.id}.{external.base.edition}"
    folder = mapproxy.configurations(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    if not path.exists():
        drawing.replace(path, yaml.safe_dump(document(config, external.base)))
    return name


def clean(config: Config, before: float) -> int:
    """Remove the tiles of base maps, and of their earlier descriptions, that are gone since `before` (epoch seconds).

    A description that can't be read keeps its tiles: it is being written, or has a fault that will be mended. Returns how many
    directories went.
    """
    root, described = config.var / "tiles" / "base", basemaps.directory()
    sound, _faults = basemaps.read(described)
    removed = 0
    for folder in root.glob("*/*"):
        name, path = folder.parent.name, described / f"{folder.parent.name}.yaml"
        if path.exists() and (name not in sound or folder.name == sound[name].edition or path.stat().st_mtime > before):
            continue
        if folder.stat().st_mtime > before:
            continue
        shutil.rmtree(folder, ignore_errors=True)  # a tile may be stored meanwhile
        (mapproxy.configurations(config) / f"base.{name}.{folder.name}.yaml").unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another edition is there
            folder.parent.rmdir()
        removed += 1
    return removed


def document(config: Config, base: BaseMap) -> dict[str, Any]:
    """Return MapProxy's configuration of `base`."""
    http = {"client_timeout": base.timeout_seconds, "hide_error_details": True}
    if base.type == "wms":
        source: dict[str, Any] = {
            "type": "wms",
            "supported_srs": ["EPSG:3857"],
            "req": {
                "url": base.url,
                "layers": ",".join(base.layers),
                "format": f"image/{base.format}",
                "transparent": base.format == "png",
            },
            "wms_opts": {"version": "1.1.1"},
        }
    else:
        url = base.url
        for part, name in zip(base.tile_places or (), ("z", "x", "y"), strict=True):
            url = url.replace(part, f"%({name})s")
        source = {"type": "tile", "grid": mapproxy.GRID, "url": url, "transparent": base.format == "png"}
    source |= {"http": http, "concurrent_requests": 4}
    if base.bbox:
        source["coverage"] = {"bbox": list(base.bbox), "srs": "EPSG:4326"}
    return {
        "services": {"tms": {"use_grid_names": True, "origin": "nw"}},
        "layers": [{"name": mapproxy.LAYER, "title": mapproxy.LAYER, "sources": ["tiles"]}],
        "caches": {
            "tiles": {
                "grids": [mapproxy.GRID],
                "sources": ["external"],
                # what the source gives is passed on as PNG under one kind of address
                "format": "image/png",
                "request_format": f"image/{base.format}",
                # also has each picture decoded before it is stored, so that a page of a busy server is not
                "link_single_color_images": "symlink",
                "refresh_before": {"days": base.keep_days},
                "meta_size": [2, 2] if base.type == "wms" else [1, 1],
                "meta_buffer": 20 if base.type == "wms" else 0,
                "cache": {
                    "type": "file",
                    "directory_layout": "tms",
                    "directory": str(config.var / "tiles" / "base" / base.id / base.edition),
                },
            }
        },
        "sources": {"external": source},
        "grids": {mapproxy.GRID: {"base": "GLOBAL_WEBMERCATOR", "origin": "nw", "num_levels": int(base.zoom.max) + 1}},
        "globals": {
            "cache": {
                "lock_dir": str(config.run / "mapproxy-locks"),
                "tile_lock_dir": str(config.run / "mapproxy-locks"),
                "concurrent_tile_creators": 1,
            },
            "http": http,
        },
    }
