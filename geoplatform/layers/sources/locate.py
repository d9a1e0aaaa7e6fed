"""From a definition's `location` to a file on disk: paths, data://, sample://, http(s); and the file's fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.download import Client, shown_address


def is_remote(location: str) -> bool:
    """Return whether `location` is an http(s) address."""
    return urlsplit(location).scheme in ("http", "https")


def shown(location: str) -> str:
    """Return `location` as messages may show it: an address without its query and password."""
    return shown_address(location) if is_remote(location) else location


def locate(location: str, context: SourceContext) -> Path:
    """Return the local file or directory that `location` means, downloading an http(s) address to `context.work`.

    Raises SourceError when there is no such file, the location leaves its root, or the download fails.
    """
    if is_remote(location):
        return Client(context).download(location)
    scheme, separator, rest = location.partition("://")
    if not separator:
        path = Path(location)
    elif scheme == "data":
        if context.data_root is None:
            raise SourceError(f"{location}: there is no local data root; set GEOPLATFORM_DATA to the directory that holds it")
        path = _below(context.data_root, rest, location)
    elif scheme == "sample":
        path = _below(context.sample_root, rest, location)
    else:
        raise SourceError(f"{location}: {scheme}:// is not supported; use a path, data://, sample://, http:// or https://")
    if not path.exists():
        raise SourceError(f"{location}: there is no such file; check `location`")
    return path


def locate_file(location: str, context: SourceContext) -> Path:
    """Return the local, non-empty regular file that `location` means; raises SourceError."""
    path = locate(location, context)
    if not path.is_file():
        raise SourceError(f"{shown(location)}: it is not a file")
    if path.stat().st_size == 0:
        raise SourceError(f"{shown(location)}: the file is empty")
    return path


def fingerprint(paths: Iterable[Path]) -> str:
    """Return the SHA-256 over the bytes of `paths` in their order; raises OSError."""
    digest = hashlib.sha256()
    several = list(paths)
    for path in several:
        if len(several) > 1:  # where one file ends and the next begins matters
            digest.update(f"{path.name.lower()}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _below(root: Path, rest: str, location: str) -> Path:
    path = (root / rest).resolve()
    if not path.is_relative_to(root.resolve()):
        raise SourceError(f"{location}: the path leaves its root")
    return path
