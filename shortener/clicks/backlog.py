"""What is on its way from the redirects to PostgreSQL: for the health page, the metrics and the admin site."""

from dataclasses import dataclass

import redis
from django.conf import settings

from shortener.clicks.models import DeadBatch
from shortener.clicks.spool import spooled_bytes
from shortener.clicks.streams import stream_names, waiting
from shortener.infra.stores import redis_client

LATE = 60.0  # seconds that a click may wait before somebody should look


@dataclass(frozen=True)
class Backlog:
    """`batches` wait in the streams, the oldest for `seconds` (both None while Redis does not answer); `spooled`
    bytes lie on this machine's disk, of at most `spool_limit`."""

    batches: int | None
    seconds: float | None
    spooled: int
    spool_limit: int

    @property
    def is_late(self) -> bool:
        """Whether somebody should look after it."""
        return self.seconds is None or self.seconds > LATE or self.spooled > self.spool_limit / 2


def backlog() -> Backlog:
    """How it is now."""
    batches: int | None
    seconds: float | None
    try:
        batches, seconds = waiting(redis_client(), stream_names(settings.CLICK_STREAMS))
    except (redis.RedisError, OSError):
        batches = seconds = None
    return Backlog(batches, seconds, spooled_bytes(settings.SPOOL_DIR), settings.SPOOL_LIMIT)


def dead_batches() -> int:
    """How many batches were set aside."""
    return DeadBatch.objects.count()
