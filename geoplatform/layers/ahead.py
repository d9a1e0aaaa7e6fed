"""Reads a source one batch ahead, so that reading and parsing go on while the database takes the last batch in."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable


def read_ahead[T](items: Iterable[T]) -> Generator[T]:
    """Yield `items`, taken by one thread of its own, at most two ahead; what they raise is raised here, in its place.

    The iterator runs in that thread alone. Close the generator (or run it to its end) before what it reads from is closed.
    """
    ready: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(maxsize=1)
    stop = threading.Event()

    def offer(item: T | None, error: BaseException | None) -> bool:
        while not stop.is_set():
            try:
                ready.put((item, error), timeout=0.1)
                return True
            except queue.Full:
                continue  # the reader is slower, or gone: look again
        return False

    def run() -> None:
        try:
            for item in items:
                if not offer(item, None):
                    return
        except BaseException as error:
            offer(None, error)
        else:
            offer(None, StopIteration())

    thread = threading.Thread(target=run, name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item
    finally:
        stop.set()
        thread.join()
