"""Classes of values by mapclassify, worked out when values come in. `python -m geoplatform.indicators.classes` does it apart.

mapclassify brings scikit-learn: seconds and a hundred megabytes that no process that answers requests should spend.
"""

from __future__ import annotations

import bisect
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev
from typing import Literal

Method = Literal["quantiles", "natural", "equal"]
METHODS: tuple[Method, ...] = ("quantiles", "natural", "equal")
FEWEST, MOST = 3, 7
#: Natural breaks cost the square of the number of values: of more, so many at even steps of their rank stand for all.
_SAMPLE = 200
_PATIENCE = 120

#: (method, number of classes asked for) -> upper bounds of the classes.
Breaks = dict[tuple[str, int], list[float]]


def breaks_of(values: Sequence[float]) -> Breaks:
    """Return the upper bounds for each method and number of classes that these values allow; none for fewer than two values.

    Equal bounds become one, so there may be fewer classes than were asked for.
    """
    ordered = sorted(values)
    distinct = len(set(ordered))
    if distinct < 2:
        return {}
    import warnings

    import mapclassify
    import numpy

    everything = numpy.array(ordered, dtype=float)
    step = (len(ordered) - 1) / (_SAMPLE - 1)
    sample = numpy.array([ordered[round(i * step)] for i in range(_SAMPLE)]) if len(ordered) > _SAMPLE else everything
    found: Breaks = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct values than classes: seen to below
        for count in range(FEWEST, MOST + 1):
            found["quantiles", count] = _bounds(mapclassify.Quantiles(everything, k=count).bins, ordered)
            found["equal", count] = _bounds(mapclassify.EqualInterval(everything, k=count).bins, ordered)
            if len(set(sample)) >= count:
                found["natural", count] = _bounds(mapclassify.FisherJenks(sample, k=count).bins, ordered)
            else:
                found["natural", count] = sorted(set(ordered))
    return found


def elsewhere(by_year: Mapping[int, Sequence[float]]) -> dict[int, Breaks]:
    """Return `breaks_of` for each year, worked out in a process of its own; raises RuntimeError when that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "geoplatform.indicators.classes"],
        input=json.dumps([[year, list(values)] for year, values in by_year.items()]),
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the classes could not be worked out: {done.stderr.strip().splitlines()[-1:]}")
    return {year: {(method, count): bounds for method, count, bounds in rows} for year, rows in json.loads(done.stdout)}


def here(by_year: Mapping[int, Sequence[float]]) -> dict[int, Breaks]:
    """Return `breaks_of` for each year, in this process."""
    return {year: breaks_of(values) for year, values in by_year.items()}


def class_of(value: float, bounds: Sequence[float]) -> int:
    """Return the class of `value`, from 0; what is above the last bound is in the last class."""
    return min(bisect.bisect_left(bounds, value), len(bounds) - 1) if bounds else 0


def best(values: Sequence[float]) -> tuple[Method, int, str]:
    """Return the method and number of classes that suit these values, and which reason (`few`, `skewed`, `even`, `mixed`) it has.

    Few areas need few classes. A long tail is followed by natural breaks; evenly spread values by equal steps; what is neither by
    classes of equal size.
    """
    distinct = len(set(values))
    count = FEWEST if distinct < 10 else 4 if distinct < 25 else 5
    if distinct < 10:
        return "natural", count, "few"
    skew = _skewness(values)
    if abs(skew) > 1:
        return "natural", count, "skewed"
    ordered = sorted(values)
    width = (ordered[-1] - ordered[0]) / count
    filled = [sum(1 for v in ordered if ordered[0] + i * width <= v <= ordered[0] + (i + 1) * width) for i in range(count)]
    if min(filled) * count * 2 >= len(ordered):
        return "equal", count, "even"
    return "quantiles", count, "mixed"


def _skewness(values: Sequence[float]) -> float:
    mean, deviation = fmean(values), pstdev(values)
    return fmean(((v - mean) / deviation) ** 3 for v in values) if deviation else 0.0


def _bounds(bins: Sequence[float], ordered: Sequence[float]) -> list[float]:
    """Return bounds that go up, without empty classes at the ends; the last one is the greatest value."""
    inner = sorted({float(bound) for bound in bins if ordered[0] <= bound < ordered[-1]})
    return [*inner, ordered[-1]]


if __name__ == "__main__":
    told = here(dict(json.load(sys.stdin)))
    json.dump([[year, [[m, c, b] for (m, c), b in breaks.items()]] for year, breaks in told.items()], sys.stdout)
