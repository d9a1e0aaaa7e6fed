"""What search knows of the catalogue: records that stand for no layer (documents, maps...) and that everybody may see."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator

from django.contrib.auth.models import AnonymousUser
from django.db import close_old_connections
from geonode.base.models import ResourceBase
from geonode.security.utils import get_visible_resources

from geoplatform.layers.definition import Level, Text
from geoplatform.publishing.catalogue_record import layer_datasets
from geoplatform.search.document import Document, Words
from geoplatform.search.sources import Changes, DocumentSource

_TYPES = {
    "document": Words("Документ", "Document"),
    "map": Words("Карта", "Map"),
    "dataset": Words("Набір даних", "Dataset"),
    "geostory": Words("Геоісторія", "Geostory"),
    "dashboard": Words("Панель показників", "Dashboard"),
}
_TAG = re.compile(r"<[^>]*>")


class CatalogueRecords(DocumentSource):
    """Follows GeoNode's catalogue; what only some people may see there is found in the catalogue's own search."""

    collection = "catalogue"
    title = Text(uk="Каталог", en="Catalogue")

    def changes(self, token: str | None) -> Changes | None:
        """See DocumentSource.changes: one list of the visible records' dates tells whether anything has changed."""
        close_old_connections()
        visible = get_visible_resources(
            ResourceBase.objects.exclude(pk__in=layer_datasets().values("resourcebase_ptr_id")),
            AnonymousUser(),
            admin_approval_required=True,
            unpublished_not_visible=True,
            private_groups_not_visibile=True,
        )
        dates = list(visible.order_by("pk").values_list("pk", "last_updated"))
        now = hashlib.sha256(repr(dates).encode()).hexdigest()
        if now == token:
            return None
        return Changes(now, _documents([pk for pk, _ in dates]), whole=True)


def _documents(ids: list[int]) -> Iterator[Document]:
    fields = ("pk", "resource_type", "title", "abstract", "ll_bbox_polygon")
    for pk, kind, title, abstract, box in ResourceBase.objects.filter(pk__in=ids).values_list(*fields):
        if not title:
            continue
        yield Document(
            collection=CatalogueRecords.collection,
            id=str(pk),
            kind="record",
            title=Words(title),
            url=f"/catalogue/#/{kind}/{pk}",
            levels=frozenset(Level) - {Level.restricted},
            subtitle=_TYPES.get(kind, Words("Запис каталогу", "Catalogue record")),
            body=Words(" ".join(html.unescape(_TAG.sub(" ", abstract or "")).split())),
            geometry=bytes(box.wkb) if box and box.valid else None,
            importance=0.4,
        )
