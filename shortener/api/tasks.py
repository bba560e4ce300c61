"""Periodic jobs of the API."""

import logging

from procrastinate.contrib.django import app

from shortener.api.idempotency import forget_old_answers

logger = logging.getLogger(__name__)


@app.periodic(cron="17 * * * *")
@app.task(name="api.forget_answers", queueing_lock="api.forget_answers", retry=3)
def forget_answers(timestamp: int) -> None:
    """Answers to requests with an `Idempotency-Key`, a day after they were given."""
    logger.debug("forgot %d answers", forget_old_answers())
