"""The catalogue follows what is published, and never shows more than the definition opens."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest


def record(layer="monuments"):
    from geoplatform.publishing.catalogue_record import layer_datasets

    return layer_datasets().filter(name=layer).first()


def follow(**options):
    from geoplatform.publishing import catalogue

    return catalogue.follow(**options)


def groups_that_may_view(dataset) -> set[str]:
    from guardian.shortcuts import get_groups_with_perms

    return {
        group.name
        for group, permissions in get_groups_with_perms(dataset.get_self_resource(), attach_perms=True).items()
        if "view_resourcebase" in permissions
    }


def test_a_published_layer_has_a_record_in_both_languages(monuments, anonymous_client):
    pk = record().pk
    ukrainian = anonymous_client.get(f"/api/v2/datasets/{pk}/?lang=uk").json()["dataset"]
    english = anonymous_client.get(f"/api/v2/datasets/{pk}/?lang=en").json()["dataset"]
    assert (ukrainian["title"], english["title"]) == ("Пам’ятники", "Monuments")
    assert (ukrainian["abstract"], english["abstract"]) == ("Пам’ятники громади.", "Monuments of the community.")


def test_the_record_has_what_the_definition_says(monuments):
    dataset = record()
    assert dataset.srid == "EPSG:4326"
    assert dataset.ll_bbox_polygon.extent == pytest.approx((32.25, 48.5, 32.272, 48.518))
    assert dataset.category.identifier == "society"
    assert {"пам’ять", "memory", "Culture and memory"} <= {keyword.name for keyword in dataset.keywords.all()}
    assert (dataset.license.name, dataset.attribution) == ("CC-BY-4.0", "Громада")
    assert dataset.maintenance_frequency == "monthly"
    assert dataset.owner.username == "staff"
    assert "Відділ культури" in dataset.supplemental_information


def test_attributes_above_the_widest_level_are_not_even_named(monuments):
    dataset = record()
    assert [a.attribute for a in dataset.attributes if a.visible] == ["code", "name"]
    assert dataset.attribute_set.get(attribute="name").attribute_label == "Назва / Name"
    assert "note" not in dataset.metadata_xml
    assert "Таємне" not in dataset.metadata_xml


def test_links_of_the_record_lead_to_the_collection_its_items_and_the_map(monuments, services):
    root = services.config.site_url
    links = {link.name: link.url for link in record().link_set.filter(link_type__in=("html", "data"))}
    assert links["OGC API Features"] == f"{root}/ogcapi/collections/monuments"
    assert links["GeoJSON"] == f"{root}/ogcapi/collections/monuments/items?f=json"
    assert links["Карта / Map"] == f"{root}/map/?layer=monuments"
    assert record().link_set.get(link_type__startswith="OGC:").url == f"{root}/ows", "by it MapStore draws the layer"


def test_the_record_has_a_picture_of_the_data_that_strangers_can_load(monuments, anonymous_client):
    from PIL import Image

    dataset = record()
    answer = anonymous_client.get(urlsplit(dataset.thumbnail_url).path)
    assert answer.status_code == 200
    image = Image.open(_file(dataset))
    assert image.size == (500, 200)
    colours = {colour for _count, colour in image.convert("RGB").getcolors(100_000)}
    assert (0x1D, 0x70, 0xB8) in colours, "points are drawn in the layer's colour"


def test_a_new_version_replaces_the_picture_and_leaves_one_file(monuments):
    before = _file(record())
    monuments.fill("monuments", 11)
    monuments.sync("monuments")
    assert follow().written == ["monuments"]
    after = _file(record())
    assert after.exists()
    assert not before.exists()
    assert record().edition == "2"


def test_following_twice_changes_nothing(monuments):
    before = record().last_updated
    done = follow()
    assert (done.written, done.removed, done.failed) == ([], [], {})
    assert record().last_updated == before


def test_unpublishing_takes_the_record_and_its_picture_out(monuments):
    from geoplatform.publishing import pipeline

    picture = _file(record())
    pipeline.unpublish("monuments")
    assert follow().removed == ["monuments"]
    assert record() is None
    assert not picture.exists()


def test_publishing_again_brings_the_record_back(monuments):
    from geoplatform.publishing import pipeline

    uuid = record().uuid
    pipeline.unpublish("monuments")
    follow()
    pipeline.publish("monuments", root=monuments.root)
    assert follow().written == ["monuments"]
    assert record().uuid == uuid


def test_a_record_that_staff_deleted_comes_back(monuments):
    record().delete()
    assert follow().written == ["monuments"]
    assert record() is not None


@pytest.mark.parametrize(
    ("publication", "expected"), [("public", "anonymous"), ("registered", "registered-members"), ("staff", "staff")]
)
def test_permissions_open_the_record_to_its_ceiling_and_no_further(small_library, publication, expected):
    small_library.describe("monuments", publication)
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    assert follow().failed == {}
    assert groups_that_may_view(record()) == {expected}


@pytest.mark.parametrize("publication", ["registered", "staff"])
def test_a_record_that_is_not_public_has_no_picture_and_no_links(small_library, publication):
    small_library.describe("monuments", publication)
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    assert follow().failed == {}
    assert not record().thumbnail_path
    assert not record().link_set.filter(link_type__in=("html", "data")).exists()


def test_a_restricted_layer_has_no_record(small_library):
    small_library.describe("monuments", "restricted")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    follow()
    assert record() is None


def test_what_staff_narrowed_stays_narrow_when_the_data_change(monuments):
    from geonode.resource.registry import dataset_manager

    dataset = record()
    dataset_manager.set_permissions(
        dataset.uuid, instance=dataset, permissions={"users": {}, "groups": {"staff": ["view_resourcebase"]}}
    )
    monuments.fill("monuments", 11)
    monuments.sync("monuments")
    follow()
    assert groups_that_may_view(record()) == {"staff"}


@pytest.mark.parametrize("group", ["anonymous", "registered-members"])
def test_permission_screens_cannot_widen_a_record_beyond_its_ceiling(small_library, staff_client, group):
    import json

    from django.contrib.auth.models import Group

    small_library.describe("monuments", "staff")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    follow()
    answer = staff_client.put(
        f"/api/v2/resources/{record().pk}/permissions",
        json.dumps({"groups": [{"id": Group.objects.get(name=group).pk, "name": group, "permissions": "download"}]}),
        content_type="application/json",
    )
    assert answer.status_code < 500
    assert group not in groups_that_may_view(record())


def test_a_person_who_is_no_staff_cannot_be_let_into_a_staff_layer(small_library, resident):
    from geonode.resource.registry import dataset_manager

    small_library.describe("monuments", "staff")
    small_library.fill("monuments", 3)
    small_library.sync("monuments")
    follow()
    dataset = record()
    dataset_manager.set_permissions(
        dataset.uuid, instance=dataset, permissions={"users": {"olena": ["view_resourcebase"]}, "groups": {}}
    )
    assert not resident.has_perm("base.view_resourcebase", dataset.get_self_resource())


def test_one_layer_that_fails_does_not_stop_the_others_and_is_told(monuments, control_db):
    from geoplatform.publishing import catalogue

    monuments.describe("statues")
    monuments.fill("statues", 3)
    monuments.sync("statues")
    # Its picture can't be drawn without the view.
    control_db.execute("drop view pub_public.statues")
    control_db.commit()
    monuments.fill("monuments", 11)
    monuments.sync("monuments")
    done = catalogue.follow()
    assert "statues" in done.failed
    assert done.written == ["monuments"]
    assert "statues" in catalogue.failures()


def test_a_follower_that_dies_halfway_leaves_the_old_record_whole(monuments, monkeypatch):
    from geoplatform.publishing import catalogue, catalogue_record

    monuments.describe("monuments", title={"uk": "Памятки", "en": "Heritage"})
    monuments.sync("monuments")
    with monkeypatch.context() as patch:

        def die(*args):
            raise SystemExit(9)

        patch.setattr(catalogue_record, "permit", die)
        with pytest.raises(SystemExit):
            catalogue.follow()
    assert record().title == "Пам’ятники"
    assert follow().written == ["monuments"]
    assert record().title == "Памятки"


def _file(dataset) -> Path:
    from django.conf import settings

    return Path(settings.MEDIA_ROOT) / dataset.thumbnail_path
