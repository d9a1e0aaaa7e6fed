"""Services that tests share: a private PostgreSQL cluster and Redis for each test process, and a fresh data database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from geoplatform import config as configuration
from geoplatform.ops import cluster as clusters
from geoplatform.ops import databases
from geoplatform.ops import redis as redis_server
from geoplatform.ops.cluster import Cluster
from tests.installation import sweep, temporary_installation
from tests.renewal import Renewal
from tests.stack import Stack, running_stack

if TYPE_CHECKING:
    from tests.maps_stack import Maps

DATA_TEMPLATE = "data_template"


@dataclass(frozen=True)
class Services:
    """The running PostgreSQL and Redis of this test process.

    config: what `geoplatform.config.load()` returns while they run.
    cluster: for the superuser's way in: `psycopg.connect(services.cluster.dsn("postgres"))`.
    renewal: brings a database back to its template.
    """

    config: configuration.Config
    cluster: Cluster
    renewal: Renewal


class FailuresAtOnce:
    """Tells of a failure when it happens: a run that is cut off has said what was wrong until then."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and (terminal := self._config.pluginmanager.getplugin("terminalreporter")):
            terminal.write_line(f"\n{datetime.now(UTC):%H:%M:%S} {report.nodeid} failed ({report.when})")
            terminal.write_line(report.longreprtext[-6000:])


def pytest_configure(config: pytest.Config) -> None:
    """Keep the operator's settings out of the tests, and remember where the shared data are."""
    given = os.environ.get("GEOPLATFORM_DATA")
    folder = Path(given) if given else configuration.PROJECT.parent / "shared" / "data"
    config.shared_data = folder.resolve() if folder.is_dir() else None
    for name in [name for name in os.environ if name.startswith("GEOPLATFORM_") and name != "GEOPLATFORM_DATA"]:
        del os.environ[name]
    if not hasattr(config, "workerinput"):
        sweep()
        config.pluginmanager.register(FailuresAtOnce(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs the running platform shares one; what needs the shared data folder says so where it is missing.

    Tests that share a module's database stay in one process too, or each process would fill it.
    """
    for item in items:
        needs = getattr(item, "fixturenames", ())
        if "stack" in needs:
            item.add_marker(pytest.mark.xdist_group("stack"))
        elif "module_data_db" in needs:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(config.rootpath).as_posix()))
    if config.shared_data is None:
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(pytest.mark.skip(reason="the shared data folder is not here: set GEOPLATFORM_DATA"))


@pytest.fixture(scope="session")
def process_environment() -> Iterator[pytest.MonkeyPatch]:
    """Changes of the environment that last as long as the test process."""
    with pytest.MonkeyPatch.context() as patch:
        # Which data root a test uses it says itself, by the fixture `shared_data`.
        patch.delenv("GEOPLATFORM_DATA", raising=False)
        yield patch


@pytest.fixture
def shared_data(pytestconfig: pytest.Config, process_environment, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared data folder, also set as GEOPLATFORM_DATA; for tests marked `shared`."""
    assert pytestconfig.shared_data, "a test that uses shared_data carries the marker `shared`"
    monkeypatch.setenv("GEOPLATFORM_DATA", str(pytestconfig.shared_data))
    return pytestconfig.shared_data


@pytest.fixture(scope="session")
def services(process_environment: pytest.MonkeyPatch) -> Iterator[Services]:
    """PostgreSQL and Redis of this test process (each xdist worker has its own), found through `config.load()`."""
    with temporary_installation(process_environment) as config:
        cluster = clusters.find(config)
        clusters.create(cluster, durable=False)
        redis_server.write_configuration(config, durable=False)
        with clusters.running(cluster), redis_server.running(config):
            databases.set_up(cluster, config)
            _make_data_template(cluster)
            yield Services(config, cluster, Renewal(cluster))


@pytest.fixture
def data_db(services: Services) -> Iterator[psycopg.Connection]:
    """A fresh data database with extensions, roles and our schema; yields a connection as its owner (not autocommit)."""
    with fresh_data_database(services) as conn:
        yield conn


@pytest.fixture(scope="module")
def module_data_db(services: Services) -> Iterator[psycopg.Connection]:
    """Like `data_db`, shared by the tests of a module that only read; they can't use `data_db` besides."""
    with fresh_data_database(services) as conn:
        yield conn


@contextmanager
def fresh_data_database(services: Services) -> Iterator[psycopg.Connection]:
    """Make the data database what its template is; gives a connection as its owner (not autocommit)."""
    services.renewal.renew(configuration.DATA_DATABASE, DATA_TEMPLATE)
    with psycopg.connect(services.config.dsn()) as conn:
        yield conn
        conn.rollback()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The whole platform, GeoNode included, with the shipped layers; real data if the shared folder is there."""
    with running_stack(pytestconfig.shared_data) as running:
        yield running


@pytest.fixture(scope="module")
def maps(services: Services, module_data_db: psycopg.Connection) -> Iterator[Maps]:
    """nginx, serving plane, MapServer, MapProxy and keeper for a module's tests; `module_data_db` is what they show."""
    from tests.maps_stack import running_maps

    with running_maps(services.config) as running:
        yield running


def _make_data_template(cluster: Cluster) -> None:
    """Turn the data database, migrated once, into the template of every test's own."""
    from geoplatform.layers import schema

    config = configuration.load()
    schema.migrate(config.dsn())
    with psycopg.connect(cluster.dsn(), autocommit=True) as superuser:
        superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (configuration.DATA_DATABASE,)
        )
        superuser.execute(
            sql.SQL("alter database {} rename to {}").format(
                sql.Identifier(configuration.DATA_DATABASE), sql.Identifier(DATA_TEMPLATE)
            )
        )
