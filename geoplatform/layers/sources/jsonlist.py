"""Members of one long JSON list, a bounded piece at a time: how GeoJSON and Overpass answers are read without holding them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from geoplatform.layers.sources.base import SourceError

#: Bytes read at a time: some 12,000 features; larger pieces are not faster and cost memory.
PIECE = 4 << 20
#: A single member may not be larger than this (a detailed coastline is 10 MB).
LONGEST_MEMBER = 256 << 20
#: Everything before the list (name, crs, metadata) must fit into this.
LONGEST_HEAD = 1 << 20

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_OPENING = re.compile(rb"\s*:\s*\[")
_CLOSING = re.compile(rb'\]\s*,(?=\s*"\w+"\s*:)')
_DEPTH = np.zeros(256, dtype=np.int8)
_DEPTH[[ord("{"), ord("[")]] = 1
_DEPTH[[ord("}"), ord("]")]] = -1


class JsonList:
    """The list under one top-level key of a JSON document on disk.

    path, name: the file, and what messages call it; key: the list's name.
    found: whether the document has it within its first megabyte; head: the members before it; tail: those after it, as far as
    they fit into the last 64 kB.
    """

    def __init__(self, path: Path, name: str, key: str) -> None:
        """Read the document's head; raises SourceError when it is no JSON object."""
        self._path, self._name = path, name
        with path.open("rb") as file:
            head = file.read(LONGEST_HEAD)
            file.seek(max(0, path.stat().st_size - (64 << 10)))
            end = file.read()
        skip = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        refuse_other_formats(head[skip:], name)
        start = _start_of_list(head, key.encode())
        self.found = start is not None
        self.head: dict[str, Any] = {}
        self.tail: dict[str, Any] = {}
        if start is None:
            return
        self._start = start[1]
        self.head = self._members(head[skip : start[0]].rstrip().removesuffix(b",") + b"}")
        self.tail = _members_after(end)

    def texts(self) -> Iterator[tuple[bytes, np.ndarray]]:
        """Yield pieces of the list as text that begins with a member (after a comma or space), and where its members end.

        Raises SourceError when the document ends before the list does.
        """
        with self._path.open("rb") as file:
            file.seek(self._start)
            rest, count, size = b"", 0, PIECE
            while True:
                block = file.read(size)
                text = rest + block
                ends, closed = _member_ends(text)
                if ends.size:
                    yield text, ends
                    count += ends.size
                    rest, size = text[int(ends[-1]) + 1 :], PIECE
                else:
                    rest, size = text, min(2 * size, 8 * PIECE)
                if closed:
                    return
                if not block:
                    raise SourceError(f"{self._name}: the document breaks off in record {count + 1} (truncated or incomplete)")
                if len(rest) > LONGEST_MEMBER:
                    raise SourceError(f"{self._name}: record {count + 1} is larger than {LONGEST_MEMBER >> 20} MB")

    def pieces(self) -> Iterator[list[Any]]:
        """Yield lists of parsed members; a ValueError stands for one that is not JSON. Raises SourceError like `texts`."""
        for text, ends in self.texts():
            yield _parse(text, ends)

    def _members(self, text: bytes) -> dict[str, Any]:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{self._name}: not valid JSON beside its list of records: {error}") from error


def parse_each(texts: list[bytes]) -> list[Any]:
    """Return the parsed `texts`; a ValueError stands for one that is not JSON."""
    try:
        return orjson.loads(b"[" + b",".join(texts) + b"]")
    except orjson.JSONDecodeError:
        return [_parse_one(text) for text in texts]


def refuse_other_formats(head: bytes, name: str) -> None:
    """Raise SourceError when `head` does not begin a JSON object."""
    text = head.lstrip()
    begins = repr(text[:60].decode("utf-8", errors="replace"))
    if text[:1] == b"<":
        raise SourceError(f"{name}: the answer is HTML or XML, not JSON; it begins {begins}")
    if text[:1] != b"{":
        raise SourceError(f"{name}: not a JSON object; it begins {begins}")


def _start_of_list(head: bytes, key: bytes) -> tuple[int, int] | None:
    """Return where `key` and the first member of its list start, looking at the top level only."""
    depth = 0
    for token in _TOKEN.finditer(head):
        text = token[0]
        if text in (b"{", b"["):
            depth += 1
        elif text in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and text[1:-1] == key:
            opening = _OPENING.match(head, token.end())
            if opening:
                return token.start(), opening.end()
    return None


def _members_after(end: bytes) -> dict[str, Any]:
    """Return the members between the list's closing bracket and the end of the document; none when it is cut off."""
    for bracket in _CLOSING.finditer(end):
        try:
            return orjson.loads(b"{" + end[bracket.end() :])
        except orjson.JSONDecodeError:
            continue  # the bracket of something inside a member
    return {}


def _member_ends(text: bytes) -> tuple[np.ndarray, bool]:
    """Return the positions of the bytes that close a member of the list `text` begins in, and whether the list itself closes.

    Exact: quotes that a backslash escapes are told apart, braces inside strings do not count.
    """
    codes = np.frombuffer(text, dtype=np.uint8)
    quotes = np.flatnonzero(codes == ord('"'))
    if b"\\" in text:
        quotes = quotes[~_escaped(codes, quotes)]
    braces = np.flatnonzero(_DEPTH[codes])
    braces = braces[(np.searchsorted(quotes, braces) & 1) == 0]
    depth = np.cumsum(_DEPTH[codes[braces]], dtype=np.int64)
    below = np.flatnonzero(depth < 0)
    closed = below.size > 0
    if closed:
        braces, depth = braces[: below[0]], depth[: below[0]]
    return braces[depth == 0], closed


def _escaped(codes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return which of `positions` follow an odd run of backslashes."""
    is_backslash = codes == ord("\\")
    escaped = np.zeros(len(positions), dtype=bool)
    for i in np.flatnonzero(is_backslash[positions - 1] & (positions > 0)):
        start = positions[i]
        while start > 0 and is_backslash[start - 1]:
            start -= 1
        escaped[i] = (positions[i] - start) % 2 == 1
    return escaped


def _parse(text: bytes, ends: np.ndarray) -> list[Any]:
    try:
        return orjson.loads(b"[" + text[: int(ends[-1]) + 1].lstrip(b" \t\r\n,") + b"]")
    except orjson.JSONDecodeError:
        starts = [0, *(ends[:-1] + 1).tolist()]
        return parse_each([text[a : b + 1].lstrip(b" \t\r\n,") for a, b in zip(starts, ends.tolist(), strict=True)])


def _parse_one(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(text)  # NaN, which many programs write, is refused later, for what it is
        except (ValueError, RecursionError):
            return ValueError(str(error))
