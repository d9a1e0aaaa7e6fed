"""Find the hashed names of the web assets that Vite built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.templatetags.static import static

#: Where `npm run build` puts the bundles, below a static directory of the public map.
DIST = Path(__file__).resolve().parent.parent / "publicmap" / "static" / "publicmap" / "dist"
STATIC_PREFIX = "publicmap/dist/"

BUILD = "run `npm run build` in geoplatform/publicmap/client"


class AssetsNotBuilt(Exception):
    """The web assets are missing or stale; the message says which command builds them."""


@dataclass(frozen=True)
class Entry:
    """What a page needs for one entry point: the script's address and those of its style sheets."""

    script: str
    styles: tuple[str, ...]


def entry(source: str) -> Entry:
    """Return the addresses for the entry point `source`, e.g. `src/site/site.ts`.

    Raises AssetsNotBuilt when the manifest is missing or does not know the entry point.
    """
    path = DIST / "manifest.json"
    try:
        manifest = _manifest(path, path.stat().st_mtime_ns)
        item = manifest[source]
    except OSError as error:
        raise AssetsNotBuilt(f"{path} can't be read ({error.strerror}); {BUILD}") from error
    except KeyError as error:
        raise AssetsNotBuilt(f"{path} has no entry {source!r}; {BUILD}") from error
    return Entry(
        script=static(STATIC_PREFIX + item["file"]),
        styles=tuple(static(STATIC_PREFIX + name) for name in item.get("css", [])),
    )


@lru_cache(maxsize=2)
def _manifest(path: Path, _modified: int) -> dict[str, dict]:
    return json.loads(path.read_text(encoding="utf-8"))
