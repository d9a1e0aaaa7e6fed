"""Public vector tiles as files, which nginx answers by itself the next time; the keeper's editions say how long they hold.

They lie in the edition of the layer's raster tiles, which the keeper opens at each change and takes away at each narrowing, below
the version that the address must name: `<layer>/current/mvt/<version>/{z}/{x}/{y}.mvt`.
"""

from __future__ import annotations

import contextlib
import os
import threading

from geoplatform.config import Config
from geoplatform.publishing.drawable import Features
from geoplatform.serving import tiles
from geoplatform.serving.publication import ServedLayer
from geoplatform.serving.rastertiles import edition as editions

#: The name of the directory inside an edition.
FOLDER = "mvt"


def keep(config: Config, layer: ServedLayer, zoom: int, row: int, column: int, body: bytes) -> None:
    """Keep the tile `body` of a public layer as nobody in particular sees it, if its edition is open.

    Empty tiles are not kept, nor those deeper than what our styles ask for: nobody fills the disk by asking for the rest.
    What can't be written is only not kept.
    """
    if not body or zoom > tiles.SOURCE_MAX_ZOOM:
        return
    edition = editions.directory(config, editions.of(Features(layer.layer)))
    target = edition / FOLDER / str(layer.version) / str(zoom) / str(column) / f"{row}.mvt"
    temporary = target.with_name(f".{row}.{os.getpid()}.{threading.get_ident()}")
    with contextlib.suppress(OSError):
        if edition.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(body)
            temporary.replace(target)
