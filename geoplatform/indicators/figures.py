"""What the values of one year say: order, middle, classes, change since another year, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from geoplatform.indicators import classes
from geoplatform.indicators.areas import Area
from geoplatform.indicators.classes import Breaks, Method


@dataclass(frozen=True)
class Row:
    """An area's value. rank: 1 for the highest; group: its class from 0; before, change: None where there is no earlier value."""

    area: Area
    value: float | None
    rank: int | None
    group: int | None
    before: float | None
    change: float | None


@dataclass(frozen=True)
class Group:
    """A class: values above `low` (for the first: from it) up to `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Figures:
    """Everything that a page tells of one year.

    method, asked: how the values are classed and into how many; chosen: by the reader; reason: why it is the default.
    """

    year: int
    before: int | None
    rows: list[Row]
    groups: list[Group]
    method: Method
    asked: int
    chosen: bool
    reason: str
    middle: float | None = None
    spread: list[tuple[int, float, float, float]] = field(default_factory=list)

    @property
    def known(self) -> list[Row]:
        """The areas with a value, the highest first."""
        return sorted((row for row in self.rows if row.value is not None), key=lambda row: (-row.value, row.area.name))

    @property
    def missing(self) -> list[Row]:
        """The areas without a value."""
        return [row for row in self.rows if row.value is None]


def work_out(
    areas: Mapping[str, Area],
    values: Mapping[int, Mapping[str, float]],
    year: int,
    bounds: Breaks,
    method: Method | None = None,
    count: int | None = None,
) -> Figures:
    """Return the figures of `year`, a key of `values`. Values of areas that are not among `areas` are left out."""
    by_year = {y: {a: v for a, v in found.items() if a in areas} for y, found in values.items()}
    now = by_year[year]
    earlier = [y for y in by_year if y < year and by_year[y]]
    before = max(earlier, default=None)
    then = by_year[before] if before is not None else {}
    best, best_count, reason = classes.best(list(now.values())) if now else ("quantiles", classes.FEWEST, "few")
    used, asked = method or best, count or best_count
    uppers = bounds.get((used, asked)) or ([max(now.values())] if now else [])
    ordered = sorted(now.values(), reverse=True)
    ranks = {value: ordered.index(value) + 1 for value in set(ordered)}
    rows = []
    for area in areas.values():
        value, was = now.get(area.id), then.get(area.id)
        rows.append(
            Row(
                area,
                value,
                None if value is None else ranks[value],
                None if value is None else classes.class_of(value, uppers),
                was,
                None if value is None or was is None else value - was,
            )
        )
    spread = [(y, min(v.values()), median(v.values()), max(v.values())) for y, v in by_year.items() if v]
    return Figures(
        year, before, rows, _groups(ordered, uppers), used, asked, method is not None or count is not None, reason,
        median(ordered) if ordered else None, spread,
    )  # fmt: skip


def _groups(values: Sequence[float], uppers: Sequence[float]) -> list[Group]:
    counts = [0] * len(uppers)
    for value in values:
        counts[classes.class_of(value, uppers)] += 1
    lows = [min(values), *uppers[:-1]] if values else []
    return [Group(low, high, count) for low, high, count in zip(lows, uppers, counts, strict=True)]
