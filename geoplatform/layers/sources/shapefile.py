"""Shapefile, zipped or loose: its parts gathered, its text encoding found by looking at the text."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np

from geoplatform.layers.definition import Source
from geoplatform.layers.sources import archive
from geoplatform.layers.sources.base import SourceContext, SourceError
from geoplatform.layers.sources.files import FileReader
from geoplatform.layers.sources.locate import fingerprint, locate_file, shown
from geoplatform.layers.sources.vector import VectorReader

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
#: How much of the text is looked at to tell encodings apart.
_SAMPLE = 64 << 20
#: dBase's language driver byte -> encoding, where it says anything.
_LANGUAGE_DRIVER = {0xC9: "cp1251", 0x65: "cp866", 0x26: "cp866"}


def open_shapefile(source: Source, context: SourceContext, columns: Collection[str]) -> FileReader:
    """Open a .zip that holds one Shapefile (or several: name one with `layer`), or a .shp with its other files beside it.

    Option `encoding`: the text's encoding when it should not be detected. Without a .prj the definition must give `crs`.
    """
    path = locate_file(source.location, context)
    name = shown(source.location)
    if archive.is_zip(path):
        parts = _choose(archive.unpack(path, name, context, lambda member: member.suffix.lower() in _PARTS), source.layer, name)
        source = source.model_copy(update={"layer": None})
    else:
        parts = {
            part.suffix.lower(): part
            for part in path.parent.iterdir()
            if part.stem == path.stem and part.suffix.lower() in _PARTS and part.is_file()
        }
    for suffix, why in ((".shp", "the shapes"), (".shx", "their index"), (".dbf", "the attributes")):
        if suffix not in parts:
            raise SourceError(f"{name}: the {suffix} file ({why}) is missing")
    with parts[".shp"].open("rb") as file:
        if file.read(4) != b"\x00\x00\x27\x0a":
            raise SourceError(f"{name}: {parts['.shp'].name} is not a Shapefile")
    if ".prj" not in parts and source.crs is None:
        raise SourceError(f"{name}: there is no .prj, so its coordinate system is unknown; name it with `crs`, e.g. EPSG:5564")
    encoding = str(source.options.get("encoding") or detect_encoding(parts[".dbf"], parts.get(".cpg"), name))
    return VectorReader(
        parts[".shp"],
        "ESRI Shapefile",
        source,
        columns,
        name,
        fingerprint(parts[suffix] for suffix in _PARTS if suffix in parts),
        open_options=[f"ENCODING={encoding}"],
    )


def detect_encoding(dbf: Path, cpg: Path | None, name: str) -> str:
    """Return the encoding of the text in `dbf`: utf-8, cp1251, cp866, or what its .cpg or header say.

    What the text itself shows goes first where it is beyond doubt (it is, or can't be, UTF-8), since .cpg files lie.
    Raises SourceError when the file is no dBase table.
    """
    text, driver = _text_of(dbf, name)
    text = text[text >= 0x80]
    if not text.size:
        return "utf-8"
    stated = _stated(cpg) or _LANGUAGE_DRIVER.get(driver)
    if _is_utf8(dbf, name):
        return "utf-8"
    if stated and stated != "utf-8":
        return stated
    # In cp866 capitals are at 0x80-0x9F and half of the small letters at 0xA0-0xAF; cp1251 has its letters from 0xC0 up.
    return "cp866" if np.count_nonzero(text < 0xB0) > np.count_nonzero(text >= 0xC0) else "cp1251"


def _stated(cpg: Path | None) -> str | None:
    if cpg is None:
        return None
    text = cpg.read_text("ascii", errors="ignore").strip().lower()
    if "utf" in text or "65001" in text:
        return "utf-8"
    number = re.search(r"\d{3,5}", text)
    if text.startswith("iso") or "8859" in text:
        return text
    return f"cp{number[0]}" if number else None


def _fields(dbf: Path, name: str) -> tuple[int, int, list[tuple[int, int]], int]:
    """Return header length, record length, (offset, width) of the text fields, and the language driver byte."""
    with dbf.open("rb") as file:
        head = file.read(65536)
    header_length = int.from_bytes(head[8:10], "little")
    record_length = int.from_bytes(head[10:12], "little")
    if len(head) < 33 or header_length < 33 or record_length < 1:
        raise SourceError(f"{name}: {dbf.name} is not a dBase table (truncated?)")
    fields, offset = [], 1
    for start in range(32, header_length - 1, 32):
        descriptor = head[start : start + 32]
        if len(descriptor) < 32 or descriptor[0] == 0x0D:
            break
        if descriptor[11:12] == b"C":
            fields.append((offset, descriptor[16]))
        offset += descriptor[16]
    return header_length, record_length, fields, head[29]


def _records(dbf: Path, header_length: int, record_length: int) -> np.ndarray:
    """Return the first records as a byte array of shape (records, record length)."""
    with dbf.open("rb") as file:
        file.seek(header_length)
        raw = np.frombuffer(file.read(_SAMPLE), dtype=np.uint8)
    return raw[: len(raw) // record_length * record_length].reshape(-1, record_length)


def _text_of(dbf: Path, name: str) -> tuple[np.ndarray, int]:
    header_length, record_length, fields, driver = _fields(dbf, name)
    rows = _records(dbf, header_length, record_length)
    parts = [rows[:, offset : offset + width].ravel() for offset, width in fields]
    return (np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)), driver


def _is_utf8(dbf: Path, name: str) -> bool:
    """Return whether all text is UTF-8; a character cut off where its field ends does not count against it."""
    header_length, record_length, fields, _ = _fields(dbf, name)
    rows = _records(dbf, header_length, record_length)
    for offset, width in fields:
        column = np.ascontiguousarray(rows[:, offset : offset + width])
        for value in column[(column >= 0x80).any(axis=1)]:
            try:
                value.tobytes().decode("utf-8")
            except UnicodeDecodeError as error:
                if width - error.start > 3 or "unexpected end" not in error.reason:
                    return False
    return True


def _choose(files: list[Path], layer: str | None, name: str) -> dict[str, Path]:
    """Return the parts of the one Shapefile (or of `layer`) among unpacked `files`, by suffix."""
    shapes = sorted(file for file in files if file.suffix == ".shp")
    if layer is not None:
        shapes = [file for file in shapes if file.stem == layer.lower()]
    if len(shapes) != 1:
        there = ", ".join(file.stem for file in files if file.suffix == ".shp") or "none"
        raise SourceError(f"{name}: one Shapefile is needed, name it with `layer`; the archive holds {there}")
    return {file.suffix: file for file in files if file.with_suffix("") == shapes[0].with_suffix("")}
