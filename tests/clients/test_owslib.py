"""OWSLib, as a harvester would use it: reads the catalogue by CSW and by OGC API Records, each record once, the same in both."""

from __future__ import annotations

import pytest
from owslib.csw import CatalogueServiceWeb
from owslib.fes import BBox, PropertyIsEqualTo, PropertyIsLike
from owslib.ogcapi.records import Records

LAYER = "settlements"


@pytest.fixture(scope="module")
def csw(stack) -> CatalogueServiceWeb:
    """The catalogue service, all layers in it."""
    stack.wait_until_catalogued()
    return CatalogueServiceWeb(f"{stack.base_url}/catalogue/csw")


@pytest.fixture(scope="module")
def records(stack) -> Records:
    """The collection of records, all layers in it."""
    stack.wait_until_catalogued()
    return Records(f"{stack.base_url}/ogcapi/")


@pytest.fixture(scope="module")
def titles(records: Records) -> dict[str, str]:
    """Title of each record by its id, as OGC API Records gives them."""
    found = records.collection_items("catalogue", limit=1000)
    assert found["numberMatched"] == found["numberReturned"]
    return {feature["id"]: feature["properties"]["title"] for feature in found["features"]}


def every_record(csw: CatalogueServiceWeb, page: int = 7) -> dict[str, str]:
    """Return the titles of all records by identifier, page after page."""
    found, start = {}, 1
    while start:
        csw.getrecords2(esn="full", maxrecords=page, startposition=start)
        assert not found.keys() & csw.records.keys(), "a record comes once"
        found |= {identifier: record.title for identifier, record in csw.records.items()}
        assert csw.results["returned"] == len(csw.records)
        start = csw.results["nextrecord"]
    assert csw.results["matches"] == len(found)
    return found


def test_csw_gives_every_record_once_by_pages(csw: CatalogueServiceWeb, titles: dict[str, str]):
    assert csw.identification.title
    found = every_record(csw)
    assert len(found) > 20
    assert sorted(found.values()) == sorted(titles.values()), "both services tell of the same things"


def test_csw_finds_by_title_and_place_and_gives_one_record_in_iso(csw: CatalogueServiceWeb, titles: dict[str, str]):
    csw.getrecords2(constraints=[PropertyIsEqualTo("dc:title", titles[LAYER])], esn="full")
    ((identifier, record),) = csw.records.items()
    assert record.title == titles[LAYER]
    csw.getrecords2(constraints=[PropertyIsLike("csw:AnyText", f"%{titles[LAYER]}%")], maxrecords=100)
    assert identifier in csw.records
    csw.getrecords2(constraints=[[PropertyIsEqualTo("dc:title", titles[LAYER]), BBox([-80, -40, -70, -30])]])
    assert csw.results["matches"] == 0, "nothing of it lies there"
    # latitude first, as in EPSG:4326
    csw.getrecords2(constraints=[[PropertyIsEqualTo("dc:title", titles[LAYER]), BBox([48.4, 32.1, 48.6, 32.4])]])
    assert list(csw.records) == [identifier]
    csw.getrecordbyid(id=[identifier], outputschema="http://www.isotc211.org/2005/gmd")
    iso = csw.records[identifier]
    assert iso.identification[0].title == titles[LAYER]
    assert any("/ogcapi/" in (resource.url or "") for resource in iso.distribution.online)


def test_records_are_a_collection_with_pages_filters_and_single_records(records: Records, titles: dict[str, str]):
    assert records.records() == ["catalogue"]
    paged: list[str] = []
    while len(paged) < len(titles):
        page = records.collection_items("catalogue", limit=7, offset=len(paged))["features"]
        assert page
        paged += [feature["id"] for feature in page]
    assert sorted(paged) == sorted(titles)
    one = records.collection_item("catalogue", LAYER)
    assert (one["id"], one["properties"]["title"]) == (LAYER, titles[LAYER])
    found = records.collection_items("catalogue", q=titles[LAYER].split()[0], limit=100)["features"]
    assert LAYER in {feature["id"] for feature in found}
    assert records.collection_items("catalogue", bbox=[-80, -40, -70, -30], limit=100)["numberMatched"] < len(titles)
