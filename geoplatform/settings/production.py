"""Settings of a running installation, demo or production: what `geoplatform up` uses."""

from geoplatform.settings.base import *  # noqa: F403
