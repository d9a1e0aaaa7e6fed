"""What people wrote about a layer comes back with its record, when it was taken out of the catalogue and is published again."""

from __future__ import annotations

from geonode.base.models import Region, RestrictionCodeType, TopicCategory
from geonode.layers.models import Dataset

from geoplatform import database
from geoplatform.layers.catalogued import Note


def restore(dataset: Dataset) -> None:
    """Write into a record that was just made what people had written in the one before; points of contact are not kept.

    To be called when the record remembers already what the catalogue wrote, so that this is known as people's.
    """
    with database.pool("owner").connection() as conn:
        row = conn.execute("select document from registry.catalogue_note where layer = %s", [dataset.name]).fetchone()
    if row is None:
        return
    note = Note.model_validate(row[0])
    fields = {
        "purpose": note.purpose,
        "supplemental_information": note.supplement,
        "data_quality_statement": note.quality,
        "maintenance_frequency": note.frequency,
        "category": TopicCategory.objects.filter(identifier=note.category.code).first() if note.category else None,
        "temporal_extent_end": note.until,
    }
    values = {name: value for name, value in fields.items() if name in note.taken}
    if note.since is not None:
        values["temporal_extent_start"] = note.since
    values |= {
        "doi": note.doi,
        "constraints_other": note.constraints,
        "restriction_code_type": RestrictionCodeType.objects.filter(identifier=note.restriction).first(),
    }
    for name, value in values.items():
        setattr(dataset, name, value)
    dataset.save(notify=False)
    if "regions" in note.taken:
        dataset.regions.set(Region.objects.filter(code__in=[region.code for region in note.regions]))
    dataset.keywords.add(*note.keywords)
