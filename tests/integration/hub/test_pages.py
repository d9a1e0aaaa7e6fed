"""No page that people can reach answers with a server error, GeoNode's own included."""

import re

import pytest

from tests.integration.hub.crawler import crawl
from tests.integration.hub.test_catalogue_resources import put_document

#: Where a visitor may enter.
STARTS = [
    "/",
    "/en/",
    "/map/",
    "/catalogue/",
    "/hub/",
    "/groups/",
    "/people/",
    "/account/login/",
    "/about/",
    "/help/",
    "/developer/",
]
STARTS += [
    "/privacy_cookies/",
    "/sitemap.xml",
    "/robots.txt",
    "/services/",
    "/admin/",
    "/account/password/reset/",
    "/all",
    "/datasets",
]

#: What the MapStore client asks for while its catalogue, dataset, upload, permission and metadata screens are open.
CLIENT_CALLS = [
    "/api/v2/reqrules",
    "/client/pluginsconfig",
    "/client/extensions",
    "/api/v2/resources?page_size=20&page=1&sort=-date&filter{metadata_only}=false&api_preset=catalog_list",
    "/api/v2/resources?search=пам’ятник&search_index=title_abstract&api_preset=catalog_list",
    "/api/v2/resources/resource_types",
    "/api/v2/resources/{pk}?api_preset=viewer_common&api_preset=dataset_viewer",
    "/api/v2/resources/{pk}/permissions",
    "/api/v2/resources/{pk}/linked_resources",
    "/api/v2/resources/{pk}/assets",
    "/api/v2/datasets/{pk}?api_preset=viewer_common&api_preset=dataset_viewer&include_i18n=true",
    "/api/v2/datasets/{pk}/timeseries",
    "/api/v2/datasets/{pk}/maps",
    "/api/v2/datasets/{pk}/maplayers",
    "/api/v2/datasets?page_size=5",
    "/api/v2/documents",
    "/api/v2/maps",
    "/api/v2/geoapps",
    "/api/v2/facets",
    "/api/v2/facets?include_topics=true&page_size=5",
    "/api/v2/facets/category",
    "/api/v2/facets/keyword",
    "/api/v2/facets/region",
    "/api/v2/facets/owner",
    "/api/v2/facets/group",
    "/api/v2/facets/resourcetype",
    "/api/v2/categories?page_size=50",
    "/api/v2/keywords?search=a",
    "/api/v2/regions?search=a",
    "/api/v2/owners",
    "/api/v2/users",
    "/api/v2/groups",
    "/api/v2/executionrequest",
    "/api/v2/upload-size-limits/",
    "/api/v2/upload-parallelism-limits/",
    "/api/v2/harvesters/999/harvestable-resources",
    "/api/v2/metadata",
    "/api/v2/metadata/schema",
    "/api/v2/metadata/schema/{pk}",
    "/api/v2/metadata/instance/{pk}",
    "/api/v2/metadata/autocomplete/groups",
    "/api/v2/metadata/autocomplete/users",
    "/api/v2/metadata/autocomplete/regions",
    "/api/v2/metadata/autocomplete/resources",
    "/api/v2/userinfo/",
    "/metadata/{pk}",
    "/metadata/{pk}/embed",
    "/datasets/geoplatform:monuments/embed",
    "/catalogue/csw?service=CSW&version=2.0.2&request=GetCapabilities",
    "/catalogue/csw?service=CSW&version=2.0.2&request=GetRecords&typenames=gmd:MD_Metadata&resulttype=results",
    "/catalogue/csw?service=CSW&version=2.0.2&request=GetRecordById&id={uuid}&outputschema=http://www.isotc211.org/2005/gmd",
    "/catalogue/opensearch",
    "/metadata_update_redirect",
    "/i18n/",
    "/jsi18n/",
    "/o/.well-known/openid-configuration/",
    "/o/.well-known/jwks.json",
    "/people/edit/staff",
    "/avatar/change/",
    "/account/email/",
    "/account/password/change/",
    "/invitations/geonode-send-invite/",
    "/security/permissions/{pk}",
    "/groups/group/staff/",
    "/groups/group/staff/members/",
    "/groups/group/staff/update/",
    "/groups/group/staff/activity/",
    "/groups/group/staff/member_remove/nobody",
    "/groups/create/",
    "/social/recent-activity",
]


def clients(kind, request):
    return request.getfixturevalue(f"{kind}_client")


@pytest.mark.parametrize("visitor", ["anonymous", "resident", "staff"])
def test_every_page_that_links_lead_to_answers(monuments, visitor, request):
    from geonode.layers.models import Dataset

    dataset = Dataset.objects.get(name="monuments")
    starts = [*STARTS, f"/hub/datasets/{dataset.pk}/", f"/metadata/{dataset.pk}", f"/catalogue/uuid/{dataset.uuid}"]
    found = crawl(clients(visitor, request), starts)
    assert {path: status for path, status in found.items() if status >= 500} == {}
    assert len(found) > 60, "the visitor got somewhere"


@pytest.mark.parametrize("visitor", ["anonymous", "resident", "staff"])
def test_every_call_of_the_mapstore_client_answers(monuments, visitor, request):
    from geonode.layers.models import Dataset

    dataset = Dataset.objects.get(name="monuments")
    client = clients(visitor, request)
    broken = {}
    for call in CLIENT_CALLS:
        path = call.replace("{pk}", str(dataset.pk)).replace("{uuid}", dataset.uuid)
        status = client.get(path).status_code
        if status >= 500:
            broken[path] = status
    assert broken == {}


def test_staff_get_what_the_client_needs_and_not_merely_an_answer(monuments, staff_client):
    rules = staff_client.get("/api/v2/reqrules").json()
    assert "Bearer" in str(rules)
    found = staff_client.get("/api/v2/resources?api_preset=catalog_list").json()
    assert [resource["title"] for resource in found["resources"]] == ["Пам’ятники"]
    schema = staff_client.get("/api/v2/metadata/schema").json()
    assert {"title_multilang_uk", "title_multilang_en"} <= set(schema["properties"])


def test_metadata_are_edited_in_both_languages(control_db, staff, staff_client):
    """Of a document: a layer's title and description are its definition's."""
    import json

    pk = put_document(staff, "Звіт").pk
    address = f"/api/v2/metadata/instance/{pk}/"
    titles = {"title_multilang_uk": "Звіт про пам’ятники", "title_multilang_en": "Report on monuments"}
    form = json.dumps(staff_client.get(address).json() | titles)
    answer = staff_client.put(address, form, content_type="application/json")
    assert answer.status_code == 200, answer.content
    for language, title in (("uk", "Звіт про пам’ятники"), ("en", "Report on monuments")):
        assert staff_client.get(f"/api/v2/documents/{pk}/?lang={language}").json()["document"]["title"] == title


def test_the_client_is_led_to_the_dataset_after_its_metadata_are_saved(monuments, staff_client):
    from geonode.layers.models import Dataset

    pk = Dataset.objects.get(name="monuments").pk
    answer = staff_client.post("/metadata_update_redirect", {"url": f"/datasets/{pk}/metadata"})
    assert answer.content.decode() == f"/catalogue/#/dataset/{pk}"
    assert staff_client.post("/metadata_update_redirect").status_code == 400


@pytest.mark.parametrize("query", ["mode=oaipmh&verb=Identify", "outputschema=http://gcmd.gsfc.nasa.gov/Aboutus/xml/dif/"])
def test_formats_that_pycsw_breaks_over_are_refused_and_linked_nowhere(monuments, anonymous_client, query):
    from geonode.layers.models import Dataset

    assert anonymous_client.get(f"/catalogue/csw?service=CSW&version=2.0.2&request=GetRecordById&id=x&{query}").status_code == 400
    assert "DIF" not in Dataset.objects.get(name="monuments").link_set.values_list("name", flat=True)


def test_the_extent_can_be_computed_again(monuments, staff_client):
    from geonode.layers.models import Dataset

    pk = Dataset.objects.get(name="monuments").pk
    assert staff_client.put(f"/api/v2/datasets/{pk}/recalc-bbox/", "{}", content_type="application/json").status_code < 500
    assert staff_client.put(f"/api/v2/datasets/{pk}/timeseries/", "{}", content_type="application/json").status_code < 500


def test_an_unknown_page_is_404_in_the_portals_frame(anonymous_client):
    answer = anonymous_client.get("/no-such-page/")
    assert answer.status_code == 404
    assert re.search("Сторінк", answer.content.decode())


def test_the_admin_views_on_site_only_what_has_a_page(monuments, staff_client):
    from django.contrib import admin
    from django.contrib.contenttypes.models import ContentType

    asked = set()
    for model in admin.site._registry:
        for thing in model._default_manager.order_by("pk")[:1]:
            answer = staff_client.get(f"/admin/r/{ContentType.objects.get_for_model(model).pk}/{thing.pk}/")
            assert answer.status_code in (302, 404), model
            asked.add(model._meta.label)
    assert "oauth2_provider.Application" in asked and len(asked) > 10
