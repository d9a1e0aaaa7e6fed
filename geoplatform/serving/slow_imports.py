"""What takes long to load (pygeoapi with NumPy, pyproj, Lark, Jinja, dictionaries): on first use, by one thread at a time.

Two threads that enter such packages at different doors can meet half-made modules, hence the lock.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import Transformer

LOCK = threading.RLock()


def load() -> None:
    """Import everything that some request may need."""
    with LOCK:
        import pygeoapi.api
        import pygeoapi.api.itemtypes
        import pygeoapi.openapi  # noqa: F401
    from geoplatform.search import language

    language.warm()


def transformer_class() -> type[Transformer]:
    """Return pyproj's Transformer; pygeoapi loads pyproj too, hence the lock."""
    with LOCK:
        from pyproj import Transformer
    return Transformer


def load_soon() -> None:
    """Import it in a thread; features and tiles are answered meanwhile, the describing documents wait for it."""
    threading.Thread(target=load, name="slow-imports", daemon=True).start()
