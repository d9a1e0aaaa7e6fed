"""How requests made by chance are tried: the same ones in each run, without a limit of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase


def repeatable(examples: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator, above `hypothesis.given`, for a test of so many examples, which are not made smaller when one fails."""
    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    return lambda test: hypothesis.seed(20260131)(settings(test))
