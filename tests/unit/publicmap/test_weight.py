"""What a visitor's browser loads for the map, measured in the built client."""

from __future__ import annotations

import gzip
import json

from geoplatform.portal.assets import DIST

#: kB (1000 bytes) of gzip that the map may cost, MapLibre and its worker included.
LIMIT = 350
#: What draws the map; everything else is loaded when its tool is first used.
MAP = ("src/site/theme.ts", "src/site/site.ts", "src/map/map.ts", "view", "map-worker")


def _manifest() -> dict[str, dict]:
    return json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))


def _weights(manifest: dict[str, dict], names: set[str]) -> dict[str, float]:
    return {name: len(gzip.compress((DIST / manifest[name]["file"]).read_bytes(), 6)) / 1000 for name in names}


def _with_imports(manifest: dict[str, dict], roots: list[str]) -> set[str]:
    """Return `roots` and every script that they import at once."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += manifest[name].get("imports", [])
    return found


def test_the_scripts_of_the_map_weigh_at_most_350_kilobytes():
    manifest = _manifest()
    roots = [name for name, item in manifest.items() if name in MAP or item.get("name") in MAP]
    assert len(roots) == len(MAP), roots
    loaded = _weights(manifest, _with_imports(manifest, roots))
    later = _weights(manifest, {name for name, item in manifest.items() if item["file"].endswith(".js")} - set(loaded))
    for title, group in (("the map", loaded), ("on demand", later)):
        print(f"\n{title}: {sum(group.values()):.1f} kB gzip")
        for name, weight in sorted(group.items(), key=lambda pair: -pair[1]):
            print(f"  {weight:6.1f}  {manifest[name]['file']}")
    assert sum(loaded.values()) <= LIMIT


def test_the_page_and_its_worker_share_their_code():
    manifest = _manifest()
    by_name = {item.get("name", name): name for name, item in manifest.items()}
    page = _with_imports(manifest, [by_name["view"]])
    worker = _with_imports(manifest, [by_name["map-worker"]])
    sizes = {name: (DIST / manifest[name]["file"]).stat().st_size for name in worker}
    assert sum(sizes[name] for name in worker & page) > 0.9 * sum(sizes.values())


def test_the_content_comes_before_the_map():
    """The page's own script must not import MapLibre at once."""
    manifest = _manifest()
    first = _weights(manifest, _with_imports(manifest, ["src/site/theme.ts", "src/site/site.ts", "src/map/map.ts"]))
    print(f"\nbefore the map: {sum(first.values()):.1f} kB gzip")
    assert sum(first.values()) <= 30
