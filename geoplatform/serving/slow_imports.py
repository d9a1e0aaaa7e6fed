"""What takes long to load (pygeoapi with NumPy, pyproj, Lark, Jinja, dictionaries): on first use, by one thread at a time.

Two threads that enter such packages at different doors can meet half-made modules, hence the lock.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyproj import Transformer

LOCK = threading.RLock()


_landing = threading.Event()
_documents = threading.Event()


def load_landing() -> None:
    """Import what the landing page needs: a third of the whole, so that a fresh process answers soon."""
    if not _landing.is_set():
        with LOCK:
            import jinja2  # noqa: F401
            import pygeoapi.api  # noqa: F401
        _landing.set()


def load_documents() -> None:
    """Import what the other describing documents need."""
    if not _documents.is_set():
        with LOCK:
            import pygeoapi.api.itemtypes
            import pygeoapi.openapi  # noqa: F401
        _documents.set()


def load() -> None:
    """Import everything that some request may need, what is asked for first at the beginning."""
    load_landing()
    load_documents()
    from geoplatform.search import language

    language.warm()


def transformer_class() -> type[Transformer]:
    """Return pyproj's Transformer; pygeoapi loads pyproj too, hence the lock."""
    with LOCK:
        from pyproj import Transformer
    return Transformer


def load_soon() -> None:
    """Import it in a thread; features and tiles are answered meanwhile, the describing documents wait for their part."""
    threading.Thread(target=load, name="slow-imports", daemon=True).start()
