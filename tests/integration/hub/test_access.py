"""GeoNode's screens decide, the serving plane follows: accounts, permissions, cookie, tokens, the two-person rule."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from werkzeug.test import Client as ServingClient

from geoplatform import config, database
from geoplatform.access import ceilings, cookie, gate
from geoplatform.access.names import LIFE_SIGN


@pytest.fixture
def serving(control_db):
    """A client of the serving plane's application on the test's data database."""
    from geoplatform.serving import publication
    from geoplatform.serving.app import application

    publication.forget()
    gate.forget()
    yield ServingClient(application, use_cookies=False)  # its jar would take the place of the header
    publication.forget()
    gate.forget()


def account_cookie(user) -> dict[str, str]:
    return {"Cookie": f"{cookie.NAME}={cookie.sign(user.pk, time.time(), config.load().secret('access_cookie'))}"}


def sees(serving: ServingClient, user=None, layer: str = "monuments") -> bool:
    """Return whether the collection is there for `user`, with nothing remembered of before."""
    from geoplatform.serving import publication

    publication.forget()
    gate.forget()
    listed = serving.get("/ogcapi/collections", headers=account_cookie(user) if user else {})
    single = serving.get(f"/ogcapi/collections/{layer}/items", headers=account_cookie(user) if user else {})
    found = layer in [c["id"] for c in listed.json["collections"]]
    assert found == (single.status_code == 200)
    return found


def permit(layer: str, users: dict | None = None, groups: dict | None = None) -> None:
    """Set a layer's permissions as GeoNode's screen does."""
    from geonode.resource.registry import dataset_manager

    from geoplatform.publishing.catalogue_record import layer_datasets

    dataset = layer_datasets().get(name=layer)
    assert dataset_manager.set_permissions(
        dataset.uuid, instance=dataset, permissions={"users": users or {}, "groups": groups or {}}
    )


VIEW = ["view_resourcebase"]


@pytest.fixture
def readers(control_db):
    """A group of two accounts, one of which is in it: (group, member, stranger)."""
    from django.contrib.auth import get_user_model
    from geonode.groups.models import GroupProfile

    people = get_user_model().objects
    member, stranger = people.create_user("member", "m@example.org", "x"), people.create_user("stranger", "s@example.org", "x")
    profile = GroupProfile.objects.create(slug="archivists", title="Archivists", access="private")
    profile.join(member)
    return profile.group, member, stranger


def test_the_projection_follows_accounts_groups_and_permissions(monuments, serving, readers, staff):
    from geoplatform.access import geonode
    from geoplatform.publishing import catalogue

    group, member, stranger = readers
    geonode.project()
    assert sees(serving) and sees(serving, member)
    with database.pool("owner").connection() as conn:
        levels = dict(conn.execute("select id, level from access.account").fetchall())
    assert (levels[member.pk], levels[staff.pk]) == ("registered", "staff") and -1 not in levels

    permit("monuments", groups={"archivists": VIEW})
    geonode.project()
    assert [sees(serving), sees(serving, stranger), sees(serving, member), sees(serving, staff)] == [False, False, True, True]
    with database.pool("public").connection() as conn:
        assert conn.execute("select to_regclass('pub_public.monuments')").fetchone() == (None,)

    # the catalogue follows what was narrowed, and widens nothing
    assert catalogue.follow(retry_now=True).failed == {}
    geonode.project(whole=True)
    assert not sees(serving) and sees(serving, member)

    group.user_set.remove(member)
    geonode.project()
    assert not sees(serving, member)
    member.is_active = False
    member.save()
    geonode.project()
    with database.pool("owner").connection() as conn:
        assert conn.execute("select 1 from access.account where id = %s", [member.pk]).fetchone() is None

    # nothing has changed: nothing is done, and done again it changes nothing
    assert geonode.project() == geonode.Projected()
    assert geonode.project(whole=True).layers == []

    # taken out and published again, it is as narrow as staff had left it
    from geoplatform.publishing import pipeline

    pipeline.unpublish("monuments")
    catalogue.follow()
    geonode.project()
    pipeline.publish("monuments", monuments.root)
    assert catalogue.follow(retry_now=True).failed == {}
    geonode.project(whole=True)
    assert not sees(serving) and not sees(serving, stranger) and sees(serving, staff)

    # a new ceiling opens the screens anew
    monuments.describe("monuments", "registered")
    monuments.sync("monuments")
    assert catalogue.follow(retry_now=True).failed == {}
    geonode.project()
    assert not sees(serving) and sees(serving, stranger)


def test_permissions_follow_within_five_seconds_however_busy_the_worker_is(monuments, serving, readers):
    """They have a process of their own; here no worker runs at all."""
    from django.conf import settings

    from geoplatform.publishing.catalogue_record import layer_datasets

    assert not [task for task in settings.CELERY_BEAT_SCHEDULE.values() if "access" in task["task"]]
    (config.load().run).mkdir(parents=True, exist_ok=True)
    sign = config.load().run / LIFE_SIGN
    sign.unlink(missing_ok=True)  # another one's, before this one has begun
    process = subprocess.Popen([sys.executable, "-m", "geoplatform.access.projector"])
    try:
        while not sign.exists():  # a start on a loaded machine is no part of the promise
            assert process.poll() is None
            time.sleep(0.1)
        assert sees(serving)
        permit("monuments", groups={"archivists": VIEW})
        begun = time.monotonic()
        # one question a turn: between two of them the change may come
        while serving.get("/ogcapi/collections/monuments/items").status_code == 200:
            assert time.monotonic() - begun < 5, "a stranger still sees what was narrowed five seconds ago"
            time.sleep(0.2)
        assert not sees(serving)
        # what the catalogue says takes the same way
        layer_datasets().filter(name="monuments").update(purpose="Щоб знайти")
        begun = time.monotonic()
        while "Щоб знайти" not in serving.get("/ogcapi/collections/catalogue/items", headers=account_cookie(readers[1])).text:
            assert time.monotonic() - begun < 5, "what was written five seconds ago is not in the record"
            time.sleep(0.2)
        with Path(f"/proc/{process.pid}/status").open() as status:
            resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        assert resident < 150_000, f"{resident} kB: it is small since it loads neither Django nor GeoNode"
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_the_access_cookie_comes_with_the_session_and_goes_with_it(staff, anonymous_client):
    for path in ("/", "/map/", "/account/login/"):
        answer = anonymous_client.get(path)
        assert cookie.NAME not in answer.cookies and "sessionid" not in answer.cookies, path
    staff.set_password("лисий заєць")
    staff.save()
    answer = anonymous_client.post("/account/login/", {"login": "staff", "password": "лисий заєць"})
    assert answer.status_code == 302, answer.content[:500]
    given = answer.cookies[cookie.NAME]
    assert (given["httponly"], given["samesite"], given["path"]) == (True, "Lax", "/")
    assert "private" in answer.headers["Cache-Control"]
    from geoplatform import config

    assert cookie.verify(given.value, time.time(), config.load().secret("access_cookie")) == staff.pk
    assert cookie.NAME not in anonymous_client.get("/hub/").cookies, "a young cookie is not given again"
    out = anonymous_client.post("/account/logout/")
    assert out.cookies[cookie.NAME].value == ""


def test_a_person_makes_sees_and_revokes_tokens(monuments, serving, staff_client, resident_client, anonymous_client, staff):
    from geoplatform.access import geonode

    geonode.project()
    assert anonymous_client.get("/account/tokens/").status_code == 302
    for path in ("/account/tokens/", "/en/account/tokens/"):
        assert staff_client.get(path).status_code == 200
    assert 'lang="en"' in staff_client.get("/en/account/tokens/").content.decode()
    form = {"name": "QGIS", "days": "30", "limit": "some", "layers": ["monuments"]}
    page = staff_client.post("/account/tokens/", form)
    text = page.content.decode()
    token = text.split('value="gpt_')[1].split('"')[0]
    assert page.headers["Cache-Control"] == "private, no-store"
    headers = {"Authorization": f"Bearer gpt_{token}"}
    listed = serving.get("/ogcapi/collections", headers=headers)
    assert [c["id"] for c in listed.json["collections"]] == ["monuments", "catalogue"]
    assert token not in staff_client.get("/account/tokens/").content.decode(), "it is shown once"
    with database.pool("owner").connection() as conn:
        (number,) = conn.execute("select id::text from access.token").fetchone()
    resident_client.post("/account/tokens/revoke/", {"token": number})
    gate.forget()
    assert serving.get("/ogcapi/collections", headers=headers).status_code == 200, "nobody revokes another's token"
    staff_client.post("/account/tokens/revoke/", {"token": number})
    gate.forget()
    refused = serving.get("/ogcapi/collections", headers=headers)
    assert refused.status_code == 401 and "Basic" in refused.headers["WWW-Authenticate"]
    with database.pool("owner").connection() as conn:
        actions = [row[0] for row in conn.execute("select action from access.audit where actor = %s", [f"account:{staff.pk}"])]
    assert actions == ["token made", "token revoked"]
    wrong = [
        {**form, "name": ""}, {**form, "days": "0"}, {**form, "days": "9999"}, {**form, "days": "x"},
        {**form, "layers": []}, {**form, "layers": ["absent"]},
    ]  # fmt: skip
    for given in wrong:
        assert staff_client.post("/account/tokens/", given).status_code == 400, given


def test_the_staff_page_takes_approvals_of_two_people(monuments, staff_client, resident_client, control_db):
    from django.contrib.auth import get_user_model
    from django.test import Client

    monuments.describe("monuments", "restricted")
    monuments.sync("monuments")
    monuments.describe("monuments", "public")
    (report,) = monuments.sync("monuments")
    assert any("stays restricted" in line for line in report.warnings)
    assert resident_client.get("/hub/publication/").status_code == 403
    page = staff_client.get("/en/hub/publication/").content.decode()
    assert "monuments" in page
    held = {"layer": "monuments", "what": "", "to": "public"}
    with database.pool("owner").connection() as conn:
        waiting = {h.what for h in ceilings.pending(conn)}
    assert waiting == {"", "code", "name"}

    colleague = get_user_model().objects.create_superuser("colleague", "c@example.org", "x")
    second = Client()
    second.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    for what in ("code", "name", ""):
        for client in (staff_client, staff_client, second):
            with database.pool("owner").connection() as conn:
                assert conn.execute("select published from registry.layer").fetchone() == (False,)
            client.post("/hub/publication/approve/", {**held, "what": what, "reason": "рішення ради № 7"})
    with database.pool("owner").connection() as conn:
        assert conn.execute("select published from registry.layer").fetchone() == (True,)
        assert ceilings.pending(conn) == []
