"""The ETag of a single feature: its row's version first, so that a writer's If-Match can be held against the row itself."""

from __future__ import annotations

import hashlib
import re

_SHAPE = re.compile(r'(?:W/)?"(\d{1,18})-[0-9a-f]+"')


class EtagError(ValueError):
    """An If-Match header names no state of a feature; the message is one line."""


def of(version: int, *parts: str) -> str:
    """Return the weak ETag of a feature.

    version: the row's; parts: whatever else the representation depends on (release, level, description, format, language).
    """
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return f'W/"{version}-{digest}"'


def versions(header: str) -> frozenset[int] | None:
    """Return the row versions that an If-Match `header` accepts, None for `*` (any state). Raises EtagError.

    The comparison is by version alone (RFC 9110, 13.1.1 asks for a strong one): what a writer must not overwrite is the row, and
    two representations of one row version are the same row; nginx weakens ETags when it compresses.
    """
    if header.strip() == "*":
        return None
    found = set()
    for part in header.split(","):
        match = _SHAPE.fullmatch(part.strip())
        if match is None:
            raise EtagError('If-Match: give the ETag of the feature as it was answered, such as W/"12-0f3a…", or *')
        found.add(int(match[1]))
    return frozenset(found)
