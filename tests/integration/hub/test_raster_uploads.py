"""GeoTIFFs through GeoNode's upload API: taken in, shown, narrowed, replaced, removed; refused in words."""

from __future__ import annotations

import json
from datetime import date

import pytest
from osgeo import gdal

from geoplatform.config import load
from geoplatform.layers.definition import Level
from geoplatform.layers.rasters import published
from geoplatform.publishing.rasters import accept
from tests.integration.hub.test_uploads import outcome, upload
from tests.integration.rasters.test_rasters import geotiff, raster

RED = (200, 30, 30)
OLD, NEW = date(2019, 5, 1), date(2023, 6, 1)


def seen(level: str) -> dict[str, published.PublishedRaster]:
    from geoplatform import database

    with database.pool(level).connection() as conn:
        return {each.id: each for each in published.read(conn, Level(level))}


def record(name: str):
    from geoplatform.publishing.catalogue_record import layer_datasets

    return layer_datasets().filter(name=name).first()


def test_a_geotiff_becomes_a_raster_with_a_page_and_a_download_for_staff_alone(
    tmp_path, staff, staff_client, anonymous_client, control_db
):
    file = geotiff(tmp_path / "Знімок_центру.tif", RED)
    request = outcome(upload(staff_client, base_file=file, words={"date": "2019-05-01"}))
    assert request.status == "finished", request.log
    [made] = request.output_params["resources"]
    assert (made["layer"], made["dates"]) == ("znimok_tsentru", ["2019-05-01"])
    dataset = record("znimok_tsentru")
    assert (dataset.subtype, dataset.title, dataset.owner) == ("raster", "Знімок центру", staff)
    assert dataset.ll_bbox_polygon.extent == pytest.approx((32.253, 48.505, 32.267, 48.514), abs=0.003)
    assert dataset.detail_url == f"/catalogue/#/dataset/{dataset.pk}"
    assert set(seen("staff")) == {"znimok_tsentru"} and not seen("registered")
    page = staff_client.get(f"/hub/datasets/{dataset.pk}/").content.decode()
    assert f'href="/catalogue/#/dataset/{dataset.pk}"' in page and "dataset_download" in page
    described = staff_client.get(f"/api/v2/datasets/{dataset.pk}/").json()["dataset"]
    assert [link["url"] for link in described["links"] if link["link_type"] == "OGC:WMS"] == [f"{load().site_url}/ows"]
    answer = staff_client.get(f"/datasets/{dataset.alternate}/dataset_download")
    assert b"".join(answer.streaming_content)[:4] == b"II*\0"
    for path in (f"/hub/datasets/{dataset.pk}/", f"/datasets/{dataset.alternate}/dataset_download"):
        assert anonymous_client.get(path).status_code == 404
    assert not dataset.thumbnail_path, "a picture's address needs no permission"


def test_another_date_is_added_and_removing_takes_everything_away(tmp_path, staff_client, control_db):
    [made] = outcome(
        upload(staff_client, base_file=geotiff(tmp_path / "a.tif", RED), words={"date": "2019-05-01", "title": "Орто"})
    ).output_params["resources"]
    later = geotiff(tmp_path / "b.tif", (30, 30, 200))
    request = outcome(upload(staff_client, "replace", made["id"], base_file=later, words={"date": "2023-06-01"}))
    assert request.status == "finished", request.log
    assert [image.date for image in seen("staff")["orto"].images] == [OLD, NEW]
    again = outcome(upload(staff_client, "replace", made["id"], base_file=later, words={"date": "2023-06-01"}))
    assert again.output_params["resources"][0]["changed"] is False
    from tests.integration.hub.test_uploads import carried_out

    deleted = staff_client.delete(f"/api/v2/resources/{made['id']}/delete")
    carried_out(deleted.json()["execution_id"])
    control_db.rollback()
    assert control_db.execute("select count(*) from registry.raster").fetchone() == (0,)
    assert record("orto") is None and not seen("staff")


@pytest.mark.parametrize(
    ("how", "uk", "en"),
    [
        ("broken", "не вдалося прочитати як GeoTIFF", "can't be read as a GeoTIFF"),
        ("no place", "не сказано, де лежить", "where it lies"),
        ("far", "за межами області", "outside of the region"),
        ("bomb", "забагато", "too many"),
        ("one piece", "шматками", "save it tiled"),
    ],
)
def test_a_file_that_is_no_fit_picture_is_refused_at_once_in_both_languages(tmp_path, staff_client, control_db, how, uk, en):
    path = tmp_path / "given.tif"
    if how == "broken":
        path.write_bytes(geotiff(path, RED).read_bytes()[:900])
    elif how == "no place":
        geotiff(path, RED, None)
    elif how == "far":
        geotiff(path, RED, 3857)
        made = gdal.Open(str(path), gdal.GA_Update)
        made.SetGeoTransform([0, 10, 0, 0, 0, -10])
        made = None
    else:
        side = 100_000 if how == "bomb" else 20_000
        options = ["TILED=YES"] if how == "bomb" else ["TILED=YES", "BLOCKXSIZE=16384", "BLOCKYSIZE=16384"]
        given = gdal.Open(str(geotiff(tmp_path / "small.tif", RED)))
        large = gdal.GetDriverByName("GTiff").Create(
            str(path), side, side, 1, gdal.GDT_Byte, [*options, "COMPRESS=DEFLATE", "SPARSE_OK=TRUE"]
        )
        large.SetProjection(given.GetProjection())
        large.SetGeoTransform(given.GetGeoTransform())
        large = None
    for language, says in (("uk", uk), ("en", en)):
        answer = upload_in(staff_client, language, path)
        text = json.loads(answer.content)
        assert 400 <= answer.status_code < 500, answer.content
        assert says in str(text), text
        assert str(tmp_path) not in str(text) and "Traceback" not in str(text)
    assert control_db.execute("select count(*) from registry.raster").fetchone() == (0,)


def upload_in(client, language: str, path):
    client.cookies["django_language"] = language
    from geonode.people.models import Profile

    Profile.objects.filter(pk=client.session["_auth_user_id"]).update(language=language)
    return upload(client, base_file=path)


def test_newcomers_upload_no_picture(tmp_path, anonymous_client, resident_client):
    for client in (anonymous_client, resident_client):
        assert upload(client, base_file=geotiff(tmp_path / "a.tif", RED)).status_code in (401, 403)


def test_geonodes_permissions_narrow_a_raster_to_a_group(tmp_path, staff, resident, control_db):
    from django.contrib.auth import get_user_model
    from geonode.groups.models import GroupProfile
    from geonode.resource.registry import dataset_manager

    from geoplatform import database
    from geoplatform.access import geonode, grants
    from geoplatform.access.principal import Principal
    from geoplatform.publishing import catalogue

    accept(control_db, load(), raster("ortho"), geotiff(tmp_path / "a.tif", RED), OLD)
    control_db.commit()
    assert catalogue.follow().failed == {}
    geonode.project()
    dataset = record("ortho")
    assert dataset.thumbnail_path and set(seen("public")) == {"ortho"}
    assert {keyword.name for keyword in dataset.keywords.all()} >= set()
    member = get_user_model().objects.create_user("member", "m@example.org", "x")
    profile = GroupProfile.objects.create(slug="surveyors", title="Surveyors", access="private")
    profile.join(member)
    only = {"users": {}, "groups": {"surveyors": ["view_resourcebase", "download_resourcebase"]}}
    assert dataset_manager.set_permissions(dataset.uuid, instance=dataset, permissions=only)
    geonode.project()
    assert not seen("public") and set(seen("registered")) == {"ortho"}
    with database.pool("registered").connection() as conn:
        permissions = grants.read(conn, Level.registered)
    may = Principal(Level.registered, member.pk, frozenset([profile.group.pk]))
    assert permissions.allows(may, "ortho", "view")
    assert not permissions.allows(Principal(Level.registered, resident.pk, frozenset()), "ortho", "view")
    catalogue.follow(retry_now=True)
    assert not record("ortho").thumbnail_path, "its picture is gone with its openness"
    wider = {"users": {"AnonymousUser": ["view_resourcebase"]}, "groups": {"anonymous": ["view_resourcebase"]}}
    assert dataset_manager.set_permissions(dataset.uuid, instance=dataset, permissions=wider)
    geonode.project()
    assert set(seen("public")) == {"ortho"}


def test_a_restricted_raster_opens_only_with_two_approvals(tmp_path, staff, staff_client, control_db):
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.test import Client

    file = geotiff(tmp_path / "a.tif", RED)
    accept(control_db, load(), raster("plan", "restricted"), file, OLD)
    accept(control_db, load(), raster("plan", "public"), file, OLD)
    control_db.commit()
    assert not seen("staff")
    page = staff_client.get("/en/hub/publication/").content.decode()
    assert "plan" in page
    colleague = get_user_model().objects.create_user("colleague", "c@example.org", "x")
    colleague.groups.add(Group.objects.get(name="staff"))
    other = Client()
    other.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    form = {"layer": "plan", "what": "", "to": "public", "reason": "рішення ради"}
    assert staff_client.post("/hub/publication/approve/", form).status_code == 302
    assert not seen("public")
    assert other.post("/hub/publication/approve/", form).status_code == 302
    assert set(seen("public")) == {"plan"}


def test_permissions_never_widen_a_raster_above_its_description(tmp_path, staff, control_db):
    from geonode.resource.registry import dataset_manager

    from geoplatform.access import geonode
    from geoplatform.publishing import catalogue

    accept(control_db, load(), raster("inner", "staff"), geotiff(tmp_path / "a.tif", RED), OLD)
    control_db.commit()
    assert catalogue.follow().failed == {}
    dataset = record("inner")
    everybody = {"users": {"AnonymousUser": ["view_resourcebase"]}, "groups": {"anonymous": ["view_resourcebase"]}}
    dataset_manager.set_permissions(dataset.uuid, instance=dataset, permissions=everybody)
    geonode.project(whole=True)
    assert not seen("public") and not seen("registered")
    from django.contrib.auth.models import AnonymousUser

    assert not AnonymousUser().has_perm("base.view_resourcebase", dataset.get_self_resource())
