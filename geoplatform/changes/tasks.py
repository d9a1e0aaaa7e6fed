"""What the worker does for those who follow: make letters, send them, forget who never confirmed."""

from celery import shared_task

from geoplatform.changes import letters, subscribing


@shared_task(name="geoplatform.tell_followers", queue="default", ignore_result=True, expires=60)
def tell_followers() -> None:
    """Make the letters that are due and send those that wait; run twice at once, it tells nothing twice."""
    if subscribing.mail_is_set_up():
        letters.make_due()
        letters.send_waiting()


@shared_task(name="geoplatform.purge_followers", queue="default", ignore_result=True, expires=3600)
def purge_followers() -> None:
    """Forget who did not confirm within two days."""
    subscribing.purge()
