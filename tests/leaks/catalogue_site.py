"""The control plane with layers of each kind in its catalogue, and clients of everybody who may ask."""

from __future__ import annotations

import psycopg
import pytest
from django.test import Client

from geoplatform import config
from geoplatform.access import gate, tokens
from geoplatform.access.names import STAFF_GROUP
from tests.leaks.described_rasters import put_raster

#: Layer or raster -> who may see it. The colleague is of the staff, not of the group that `files_zq` and `group_pic_zq` are for.
LAYERS = {
    "open_zq": {"anonymous", "resident", "member", "colleague", "staff", "limited token"},
    "plots_zq": {"resident", "member", "colleague", "staff"},
    "depot_zq": {"colleague", "staff"},
    "files_zq": {"member", "staff"},
    "vault_zq": set(),
    "inner_pic_zq": {"colleague", "staff"},
    "group_pic_zq": {"member", "staff"},
    "vault_pic_zq": set(),
}
#: Those of them that are rasters.
RASTERS = {"inner_pic_zq": "staff", "group_pic_zq": "registered", "vault_pic_zq": "restricted"}
PUBLICATION = {"plots_zq": "registered", "depot_zq": "staff", "vault_zq": "restricted"}


@pytest.fixture
def catalogue_site(small_library, staff, resident):
    """Layers of each kind in the catalogue, and clients of everybody: (clients, {layer: (pk, uuid)}).

    The limited token is the member's, for `open_zq` alone.
    """
    from django.contrib.auth import get_user_model
    from geonode.groups.models import GroupProfile
    from geonode.resource.registry import dataset_manager

    from geoplatform.access import geonode
    from geoplatform.publishing import catalogue
    from geoplatform.publishing.catalogue_record import layer_datasets

    features = LAYERS.keys() - RASTERS.keys()
    for layer in features:
        title = {"uk": f"Назва {layer}", "en": f"Title {layer}"}
        words = {"title": title, "description": dict(title), "keywords": [{"uk": f"слово {layer}", "en": f"word {layer}"}]}
        words["critical"] = True  # what a phone keeps for a blackout tells of such layers
        small_library.describe(layer, PUBLICATION.get(layer, "public"), **words)
        small_library.fill(layer, 3)
    small_library.sync(*features)
    with psycopg.connect(config.load().dsn()) as conn:
        for raster, level in RASTERS.items():
            put_raster(conn, raster, level)
    assert catalogue.follow().failed == {}
    member = get_user_model().objects.create_user("member", "m@example.org", "x")
    profile = GroupProfile.objects.create(slug="archivists", title="Archivists", access="private")
    profile.join(member)
    payload = {"users": {}, "groups": {"archivists": ["view_resourcebase", "download_resourcebase"]}}
    for name in ("files_zq", "group_pic_zq"):
        dataset = layer_datasets().get(name=name)
        assert dataset_manager.set_permissions(dataset.uuid, instance=dataset, permissions=payload)
    geonode.project()
    assert catalogue.follow(retry_now=True).failed == {}
    colleague = get_user_model().objects.create_user("colleague", "c@example.org", "x")
    GroupProfile.objects.get(slug=STAFF_GROUP).join(colleague)
    geonode.project(whole=True)
    with psycopg.connect(config.load().dsn()) as conn:
        token = tokens.make(conn, member.pk, "leak test", 1, ["open_zq"])
    clients = {
        "anonymous": Client(raise_request_exception=False),
        "limited token": Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"}),
    }
    for name, person in (("resident", resident), ("member", member), ("colleague", colleague), ("staff", staff)):
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    records = {dataset.name: (dataset.pk, dataset.uuid) for dataset in layer_datasets()}
    gate.forget()
    yield clients, records
    gate.forget()


def body(answer) -> str:
    """Return what a client reads, streamed or not."""
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return data.decode("utf-8", errors="replace")
