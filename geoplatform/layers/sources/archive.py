"""Unpacking a stranger's zip: names, counts, declared and actual sizes are checked before and while bytes are written."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from geoplatform.layers.sources.base import SourceContext, SourceError

#: More files than any honest source has.
MOST_MEMBERS = 10_000
#: Deflate packs text at most some 20:1 and zeros 1032:1; small files may be anything.
HIGHEST_RATIO = 200
_RATIO_MATTERS_FROM = 16 << 20
_ARCHIVES = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz"}


def is_zip(path: Path) -> bool:
    """Return whether the file begins like a zip archive."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def check(path: Path, name: str, context: SourceContext) -> list[zipfile.ZipInfo]:
    """Return the archive's members after refusing what an honest archive does not have.

    Raises SourceError: damaged, too many members, too large unpacked, packed too well, or a member that leaves the archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise SourceError(f"{name}: not a sound zip archive (truncated?): {error}") from error
    if len(members) > MOST_MEMBERS:
        raise SourceError(f"{name}: a zip with {len(members):,} files; at most {MOST_MEMBERS:,} are read")
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0] or "\0" in member.filename:
            raise SourceError(f"{name}: the member {member.filename!r} would leave the archive's directory")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise SourceError(f"{name}: the member {member.filename!r} is a link")
        if member.flag_bits & 0x1:
            raise SourceError(f"{name}: the member {member.filename!r} is encrypted")
        if member.file_size > _RATIO_MATTERS_FROM and member.file_size > HIGHEST_RATIO * max(member.compress_size, 1):
            raise SourceError(f"{name}: the member {member.filename!r} unpacks to {member.file_size:,} bytes: a zip bomb")
    declared = sum(member.file_size for member in members)
    if declared > context.max_bytes:
        raise SourceError(f"{name}: unpacks to {declared:,} bytes, more than the {context.max_bytes:,} that a source may have")
    return members


def unpack(path: Path, name: str, context: SourceContext, wanted: Callable[[PurePosixPath], bool]) -> list[Path]:
    """Unpack the members for which `wanted` is true into a new directory in `context.work`; return the files.

    Names become lower case. Raises SourceError as `check` does, and when a member is larger than it says, damaged, or all there
    is are archives again.
    """
    members = check(path, name, context)
    chosen = [member for member in members if wanted(PurePosixPath(member.filename.replace("\\", "/")))]
    if not chosen and any(PurePosixPath(member.filename).suffix.lower() in _ARCHIVES for member in members):
        raise SourceError(f"{name}: an archive within the archive; unpack the outer one")
    target = context.work / f"unpacked-{path.name}"
    files: list[Path] = []
    left = context.max_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            for member in chosen:
                file = target / member.filename.replace("\\", "/").lower()
                file.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed, file.open("wb") as out:
                    while block := packed.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise SourceError(f"{name}: {member.filename!r} unpacks to more than it declares: a zip bomb")
                        out.write(block)
                files.append(file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{name}: the archive is damaged at {member.filename!r}: {error}") from error
    return files
