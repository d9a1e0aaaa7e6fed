"""What takes long to import (pygeoapi with Shapely and NumPy, Lark, Jinja): loaded on first use, by one thread at a time.

Two threads that enter such packages at different doors can meet half-made modules, hence the lock.
"""

from __future__ import annotations

import threading

LOCK = threading.RLock()


def load() -> None:
    """Import everything that some request may need."""
    with LOCK:
        import pygeoapi.api
        import pygeoapi.api.itemtypes
        import pygeoapi.openapi  # noqa: F401


def load_soon() -> None:
    """Import it in a thread; features and tiles are answered meanwhile, the describing documents wait for it."""
    threading.Thread(target=load, name="slow-imports", daemon=True).start()
