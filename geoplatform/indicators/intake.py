"""What a table would bring: each value with its area and year, and every row that can't be taken with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from geoplatform.indicators import numbers
from geoplatform.indicators.definition import Indicator
from geoplatform.indicators.matching import Areas
from geoplatform.indicators.table import Cell

#: Troubles that keep the whole table out; rows of unknown areas may be left out when a person says so.
GRAVE = ("ambiguous", "duplicate", "not_number", "bad_year", "out_of_range")


@dataclass(frozen=True)
class Trouble:
    """A cell that can't be taken. code: a key of `wording.REASONS`; facts: what its sentence names."""

    code: str
    cell: Cell
    facts: dict[str, str]


@dataclass
class Report:
    """What a table would bring.

    values: (area, year) -> value; by_name: rows found by name; empty: cells without a value; missing: areas without any value.
    """

    values: dict[tuple[str, int], float] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    by_name: int = 0
    empty: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def years(self) -> list[int]:
        """The years that the table has values of."""
        return sorted({year for _area, year in self.values})

    @property
    def areas(self) -> int:
        """How many areas have a value."""
        return len({area for area, _year in self.values})

    @property
    def grave(self) -> list[Trouble]:
        """What must be mended in the table."""
        return [trouble for trouble in self.troubles if trouble.code in GRAVE]

    @property
    def unmatched(self) -> list[Trouble]:
        """Rows whose area is not known, which may be left out."""
        return [trouble for trouble in self.troubles if trouble.code not in GRAVE]


def examine(indicator: Indicator, cells: Iterable[Cell], areas: Areas) -> Report:
    """Look at every cell; nothing is written."""
    report = Report()
    first: dict[tuple[str, int], Cell] = {}
    for cell in cells:
        _take(indicator, cell, areas, report, first)
    have = {area for area, _year in report.values}
    report.missing = [area.names[0] if area.names else area.id for area in areas.all.values() if area.id not in have]
    report.missing.sort()
    return report


def _take(indicator: Indicator, cell: Cell, areas: Areas, report: Report, first: dict[tuple[str, int], Cell]) -> None:
    def trouble(code: str, **facts: object) -> None:
        said = {"row": cell.row, "code": cell.code[:60], "name": cell.name[:80], "value": cell.value[:60], "year": cell.year[:30]}
        report.troubles.append(Trouble(code, cell, {name: str(fact) for name, fact in (said | facts).items()}))

    try:
        value = numbers.number(cell.value)
    except ValueError:
        return trouble("not_number")
    if value is None:
        report.empty += 1
        return None
    match = areas.match(cell.code, cell.name)
    if match.area is None:
        return trouble(match.trouble, choices=", ".join(match.choices[:5]))
    try:
        year = numbers.year(cell.year)
    except ValueError:
        return trouble("bad_year")
    least, most = indicator.least, indicator.most
    if (least is not None and value < least) or (most is not None and value > most):
        return trouble("out_of_range", least="" if least is None else f"{least:g}", most="∞" if most is None else f"{most:g}")
    key = match.area, year
    if key in first:
        return trouble("duplicate", other=first[key].row, year=year)
    first[key] = cell
    report.values[key] = value
    report.by_name += match.by == "name"
    return None
