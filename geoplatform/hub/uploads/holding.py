"""Uploaded files between choosing and confirming: a folder each, known by a random name to whoever uploaded it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from geoplatform import config

#: A file that nobody confirms goes after this many seconds.
KEPT_SECONDS = 24 * 3600
#: The mode of a file that is no data but a style for a layer.
STYLE = "style"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_FACTS = "held.json"
_TAKEN = "taken.json"


@dataclass(frozen=True)
class Held:
    """One held file.

    token: names it in addresses; account: whose it is; name: of the file in `folder`; layer, mode: the layer that it is for and
    how it is taken in, None for a new one; style: name of a style file that came with it.
    """

    token: str
    account: int
    name: str
    layer: str | None = None
    mode: str = "replace"
    style: str | None = None

    @property
    def folder(self) -> Path:
        """Holds the file and what belongs to it."""
        return _root() / self.token / "files"

    @property
    def style_path(self) -> Path | None:
        """Where the style file lies."""
        return _root() / self.token / self.style if self.style else None


def hold(
    account: int,
    name: str,
    chunks: Iterable[bytes],
    layer: str | None = None,
    mode: str = "replace",
    style: tuple[str, Iterable[bytes]] | None = None,
) -> Held:
    """Write a file down and return what it is known by. name: as the client calls it; style: name and content of a style file."""
    sweep()
    style_name = "style" + Path(style[0]).suffix.lower()[:8] if style else None
    held = Held(secrets.token_hex(16), account, safe_name(name), layer, mode, style_name)
    held.folder.mkdir(parents=True, mode=0o700)
    _write(held.folder / held.name, chunks)
    if style:
        _write(held.style_path, style[1])
    (held.folder.parent / _FACTS).write_text(json.dumps(asdict(held)))
    return held


def hold_files(account: int, paths: Iterable[Path], name: str, style: Path | None = None) -> Held:
    """Copy files that belong together (a Shapefile's parts), of which `name` is the first, and return what they are known by."""
    sweep()
    held = Held(secrets.token_hex(16), account, safe_name(name), style="style" + style.suffix.lower() if style else None)
    held.folder.mkdir(parents=True, mode=0o700)
    if style:
        shutil.copyfile(style, held.style_path)
    for path in paths:
        shutil.copyfile(path, held.folder / (Path(held.name).stem + path.suffix.lower()))
    (held.folder.parent / _FACTS).write_text(json.dumps(asdict(held)))
    return held


def find(token: str, account: int) -> Held | None:
    """Return the held file that `token` names, None when there is none or it is somebody else's."""
    if not _TOKEN.fullmatch(token):
        return None
    try:
        held = Held(**json.loads((_root() / token / _FACTS).read_text()))
    except FileNotFoundError:
        return None
    return held if held.account == account else None


def taken(held: Held) -> set[int]:
    """Return the numbers of the file's tables that were taken in."""
    try:
        return set(json.loads((_root() / held.token / _TAKEN).read_text()))
    except FileNotFoundError:
        return set()


def mark_taken(held: Held, part: int) -> None:
    """Remember that a table of the file was taken in."""
    (_root() / held.token / _TAKEN).write_text(json.dumps(sorted(taken(held) | {part})))


def drop(held: Held) -> None:
    """Remove the file."""
    shutil.rmtree(_root() / held.token, ignore_errors=True)


def sweep() -> None:
    """Remove what was never confirmed, also after a crash."""
    if not _root().is_dir():
        return
    for folder in _root().iterdir():
        try:
            old = time.time() - folder.stat().st_mtime > KEPT_SECONDS
        except FileNotFoundError:  # another request swept it
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return the last part of a client's file name as one that can lie in a folder: no separators, short, with its suffix."""
    base = re.sub(r"[^\w.() -]+", "_", Path(name.replace("\\", "/")).name).strip(". ") or "file"
    stem, suffix = Path(base).stem[:80].strip() or "file", Path(base).suffix.lower()[:12]
    return f"{stem}{suffix}"


def _root() -> Path:
    return config.load().var / "work" / "uploads"


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
