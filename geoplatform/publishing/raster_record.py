"""One raster's record in GeoNode's catalogue: what its description says, in both languages, its dates and its picture."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from geonode.base.models import SpatialRepresentationType
from geonode.layers.models import Dataset
from geonode.resource.utils import resourcebase_post_save

from geoplatform import config, database
from geoplatform.hub import pictures
from geoplatform.hub.permissions import RASTER_STORE
from geoplatform.layers import described
from geoplatform.layers.definition import Level
from geoplatform.layers.rasters import files
from geoplatform.layers.rasters.published import PublishedRaster
from geoplatform.publishing import catalogue_record as records
from geoplatform.publishing import raster_picture
from geoplatform.publishing.catalogue_fields import Standing


def write(raster: PublishedRaster) -> Dataset:
    """Make or bring up to date the record of `raster`, as its widest level sees it; whole or, when it fails, not at all."""
    with transaction.atomic(), records.keeping(raster.id, RASTER_STORE) as before:
        dataset = _row(raster, before)
        theme = described.library().theme(raster.theme)
        records.texts(dataset, raster, theme.title if theme else None, before)
        records.link(dataset, _links(raster))
        records.permit(dataset)
        newest = files.directory(config.load()) / raster.images[-1].file
        # a picture's address needs no permission
        pictures.store(dataset, raster_picture.draw(newest) if raster.level is Level.public else None)
        dataset.refresh_from_db()
        resourcebase_post_save(dataset)
    return dataset


def _row(raster: PublishedRaster, before: Standing | None) -> Dataset:
    days = [image.date.isoformat() for image in raster.images]
    boxes = [image.bbox for image in raster.images]
    values = {
        "subtype": "raster",
        "title": raster.title.uk,
        "abstract": raster.description.uk,
        "category": records.topic(raster.theme),
        "license": records.licence(raster.licence),
        "attribution": raster.attribution.uk,
        "purpose": f"{raster.owner.uk} / {raster.owner.en}",
        "supplemental_information": f"Володілець даних: {raster.owner.uk}.\nData owner: {raster.owner.en}.",
        "data_quality_statement": f"Знімки за: {', '.join(days)}. / Images of: {', '.join(days)}.",
        "maintenance_frequency": "asNeeded",
        "edition": days[-1],
        "date": raster.changed_at,
        "temporal_extent_start": raster.images[0].date,
        "temporal_extent_end": raster.images[-1].date,
        "spatial_representation_type": SpatialRepresentationType.objects.filter(identifier="grid").first(),
    }
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return records.saved(raster.id, RASTER_STORE, records.account(_uploader(raster.id)), values, box, before)


def _uploader(raster: str) -> str | None:
    with database.pool("owner").connection() as conn:
        row = conn.execute("select uploaded_by from registry.raster where id = %s", [raster]).fetchone()
    return row[0] if row else None


def _links(raster: PublishedRaster) -> dict[str, tuple[str, str, str, str]]:
    wanted = {"OGC:WMS": ("OGC:WMS", "html", "text/html", f"{settings.SITEURL}ows")}
    if raster.level is Level.public:
        wanted["WMTS"] = ("html", "xml", "application/xml", f"{settings.SITEURL}wmts/1.0.0/WMTSCapabilities.xml")
    return wanted
