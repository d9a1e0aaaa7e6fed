"""GeoNode's metadata editor and its other resources reach the records of the serving plane, each for whom GeoNode lets see it."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.integration.hub.test_access import account_cookie, serving  # noqa: F401 - a fixture
from tests.integration.hub.test_catalogue import follow, record

RECORDS = "/ogcapi/collections/catalogue/items"
VIEW = ["view_resourcebase"]
PURPOSE = "Щоб школярі знайшли пам’ятник"


def project() -> None:
    """Carry GeoNode's state over, and have nothing remembered of before."""
    from geoplatform.access import gate, geonode
    from geoplatform.serving import publication

    geonode.project()
    publication.forget()
    gate.forget()


def told(client, identifier: str = "monuments", user=None) -> dict | None:
    """Return the record as the serving plane tells it now, None when there is none for `user`."""
    project()
    headers = account_cookie(user) if user else {}
    answer = client.get(f"{RECORDS}/{identifier}", headers=headers)
    listed = [one["id"] for one in client.get(f"{RECORDS}?limit=1000", headers=headers).json["features"]]
    assert (identifier in listed) == (answer.status_code == 200), answer.text
    return answer.json if answer.status_code == 200 else None


def edit(client, number: int, **changes) -> dict:
    """Send the metadata editor's form with these changes; return field -> what is said of it."""
    address = f"/api/v2/metadata/instance/{number}/?lang=uk"
    form = client.get(address).json() | changes
    answer = client.put(address, json.dumps(form), content_type="application/json")
    assert answer.status_code in (200, 422), answer.content
    return {name: error.get("__errors") for name, error in answer.json()["extraErrors"].items()}


def put_document(owner, title: str, *, users: dict | None = None, groups: dict | None = None, **values):
    """Make a document in GeoNode with exactly these permissions."""
    from geonode.documents.models import Document
    from geonode.resource.registry import document_manager

    document = document_manager.create(
        str(uuid.uuid4()),
        resource_type=Document,
        defaults={"title": title, "owner": owner, "extension": "pdf", "abstract": "<p>Про   що &amp; для кого</p>", **values},
    )
    permit(document, users, groups)
    return document


def permit(document, users: dict | None = None, groups: dict | None = None) -> None:
    from geonode.resource.registry import document_manager

    wanted = {"users": users or {}, "groups": groups or {}}
    assert document_manager.set_permissions(document.uuid, instance=document, permissions=wanted)


def test_what_staff_write_in_the_metadata_editor_is_told_and_stays(monuments, serving, staff_client, resident):  # noqa: F811
    from geonode.base.models import Region

    before = told(serving)
    assert "purpose" not in before["properties"] and before["time"] is None, "what we write by ourselves is told elsewhere"
    assert before["properties"]["themes"][1]["concepts"] == [{"id": "society", "title": "Суспільство"}]
    resident.organization, resident.position = "Відділ культури", "Хранителька"
    resident.save()
    staff_client.get("/")
    instance = staff_client.get(f"/api/v2/metadata/instance/{record().pk}/?lang=uk").json()
    assert (
        edit(
            staff_client,
            record().pk,
            purpose=PURPOSE,
            data_quality_statement="Обійшли кожен",
            supplemental_information="Складено музеєм",
            maintenance_frequency="irregular",
            category={"id": "environment"},
            doi="https://doi.org/10.5281/zenodo.42",
            temporal_extent_start="1990-01-01T00:00:00Z",
            temporal_extent_end="2020-12-31T00:00:00Z",
            constraints_other="Не для навігації",
            regions=[{"id": str(Region.objects.get(code="POL").pk)}],
            hkeywords=[*instance["hkeywords"], "бронза"],
            contacts={**instance["contacts"], "pointOfContact": [{"id": str(resident.pk)}]},
        )
        == {}
    )

    def check() -> None:
        said = told(serving)
        properties = said["properties"]
        assert (properties["title"], properties["license"]) == ("Пам’ятники", "CC-BY-4.0")
        assert (properties["purpose"], properties["dataQuality"]) == (PURPOSE, "Обійшли кожен")
        assert (properties["supplementalInformation"], properties["maintenanceFrequency"]) == ("Складено музеєм", "irregular")
        assert properties["themes"][1]["concepts"] == [{"id": "environment", "title": "Довкілля"}]
        assert [region["code"] for region in properties["regions"]] == ["POL"]
        assert {"scheme": "https://doi.org", "value": "10.5281/zenodo.42"} in properties["externalIds"]
        assert said["time"] == {"interval": ["1990-01-01", "2020-12-31"]}
        assert {"пам’ять", "бронза"} <= set(properties["keywords"])
        assert properties["contacts"][1:] == [
            {"organization": "Відділ культури", "position": "Хранителька", "emails": [{"value": "olena@example.org"}],
             "roles": ["pointOfContact"]},
        ]  # fmt: skip
        assert "olena" not in json.dumps(said).replace("olena@example.org", ""), "no account's name"

    check()
    tag = serving.get(f"{RECORDS}/monuments").headers["ETag"]
    # the data change, the definition changes: people's words stay, the definition's follow
    monuments.describe("monuments", keywords=[{"uk": "спадок", "en": "heritage"}])
    monuments.fill("monuments", 11)
    monuments.sync("monuments")
    assert follow().written == ["monuments"]
    names = {keyword.name for keyword in record().keywords.all()}
    assert {"спадок", "бронза"} <= names and "memory" not in names
    assert record().purpose == PURPOSE and "Об’єктів" not in record().data_quality_statement
    monuments.describe("monuments")
    monuments.sync("monuments")
    assert follow().written == ["monuments"]
    check()
    assert serving.get(f"{RECORDS}/monuments").headers["ETag"] != tag
    # taken out and published again, it is as it was; whom to ask is to be named anew
    from geoplatform.publishing import pipeline

    pipeline.unpublish("monuments")
    assert follow().removed == ["monuments"]
    assert told(serving) is None
    pipeline.publish("monuments", root=monuments.root)
    assert follow().written == ["monuments"]
    edit(staff_client, record().pk, contacts={**instance["contacts"], "pointOfContact": [{"id": str(resident.pk)}]})
    check()
    monuments.describe("monuments", keywords=[{"uk": "спадок", "en": "heritage"}])
    monuments.sync("monuments")
    assert follow().written == ["monuments"]
    assert not {"пам’ять", "memory"} & set(record().keywords.names()), "those were the definition's, not people's"
    # a field that is emptied is the catalogue's again
    assert edit(staff_client, record().pk, data_quality_statement="") == {}
    monuments.fill("monuments", 10)
    monuments.sync("monuments")
    follow()
    assert "Об’єктів: 10" in record().data_quality_statement
    assert "dataQuality" not in told(serving)["properties"]
    assert edit(staff_client, record().pk, purpose="Інше") == {}
    assert told(serving)["properties"]["purpose"] == "Інше"


def test_what_the_definition_decides_is_refused_and_told_where_to_change_it(monuments, serving, staff_client):  # noqa: F811
    from geonode.base.models import License

    number = record().pk
    words = [word for word in staff_client.get(f"/api/v2/metadata/instance/{number}/").json()["hkeywords"] if word != "пам’ять"]
    errors = edit(
        staff_client,
        number,
        abstract={"uk": "Пам’ятники громади.", "en": ""},  # the viewer's form sends both languages in one besides
        title_multilang_uk="Чужа назва",
        abstract_multilang_en="Other words",
        attribution="Хтось інший",
        license={"id": License.objects.exclude(name="CC-BY-4.0").first().pk},
        hkeywords=words,
        purpose=PURPOSE,
    )
    assert set(errors) == {"title_multilang_uk", "abstract_multilang_en", "attribution", "license", "hkeywords"}
    assert all("layers/monuments.yaml" in error[0] and "змініть його там" in error[0] for error in errors.values())
    dataset = record()
    assert (dataset.title, dataset.attribution, dataset.license.name) == ("Пам’ятники", "Громада", "CC-BY-4.0")
    assert "пам’ять" in dataset.keywords.names()
    said = told(serving)["properties"]
    assert (said["title"], said["purpose"]) == ("Пам’ятники", PURPOSE), "what is theirs is kept"

    def patch(**values):
        return staff_client.patch(f"/api/v2/datasets/{number}/", json.dumps(values), content_type="application/json")

    refused = patch(title="Чужа назва")
    assert refused.status_code == 400 and "layers/monuments.yaml" in refused.content.decode(), refused.content
    assert patch(title="Пам’ятники", purpose="З API").status_code == 200, "the same title is no change"
    assert (record().title, record().purpose) == ("Пам’ятники", "З API")
    schema = staff_client.get("/api/v2/metadata/schema/?lang=uk").json()["properties"]
    assert "визначає його опис" in schema["attribution"]["description"]
    assert "визначає" not in schema["purpose"].get("description", "")


def test_what_came_by_another_door_is_written_over(monuments, control_db, staff_client):
    from geonode.base.models import ResourceBase

    project()
    assert follow().written == [], "nobody has changed anything"
    ResourceBase.objects.filter(pk=record().pk).update(title="Чужа назва", purpose=PURPOSE)
    record().keywords.remove("пам’ять")
    project()
    assert follow().written == ["monuments"]
    assert (record().title, record().purpose) == ("Пам’ятники", PURPOSE)
    assert "пам’ять" in record().keywords.names()
    project()
    assert follow().written == [], "it is done once"


@pytest.fixture
def people(control_db, resident):
    """A member of a private group and somebody who is in none: (member, stranger)."""
    from django.contrib.auth import get_user_model
    from geonode.groups.models import GroupProfile

    member = get_user_model().objects.create_user("member", "m@example.org", "x")
    GroupProfile.objects.create(slug="archivists", title="Archivists", access="private").join(member)
    return member, resident


def test_a_resource_is_a_record_for_whom_geonode_lets_see_it(control_db, serving, people, staff, staff_client):  # noqa: F811
    from django.contrib.auth.models import Group
    from geonode.maps.models import Map
    from geonode.resource.registry import document_manager, map_manager

    member, stranger = people
    document = put_document(staff, "План, забудови", groups={"anonymous": [*VIEW, "download_resourcebase"]})

    def sees(thing=document) -> list[bool]:
        return [told(serving, thing.uuid, user) is not None for user in (None, stranger, member, staff)]

    assert sees() == [True] * 4
    said = told(serving, document.uuid)
    assert (said["properties"]["type"], said["properties"]["title"]) == ("document", "План, забудови")
    assert said["properties"]["description"] == "Про   що & для кого" and said["geometry"] is None
    assert said["properties"]["contacts"] == [], "an owner is nobody's point of contact by being one"
    links = {link["rel"]: link["href"] for link in said["links"]}
    assert links["enclosure"].endswith(f"/documents/{document.pk}/download")
    assert links["describedby"].endswith(f"/catalogue/#/document/{document.pk}")
    permit(document, groups={"anonymous": VIEW})
    assert "enclosure" not in {link["rel"] for link in told(serving, document.uuid)["links"]}
    permit(document, groups={"registered-members": VIEW})
    assert sees() == [False, True, True, True]
    permit(document, groups={"archivists": VIEW})
    assert sees() == [False, False, True, True]
    permit(document, users={stranger.username: VIEW})
    assert sees() == [False, True, False, True]
    permit(document, groups={"staff": VIEW})
    assert sees() == [False, False, False, True]

    # not approved, not published, of a private group, not listed
    permit(document, users={stranger.username: VIEW}, groups={"anonymous": VIEW})
    for field in ("is_published", "is_approved"):
        type(document).objects.filter(pk=document.pk).update(**{field: False})
        assert sees() == [False, True, False, True], field
        type(document).objects.filter(pk=document.pk).update(**{field: True})
        assert sees() == [True] * 4
    type(document).objects.filter(pk=document.pk).update(group=Group.objects.get(name="archivists"))
    assert sees() == [False, False, True, True]
    type(document).objects.filter(pk=document.pk).update(group=None, advertised=False)
    assert sees() == [False, False, False, True]
    type(document).objects.filter(pk=document.pk).update(advertised=True)
    assert edit(staff_client, document.pk, title_multilang_uk="Інша назва", title_multilang_en="Another title") == {}
    said = told(serving, document.uuid)["properties"]
    assert said["title"] == "Інша назва"
    english = serving.get(f"{RECORDS}/{document.uuid}?lang=en").json["properties"]
    assert english["title"] == "Another title"

    # a map with a blank name of two languages; and what is deleted is gone
    atlas = map_manager.create(str(uuid.uuid4()), resource_type=Map, defaults={"title": " ", "owner": stranger})
    assert map_manager.set_permissions(atlas.uuid, instance=atlas, permissions={"users": {}, "groups": {"anonymous": VIEW}})
    assert told(serving, atlas.uuid)["properties"]["type"] == "map"
    document_manager.delete(document.uuid, instance=document)
    assert sees() == [False] * 4
    assert control_db.execute("select count(*) from registry.catalogue_resource").fetchone() == (1,)


def test_search_finds_what_everybody_may_see(control_db, serving, people, staff):  # noqa: F811
    from geoplatform.hub.tasks import follow_search

    shown = put_document(staff, "Кошторис мосту", groups={"anonymous": VIEW})
    put_document(staff, "Кошторис скарбниці", groups={"registered-members": VIEW})
    project()
    follow_search()
    found = serving.get("/api/search?q=кошторис&kind=record").json["items"]
    assert [(item["title"], item["url"].partition("#")[2]) for item in found] == [("Кошторис мосту", f"/document/{shown.pk}")]
