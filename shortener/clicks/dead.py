"""Batches that could not be written: look at them, and try again once the reason is gone."""

from collections.abc import Callable

import redis
from django.db import transaction

from shortener.clicks.models import DeadBatch
from shortener.clicks.streams import FIELD, STREAM


def retry_dead(client: redis.Redis, progress: Callable[[], None] = lambda: None) -> int:
    """Put every dead batch back into the stream; how many. One that fails again is set aside again. Raises
    `redis.RedisError`; those that have not been put back stay."""
    numbers = list(DeadBatch.objects.order_by("id").values_list("pk", flat=True))
    for number in numbers:
        with transaction.atomic():
            batch = DeadBatch.objects.select_for_update(skip_locked=True).filter(pk=number).first()
            if batch is not None:
                batch.delete()
                # Before the commit: if that fails the batch is there twice, which counts once.
                client.xadd(STREAM, {FIELD: bytes(batch.payload)})
        progress()
    return len(numbers)
