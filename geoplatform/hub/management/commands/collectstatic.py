"""Django's collectstatic, which also completes the MapStore client's translations among what it collected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.management.base import CommandError

from geoplatform.hub.translations import TranslationError, write_client_translations


class Command(collectstatic.Command):
    """The same options and output as Django's own."""

    def handle(self, **options: Any) -> str | None:
        """Collect, then write the whole trees over the collected one, which holds only our own messages."""
        summary = super().handle(**options)
        if not options["dry_run"]:
            try:
                write_client_translations(Path(settings.STATIC_ROOT))
            except TranslationError as error:
                raise CommandError(str(error)) from error
        return summary
