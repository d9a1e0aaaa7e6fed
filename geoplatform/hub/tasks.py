"""What the worker does: the catalogue follows, layers whose time has come are synchronised, staff's orders are carried out.

Every task may run twice or be killed: what it does is idempotent.
"""

from __future__ import annotations

import logging

from celery import shared_task

from geoplatform.publishing import pipeline

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 2
DUE_SECONDS = 60
SEARCH_SECONDS = 60
WALKING_SECONDS = 5


@shared_task(name="geoplatform.follow_catalogue", queue="default", ignore_result=True, expires=FOLLOW_SECONDS * 2)
def follow_catalogue() -> None:
    """Bring the catalogue to what is published; one query when nothing has changed."""
    from geoplatform.publishing import catalogue

    catalogue.follow()


@shared_task(name="geoplatform.follow_search", queue="default", ignore_result=True, expires=FOLLOW_SECONDS * 2)
def follow_search() -> None:
    """Bring the search's documents to what is published; a few queries when nothing has changed."""
    from geoplatform.plugins import search_sources
    from geoplatform.publishing.catalogue_documents import CatalogueRecords
    from geoplatform.search import indexing

    # a long run is taken up by the next task, so that the worker can be stopped between
    indexing.follow([CatalogueRecords(), *search_sources()], seconds=SEARCH_SECONDS)


@shared_task(name="geoplatform.follow_walking", queue="default", ignore_result=True, expires=WALKING_SECONDS * 2)
def follow_walking() -> None:
    """Build the street network anew when the layer that it is made of has changed; one query when it has not."""
    from geoplatform.walking import build

    build.follow()


@shared_task(name="geoplatform.sync_due", queue="default", ignore_result=True, expires=DUE_SECONDS)
def sync_due() -> None:
    """Synchronise the layers whose `refresh` has passed; a layer that is being synchronised is left to that run."""
    _tell(pipeline.sync(due=True, wait=False, started_by="schedule"))


@shared_task(name="geoplatform.sync_layer", queue="default", ignore_result=True, acks_late=False)
def sync_layer(layer: str, username: str, *, live: bool = False, confirm: bool = False) -> None:
    """Synchronise one layer because a member of staff asked for it."""
    _tell(pipeline.sync([layer], live=live, confirm=confirm, wait=False, started_by=f"hub:{username}"))


@shared_task(name="geoplatform.take_upload", queue="default", ignore_result=True, acks_late=False)
def take_upload(execution_id: str, handler: str = "", action: str = "upload", **options) -> None:
    """Take the files of one of GeoNode's execution requests into layers, one commit a table."""
    from geoplatform.hub.uploads import execution

    execution.carry_out(execution_id, action)


def _tell(reports) -> None:
    for report in reports:
        if report.error:
            logger.warning("%s: %s: %s", report.layer, report.status, report.error)
