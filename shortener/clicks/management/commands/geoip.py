"""`manage.py geoip update`: countries and cities of visitors."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress

from shortener.clicks.geoip import DownloadFailed, Source, configured_source, update


class Command(BaseCommand):
    help = "Download the file of places that GEOIP_URL or a MaxMind licence key names, check it and use it at once."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["update"])
        parser.add_argument("--url", default="", help="instead of the configured source")

    def handle(self, *args: Any, **options: Any) -> None:
        source = Source(options["url"]) if options["url"] else configured_source()
        if source is None:
            raise CommandError("Set GEOIP_URL, or GEOIP_ACCOUNT_ID and GEOIP_LICENSE_KEY, or give --url.")
        with Progress("Downloading", BarColumn(), DownloadColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=None)
            try:
                about = update(
                    source,
                    settings.GEOIP_DATABASE,
                    lambda done, total: bar.update(task, completed=done, total=total or None),
                )
            except DownloadFailed as error:
                raise CommandError(f"{error}. {settings.GEOIP_DATABASE} is as it was.") from error
        self.stdout.write(f"{settings.GEOIP_DATABASE}: {about}")
