"""For machines: schema.org on a place's page, sitemap, robots.txt, Atom; nothing made up and nothing hidden is in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from geoplatform.facilities.views import machines
from geoplatform.layers.library import Library, load_library
from tests.integration.serving import layers
from tests.integration.serving.layers import attribute, definition
from tests.leaks.described_rasters import put_raster
from tests.leaks.described_resources import put_resource, uuid_of

NS = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml", "a": "http://www.w3.org/2005/Atom"}


def described(page: str) -> dict | None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    return json.loads(found.group(1)) if found else None


@pytest.fixture
def read(places, anonymous_client):
    def text(path: str, status: int = 200) -> str:
        answer = anonymous_client.get(path)
        assert answer.status_code == status, path
        assert not answer.cookies
        return answer.content.decode()

    return text


def test_a_facility_is_described_with_place_hours_and_accessibility(read):
    found = described(read("/map/clinics/c1/"))
    assert found["@type"] == "MedicalClinic"
    assert found["name"] == "Амбулаторія <script>alert(1)</script> «Кам’янка»"
    assert found["geo"] == {"@type": "GeoCoordinates", "longitude": 32.26, "latitude": 48.51}
    assert found["url"].endswith("/map/clinics/c1/")
    assert found["address"]["addressCountry"] == "UA"
    days = found["openingHoursSpecification"]
    assert len({day["validFrom"] for day in days}) == 7
    assert {(day["opens"], day["closes"]) for day in days} <= {("08:00", "17:00"), ("09:00", "12:00"), ("00:00", "00:00")}
    assert found["amenityFeature"][0]["value"] == "так"
    assert "sameAs" not in found, "a script is no address"
    english = described(read("/en/map/clinics/c1/"))
    assert (english["inLanguage"], english["name"]) == ("en", "Kamianka surgery")


def test_what_schema_org_has_no_type_for_is_told_in_words(places, read, monkeypatch):
    from geoplatform.publicmap import current

    known = load_library()
    monkeypatch.setattr(
        layers,
        "library",
        lambda *shown: Library(
            Path("layers"), {item.id: item for item in shown}, vocabularies=known.vocabularies, themes=known.themes
        ),
    )
    refuges = definition(
        "refuges", attribute("name", role="name"), attribute("category", role="category", vocabulary="shelter_types")
    )
    one = {
        "is_demo": False,
        "code": "r1",
        "id": "r1",
        "name": "Укриття № 1",
        "category": "simplest",
        "geom": "POINT(32.26 48.51)",
    }
    layers.put(places, refuges, [one])
    current.forget()
    found = described(read("/map/refuges/r1/"))
    assert (found["@type"], found["additionalType"]) == ("CivicStructure", "Найпростіше укриття")
    assert described(read("/en/map/refuges/r1/"))["additionalType"] == "Simple shelter"
    assert "additionalType" not in described(read("/map/clinics/c1/"))


def test_text_of_the_data_cannot_end_the_block_of_data(read):
    page = read("/map/clinics/c1/")
    assert "<script>alert(1)" not in page


def test_usual_hours_are_not_told_of_a_facility_that_is_closed(read, press):
    press("closed_temporarily", "0:clinics:c1")
    found = described(read("/map/clinics/c1/"))
    assert "openingHoursSpecification" not in found
    assert found["specialOpeningHoursSpecification"]["opens"] == found["specialOpeningHoursSpecification"]["closes"]
    assert found["additionalProperty"]["name"] == "Тимчасово зачинено"


def test_a_made_up_place_is_not_described_nor_found(read):
    page = read("/map/clinics/c2/")
    assert described(page) is None
    assert '<meta name="robots" content="noindex">' in page


def test_every_page_names_its_languages_its_address_and_a_picture(read):
    for path in ("/", "/en/", "/map/", "/facilities/", "/en/map/clinics/c1/", "/offline/"):
        page = read(path)
        assert set(re.findall(r'hreflang="([\w-]+)" href="http', page)) == {"uk", "en", "x-default"}, path
        assert re.search(r'property="og:image" content="http[^"]+/static/portal/share.png"', page), path
        address = re.search(r'property="og:url" content="http://[^/"]+([^"]+)"', page).group(1)
        assert address == path
        if path != "/map/":
            assert 'rel="canonical" href="http://localhost' in page, path


def test_the_sitemap_holds_every_real_place_in_every_language(read):
    index = ElementTree.fromstring(read("/sitemap.xml"))
    files = [loc.text for loc in index.findall(".//s:loc", NS)]
    names = [re.sub(r"^http://[^/]+", "", name) for name in files]
    assert "/sitemap/pages.xml" in names
    assert "/sitemap/clinics.1.xml" in names
    assert not any("shelters" in name for name in names), "a layer without data has no file"
    found = ElementTree.fromstring(read("/sitemap/clinics.1.xml"))
    paths = {re.sub(r"^http://[^/]+", "", loc.text) for loc in found.findall(".//s:loc", NS)}
    assert paths == {f"{prefix}/map/clinics/{number}/" for prefix in ("", "/en") for number in ("c1", "c3")}
    first = found.find("s:url", NS)
    assert [link.get("hreflang") for link in first.findall("x:link", NS)] == ["uk", "en"]
    ElementTree.fromstring(read("/sitemap/pages.xml"))


def test_the_sitemap_holds_the_catalogues_pages_that_everybody_sees(read, places):
    for name, level in (("ortho", "public"), ("inner_ortho", "staff")):
        put_raster(places, name, level)
    for name, who in (("plan", "anyone"), ("drafts", "registered")):
        put_resource(places, name, "public", [who])
    assert "/sitemap/catalogue.xml" in read("/sitemap.xml")
    found = ElementTree.fromstring(read("/sitemap/catalogue.xml"))
    addresses = [loc.text.split("/items/")[1] for loc in found.findall(".//s:loc", NS)]
    assert {"clinics?f=html&lang=uk", "clinics?f=html&lang=en", "ortho?f=html&lang=uk", "ortho?f=html&lang=en"} <= set(addresses)
    assert f"{uuid_of('plan')}?f=html&lang=uk" in addresses
    assert not [address for address in addresses if "inner_ortho" in address or uuid_of("drafts") in address]


def test_a_large_layer_has_as_many_files_as_it_takes(read, monkeypatch):
    monkeypatch.setattr(machines, "PAGE", 1)
    assert "/sitemap/clinics.2.xml" in read("/sitemap.xml")
    first, second = read("/sitemap/clinics.1.xml"), read("/sitemap/clinics.2.xml")
    assert ("/c1/" in first, "/c3/" in second) == (True, True)


@pytest.mark.parametrize("path", [
    *("/sitemap/clinics.0.xml", "/sitemap/clinics.9.xml", "/sitemap/no.1.xml", "/sitemap/shelters.1.xml"),
    *("/sitemap/clinics.99999999999.xml", "/feeds/no.atom"),
])  # fmt: skip
def test_what_is_not_there_is_not_found(read, path):
    read(path, 404)


def test_what_is_taken_back_leaves_the_sitemap_and_its_feed(read, places):
    from geoplatform.publicmap import current
    from geoplatform.publishing import pipeline

    pipeline.unpublish("clinics")
    current.forget()
    assert "clinics" not in read("/sitemap.xml")
    read("/sitemap/clinics.1.xml", 404)
    read("/feeds/clinics.atom", 404)


def test_the_feed_tells_each_change_once_the_newest_first(read, press, places):
    press("open", "0:clinics:c1")
    press("open", "0:clinics:c3")
    feed = ElementTree.fromstring(read("/feeds/facility_states.atom"))
    entries = feed.findall("a:entry", NS)
    assert len(entries) == len({entry.find("a:id", NS).text for entry in entries}) >= 2
    updated = [entry.find("a:updated", NS).text for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert feed.find("a:title", NS).text == "Зміни: Стан критичних закладів"
    assert "account" not in read("/feeds/facility_states.atom")
    assert ElementTree.fromstring(read("/en/feeds/facility_states.atom")).find("a:title", NS).text.startswith("Changes:")


def test_robots_are_shown_the_sitemap_and_kept_from_what_is_for_people(read):
    text = read("/robots.txt")
    assert re.search(r"^Sitemap: http://\S+/sitemap\.xml$", text, re.M)
    assert "Disallow: /hub/" in text
    assert "Disallow: /\n" not in text
