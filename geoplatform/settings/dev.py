"""Settings of a developer's machine: error pages, static files straight from the source tree."""

from geoplatform.settings.base import *  # noqa: F403
from geoplatform.settings.base import TEMPLATES

DEBUG = True
TEMPLATES[0]["OPTIONS"]["debug"] = True
