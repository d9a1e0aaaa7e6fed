"""Ukrainian of the screens we did not write: what the MapStore client loads, and GeoNode's own catalogue compiled.

The client knows no Ukrainian. It asks every folder of `MAPSTORE_TRANSLATIONS_PATH` for `data.<language>.json`, and a message
that none of them has is shown as its raw key. So one folder must hold every message in every language that we offer: ours over
the English ones of the client that is installed. Ours alone are kept; the whole trees are written among the collected static
files, so that a new message of a new GeoNode appears in English rather than as a key (and fails the tests until it is translated
or named in `NOT_SHOWN`).

Imports no Django: it serves the installation too.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HUB = Path(__file__).resolve().parent
#: Where the folder lies below a static root, and so below /static/.
FOLDER = Path("geoplatform") / "mapstore-translations"
OURS = HUB / "static" / FOLDER / "data.uk.json"

#: MapStore's messages that stay English, by the first word of their keys: no screen of GeoNode's shows them. Reasons inside.
NOT_SHOWN = {
    # MapStore's own pages: home, tour, lists of maps, contexts and links
    *("about_title", "about_p0-0", "about_p0-1", "about_p1", "about_p3", "about_p5-0", "about_p5-1", "about_p6", "about_h20"),
    *("about_h21", "about_ul0_li0", "about_ul0_li1", "aboutLbl", "aboutTooltip"),
    *("contextManager", "mapCatalog", "mapTemplates", "newMapDialog", "permalink", "snapshot", "tutorial", "userSession"),
    # MapStore's own accounts and rights; GeoNode's are used
    *("ipManager", "manager", "usergroups", "users"),
    # GeoServer's importer and access rules
    *("importer", "rulesmanager", "uploader"),
    # stylers that the style editor replaced
    *("bandselector", "colormapgrid", "equalinterval", "pseudocolorsettings", "rasterstyler", "rasterstyletype"),
    *("scaledenominator", "styler", "vectorstyler"),
    # filler in English too: "This is the helptext for the ScaleBox"
    "helptexts",
}

Tree = dict[str, Any]


class TranslationError(Exception):
    """A catalogue can't be read, compiled or written; the message says which one and why."""


def english() -> Tree:
    """Return the English messages of the installed client as it merges them: MapStore's, then GeoNode's over them.

    Raises TranslationError when the client is not installed or its files have moved.
    """
    spec = find_spec("geonode_mapstore_client")
    if spec is None or not spec.submodule_search_locations:
        raise TranslationError("geonode_mapstore_client is not installed; run scripts/install.")
    client = Path(spec.submodule_search_locations[0]) / "static" / "mapstore"
    messages: Tree = {}
    for folder in ("ms-translations", "gn-translations"):
        messages = over(messages, _messages(client / folder / "data.en-US.json"))
    return messages


def ukrainian() -> Tree:
    """Return our messages: a tree of the same shape as `english()`, without the branches named in `NOT_SHOWN`."""
    return _messages(OURS)


def over(below: Tree, above: Tree) -> Tree:
    """Return the tree `below` with the messages of the tree `above` laid over it; both stay as they are."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        merged[key] = over(known, value) if isinstance(value, dict) and isinstance(known, dict) else value
    return merged


def leaves(tree: Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each message of `tree` with its path; a key may hold dots, so a path is a tuple."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def write_client_translations(static_root: Path) -> Path:
    """Write data.uk.json and data.en.json, whole, into the client's folder below `static_root`; return the folder.

    Each file is replaced in one step, so that a browser never reads half of it. Raises TranslationError when that can't be done.
    """
    folder = static_root / FOLDER
    below = english()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for language, messages in (("uk", over(below, ukrainian())), ("en", below)):
            _replace(folder / f"data.{language}.json", {"locale": language, "messages": messages})
    except OSError as error:
        raise TranslationError(f"Can't write the client's translations into {folder}: {error}") from error
    return folder


def compile_catalogues(root: Path = HUB / "locale") -> list[Path]:
    """Compile every gettext catalogue below `root` that is newer than its .mo; return those compiled.

    Raises TranslationError with msgfmt's own words (file, line, reason) when one has a mistake or gettext is missing.
    """
    compiled = []
    for source in sorted(root.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        unfinished = target.with_suffix(f".{os.getpid()}.tmp")  # msgfmt writes its output even when it finds a mistake
        command = ["msgfmt", "--check-format", "-o", unfinished, source]
        try:
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode:
                raise TranslationError(f"{source} can't be compiled: {run.stderr.strip()}")
            unfinished.replace(target)
        except OSError as error:
            raise TranslationError(f"msgfmt can't be run ({error}); install the Debian package gettext.") from error
        finally:
            unfinished.unlink(missing_ok=True)
        compiled.append(target)
    return compiled


def _messages(path: Path) -> Tree:
    try:
        return json.loads(path.read_text(encoding="utf-8"))["messages"]
    except (OSError, ValueError, KeyError) as error:
        raise TranslationError(f"{path} can't be read as a translation of the MapStore client: {error!r}") from error


def _replace(path: Path, content: Tree) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".json")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
    Path(temporary).chmod(0o644)  # nginx reads it as another user
    Path(temporary).replace(path)
