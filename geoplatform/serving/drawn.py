"""Which map layers a request may be answered with: the one place that joins what the principal may see with what can be drawn."""

from __future__ import annotations

from geoplatform import database
from geoplatform.layers.rasters import published as rasters
from geoplatform.publishing.drawable import Drawable, Features, drawables
from geoplatform.serving import publication
from geoplatform.serving.context import Context
from geoplatform.serving.publication import Publication


def visible(context: Context, everything: dict[str, Drawable]) -> dict[str, Drawable]:
    """Return what the principal may see of `everything` at their level, by name, in drawing order."""
    layers, permissions = context.publication.layers, context.publication.permissions
    return {
        name: drawable
        for name, drawable in everything.items()
        if (
            name in layers
            if isinstance(drawable, Features)
            else permissions.allows(context.principal, drawable.raster.id, "view")
        )
    }


def of_level(context: Context) -> tuple[int, dict[str, Drawable]]:
    """Return the serial and everything that can be drawn at the principal's level, by name; the level's mapfile holds it all."""
    whole: Publication = publication.current(context.level)
    found = whole.documents.get(_KEY)
    if found is None:
        with database.pool(whole.level).connection() as conn:
            pictures = rasters.read(conn, whole.level)
        found = {each.id: each for each in drawables([served.layer for served in whole.layers.values()], pictures)}
        whole.documents[_KEY] = found
    return whole.serial, found


_KEY = "drawables"
