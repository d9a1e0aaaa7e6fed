"""Reading ahead: order, faults in their place, and no thread left behind."""

import contextlib
import threading

import pytest

from geoplatform.layers.ahead import read_ahead


def test_items_come_in_order_and_from_one_thread():
    threads = set()

    def items():
        for n in range(50):
            threads.add(threading.get_ident())
            yield n

    assert list(read_ahead(items())) == list(range(50))
    assert len(threads) == 1
    assert threads.isdisjoint({threading.get_ident()})


def test_a_fault_is_raised_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("record 2 is broken")

    seen = []
    with pytest.raises(ValueError, match="record 2 is broken"):
        for item in read_ahead(items()):
            seen.append(item)
    assert seen == [1]


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_no_thread_stays_behind_when_the_reader_goes_away(taken):
    read = []

    def items():
        for n in range(1000):
            read.append(n)
            yield n

    before = threading.active_count()
    with contextlib.closing(read_ahead(items())) as batches:
        for _ in range(taken):
            next(batches)
    assert threading.active_count() == before
    assert len(read) <= taken + 3
