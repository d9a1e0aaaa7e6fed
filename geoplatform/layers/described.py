"""The library kept in memory while its files stay as they are: reading some forty YAML files takes a second."""

from __future__ import annotations

import threading
from pathlib import Path

from geoplatform.layers import sources
from geoplatform.layers.library import Library, default_root, read_library

_lock = threading.Lock()
_kept: dict[Path, tuple[tuple, Library]] = {}


def library(root: Path | None = None) -> Library:
    """Return what the files below `root` (`default_root()` if None) say now, without what is faulty in them.

    The result is shared: callers must not change it.
    """
    root = root or default_root()
    state = tuple(
        (str(path), found.st_mtime_ns, found.st_size)
        for path in sorted([*root.glob("*.yaml"), *(root / "vocabularies").glob("*.yaml")])
        for found in [path.stat()]
    )
    with _lock:
        kept = _kept.get(root)
        if kept is None or kept[0] != state:
            kept = (state, read_library(root, sources.drivers())[0])
            _kept[root] = kept
        return kept[1]
