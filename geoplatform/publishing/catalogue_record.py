"""One layer's record in GeoNode's catalogue: everything that a published layer's definition says, in both languages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils.text import slugify
from geonode.base.models import License, Link, Region, SpatialRepresentationType, TopicCategory
from geonode.layers.models import Attribute, Dataset
from geonode.metadata.manager import metadata_manager
from geonode.metadata.models import SparseField
from geonode.resource.registry import dataset_manager
from geonode.resource.utils import resourcebase_post_save

from geoplatform import database
from geoplatform.access import ceilings, geonode
from geoplatform.access.geonode import CEILING_FIELD
from geoplatform.access.names import RASTER_STORE, REGISTERED_GROUP, STAFF_GROUP, STORE, STORES, WORKSPACE
from geoplatform.hub import pictures
from geoplatform.hub.accounts import STAFF_USERNAME
from geoplatform.hub.manager import record_only
from geoplatform.layers.definition import Level, Text
from geoplatform.layers.published import PublishedLayer
from geoplatform.publishing import catalogue_fields, catalogue_words, thumbnail
from geoplatform.publishing.catalogue_fields import Standing

_NAMESPACE = uuid.UUID("5a4e2f0a-4c1f-5c09-9a5a-0d7f3c0b7a11")
_XSD = {
    "text": "xsd:string", "integer": "xsd:long", "number": "xsd:double", "boolean": "xsd:boolean",
    "date": "xsd:date", "datetime": "xsd:dateTime", "json": "xsd:string",
}  # fmt: skip
_GML = {
    "point": "gml:PointPropertyType", "multipoint": "gml:MultiPointPropertyType",
    "line": "gml:MultiLineStringPropertyType", "polygon": "gml:MultiPolygonPropertyType",
}  # fmt: skip
#: Our themes in ISO 19115's topic categories.
_TOPICS = {
    "safety": "society", "health": "health", "social": "society", "services": "society", "education": "society",
    "culture": "society", "transport": "transportation", "planning": "planningCadastre", "nature": "environment",
    "territory": "boundaries",
}  # fmt: skip
#: Longest promise in days -> ISO maintenance frequency.
_FREQUENCIES = (
    (1, "daily"), (7, "weekly"), (14, "fortnightly"), (31, "monthly"), (92, "quarterly"), (184, "biannually"), (366, "annually"),
)  # fmt: skip
_VIEW = ["view_resourcebase", "download_resourcebase"]
_GROUPS = {Level.public: "anonymous", Level.registered: REGISTERED_GROUP, Level.staff: STAFF_GROUP}


class Described(Protocol):
    """What layers and rasters have in common."""

    title: Text
    description: Text
    keywords: list[Text]


def uuid_of(layer_id: str) -> str:
    """Return the catalogue's uuid of the layer: always the same, so that a record is never made twice."""
    return str(uuid.uuid5(_NAMESPACE, layer_id))


def layer_datasets():
    """Return the queryset of the catalogue's records that stand for layers and rasters."""
    return Dataset.objects.filter(workspace=WORKSPACE, store__in=STORES)


def write(layer: PublishedLayer) -> Dataset:
    """Make or bring up to date the record of `layer`, as its widest level sees it; whole or, when it fails, not at all."""
    with transaction.atomic(), keeping(layer.id, STORE) as before:
        dataset = _row(layer, before)
        texts(dataset, layer.definition, layer.theme.title if layer.theme else None, before)
        _attributes(dataset, layer)
        _links(dataset, layer)
        permit(dataset)
        _picture(dataset, layer)
        dataset.refresh_from_db()
        resourcebase_post_save(dataset)
    return dataset


def remove(dataset: Dataset) -> None:
    """Take a layer's record and its picture out of the catalogue; the layer's table is not the catalogue's to touch."""
    with record_only():
        dataset_manager.delete(dataset.uuid, instance=dataset)
    if Dataset.objects.filter(pk=dataset.pk).exists():
        raise RuntimeError(f"GeoNode did not delete the record of {dataset.name}")


@contextmanager
def keeping(name: str, store: str) -> Iterator[Standing | None]:
    """Write the record `name` inside; gives how it stood before, None when it was not there.

    Afterwards the record remembers what was written, so that the next time people's own words are known from ours.
    """
    before = standing(name, store)
    yield before
    after = standing(name, store)
    if after is None:
        raise RuntimeError(f"the record of {name} was not written")
    dataset = Dataset.objects.get(uuid=uuid_of(name))
    fields = catalogue_fields.memory(before, after, after.words - (before.own_words if before else frozenset()))
    remembered = SparseField.objects.filter(resource=dataset.resourcebase_ptr, name__startswith=catalogue_fields.WRITTEN_WORDS)
    remembered.exclude(name__in=fields).delete()
    for field, value in fields.items():
        SparseField.objects.update_or_create(resource=dataset.resourcebase_ptr, name=field, defaults={"value": value})
    if before is None:
        catalogue_words.restore(dataset)


def standing(name: str, store: str) -> Standing | None:
    """Return how the record `name` stands, None when there is none."""
    number = Dataset.objects.filter(uuid=uuid_of(name)).values_list("pk", flat=True).first()
    if number is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(catalogue_fields.QUERY, [number])
        stands, words, written, written_words = cursor.fetchone()
    return catalogue_fields.standing(
        *(json.loads(it) if isinstance(it, str) else it for it in (stands, words)),
        written,
        written_words,
        is_raster=store == RASTER_STORE,
    )


def saved(
    name: str, store: str, owner: Any, values: dict[str, Any], bbox: Sequence[float] | None, before: Standing | None
) -> Dataset:
    """Return the record `name` with these values, made if it is not there; what people have written stays.

    owner: an account, None for the staff's; bbox: west, south, east, north in degrees; before: see `keeping`.
    """
    people = get_user_model().objects
    staff = people.filter(username=STAFF_USERNAME).first() or people.filter(is_superuser=True).order_by("pk").first()
    owner = owner or staff
    if owner is None:
        raise RuntimeError("there is no staff account to own the record; run prepare_hub")
    dataset, _ = Dataset.objects.get_or_create(
        uuid=uuid_of(name),
        defaults={"name": name, "workspace": WORKSPACE, "store": store, "title": values["title"], "owner": owner},
    )
    always = {
        "name": name,
        "workspace": WORKSPACE,
        "store": store,
        "alternate": f"{WORKSPACE}:{name}",
        "typename": f"{WORKSPACE}:{name}",
        "resource_type": "dataset",
        "language": "ukr",
        "date_type": "revision",
        "is_approved": True,
        "is_published": True,
        "state": "PROCESSED",
        "dirty_state": False,
        "metadata_only": False,
        "charset": "UTF-8",
    }
    for field, value in {**always, **values}.items():
        if before is None or field not in before.taken:
            setattr(dataset, field, value)
    if bbox is not None:
        dataset.set_bbox_polygon(list(bbox), "EPSG:4326")
        dataset.srid = "EPSG:4326"
    dataset.save(notify=False)
    return dataset


def topic(theme: str) -> TopicCategory | None:
    """Return ISO 19115's category of one of our themes."""
    return TopicCategory.objects.filter(identifier=_TOPICS.get(theme)).first()


def _row(layer: PublishedLayer, before: Standing | None) -> Dataset:
    definition = layer.definition
    changed = layer.changed_at or datetime.now(UTC)
    values = {
        "subtype": "tabular" if definition.geometry == "none" else "vector",
        "title": definition.title.uk,
        "abstract": definition.description.uk,
        "category": topic(definition.theme),
        "license": licence(definition.licence),
        "attribution": definition.attribution.uk,
        "purpose": f"{definition.owner.uk} / {definition.owner.en}",
        "supplemental_information": _supplement(layer),
        "data_quality_statement": _quality(layer),
        "maintenance_frequency": next((n for most, n in _FREQUENCIES if definition.update_promise_days <= most), "asNeeded"),
        "edition": str(layer.version),
        "date": changed,
        "temporal_extent_end": layer.source_date,
        "spatial_representation_type": SpatialRepresentationType.objects.filter(
            identifier="textTable" if definition.geometry == "none" else "vector"
        ).first(),
    }
    return saved(layer.id, STORE, _uploader(layer.id), values, layer.bbox, before)


def _uploader(layer_id: str):
    """Return the account that uploaded the layer, None for one that is described in a file or whose account is gone."""
    with database.pool("owner").connection() as conn:
        row = conn.execute("select created_by from registry.uploaded_definition where id = %s", [layer_id]).fetchone()
    return account(row[0] if row else None)


def account(actor: str | None):
    """Return the account that `account:<id>` names, if it is there."""
    kind, _, number = (actor or "").partition(":")
    return get_user_model().objects.filter(pk=number).first() if kind == "account" and number.isdigit() else None


def texts(dataset: Dataset, definition: Described, theme: Text | None, before: Standing | None) -> None:
    """Write title, description and keywords in both languages; keywords and regions of people's own stay (`keeping`)."""
    words = {
        "title_multilang_uk": definition.title.uk,
        "title_multilang_en": definition.title.en,
        "abstract_multilang_uk": definition.description.uk,
        "abstract_multilang_en": definition.description.en,
    }
    metadata_manager.update_schema_instance_partial(dataset, words, user=None)
    words_of = [word for text in [*definition.keywords, *([theme] if theme else [])] for word in (text.uk, text.en)]
    own = before.own_words if before else frozenset()
    kept = [name for name in dataset.keywords.names() if catalogue_fields.word_hash(name) in own]
    dataset.keywords.set(dict.fromkeys([*words_of, *kept]), clear=True)
    if before is None or "regions" not in before.taken:
        dataset.regions.set(Region.objects.filter(code="UKR"))


def _attributes(dataset: Dataset, layer: PublishedLayer) -> None:
    """Columns of the view, with titles in both languages; what is above the widest level is not even named."""
    definition = layer.definition
    columns = [(a.name, _XSD[a.type], f"{a.title.uk} / {a.title.en}", _described(a)) for a in definition.attributes]
    if definition.geometry != "none":
        columns.append(("geom", _GML[definition.geometry], "Геометрія / Geometry", None))
    dataset.attribute_set.exclude(attribute__in=[name for name, *_ in columns]).delete()
    for order, (name, kind, label, description) in enumerate(columns, start=1):
        Attribute.objects.update_or_create(
            dataset=dataset,
            attribute=name,
            defaults={
                "attribute_type": kind,
                "attribute_label": label[:255],
                "description": description[:255] if description else None,
                "display_order": order,
                "visible": name != "geom",
            },
        )


def _described(attribute) -> str | None:
    text = f"{attribute.description.uk} / {attribute.description.en}" if attribute.description else ""
    return f"{text} [{attribute.unit}]".strip() if attribute.unit else text or None


def _links(dataset: Dataset, layer: PublishedLayer) -> None:
    """Addresses that answer anybody, and for GeoNode's map viewer, which shows a session's owner what they may see, the map."""
    base = f"{settings.SITEURL}ogcapi/collections/{layer.id}"
    wanted = {}
    if layer.level is Level.public:
        wanted["OGC API Features"] = ("html", "html", "text/html", base)
        wanted["GeoJSON"] = ("data", "geojson", "application/geo+json", f"{base}/items?f=json")
        if layer.definition.geometry != "none":
            wanted["Карта / Map"] = ("html", "html", "text/html", f"{settings.SITEURL}map/?layer={layer.id}")
    if layer.definition.geometry != "none":
        # by a layer's link of this kind MapStore draws it; it calls it by its `alternate`, and asks the same address for rows
        wanted["OGC:WMS"] = ("OGC:WMS", "html", "text/html", f"{settings.SITEURL}ows")
    link(dataset, wanted)


def link(dataset: Dataset, wanted: dict[str, tuple[str, str, str, str]]) -> None:
    """Make these the record's links: name -> (kind, extension, media type, address)."""
    owned = Link.objects.filter(resource=dataset.resourcebase_ptr, link_type__in=("html", "data", "OGC:WMS"))
    owned.exclude(name__in=wanted).delete()
    for name, (kind, extension, mime, url) in wanted.items():
        Link.objects.update_or_create(
            resource=dataset.resourcebase_ptr,
            name=name,
            defaults={"link_type": kind, "extension": extension, "mime": mime, "url": url},
        )


def permit(dataset: Dataset) -> None:
    """Open the record to its ceiling when the ceiling is new; else leave what staff have narrowed since.

    The ceiling is that of the definition and the approvals, whatever the permissions have made of it: the level at which it is
    published is narrower when staff narrowed it, and must not be taken for a new ceiling.
    """
    with database.pool("owner").connection() as conn:
        ceiling = ceilings.ceiling(conn, dataset.name)
    remembered = SparseField.objects.filter(resource=dataset.resourcebase_ptr, name=CEILING_FIELD).first()
    if remembered is not None and remembered.value == str(ceiling):
        return
    permissions = geonode.remembered(dataset.name, ceiling) if remembered is None else None
    done = dataset_manager.set_permissions(
        dataset.uuid, instance=dataset, permissions=permissions or {"users": {}, "groups": {_GROUPS[ceiling]: _VIEW}}
    )
    if not done:
        raise RuntimeError(f"GeoNode did not set the permissions of {dataset.name}")
    SparseField.objects.update_or_create(resource=dataset.resourcebase_ptr, name=CEILING_FIELD, defaults={"value": str(ceiling)})


def _picture(dataset: Dataset, layer: PublishedLayer) -> None:
    """Draw public layers; a picture's address needs no permission, so the others get none."""
    png = None
    if layer.level is Level.public and layer.definition.geometry != "none":
        with database.pool(str(layer.level)).connection() as conn:
            png = thumbnail.draw(thumbnail.features(conn, layer.view, layer.definition.style), layer.definition.style)
    pictures.store(dataset, png)


def licence(name: str) -> License:
    """Return the licence called so, made if it is not there."""
    found = License.objects.filter(name=name).first() or License.objects.filter(identifier=name).first()
    if found is None:
        found = License.objects.create(identifier=slugify(name)[:255] or "licence", name=name, description=name)
    return found


def _supplement(layer: PublishedLayer) -> str:
    definition = layer.definition
    if _uploader(layer.id) is not None:
        return f"Володілець даних: {definition.owner.uk}. Набір завантажено.\nData owner: {definition.owner.en}. Uploaded."
    return (
        f"Володілець даних: {definition.owner.uk}. Набір описано у файлі layers/{layer.id}.yaml.\n"
        f"Data owner: {definition.owner.en}. The dataset is described in layers/{layer.id}.yaml."
    )


def _quality(layer: PublishedLayer) -> str:
    lines = [f"Об’єктів: {layer.feature_count}. / Features: {layer.feature_count}."]
    if layer.demo_count:
        lines.append(f"Демонстраційних записів: {layer.demo_count}. / Demonstration records: {layer.demo_count}.")
    if layer.source_kind == "none":
        lines.append("Даних ще немає. / No data yet.")
    if layer.source_date:
        lines.append(f"Дані станом на {layer.source_date:%Y-%m-%d}. / Data as of {layer.source_date:%Y-%m-%d}.")
    days = layer.definition.update_promise_days
    lines.append(f"Оновлення не рідше ніж раз на {days} дн. / Updated at least every {days} days.")
    return "\n".join(lines)
