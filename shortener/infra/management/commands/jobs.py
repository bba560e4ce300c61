"""`manage.py jobs`: the job worker."""

import logging
from typing import Any, cast

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app, django_connector
from procrastinate.exceptions import ConnectorException

from shortener.infra.tasks import STALLED

CONCURRENCY = 2  # jobs at a time


class Command(BaseCommand):
    help = "Run periodic and deferred jobs until SIGTERM or Ctrl-C. Any number can run side by side."

    def handle(self, *args: Any, **options: Any) -> None:
        for handler in logging.getLogger().handlers:
            handler.addFilter(outages_in_one_line)
        connector = cast(django_connector.DjangoConnector, app.connector).get_worker_connector()
        with app.replace_connector(connector) as working:
            working.run_worker(concurrency=CONCURRENCY, delete_jobs="successful", stalled_worker_timeout=STALLED)


def outages_in_one_line(record: logging.LogRecord) -> bool:
    """Log filter: a database that is away is no mistake of ours, and needs no traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ConnectorException):
        reason = " ".join(str(error.__cause__ or error).split())
        record.msg, record.args, record.exc_info, record.exc_text = f"jobs wait: {reason}", (), None, None
    return True
