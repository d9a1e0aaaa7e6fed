"""The staff hub's pages of rasters: dates and pictures, who sees it, who changed what; taken out, opened, removed."""

from __future__ import annotations

from datetime import date

import pytest

from geoplatform import database
from geoplatform.config import load
from geoplatform.layers.definition import Level
from geoplatform.layers.rasters import files, published
from geoplatform.publishing.rasters import accept
from tests.integration.hub.test_permitted import browser, clerk  # noqa: F401 - fixtures
from tests.integration.rasters.test_rasters import geotiff, raster

OLD, NEW = date(2019, 5, 1), date(2023, 6, 1)
PAGE = "/hub/rasters/ortho/"


@pytest.fixture
def ortho(tmp_path, control_db, staff):
    """A public raster of two dates, uploaded by the staff member, in the catalogue."""
    from geoplatform.publishing import catalogue

    for colour, day in (((200, 30, 30), OLD), ((30, 30, 200), NEW)):
        accept(control_db, load(), raster(), geotiff(tmp_path / "a.tif", colour), day, actor=f"account:{staff.pk}")
    control_db.commit()
    assert catalogue.follow().failed == {}
    return control_db


def seen_by() -> set[str]:
    """Return the levels that see the raster."""
    levels = set()
    for level in ("public", "registered", "staff"):
        with database.pool(level).connection() as conn:
            if "ortho" in {each.id for each in published.read(conn, Level(level))}:
                levels.add(level)
    return levels


def text(client, path: str = PAGE, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_the_list_of_layers_leads_to_the_raster(ortho, staff_client):
    page = text(staff_client, "/hub/")
    assert f'href="{PAGE}"' in page and "Ortho українською" in page and "2023-06-01, 2019-05-01" in page
    assert 'href="/en/hub/rasters/ortho/"' in text(staff_client, "/en/hub/")


def test_its_page_tells_dates_level_services_and_who_did_what(ortho, staff, staff_client):
    page = text(staff_client)
    assert 'id="date-2019-05-01"' in page and 'id="date-2023-06-01"' in page
    assert "LAYERS=ortho.2023-06-01" in page and "/tiles/ortho.2019-05-01/{z}/{x}/{y}.png" in page
    assert "WMTSCapabilities.xml" in page and "REQUEST=GetCapabilities" in page
    assert "усі" in page and "додано знімок" in page and staff.name_long in page
    assert "/datasets/geoplatform:ortho/dataset_download" in page
    english = text(staff_client, "/en/hub/rasters/ortho/")
    assert "everybody" in english and "image taken in" in english and "days old" in english


def test_the_dataset_page_and_the_rasters_page_lead_to_each_other(ortho, staff_client, anonymous_client):
    from geonode.layers.models import Dataset

    number = Dataset.objects.get(name="ortho").pk
    assert f'href="/hub/datasets/{number}/"' in text(staff_client)
    assert f'href="{PAGE}"' in text(staff_client, f"/hub/datasets/{number}/")
    public = text(anonymous_client, f"/hub/datasets/{number}/")
    assert PAGE not in public and "GeoTIFF" in public and "GeoJSON" not in public


def test_taking_it_out_is_asked_and_opening_it_again_waits_for_two_people(ortho, staff, staff_client):
    assert seen_by() == {"public", "registered", "staff"}
    assert 'name="level" value="restricted"' in text(staff_client, f"{PAGE}level/")
    assert seen_by() == {"public", "registered", "staff"}, "asking changes nothing"
    assert "Охоплення" in text(staff_client)
    assert staff_client.post(f"{PAGE}level/", {"level": "restricted"}).status_code == 302
    assert seen_by() == set()
    page = text(staff_client)
    assert "Охоплення" not in page, "where a restricted image lies is as hidden as the image"
    assert "Растр прибрано з усіх сервісів." in page and "GetMap" not in page and "dataset_download" not in page
    assert staff_client.post(f"{PAGE}level/", {"level": "public"}).status_code == 302
    assert seen_by() == set()
    assert "чекає на погодження" in text(staff_client)


def test_an_uploaded_raster_is_narrowed_and_widened_by_its_uploader(ortho, staff_client):
    assert staff_client.post(f"{PAGE}level/", {"level": "staff"}).status_code == 302
    assert seen_by() == {"staff"}
    assert staff_client.post(f"{PAGE}level/", {"level": "registered"}).status_code == 302
    assert seen_by() == {"registered", "staff"}


@pytest.mark.parametrize("level", ["everyone", "", "PUBLIC"])
def test_a_level_that_there_is_not_is_refused(ortho, staff_client, level):
    assert staff_client.post(f"{PAGE}level/", {"level": level}).status_code == 400
    assert seen_by() == {"public", "registered", "staff"}


def test_a_described_raster_may_only_be_taken_out(ortho, staff_client):
    ortho.execute("update registry.raster set uploaded_by = null")
    ortho.commit()
    assert staff_client.post(f"{PAGE}level/", {"level": "staff"}).status_code == 400
    assert staff_client.get(f"{PAGE}remove/").status_code == 404
    assert staff_client.post(f"{PAGE}remove/").status_code == 404
    assert staff_client.post(f"{PAGE}level/", {"level": "restricted"}).status_code == 302
    assert seen_by() == set()


def test_removing_takes_every_date_away_after_asking(ortho, staff_client):
    from geonode.layers.models import Dataset

    from geoplatform.publishing import catalogue

    assert "Вилучити растр «Ortho українською»?" in text(staff_client, f"{PAGE}remove/")
    assert seen_by() == {"public", "registered", "staff"}
    assert staff_client.post(f"{PAGE}remove/").status_code == 302
    assert seen_by() == set()
    text(staff_client, status=404)
    catalogue.follow()
    assert not Dataset.objects.filter(name="ortho").exists()
    log = ortho.execute("select action from access.audit where layer = 'ortho' order by id").fetchall()
    assert [action for (action,) in log][-2:] == ["removed", "unpublished"]


def test_who_may_not_see_or_change_it_can_do_neither(ortho, staff, clerk, browser, anonymous_client, resident_client):  # noqa: F811
    assert anonymous_client.get(PAGE).status_code == 302
    assert resident_client.get(PAGE).status_code == 403
    for operation, who in (("view", f"account:{staff.pk}"), ("edit", f"account:{staff.pk}")):
        ortho.execute("insert into access.permission values ('ortho', %s, %s)", [operation, who])
    ortho.commit()
    for path in (PAGE, f"{PAGE}level/", f"{PAGE}remove/"):
        assert browser.get(path).status_code == 404
    assert PAGE not in text(browser, "/hub/")
    ortho.execute("insert into access.permission values ('ortho', 'view', %s)", [f"account:{clerk.pk}"])
    ortho.commit()
    page = text(browser)
    assert "dataset_download" not in page and "/level/" not in page and "/remove/" not in page
    for path in (f"{PAGE}level/", f"{PAGE}remove/"):
        assert browser.get(path).status_code == 403
        assert browser.post(path, {"level": "restricted"}).status_code == 403
    assert seen_by() == {"public", "registered", "staff"}


@pytest.mark.parametrize("path", ["/hub/rasters/no/", "/hub/rasters/no/level/", "/hub/rasters/no/remove/"])
def test_a_raster_that_there_is_not_is_not_found(control_db, staff_client, path):
    assert staff_client.get(path).status_code == 404


def test_a_missing_file_does_not_break_the_page(ortho, staff_client):
    for path in (files.directory(load()) / "ortho").glob("*.tif"):
        path.unlink()
    assert 'id="date-2023-06-01"' in text(staff_client)
