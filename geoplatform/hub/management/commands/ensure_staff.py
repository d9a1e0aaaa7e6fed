"""`ensure_staff`: the first staff account; its generated password is printed once, when the account is made."""

from django.core.management.base import BaseCommand

from geoplatform.hub.accounts import STAFF_USERNAME, ensure_staff


class Command(BaseCommand):
    help = "Make the first staff account if there is none; print its name and password when it was made."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        password = ensure_staff()
        if password:
            self.stdout.write(f"{STAFF_USERNAME} {password}")
