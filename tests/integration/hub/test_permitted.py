"""A layer's versions, uploads and edits follow its permissions, and what waits for approvals is as hidden as before."""

import json

import pytest

from tests.integration.hub.test_features_api import ATTRIBUTES
from tests.integration.hub.test_versions import past  # noqa: F401 - a fixture
from tests.integration.layers.benches import HERE, establish

LAYER = "/hub/layers/benches"


@pytest.fixture
def clerk(control_db):
    """Somebody of the staff who is no administrator."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    person = get_user_model().objects.create_user("clerk", "clerk@example.org", "x")
    person.groups.add(Group.objects.get(name="staff"))
    return person


@pytest.fixture
def browser(clerk):
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    return client


def permit(conn, **operations: str) -> None:
    """Let exactly these do the operations on `benches`."""
    conn.execute("delete from access.permission where layer = 'benches'")
    for operation, who in operations.items():
        conn.execute("insert into access.permission values ('benches', %s, %s)", [operation, who])


def test_versions_are_shown_to_who_may_view_and_brought_back_by_who_may_edit(past, clerk, browser, control_db):  # noqa: F811
    between = f"?from={past}&to={past + 2}"
    reads = [f"{LAYER}/versions/", f"{LAYER}/compare/{between}", f"{LAYER}/compare.svg{between}"]
    writes = [f"{LAYER}/versions/{past}/restore/", f"{LAYER}/upload/", f"{LAYER}/remove/"]

    permit(control_db, view="group:424242", edit="group:424242")
    assert {path: browser.get(path).status_code for path in reads + writes} == dict.fromkeys(reads + writes, 404)
    permit(control_db, view=f"account:{clerk.pk}", edit="group:424242")
    assert {path: browser.get(path).status_code for path in reads} == dict.fromkeys(reads, 200)
    assert {path: browser.get(path).status_code for path in writes} == dict.fromkeys(writes, 403)
    assert browser.post(writes[0]).status_code == 403
    assert control_db.execute("select max(version) from registry.change_event").fetchone() == (past + 2,)
    [group] = clerk.groups.filter(name="staff").values_list("pk", flat=True)
    permit(control_db, view="registered", edit=f"group:{group}")
    assert browser.get(writes[0]).status_code == 200
    assert browser.post(writes[0]).status_code == 302
    assert control_db.execute("select max(version) from registry.change_event").fetchone() == (past + 3,)


def test_an_attribute_that_waits_for_approvals_can_be_neither_read_nor_written(past, clerk, browser, control_db):  # noqa: F811
    from geoplatform.access import ceilings, tokens

    opened = [{**a, "publication": "staff"} if a["name"] == "secret" else a for a in ATTRIBUTES]
    establish(control_db, attributes=opened)
    assert [(held.what, held.stays) for held in ceilings.pending(control_db)] == [("secret", "restricted")]

    control_db.execute("insert into access.account (id, level) values (%s, 'staff')", [clerk.pk])
    permit(control_db, view="anyone", edit=f"account:{clerk.pk}")
    compared = browser.get(f"{LAYER}/compare/?from={past}&to={past + 2}").content.decode()
    assert "Місць: було 2, стало 5" in compared and "hush" not in compared and "louder" not in compared

    headers = {"Authorization": f"Bearer {tokens.make(control_db, clerk.pk, 'test', 1)}", "If-Match": "*"}
    address = "/ogcapi/collections/benches/items/a"

    def patch(**properties):
        body = json.dumps({"properties": properties})
        return browser.patch(address, body, content_type="application/merge-patch+json", headers=headers)

    refused = patch(secret="told by the answer")
    assert refused.status_code == 422 and "secret" not in refused.json()["detail"].partition("there are")[2], refused.content
    assert patch(seats=7).status_code == 204
    feature = {"type": "Feature", "geometry": HERE, "properties": {"seats": 8}}
    put = browser.put(address, json.dumps(feature), content_type="application/geo+json", headers=headers)
    assert put.status_code == 204, put.content
    assert control_db.execute("select seats, secret from layers.benches where id = 'a'").fetchone() == (8, "louder")
