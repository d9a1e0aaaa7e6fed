"""Published rasters on the public map: offered with their dates, two side by side, told in words; never what is not public."""

from __future__ import annotations

import json
import re
from datetime import date
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from geoplatform.config import load
from geoplatform.publishing.rasters import accept, publish
from tests.integration.publicmap.conftest import Ask
from tests.integration.rasters.test_rasters import geotiff, raster
from tests.markup import faults, keep, within

OLD, NEW = date(2019, 5, 1), date(2023, 6, 1)
PAGE = "/map/compare/rasters/"
#: Metres from the middle to the edge; the given files have a pixel of 10 m.
SIDE = 500


@pytest.fixture(scope="module")
def pictures(django_ready, published: psycopg.Connection, tmp_path_factory) -> psycopg.Connection:
    """`ortho` of two dates, `single` of one in grey, and `secret` for staff."""
    folder = tmp_path_factory.mktemp("pictures")
    given = (("ortho", "public", OLD, 3), ("ortho", "public", NEW, 3), ("single", "public", NEW, 1), ("secret", "staff", OLD, 3))
    for name, level, day, bands in given:
        path = geotiff(folder / "a.tif", (200, 30, 30 + day.year % 100), half=SIDE, bands=bands)
        accept(published, load(), raster(name, level), path, day)
        published.commit()
    return published


def page(ask: Ask, path: str, status: int = 200) -> str:
    answer = ask(path)
    assert answer.status == status, answer.text[:500]
    return answer.text


def images(text: str) -> list[dict[str, list[str]]]:
    """Return the queries of the two pictures that are drawn without scripts."""
    return [
        parse_qs(urlsplit(src.replace("&amp;", "&")).query)
        for src in re.findall(r'<img class="gp-pair__picture" src="([^"]+)"', text)
    ]


def client(text: str) -> dict:
    return json.loads(text.split('id="swipe-settings" type="application/json">')[1].split("</script>")[0])


def test_without_any_picture_the_page_says_so_and_the_map_offers_none(ask: Ask):
    assert "ще не опубліковано" in page(ask, PAGE) and "have been published yet" in page(ask, "/en" + PAGE)
    assert "compare/rasters" not in page(ask, "/map/")
    page(ask, f"{PAGE}?raster=ortho", 404)


def test_two_dates_stand_beside_each_other_over_the_same_ground(pictures, ask: Ask):
    text = page(ask, PAGE)
    left, right = images(text)
    assert (left["LAYERS"], right["LAYERS"]) == (["ortho.2019-05-01"], ["ortho.2023-06-01"])
    assert left["BBOX"] == right["BBOX"] and (left["WIDTH"], left["HEIGHT"]) == (["640"], ["480"])
    west, south, east, north = map(float, left["BBOX"][0].split(","))
    assert (east - west) / (north - south) == pytest.approx(4 / 3, rel=1e-3)
    assert "Ліворуч: 01 травня 2019 р., праворуч: 01 червня 2023 р. Між ними минуло: 4 роки, 1 місяць." in text
    assert "1 кілометр з півночі на південь" in text and "Тут: Подільський район." in text
    english = page(ask, "/en" + PAGE)
    assert "On the left: May 1, 2019, on the right: June 1, 2023. Time between them: 4 years, 1 month." in english
    assert images(english)[0]["LAYERS"] == ["ortho.2019-05-01"] and 'src="/en/wms?' in english


def test_each_picture_is_told_with_its_extent_fineness_source_and_addresses(pictures, ask: Ask):
    text = page(ask, PAGE)
    assert "сам знімок вкриває близько 1 км²; Подільський район" in text
    assert "піксель – це близько 13 м на місцевості" in text, "the zoom level of 19 m in Web Mercator is the nearest to 10 m"
    for told in (
        "source українською",
        "CC-BY-4.0",
        "owner українською",
        "ortho.2019-05-01",
        "WMTSCapabilities.xml",
        "REQUEST=GetCapabilities",
    ):
        assert told in text
    assert "/datasets/geoplatform:ortho/dataset_download" in text and "catalogue/items/ortho" in text
    assert "before=2019-05-01&amp;after=2023-06-01" in text, "what the data say has changed meanwhile"
    grey = page(ask, f"{PAGE}?raster=single")
    assert "Відтінки сірого" in grey and "gp-greys" in grey


def test_the_address_holds_the_whole_state(pictures, ask: Ask):
    text = page(ask, f"{PAGE}?raster=ortho&before=2023-06-01&after=2019-05-01&bbox=32.257,48.508,32.263,48.512&share=30")
    left = images(text)[0]
    assert left["LAYERS"] == ["ortho.2019-05-01"], "the earlier one is on the left"
    assert client(text)["bounds"] == [32.257, 48.508, 32.263, 48.512]
    assert client(text)["bases"] == ["photo:ortho.2019-05-01", "photo:ortho.2023-06-01"]
    assert 'max="100" step="1" value="30"' in text and 'name="bbox" value="32.257,48.508,32.263,48.512"' in text
    closer = re.search(r'href="([^"]+)">Наблизити', text)[1].replace("&amp;", "&")
    near = images(page(ask, closer))[0]
    width = [float(box[2]) - float(box[0]) for box in (each["BBOX"][0].split(",") for each in (near, left))]
    assert width[0] == pytest.approx(width[1] / 2, rel=1e-3)
    north = re.search(r'href="([^"]+)">На північ', text)[1].replace("&amp;", "&")
    assert float(images(page(ask, north))[0]["BBOX"][0].split(",")[1]) > float(left["BBOX"][0].split(",")[1])
    assert "single" not in client(text)["photos"][0]["id"] and len(client(text)["photos"]) == 1


@pytest.mark.parametrize(
    ("other", "names", "base"),
    [
        ("own-map", None, "auto"),
        ("clinics", "clinics", "auto"),
        ("single", "single.2023-06-01", "photo:single.2023-06-01"),
    ],
)
def test_a_picture_stands_beside_a_layer_another_picture_or_the_map(pictures, ask: Ask, other, names, base):
    text = page(ask, f"{PAGE}?raster=ortho&before=2019-05-01&other={other}")
    found = images(text)
    assert found[0]["LAYERS"] == ["ortho.2019-05-01"]
    # nothing of our own ground is published here, so our own map alone has nothing to draw
    assert [each["LAYERS"][0] for each in found[1:]] == ([names] if names else [])
    assert client(text)["bases"] == ["photo:ortho.2019-05-01", base]
    assert [layer["id"] for layer in client(text)["right"]] == (["clinics"] if other == "clinics" else [])


def test_one_date_alone_is_said_and_stands_beside_the_map(pictures, ask: Ask):
    text = page(ask, f"{PAGE}?raster=single")
    assert "Є лише одна дата" in text and client(text)["bases"] == ["photo:single.2023-06-01", "auto"]
    assert 'id="after"' not in text


def test_a_day_without_an_image_shows_the_newest_before_it(pictures, ask: Ask):
    text = page(ask, f"{PAGE}?raster=ortho&before=2001-01-01&after=2020-01-01")
    assert [each["LAYERS"] for each in images(text)] == [["ortho.2019-05-01"]] * 2
    assert "Показано знімок за 01 травня 2019 р., бо за 01 січня 2020 р. його немає." in text and "той самий знімок" in text


@pytest.mark.parametrize("fault", ["before=x", "after=2023-13-01", "bbox=1,2", "bbox=a,b,c,d", "before=%00", "near=x"])
def test_what_can_not_be_followed_is_said_with_400(pictures, ask: Ask, fault):
    text = page(ask, f"{PAGE}?raster=ortho&{fault}", 400)
    assert 'role="alert"' in text and len(images(text)) == 2


@pytest.mark.parametrize("odd", ["bbox=10,10,11,11", "share=101", "share=x", "near=10,10", "bbox=-180,-90,180,90"])
def test_odd_states_are_followed_as_far_as_they_go(pictures, ask: Ask, odd):
    assert len(images(page(ask, f"{PAGE}?raster=ortho&{odd}"))) == 2


def test_a_point_in_the_address_shows_what_lies_about_it(pictures, ask: Ask):
    text = page(ask, f"{PAGE}?raster=ortho&near=32.26,48.51")
    west, south, east, north = client(text)["bounds"]
    assert west < 32.26 < east and south < 48.51 < north and north - south == pytest.approx(600 / 111_200, rel=0.02)


NOT_THERE = (
    *(f"{PAGE}?raster=secret", f"{PAGE}?other=secret", f"{PAGE}?raster=nothing", f"{PAGE}?other=base.x"),
    *(f"{PAGE}?raster=clinics", "/map/about-layer/secret/"),
)


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_everybodys_is_answered_like_what_is_not_there(pictures, ask: Ask, path):
    kept = r'"/[^"]*"|https?://[^"<]*'  # the address that was asked for stands in the links to the other language
    assert "secret" not in re.sub(kept, "", page(ask, path, 404))


def test_nothing_offers_a_picture_that_is_not_everybodys(pictures, ask: Ask):
    for path in ("/map/", PAGE, "/map/-/photos/", "/map/-/tools/layers/", f"{PAGE}?raster=ortho", "/map/about-layer/ortho/"):
        assert "secret" not in page(ask, path), path


def test_the_list_of_layers_and_the_base_maps_offer_each_date(pictures, ask: Ask):
    text = page(ask, "/map/")
    assert 'data-base="photo:ortho"' in text and f"{PAGE}?raster=ortho" in text and "2019, 2023" in text
    found = {each["id"]: each for each in json.loads(page(ask, "/map/-/photos/"))}
    assert [each["date"] for each in found["ortho"]["images"]] == ["2019-05-01", "2023-06-01"]
    assert found["ortho"]["images"][0]["tiles"].startswith("/tiles/ortho.2019-05-01/{z}/{x}/{y}.png?v=")
    panel = page(ask, "/map/-/tools/layers/")
    for value in ("photo:ortho", "photo:ortho.2019-05-01", "photo:ortho.2023-06-01", "photo:single"):
        assert f'value="{value}"' in panel
    assert 'value="photo:single.2023-06-01"' not in panel and "data-picture" in panel
    assert panel.count("піксель – це близько 13 м") == 3 and "ortho.2019-05-01</code>" in panel
    about = page(ask, "/en/map/about-layer/ortho/")
    assert about.count("a pixel is about 13 m on the ground") == 2 and "ortho.2019-05-01</code>" in about
    assert "May 1, 2019" in about and "June 1, 2023" in about and "Compare its dates side by side" in about


def test_who_may_not_download_is_offered_no_file(pictures, ask: Ask):
    pictures.execute(
        "insert into access.permission (layer, operation, who)"
        " values ('ortho', 'view', 'anyone'), ('ortho', 'download', 'account:9')"
    )
    pictures.commit()
    try:
        assert "dataset_download" not in page(ask, PAGE)
    finally:
        pictures.execute("delete from access.permission where layer = 'ortho'")
        pictures.commit()


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["uk", "en"])
def test_every_page_with_a_picture_is_sound_html(pictures, ask: Ask, tmp_path, prefix):
    asked = (
        *("", "?raster=ortho&other=clinics", "?raster=ortho&other=own-map&bbox=32.257,48.508,32.263,48.512&share=0"),
        *("?before=x&bbox=1&near=y", "?raster=ortho&before=2001-01-01&after=2001-01-01", "?raster=nothing"),
    )
    for path in (*(f"{PAGE}{query}" for query in asked), "/map/", "/map/about-layer/ortho/"):
        answer = ask(prefix + path)
        keep(tmp_path, path, answer.status, answer.headers, answer.text.encode())
    panel = within(ask(f"{prefix}/map/").text.encode(), "tool", ask(f"{prefix}/map/-/tools/layers/").text.encode())
    keep(tmp_path, "panel", 200, {"content-type": "text/html"}, panel)
    assert faults(tmp_path) == []


def test_a_withdrawn_picture_is_gone_at_once(pictures, ask: Ask):
    page(ask, f"{PAGE}?raster=single")
    pictures.execute("insert into access.narrowing (layer, level) values ('single', 'staff')")
    publish(pictures, "single", actor="test")
    pictures.commit()
    page(ask, f"{PAGE}?raster=single", 404)
    assert "single" not in page(ask, "/map/-/photos/")
