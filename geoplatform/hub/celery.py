"""The Celery application: GeoNode's, since its tasks are bound to it, with our settings and our beat."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geoplatform.settings.production")

from geonode.celery_app import app

__all__ = ["app"]
