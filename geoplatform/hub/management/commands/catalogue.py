"""`catalogue`: bring GeoNode's catalogue to what is published, by hand; the worker does it every two seconds."""

from django.core.management.base import BaseCommand, CommandError

from geoplatform.publishing import catalogue


class Command(BaseCommand):
    help = "Write the catalogue record of each published layer that has changed and remove those of layers taken out."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        done = catalogue.follow(retry_now=True, progress=self.stdout.write)
        if done.failed:
            raise CommandError(f"{len(done.failed)} records could not be written: {', '.join(sorted(done.failed))}")
        if not done.written and not done.removed:
            self.stdout.write("The catalogue is up to date.")
