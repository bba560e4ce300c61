"""`manage.py jobs`: the job worker."""

from typing import Any, cast

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app, django_connector

CONCURRENCY = 2  # jobs at a time


class Command(BaseCommand):
    help = "Run periodic and deferred jobs until SIGTERM or Ctrl-C. Any number can run side by side."

    def handle(self, *args: Any, **options: Any) -> None:
        connector = cast(django_connector.DjangoConnector, app.connector).get_worker_connector()
        with app.replace_connector(connector) as working:
            working.run_worker(concurrency=CONCURRENCY, delete_jobs="successful")
