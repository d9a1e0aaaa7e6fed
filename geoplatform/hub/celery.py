"""The Celery application: GeoNode's, since its tasks are bound to it, with our settings, beat and sign of life."""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoplatform.settings.production")

from celery.exceptions import SecurityWarning
from geonode.celery_app import app

from geoplatform.ops.heartbeat import Heartbeat

# `geoplatform up` has said already that it runs as root, in one line.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges", category=SecurityWarning)
# /healthz looks for it.
app.steps["consumer"].add(Heartbeat)

__all__ = ["app"]
