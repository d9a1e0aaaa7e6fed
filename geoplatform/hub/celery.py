"""The Celery application: GeoNode's, since its tasks are bound to it, with our settings, beat and sign of life."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoplatform.settings.production")

from geonode.celery_app import app

from geoplatform.ops.heartbeat import Heartbeat

# /healthz looks for it.
app.steps["consumer"].add(Heartbeat)

__all__ = ["app"]
