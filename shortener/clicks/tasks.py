"""Periodic jobs (Procrastinate: kept in PostgreSQL, run by one worker, however many there are)."""

import logging
from datetime import UTC, datetime

from django.conf import settings
from procrastinate.contrib.django import app

from shortener.clicks import geoip, housekeeping, ranking
from shortener.infra.stores import autonomous_connection

FULL_ROUND = 13  # minute of the hour
logger = logging.getLogger(__name__)


@app.periodic(cron="3 * * * *")
@app.task(name="clicks.tidy", queueing_lock="clicks.tidy", retry=3)
def tidy(timestamp: int) -> None:
    """Partitions, retention, salts: every hour, so that a day that begins or ends is noticed soon."""
    with autonomous_connection() as connection:
        housekeeping.tidy(connection, datetime.now(UTC).date(), settings.CLICK_RETENTION_DAYS)


@app.periodic(cron="* * * * *")
@app.task(name="clicks.rank", queueing_lock="clicks.rank")
def rank(timestamp: int) -> None:
    """The order of links by clicks: what was followed lately, and once an hour all of it."""
    if datetime.fromtimestamp(timestamp, UTC).minute == FULL_ROUND:
        ranking.rank_all()
    else:
        ranking.rank_recent()


@app.periodic(cron="41 3 * * 3")
@app.task(name="clicks.update_geoip", queueing_lock="clicks.update_geoip")
def update_geoip(timestamp: int) -> None:
    """A new file of places: every week, where a source is configured."""
    if (source := geoip.configured_source()) is None:
        return
    try:
        logger.info("countries and cities are now from %s", geoip.update(source, settings.GEOIP_DATABASE))
    except geoip.DownloadFailed as error:
        logger.warning("countries and cities stay as they are: %s", error)
