from collections.abc import Iterable

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClicksConfig(AppConfig):
    name = "shortener.clicks"
    label = "clicks"
    verbose_name = _("Clicks")

    def ready(self) -> None:
        from shortener.infra.health import REPORTS
        from shortener.infra.metrics import GAUGES

        REPORTS["clicks"] = _health
        GAUGES.append(_gauges)


def _health() -> object:
    from shortener.clicks.backlog import backlog

    now = backlog()
    return {
        "status": "warn" if now.is_late else "pass",
        "batches_waiting": now.batches,
        "oldest_seconds": None if now.seconds is None else round(now.seconds, 3),
        "spooled_bytes": now.spooled,
    }


def _gauges() -> Iterable[tuple[str, str, float]]:
    from django.db import Error

    from shortener.clicks.backlog import backlog, dead_batches

    now = backlog()
    yield "redis_up", "Whether Redis answers", now.batches is not None
    if now.batches is not None and now.seconds is not None:
        yield "stream_batches", "Batches of clicks that wait in Redis", now.batches
        yield "ingest_lag_seconds", "For how long the oldest of them has waited", now.seconds
    yield "spool_bytes", "Clicks on this machine's disk, while Redis is away", now.spooled
    yield "spool_limit_bytes", "What they may take", now.spool_limit
    try:
        dead = dead_batches()
    except Error:
        yield "postgres_up", "Whether PostgreSQL answers", 0
    else:
        yield "postgres_up", "Whether PostgreSQL answers", 1
        yield "dead_batches", "Batches that could not be written and were set aside", dead
