"""Waiting for search to follow what the platform's start has loaded."""

from __future__ import annotations

import time

from tests.stack import Stack


def until_searchable(stack: Stack) -> None:
    """Return when no source of documents is behind; fails after two minutes."""
    deadline = time.monotonic() + 120
    while "behind" in (told := stack.command("search", "status").stdout):
        assert time.monotonic() < deadline, told
        time.sleep(1)
