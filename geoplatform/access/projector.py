"""The process that carries GeoNode's permissions to the serving plane: `python -m geoplatform.access.projector`.

It is no task of the worker's, so that no long synchronisation or upload holds a change of permissions up.
"""

from __future__ import annotations

import logging
import signal
import sys
import time

import psycopg
from psycopg_pool import PoolTimeout

from geoplatform import config
from geoplatform.access import geonode
from geoplatform.access.names import LIFE_SIGN

log = logging.getLogger(__name__)

#: Seconds between two looks, which cost one small query each. A change must reach every process within five: a layer that is
#: held by somebody is left to the next look, and the serving plane believes what it knows for two seconds.
LOOK_SECONDS = 1.0


def run() -> None:
    """Look until told to stop (SIGTERM, SIGINT); a database that is away is waited for, said once."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    sign, away = config.load().run / LIFE_SIGN, False
    while True:
        try:
            geonode.project()
            away = False
        except (psycopg.OperationalError, PoolTimeout) as error:
            if not away:
                log.warning("Permissions wait for PostgreSQL: %s", str(error).splitlines()[0])
            away = True
        sign.touch()
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    run()
