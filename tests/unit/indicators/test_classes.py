"""Classes of values: every method gives bounds that hold each value once."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from geoplatform.indicators import classes
from geoplatform.indicators.areas import Area
from geoplatform.indicators.figures import work_out

DICE = random.Random(35)
SETS = {
    "few": [1.0, 2.0, 3.0],
    "two": [0.0, 0.0, 0.0, 5.0],
    "negative": [-5.0, -1.0, 0.0, 3.0, 8.0, 9.0, 12.0],
    "tail": [DICE.expovariate(0.1) for _ in range(120)],
    "even": [float(n) for n in range(60)],
    "many": [DICE.gauss(50, 9) for _ in range(1500)],
}


@pytest.mark.parametrize("name", SETS)
def test_bounds_go_up_and_hold_every_value(name):
    values = SETS[name]
    found = classes.breaks_of(values)
    assert {method for method, _count in found} == set(classes.METHODS)
    for (_method, count), bounds in found.items():
        assert bounds == sorted(set(bounds)) and len(bounds) <= count and bounds[-1] == max(values)
        assert all(0 <= classes.class_of(value, bounds) < len(bounds) for value in values)


def test_one_value_makes_no_classes():
    assert classes.breaks_of([4.0, 4.0]) == {} and classes.class_of(4.0, []) == 0


def test_equal_steps_are_equal_and_quantiles_hold_equal_numbers():
    found = classes.breaks_of(SETS["even"])
    assert found["equal", 5] == pytest.approx([11.8, 23.6, 35.4, 47.2, 59])
    counts = [0] * 5
    for value in SETS["even"]:
        counts[classes.class_of(value, found["quantiles", 5])] += 1
    assert max(counts) - min(counts) <= 1


def test_natural_breaks_lie_in_the_gaps():
    values = [1.0, 1.1, 1.2, 5.0, 5.1, 9.0, 9.1, 9.2]
    assert classes.breaks_of(values)["natural", 3] == [1.2, 5.1, 9.2]


@pytest.mark.parametrize(("name", "reason"), [("few", "few"), ("tail", "skewed"), ("even", "even"), ("many", "mixed")])
def test_the_method_chosen_by_itself_has_its_reason(name, reason):
    method, count, why = classes.best(SETS[name])
    assert why == reason and method in classes.METHODS and classes.FEWEST <= count <= classes.MOST


def test_a_process_of_its_own_gives_the_same_bounds():
    assert classes.elsewhere({2024: SETS["negative"]}) == classes.here({2024: SETS["negative"]})


def test_reading_the_package_does_not_load_scikit_learn():
    code = "import geoplatform.indicators.figures, geoplatform.indicators.store, sys, json;"
    code += "print(json.dumps('sklearn' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False


def test_figures_rank_class_and_compare():
    areas = {name: Area(name, name.upper(), None, False) for name in "abcd"}
    found = work_out(
        areas,
        {2020: {"a": 1.0, "b": 5.0, "gone": 99.0}, 2022: {"a": 3.0, "b": 3.0, "c": 9.0}},
        2022,
        {("natural", 3): [3.0, 9.0]},
    )
    assert found.before == 2020 and [row.area.id for row in found.missing] == ["d"]
    assert {row.area.id: row.rank for row in found.known} == {"c": 1, "a": 2, "b": 2}
    assert {row.area.id: row.change for row in found.rows} == {"a": 2.0, "b": -2.0, "c": None, "d": None}
    assert [(group.low, group.high, group.count) for group in found.groups] == [(3.0, 3.0, 2), (3.0, 9.0, 1)]
    assert found.spread == [(2020, 1.0, 3.0, 5.0), (2022, 3.0, 3.0, 9.0)]
