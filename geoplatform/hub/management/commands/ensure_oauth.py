"""`ensure_oauth`: the OAuth application that GeoNode's signed-in pages need."""

from django.core.management.base import BaseCommand

from geoplatform.hub.accounts import ensure_oauth


class Command(BaseCommand):
    help = "Make GeoNode's OAuth application if there is none."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        ensure_oauth()
