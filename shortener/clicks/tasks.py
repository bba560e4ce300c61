"""Periodic jobs (Procrastinate: kept in PostgreSQL, run by one worker, however many there are)."""

import logging
from datetime import UTC, datetime

from django.conf import settings
from procrastinate.contrib.django import app

from shortener.clicks import geoip, housekeeping
from shortener.infra.stores import autonomous_connection

logger = logging.getLogger(__name__)


@app.periodic(cron="3 * * * *")
@app.task(name="clicks.tidy", queueing_lock="clicks.tidy", retry=3)
def tidy(timestamp: int) -> None:
    """Partitions, retention, salts: every hour, so that a day that begins or ends is noticed soon."""
    with autonomous_connection() as connection:
        housekeeping.tidy(connection, datetime.now(UTC).date(), settings.CLICK_RETENTION_DAYS)


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
