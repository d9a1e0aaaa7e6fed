"""A layer's versions in the staff hub: listed, compared in words and on a picture, and brought back as a new version."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.integration.hub.test_features_api import ATTRIBUTES
from tests.integration.layers.benches import HERE, THERE, establish


@pytest.fixture
def past(control_db, staff):
    """A layer with three versions made by staff; the first of them is returned: a changed since, b moved, c gone, d new."""
    from geoplatform.layers.edits import Edit

    control_db.autocommit = True
    editor = replace(establish(control_db, attributes=ATTRIBUTES), author=f"account:{staff.pk}")
    control_db.execute("insert into access.permission values ('benches', 'view', 'anyone')")

    def made(code: str) -> Edit:
        return Edit("create", properties={"code": code, "seats": 2, "secret": "hush"}, geometry=HERE)

    version = editor.apply(control_db, [made(code) for code in "abc"]).version
    editor.apply(control_db, [Edit("update", "a", {"seats": 5, "secret": "louder"}), Edit("update", "b", geometry=THERE)])
    editor.apply(control_db, [Edit("delete", "c"), made("d")])
    return version


def test_versions_are_listed_compared_and_brought_back(past, staff, staff_client, control_db):
    listed = staff_client.get("/en/hub/layers/benches/versions/").content.decode()
    assert staff.name_long in listed
    assert f"/compare/?from={past}&amp;to={past + 2}" in listed
    assert "There are no older versions" in staff_client.get("/en/hub/layers/benches/versions/?before=0").content.decode()
    assert "/hub/layers/benches/versions/" in staff_client.get("/en/hub/layers/benches/").content.decode()

    between = f"?from={past}&to={past + 2}"
    compared = staff_client.get(f"/hub/layers/benches/compare/{between}").content.decode()
    assert "Додано 1, змінено 2, вилучено 1." in compared
    assert "Місць: було 2, стало 5" in compared
    assert "Змінилося місце або форма" in compared
    assert "hush" not in compared and "louder" not in compared, "what nobody may see is not shown to staff either"
    rest = staff_client.get(f"/hub/layers/benches/compare/{between}&after=c").content.decode()
    assert '<th scope="row" class="govuk-table__header">d</th>' in rest
    assert '<th scope="row" class="govuk-table__header">a</th>' not in rest
    same = staff_client.get(f"/en/hub/layers/benches/compare/?from={past}&to={past}").content.decode()
    assert "The two versions do not differ" in same

    picture = staff_client.get(f"/en/hub/layers/benches/compare.svg{between}")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    drawn = ElementTree.fromstring(picture.content)
    strokes = [mark.get("stroke") for mark in drawn.iter("{http://www.w3.org/2000/svg}path") if mark.get("stroke-width") == "4"]
    legend = 1
    assert {colour: strokes.count(colour) - legend for colour in strokes} == {"#00703c": 1, "#1d70b8": 2, "#d4351c": 1}
    assert len(list(drawn.iter("{http://www.w3.org/2000/svg}line"))) == 1, "from where b was"

    back = f"/en/hub/layers/benches/versions/{past}/restore/"
    assert "makes a new version with your name" in staff_client.get(back).content.decode()
    assert seats_in_the_api() == 5
    answer = staff_client.post(back, follow=True).content.decode()
    assert f"Version {past + 3} is as it was then: added 1, changed 2, removed 1." in answer
    assert seats_in_the_api() == 2
    event = control_db.execute("select version, author from registry.change_event order by id desc limit 1").fetchone()
    assert event == (past + 3, f"account:{staff.pk}")
    assert "Nothing differs" in staff_client.post(back, follow=True).content.decode()


def test_only_staff_compare_and_go_back_and_only_with_the_forms_token(past, staff, anonymous_client, resident_client, control_db):
    from django.test import Client

    back = f"/hub/layers/benches/versions/{past}/restore/"
    reads = [f"/hub/layers/benches/{page}?from={past}&to={past}" for page in ("versions/", "compare/", "compare.svg")]
    for path in (*reads, back):
        assert anonymous_client.get(path).headers["Location"].startswith("/account/login/?next=/hub/")
        assert resident_client.get(path).status_code == 403
    assert resident_client.post(back).status_code == 403
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(back).status_code == 403
    assert control_db.execute("select max(version) from registry.change_event").fetchone() == (past + 2,)


def test_what_is_no_version_is_refused(past, staff_client):
    layer, huge = "/hub/layers/benches", 10**30
    missing = (
        "/hub/layers/no_such_layer/versions/", f"{layer}/compare/?from={past}&to=999", f"{layer}/compare.svg?from=999&to={past}",
        f"{layer}/versions/999/restore/", f"{layer}/versions/{huge}/restore/", f"{layer}/versions/-1/restore/",
    )  # fmt: skip
    wrong = (
        f"{layer}/versions/?before=x", f"{layer}/versions/?before={huge}", f"{layer}/compare/", f"{layer}/compare/?from=-1&to=٣",
        f"{layer}/compare.svg?from={past}&to={huge}", f"{layer}/compare/?from={past}&to={past}&after=%00",
    )  # fmt: skip
    assert {path: staff_client.get(path).status_code for path in missing} == dict.fromkeys(missing, 404)
    assert {path: staff_client.get(path).status_code for path in wrong} == dict.fromkeys(wrong, 400)


def seats_in_the_api() -> int:
    """Return the seats of bench a as the public reads them from the serving plane."""
    from werkzeug.test import Client

    from geoplatform.serving import publication
    from geoplatform.serving.app import application

    publication.forget()
    answer = Client(application).get("/ogcapi/collections/benches/items/a")
    publication.forget()
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json["properties"]["seats"]
