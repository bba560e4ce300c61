"""Clicks as PostgreSQL keeps them: raw events in daily partitions, and the rollups that every number is read from.

Only `ingest` writes here, in one transaction per chunk of batches, and only `stats` reads. Rollup rows carry a `slot`:
each ingest process adds to rows of its own, so that no two of them wait for the same hot link; readers sum the slots.
There are no foreign keys to links: a click is never refused because its link has just gone.
"""

from django.db import models


class Kind(models.IntegerChoices):
    """Who or what followed a link. Only people's clicks are `clicks` in the statistics."""

    HUMAN = 0, "Click"
    BOT = 1, "Bot"
    PREFETCH = 2, "Prefetch"
    HEAD = 3, "HEAD request"


class Dimension(models.IntegerChoices):
    """What clicks are broken down by. The numbers are stored: never reuse one."""

    REFERRER = 1, "referrers"
    COUNTRY = 2, "countries"
    BROWSER = 3, "browsers"
    OS = 4, "os"
    DEVICE = 5, "devices"
    LANGUAGE = 6, "languages"


class Click(models.Model):
    """One answered redirect. Partitioned by day on `clicked_at` (the table is made in the first migration)."""

    pk = models.CompositePrimaryKey("clicked_at", "batch_id", "position")
    clicked_at = models.DateTimeField()
    batch_id = models.UUIDField()
    position = models.SmallIntegerField()  # of the event in its batch
    link_id = models.BigIntegerField()
    kind = models.SmallIntegerField(choices=Kind)
    visitor = models.BinaryField(max_length=16, null=True)  # hash under the day's salt; None when not to be tracked
    referrer = models.TextField(blank=True)  # host
    country = models.CharField(max_length=2, blank=True)
    region = models.TextField(blank=True)
    city = models.TextField(blank=True)
    browser = models.TextField(blank=True)
    os = models.TextField(blank=True)
    device = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)

    class Meta:
        managed = False
        db_table = "clicks_click"


class Batch(models.Model):
    """A batch that is in: one that arrives again is skipped. This is what makes a click count once."""

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField(db_default=models.functions.Now(), db_index=True)
    clicks = models.IntegerField()


class DailySalt(models.Model):
    """The secret under which a day's visitors are hashed, deleted when the day is over."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField(max_length=32)


class Visitor(models.Model):
    """That a visitor followed a link on a day; unique, so that each is counted once."""

    pk = models.CompositePrimaryKey("day", "link_id", "visitor")
    day = models.DateField()
    link_id = models.BigIntegerField()
    visitor = models.BinaryField(max_length=16)


class Counts(models.Model):
    """Columns that every rollup has."""

    slot = models.SmallIntegerField()
    clicks = models.BigIntegerField(default=0)
    bots = models.BigIntegerField(default=0)
    others = models.BigIntegerField(default=0)  # prefetches and HEAD requests

    class Meta:
        abstract = True


class LinkTotal(Counts):
    """All clicks of a link."""

    pk = models.CompositePrimaryKey("link_id", "slot")
    link_id = models.BigIntegerField()
    visitors = models.BigIntegerField(default=0)  # summed over days
    last_clicked_at = models.DateTimeField(null=True)


class HourlyClicks(Counts):
    """Clicks of a link in an hour (UTC)."""

    pk = models.CompositePrimaryKey("link_id", "hour", "slot")
    link_id = models.BigIntegerField()
    hour = models.DateTimeField()


class DailyClicks(Counts):
    """Clicks and unique visitors of a link on a day (UTC)."""

    pk = models.CompositePrimaryKey("link_id", "day", "slot")
    link_id = models.BigIntegerField()
    day = models.DateField()
    visitors = models.BigIntegerField(default=0)


class DimensionClicks(models.Model):
    """People's clicks of a link on a day (UTC) by one value of a dimension; the empty value is "unknown"."""

    pk = models.CompositePrimaryKey("link_id", "dimension", "day", "value", "slot")
    link_id = models.BigIntegerField()
    dimension = models.SmallIntegerField(choices=Dimension)
    day = models.DateField()
    value = models.TextField()
    slot = models.SmallIntegerField()
    clicks = models.BigIntegerField(default=0)


class DeadBatch(models.Model):
    """A stream entry that could not be written, with the reason; kept so that nothing is thrown away unseen."""

    stream_id = models.CharField(max_length=40, unique=True)
    payload = models.BinaryField()
    reason = models.TextField()
    received_at = models.DateTimeField(db_default=models.functions.Now())
