"""The control plane for tests: Django set up once in the process, a fresh control database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from geoplatform.config import CONTROL_DATABASE, DATA_DATABASE
from geoplatform.ops import databases
from tests import control_template
from tests.integration.hub.small_library import SmallLibrary

CONTROL_TEMPLATE = "control_template"


@pytest.fixture(scope="session")
def django_process(services, process_environment) -> None:
    """GeoNode started in this process, its databases prepared and the control database turned into a template."""
    process_environment.setenv("DJANGO_SETTINGS_MODULE", "geoplatform.settings.test")
    # Playwright, once used in this process, keeps an event loop in the thread, and Django takes our plain calls for async ones.
    process_environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with psycopg.connect(services.cluster.dsn(), autocommit=True) as superuser:
        if superuser.execute("select 1 from pg_database where datname = %s", (CONTROL_TEMPLATE,)).fetchone():
            return  # the leak tests use this fixture too, as one of their own, in the same process
    databases.set_up(services.cluster, services.config)
    control_template.prepare_databases()
    # every data database that is made from now on has Django's tables of uploads beside ours
    control_template.restore_datastore("data_template")
    services.renewal.forget(DATA_DATABASE)
    import django

    django.setup()
    from django.db import connections

    from geoplatform.hub.prepare import migrate

    migrate()  # what the dump does not know of
    connections.close_all()
    with psycopg.connect(services.cluster.dsn(), autocommit=True) as superuser:
        superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            (CONTROL_DATABASE,),
        )
        superuser.execute(
            sql.SQL("alter database {} rename to {}").format(sql.Identifier(CONTROL_DATABASE), sql.Identifier(CONTROL_TEMPLATE))
        )


@pytest.fixture
def control_db(services, django_process, data_db: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A fresh control database as `prepare_hub` leaves it, and a fresh data database; yields the data database's connection."""
    from django.core.cache import cache
    from django.db import connections

    connections.close_all()
    services.renewal.renew(CONTROL_DATABASE, CONTROL_TEMPLATE)
    cache.clear()
    yield data_db
    connections.close_all()


@pytest.fixture
def staff(control_db):
    """The staff account."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="staff")


@pytest.fixture
def resident(control_db):
    """A signed-up person who belongs to nothing."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_user("olena", "olena@example.org", "крапка:двокрапка")


@pytest.fixture
def anonymous_client(control_db):
    """A browser without a session."""
    from django.test import Client

    return Client(raise_request_exception=False)


@pytest.fixture
def staff_client(staff):
    """A browser in which staff are signed in."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def resident_client(resident):
    """A browser in which a person who is no staff is signed in."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    client.force_login(resident, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def small_library(control_db, tmp_path) -> SmallLibrary:
    """An empty library of layers; what it publishes goes to the data database of the test."""
    return SmallLibrary(tmp_path / "layers")


@pytest.fixture
def monuments(small_library) -> SmallLibrary:
    """A library whose public layer `monuments` is published and in the catalogue."""
    from geoplatform.publishing import catalogue

    small_library.describe("monuments")
    small_library.fill("monuments", 12)
    small_library.sync("monuments")
    done = catalogue.follow()
    assert done.failed == {}
    return small_library
