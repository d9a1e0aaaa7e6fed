"""What there is to know of a layer: legend, source, licence, freshness, downloads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.translation import get_language

from geoplatform.layers.published import PublishedLayer
from geoplatform.publicmap import current
from geoplatform.publishing import styles

#: What is offered of a layer: the format's name, the query that asks for it, and the greatest number of features it holds.
FORMATS = (("CSV", "f=csv", None), ("GeoPackage", "f=gpkg", None), ("GeoJSON", "f=json&limit=10000", 10_000))


@dataclass(frozen=True)
class AboutLayer:
    """A layer for its page and for its line among the drawn layers."""

    layer: PublishedLayer
    legend: list[styles.LegendEntry]
    freshness: current.Freshness
    page: str
    record: str
    downloads: list[tuple[str, str]]

    @property
    def id(self) -> str:
        """The layer's id."""
        return self.layer.id


def about(layer: PublishedLayer, now: datetime | None = None) -> AboutLayer:
    """Return what is known of `layer` in the reader's language, as of `now` (aware; default: now)."""
    language = "en" if (get_language() or "uk").startswith("en") else "uk"
    collection = f"/ogcapi/collections/{layer.id}"
    return AboutLayer(
        layer=layer,
        legend=[] if layer.definition.geometry == "none" else styles.legend(layer.definition, layer.vocabularies, language),
        freshness=current.freshness(layer, now or datetime.now(UTC)),
        page=reverse("maptools:about", args=[layer.id]),
        record=f"/ogcapi/collections/catalogue/items/{layer.id}?f=html&lang={language}",
        downloads=[
            (name, f"{collection}/items?{query}")
            for name, query, most in FORMATS
            if 0 < layer.feature_count <= (most or layer.feature_count)
        ],
    )
