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
        styles=tuple(static(STATIC_PREFIX + name) for name in _styles(manifest, source)),
    )


def _styles(manifest: dict[str, dict], source: str) -> list[str]:
    """Return the style sheets of `source` and of all that it imports at once, each once, what is imported first."""
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for imported in manifest[name].get("imports", []):
            visit(imported)
        found.update(dict.fromkeys(manifest[name].get("css", [])))

    visit(source)
    return list(found)


def closure(source: str) -> list[str]:
    """Return the addresses of all that the entry point or chunk `source` needs before it runs: scripts and style sheets.

    Raises AssetsNotBuilt like `entry`.
    """
    manifest, found, waiting = _built(), {}, [source]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if name not in manifest:
            raise AssetsNotBuilt(f"{DIST / 'manifest.json'} has no entry {name!r}; {BUILD}")
        found[name] = [manifest[name]["file"], *manifest[name].get("css", [])]
        waiting += manifest[name].get("imports", [])
    return sorted({static(STATIC_PREFIX + file) for files in found.values() for file in files})


def text(source: str) -> str:
    """Return the built script of the entry point `source`, which must be whole in itself.

    Raises AssetsNotBuilt like `entry`.
    """
    try:
        return (DIST / _built()[source]["file"]).read_text(encoding="utf-8")
    except (KeyError, OSError) as error:
        raise AssetsNotBuilt(f"{source} is not built ({error}); {BUILD}") from error


def emblem() -> str:
    """Return the address of the picture that every page shows."""
    return static("portal/emblem.svg")


def _built() -> dict[str, dict]:
    path = DIST / "manifest.json"
    try:
        return _manifest(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise AssetsNotBuilt(f"{path} can't be read ({error.strerror}); {BUILD}") from error


@lru_cache(maxsize=2)
def _manifest(path: Path, _modified: int) -> dict[str, dict]:
    return json.loads(path.read_text(encoding="utf-8"))
