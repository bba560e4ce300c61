"""`manage.py ingest`: the click worker."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shortener.clicks.ingest import Ingest
from shortener.infra.memory import keep_what_is_there
from shortener.infra.metrics import Reporter
from shortener.infra.stores import autonomous_connection, waiting_redis_client

# Tens of thousands of small objects a chunk, none of them in a cycle: looking through them over and over costs a fifth
# of the time. Collected they are all the same, later.
COLLECT_AFTER = (200_000, 50, 50)  # objects; generations


class Command(BaseCommand):
    help = "Write clicks from the Redis stream to PostgreSQL until SIGTERM or Ctrl-C. Any number can run side by side."

    def handle(self, *args: Any, **options: Any) -> None:
        keep_what_is_there(*COLLECT_AFTER)
        worker = Ingest(waiting_redis_client(), autonomous_connection)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run(Reporter("ingest", worker.counts, settings.METRICS_DIR).report_sometimes)
