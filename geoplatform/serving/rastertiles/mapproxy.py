"""MapProxy's configuration of one edition, and the WSGI application that serves all of them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from geoplatform import config as configuration
from geoplatform.config import Config
from geoplatform.publishing.drawable import Drawable
from geoplatform.serving.rastertiles import edition as editions
from geoplatform.serving.rastertiles.edition import Edition
from geoplatform.serving.wms import drawing

#: How MapProxy calls the one layer and the grid of each configuration.
LAYER, GRID = "layer", "webmercator"

#: A tile is cut from a picture of 4 x 4 tiles with a margin, so that labels and symbols are whole at the edges.
_META_SIZE, _META_BUFFER = [4, 4], 80

#: Editions that a process keeps in memory; each holds about 150 kB.
_KEPT_APPLICATIONS = 200


def configurations(config: Config) -> Path:
    """Return the directory of MapProxy's configurations, one file an edition."""
    return config.run / "mapproxy"


def document(config: Config, edition: Edition) -> dict[str, Any]:
    """Return the configuration of `edition`: tiles drawn by MapServer through nginx, kept as files."""
    return {
        "services": {"tms": {"use_grid_names": True, "origin": "nw"}},
        "layers": [{"name": LAYER, "title": LAYER, "sources": ["tiles"]}],
        "caches": {
            "tiles": {
                "grids": [GRID],
                "sources": ["drawn"],
                "format": "image/png",
                "request_format": "image/png",
                "image": {"transparent": True},
                # most tiles of a sparse layer are empty; a link needs no block of the disk
                "link_single_color_images": "symlink",
                "cache": {
                    "type": "file",
                    # {z}/{x}/{y}.png counted from the north-west, the layout of the addresses
                    "directory_layout": "tms",
                    "directory": str(editions.directory(config, edition)),
                },
            }
        },
        "sources": {
            "drawn": {
                "type": "wms",
                "supported_srs": ["EPSG:3857"],
                "req": {
                    "url": f"http://127.0.0.1:{config.port_of('mapserver')}/{edition.application}",
                    "layers": edition.layer,
                    "transparent": True,
                },
                # nginx draws for whoever knows it: other users of the machine reach the port, but must not see staff's layers
                "http": {"headers": {drawing.SECRET_HEADER: drawing.secret(config)}},
                "wms_opts": {"version": "1.1.1"},
            }
        },
        "grids": {
            GRID: {
                "base": "GLOBAL_WEBMERCATOR",
                "num_levels": editions.MAX_ZOOM + 1,
            }
        },
        "globals": {
            "cache": {
                "meta_size": _META_SIZE,
                "meta_buffer": _META_BUFFER,
                "lock_dir": str(config.run / "mapproxy-locks"),
                "tile_lock_dir": str(config.run / "mapproxy-locks"),
                "concurrent_tile_creators": 1,
            },
            "image": {"paletted": False, "resampling_method": "nearest"},
            "http": {"client_timeout": 30, "hide_error_details": True},
        },
    }


def write(config: Config, layer: Drawable) -> Edition:
    """Write the mapfile and the configuration of the layer's present edition unless they are there; return the edition.

    Both live as long as the edition, and each is written in one step, since MapServer or MapProxy may be reading.
    """
    edition = editions.of(layer)
    drawing.write_single(config, layer, edition.application)
    folder = configurations(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{edition.application}.yaml"
    if not path.exists():
        drawing.replace(path, yaml.safe_dump(document(config, edition)))
    return edition


def make_application():
    """Return the WSGI application that serves every edition's tiles on loopback, for nginx alone."""
    from mapproxy.multiapp import DirectoryConfLoader, MultiMapProxy

    from geoplatform.serving.rastertiles import bounded

    bounded.install()

    class Loader(DirectoryConfLoader):
        def needs_reload(self, app_name: str, timestamps: dict[str, float] | None) -> bool:
            # an edition's file never changes; one that was removed under a running request must not raise
            return not timestamps

    config = configuration.load()
    folder = configurations(config)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    maker = MultiMapProxy(Loader(str(folder)), app_cache_size=_KEPT_APPLICATIONS)
    header, secret = "HTTP_" + drawing.SECRET_HEADER.upper().replace("-", "_"), drawing.secret(config)

    def application(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        # whoever else is on this machine reaches the port too, and must not see staff's layers
        if not hmac.compare_digest(environ.get(header, ""), secret):
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        return maker(environ, start_response)

    return application
