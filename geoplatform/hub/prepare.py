"""Bring the control database to what this version needs: migrations, lists that metadata choose from, groups, first account."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from geoplatform.hub import accounts

#: Of the data database Django needs only the tables that describe uploads; its router leaves the rest out.
DATASTORE_APPS = ("dynamic_models",)


def prepare() -> str | None:
    """Migrate both databases, load GeoNode's lists, make groups, OAuth application and the first staff account.

    Idempotent, and quick when there is nothing to do. Returns the staff password when the account was made now, else None.
    """
    migrate()
    load_lists()
    name_site()
    accounts.ensure_groups()
    accounts.ensure_oauth()
    return accounts.ensure_staff()


def migrate() -> None:
    """Apply outstanding migrations; a database that has them all is not touched (Django's own command writes even then)."""
    if _outstanding(DEFAULT_DB_ALIAS, None):
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    for app in DATASTORE_APPS:
        if _outstanding("datastore", app):
            call_command("migrate", app, database="datastore", interactive=False, verbosity=0, skip_checks=True)


def load_lists() -> None:
    """Load GeoNode's ISO topic categories, regions and the like, once; staff may have edited them since."""
    from geonode.base.models import TopicCategory

    if not TopicCategory.objects.exists():
        call_command("loaddata", "initial_data", verbosity=0)


def name_site() -> None:
    """Give Django's site record this installation's address: letters and feeds carry it."""
    from django.contrib.sites.models import Site

    domain = settings.SITEURL.partition("://")[2].strip("/")
    site = Site.objects.get(pk=settings.SITE_ID)
    if (site.domain, site.name) != (domain, settings.SITENAME):
        site.domain, site.name = domain, settings.SITENAME
        site.save()


def _outstanding(alias: str, app: str | None) -> bool:
    executor = MigrationExecutor(connections[alias])
    targets = [node for node in executor.loader.graph.leaf_nodes() if app is None or node[0] == app]
    return bool(executor.migration_plan(targets))
