"""Which map layers a request may be answered with: the one place that joins what the principal may see with what can be drawn."""

from __future__ import annotations

from geoplatform.publishing.drawable import Drawable, Features, drawables
from geoplatform.serving import publication
from geoplatform.serving.context import Context
from geoplatform.serving.publication import Publication


def visible(context: Context, everything: dict[str, Drawable]) -> dict[str, Drawable]:
    """Return what the principal may see of `everything` at their level, by name, in drawing order."""
    layers, rasters = context.publication.layers, context.publication.rasters
    return {
        name: drawable
        for name, drawable in everything.items()
        if (name in layers if isinstance(drawable, Features) else drawable.raster.id in rasters)
    }


def of_level(context: Context) -> tuple[int, dict[str, Drawable]]:
    """Return the serial and everything that can be drawn at the principal's level, by name; the level's mapfile holds it all."""
    whole: Publication = publication.current(context.level)
    found = whole.documents.get(_KEY)
    if found is None:
        drawn = drawables([served.layer for served in whole.layers.values()], whole.rasters.values())
        found = whole.documents[_KEY] = {each.id: each for each in drawn}
    return whole.serial, found


_KEY = "drawables"
