"""What a plugin is and how it is found: a Django app that subclasses `Plugin`, named by an entry point of `geoplatform.plugins`.

Discovery runs while Django's settings are read, before any app is loaded, so it imports the plugin's `apps` module only.
A plugin that can't be imported, asks for another API version or is no `Plugin` is reported and left out; the platform
starts without it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from geoplatform.search.sources import DocumentSource

log = logging.getLogger(__name__)

GROUP = "geoplatform.plugins"

#: Goes up when a contribution point changes so that an older plugin would break.
API_VERSION = 1


class Plugin(AppConfig):
    """Base of a plugin's AppConfig; override what the plugin contributes.

    api_version: the API_VERSION that the plugin was written for.
    title_uk, title_en: what people read in navigation and in `geoplatform plugins list`.
    """

    api_version = API_VERSION
    title_uk = ""
    title_en = ""

    def layer_directories(self) -> list[str]:
        """Return directories of layer definitions that the plugin adds, in the form of layers/."""
        return []

    def search_sources(self) -> list[DocumentSource]:
        """Return sources of documents for search (docs/search.md); their collections begin with the plugin's label."""
        return []

    def urls(self) -> str | None:
        """Return the dotted path of a URLconf, mounted at `/<label>/` and, in English, at `/en/<label>/`; None for no pages."""
        return None


@dataclass(frozen=True)
class Found:
    """A plugin as discovered: `config` is the dotted path for INSTALLED_APPS; None when left out, and `fault` says why."""

    name: str
    package: str
    version: str
    config: str | None
    fault: str | None


def discover(candidates: Iterable[EntryPoint] | None = None) -> list[Found]:
    """Return every installed plugin, sorted by name, the faulty ones with their fault.

    candidates: entry points to look at instead of the installed ones.
    """
    points = entry_points(group=GROUP) if candidates is None else candidates
    return [_inspect(point) for point in sorted(points, key=lambda point: point.name)]


def installed_apps() -> list[str]:
    """Return the INSTALLED_APPS entries of all sound plugins; the others are logged."""
    apps = []
    for found in discover():
        if found.config is None:
            log.error("Plugin %s is left out: %s", found.name, found.fault)
        else:
            apps.append(found.config)
    return apps


def search_sources(configs: Iterable[AppConfig] | None = None) -> list[DocumentSource]:
    """Return the sources of documents of all plugins; one that fails, or takes a name not its own, is logged and left out.

    configs: apps to ask instead of the installed ones.
    """
    from django.apps import apps

    found: list[DocumentSource] = []
    for plugin in apps.get_app_configs() if configs is None else configs:
        if not isinstance(plugin, Plugin):
            continue
        try:
            offered = plugin.search_sources()
        except Exception:  # a plugin may fail in any way at all, and none may stop the others
            log.exception("Plugin %s: its sources of search documents are left out", plugin.label)
            continue
        for source in offered:
            if source.collection == plugin.label or source.collection.startswith((f"{plugin.label}_", f"{plugin.label}-")):
                found.append(source)
            else:
                log.error("Plugin %s: collection %s does not begin with its label; left out", plugin.label, source.collection)
    return found


def _inspect(point: EntryPoint) -> Found:
    package = point.dist.name if point.dist else point.module
    version = point.dist.version if point.dist else "?"
    config, fault = None, None
    try:
        loaded = point.load()
    except Exception as error:  # a plugin may fail in any way at all, and none may stop the platform; the fault is reported
        fault = f"it can't be imported ({type(error).__name__}: {error})"
    else:
        if not (isinstance(loaded, type) and issubclass(loaded, Plugin)):
            fault = f"{point.value} is not a subclass of geoplatform.plugins.Plugin"
        elif loaded.api_version != API_VERSION:
            fault = f"it was written for plugin API {loaded.api_version}; this platform has {API_VERSION}"
        else:
            config = f"{loaded.__module__}.{loaded.__qualname__}"
    return Found(point.name, package, version, config, fault)
