"""What the worker does with remarks."""

from celery import shared_task

from geoplatform.remarks import intake


@shared_task(name="geoplatform.purge_remarks", queue="default", ignore_result=True, expires=3600)
def purge_remarks() -> None:
    """Remove the remarks whose time is over."""
    intake.purge()
