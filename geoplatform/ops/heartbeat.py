"""The worker's sign of life: a key in Redis that /healthz looks for, set by the worker's main process while it consumes tasks."""

from __future__ import annotations

import redis
from celery import bootsteps

from geoplatform import config

#: Seconds between two signs, and after how many without one the worker counts as dead.
PERIOD, EXPIRY = 4, 20
KEY = "geoplatform:alive:worker"


class Heartbeat(bootsteps.StartStopStep):
    """A Celery consumer step; add it with `app.steps["consumer"].add(Heartbeat)`.

    It rides on the consumer's timer, so a worker that hangs or has lost the broker gives no sign, and a busy one does.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent, **options) -> None:
        super().__init__(parent, **options)
        self._entry = None
        self._client = redis.Redis.from_url(config.load().redis_url, socket_timeout=2)

    def start(self, parent) -> None:
        """Give the first sign at once and go on every PERIOD seconds."""
        self._sign()
        self._entry = parent.timer.call_repeatedly(PERIOD, self._sign)

    def stop(self, parent) -> None:
        """Stop giving signs; /healthz must not wait for the expiry of a worker that said goodbye."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None
            self._client.delete(KEY)

    def _sign(self) -> None:
        self._client.set(KEY, 1, ex=EXPIRY)
