"""Waiting for what another process does soon."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(check: Callable[[], object], seconds: float = 5.0) -> float:
    """Ask again and again until `check` holds; return the seconds it took, fail after `seconds`.

    Where `seconds` is no promise of the platform but patience with a loaded machine, give plenty.
    """
    begun = time.monotonic()
    while not check():
        assert time.monotonic() - begun < seconds, f"not so within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - begun
