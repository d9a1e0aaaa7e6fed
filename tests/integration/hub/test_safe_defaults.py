"""GeoNode's unsafe defaults, each turned round."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GEONODE = Path(__import__("importlib.util", fromlist=["util"]).find_spec("geonode").origin).parent


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def settings_of(address: str, *names: str) -> dict:
    """Return settings of an installation whose public address is `address`, read in a process of its own."""
    code = (
        f"import json; from geoplatform.settings import production as p; print(json.dumps({{n: getattr(p, n) for n in {names}}}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "GEOPLATFORM_SITE_URL": address},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_error_pages_show_no_code(django_process):
    found = settings_of("http://localhost:8000", "DEBUG", "TEMPLATES")
    assert found["DEBUG"] is False
    assert found["TEMPLATES"][0]["OPTIONS"]["debug"] is False


def test_the_secret_key_is_this_installations_own(django_process, services):
    from django.conf import settings
    from geonode import settings as stock

    assert services.config.secret("django") == settings.SECRET_KEY
    assert settings.SECRET_KEY != stock._DEFAULT_SECRET_KEY
    assert len(settings.SECRET_KEY) >= 40


def test_the_key_that_signs_identity_tokens_is_generated_and_closed_to_others(django_process, services):
    from django.conf import settings
    from geonode import settings as stock

    key = settings.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"]
    assert key.startswith("-----BEGIN PRIVATE KEY-----")
    assert key != stock.OAUTH2_PROVIDER["OIDC_RSA_PRIVATE_KEY"]
    assert (services.config.var / "oidc.pem").stat().st_mode & 0o077 == 0


def test_two_processes_that_make_the_key_at_once_get_the_same(tmp_path):
    code = "import sys, pathlib; from geoplatform.hub import keys; print(keys.oidc_private_key(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path / "k.pem")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    keys = {process.communicate()[0] for process in running}
    assert len(keys) == 1
    assert "PRIVATE KEY" in keys.pop()


def test_the_oauth_application_has_no_published_identity(control_db):
    from django.contrib.auth.hashers import check_password
    from oauth2_provider.models import get_application_model

    [fixture] = json.loads((GEONODE / "base" / "fixtures" / "default_oauth_apps.json").read_text())
    for application in get_application_model().objects.all():
        assert application.client_id != fixture["fields"]["client_id"]
        assert not check_password(fixture["fields"]["client_secret"], application.client_secret)
        assert not application.skip_authorization


@pytest.mark.parametrize("path", ["/api/users", "/api/roles", "/api/adminRole", "/api/users/staff", "/api/", "/api/profiles/"])
def test_accounts_and_groups_are_listed_to_nobody(anonymous_client, path):
    answer = anonymous_client.get(path)
    assert answer.status_code == 404
    assert "registered-members" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/people/", "/people/profile/staff/", "/api/v2/users/"])
def test_people_are_not_shown_to_strangers(anonymous_client, path):
    answer = anonymous_client.get(path)
    assert "staff@" not in answer.content.decode()
    assert answer.status_code in (302, 401, 403) or answer.json()["users"] == []


def test_what_is_created_belongs_to_its_owner_alone(staff, resident):
    import uuid

    from django.contrib.auth.models import AnonymousUser
    from geonode.layers.models import Dataset
    from geonode.resource.registry import dataset_manager

    dataset = dataset_manager.create(
        str(uuid.uuid4()), resource_type=Dataset, defaults={"owner": staff, "title": "t", "name": "t", "workspace": "geonode"}
    )
    for person in (AnonymousUser(), resident):
        assert not person.has_perm("base.view_resourcebase", dataset.get_self_resource())
        assert not person.has_perm("base.download_resourcebase", dataset.get_self_resource())


def test_nobody_signs_up_unasked(anonymous_client):
    from django.contrib.auth import get_user_model

    data = {"username": "mallory", "email": "m@example.org", "password1": "Dovhyi-parol-1", "password2": "Dovhyi-parol-1"}
    answer = anonymous_client.post("/account/signup/", data)
    assert answer.status_code < 500
    assert not get_user_model().objects.filter(username="mallory").exists()


def test_an_account_whose_address_was_never_confirmed_cannot_sign_in(anonymous_client, resident):
    anonymous_client.post("/account/login/", {"login": "olena", "password": "крапка:двокрапка"})
    assert "_auth_user_id" not in anonymous_client.session


def test_the_first_staff_account_signs_in_with_its_generated_password(anonymous_client, staff, services):
    staff.set_password(services.config.secret("staff_password"))
    staff.save()
    answer = anonymous_client.post("/account/login/", {"login": "staff", "password": services.config.secret("staff_password")})
    assert answer.status_code == 302
    assert anonymous_client.session["_auth_user_id"] == str(staff.pk)


def test_a_newcomer_may_add_nothing(resident):
    assert not resident.has_perm("base.add_resourcebase")
    assert set(resident.groups.values_list("name", flat=True)) == {"anonymous", "registered-members"}


def test_uploaded_files_are_closed_to_other_users_of_the_machine(django_process):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    name = default_storage.save("folder/private.txt", ContentFile(b"x"))
    file = Path(default_storage.path(name))
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.parent.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("path", ["folder/private.txt", "../secrets.json", "thumbs/../folder/private.txt", "thumbs/x.txt"])
def test_strangers_read_no_file_but_pictures(anonymous_client, path):
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    default_storage.save("folder/private.txt", ContentFile(b"x"))
    assert anonymous_client.get(f"/uploaded/{path}").status_code in (400, 404)


@pytest.mark.parametrize(
    "path", ["/api/v2/management/commands/", "/api/v2/management/jobs/", "/api/v2/management/commands/migrate/"]
)
def test_no_management_command_runs_over_http(staff_client, path):
    from django.conf import settings

    assert staff_client.get(path).status_code == 404
    assert set() == settings.MANAGEMENT_COMMANDS_EXPOSED_OVER_HTTP


def test_an_account_can_still_be_deleted(resident):
    resident.delete()  # GeoNode follows relations into the table of command jobs


def test_a_password_with_colons_works_with_basic_authentication(anonymous_client, resident):
    answer = anonymous_client.get("/api/v2/userinfo/", HTTP_AUTHORIZATION=basic("olena", "крапка:двокрапка"))
    assert answer.json()["preferred_username"] == "olena"


def test_the_part_of_a_password_before_a_colon_is_not_enough(anonymous_client, resident):
    answer = anonymous_client.get("/api/v2/userinfo/", HTTP_AUTHORIZATION=basic("olena", "крапка"))
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "Basic bm9jb2xvbg=="]
)
def test_a_broken_basic_header_is_no_server_error(anonymous_client, header):
    assert anonymous_client.get("/people/", HTTP_AUTHORIZATION=header).status_code < 500


def test_a_request_for_another_host_is_refused(anonymous_client):
    assert anonymous_client.get("/", HTTP_HOST="evil.example").status_code == 400


def test_other_sites_may_not_read_the_hub_with_the_visitors_cookies(anonymous_client):
    answer = anonymous_client.get("/api/v2/categories/", HTTP_ORIGIN="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers


COOKIES = (
    "SESSION_COOKIE_SECURE",
    "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_SECURE",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
)


def test_over_https_no_cookie_goes_without(django_process):
    found = settings_of("https://gis.example.org", *COOKIES, "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE")
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["LANGUAGE_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 15_552_000
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is False, "the municipality's other sites are not ours"
    assert (found["SESSION_COOKIE_HTTPONLY"], found["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")


def test_over_plain_http_people_can_sign_in_at_all(django_process):
    found = settings_of("http://localhost:8000", *COOKIES)
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"], found["SECURE_HSTS_SECONDS"]) == (False, False, 0)


def test_the_scheme_that_nginx_tells_is_believed(control_db):
    from django.test import RequestFactory

    assert RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="https").is_secure()
    assert not RequestFactory().get("/", HTTP_X_FORWARDED_PROTO="http").is_secure()


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{redis}/", "http://localhost:{redis}/wms?request=getcapabilities", "/healthz"]
)
def test_the_proxy_fetches_nothing_for_strangers(anonymous_client, services, target):
    answer = anonymous_client.get("/proxy/", {"url": target.format(redis=services.config.port_of("redis"))})
    assert answer.status_code == 403


def test_the_data_databases_password_is_no_argument_of_ogr2ogr(django_process):
    from django.conf import settings
    from geonode.upload.handlers.common import vector

    password = settings.DATABASES["datastore"]["PASSWORD"]
    show = "import os, sys; print(sys.argv[1], os.environ['PGPASSWORD'])"
    command = [sys.executable, "-c", show, f"PG: dbname='x' user='y' password='{password}' "]
    arguments, from_environment = vector.Popen(command, stdout=subprocess.PIPE).communicate()[0].decode().rsplit(" ", 1)
    assert password not in arguments
    assert from_environment.strip() == password


def test_letters_go_to_files_and_never_to_the_log(django_process):
    found = settings_of("http://localhost:8000", "EMAIL_BACKEND", "EMAIL_FILE_PATH")
    assert found["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert found["EMAIL_FILE_PATH"].startswith(os.environ["GEOPLATFORM_VAR"])


def test_every_cache_is_the_one_redis(django_process):
    from django.conf import settings

    assert {cache["BACKEND"] for cache in settings.CACHES.values()} == {"django.core.cache.backends.redis.RedisCache"}
    assert "search_services" in settings.CACHES


def test_a_stranger_who_looks_around_opens_no_session(anonymous_client):
    for path in ("/", "/people/", "/groups/", "/catalogue/", "/api/v2/categories/"):
        anonymous_client.get(path)
    assert "sessionid" not in anonymous_client.cookies
