"""`prepare_hub`: everything that the control database needs before the hub starts."""

from django.core.management.base import BaseCommand

from geoplatform.hub.accounts import STAFF_USERNAME
from geoplatform.hub.prepare import prepare


class Command(BaseCommand):
    help = "Migrate both databases, load GeoNode's lists, make groups, OAuth application and the first staff account."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        password = prepare()
        if password:
            self.stdout.write(f"{STAFF_USERNAME} {password}")
