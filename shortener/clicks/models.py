"""Clicks as PostgreSQL keeps them: raw events in daily partitions, and the rollups that every number is read from.

Only `ingest` writes here, in one transaction per chunk of batches, and only `stats` reads. Rollup rows carry a `slot`:
each ingest process adds to rows of its own, so that no two of them wait for the same hot link; readers sum the slots.
There are no foreign keys to links: a click is never refused because its link has just gone.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Kind(models.IntegerChoices):
    """Who or what followed a link. Only people's clicks are `clicks` in the statistics."""

    HUMAN = 0, "Click"
    BOT = 1, "Bot"
    PREFETCH = 2, "Prefetch"
    HEAD = 3, "HEAD request"


class Scope(models.IntegerChoices):
    """What a rollup adds up: one link, or all links of a domain, of a workspace, of the site (ID 0)."""

    LINK = 0, "link"
    DOMAIN = 1, "domain"
    WORKSPACE = 2, "workspace"
    SITE = 3, "site"


class Dimension(models.IntegerChoices):
    """What clicks are broken down by. The numbers are stored: never reuse one."""

    REFERRER = 1, "referrers"  # host
    COUNTRY = 2, "countries"  # ISO 3166-1
    BROWSER = 3, "browsers"
    OS = 4, "os"
    DEVICE = 5, "devices"
    LANGUAGE = 6, "languages"
    SOURCE = 7, "sources"  # a referrer that is known by name
    REGION = 8, "regions"
    CITY = 9, "cities"
    UTM_SOURCE = 10, "utm_sources"
    UTM_MEDIUM = 11, "utm_mediums"
    UTM_CAMPAIGN = 12, "utm_campaigns"
    UTM_TERM = 13, "utm_terms"
    UTM_CONTENT = 14, "utm_contents"
    DESTINATION = 15, "destinations"  # of the rule that decided; empty: the link's own
    CHANNEL = 16, "channels"  # `qr`; empty: the link itself
    LINK = 17, "links"  # the link's ID; not kept for a link


class Click(models.Model):
    """One answered redirect. Partitioned by day on `clicked_at` (the table is made in the first migration)."""

    pk = models.CompositePrimaryKey("clicked_at", "batch_id", "position")
    clicked_at = models.DateTimeField()
    batch_id = models.UUIDField()
    position = models.SmallIntegerField()  # of the event in its batch
    link_id = models.BigIntegerField()
    domain_id = models.BigIntegerField(default=0)
    workspace_id = models.BigIntegerField(default=0)
    kind = models.SmallIntegerField(choices=Kind)
    visitor = models.BinaryField(max_length=16, null=True)  # hash under the day's salt; None when not to be tracked
    referrer = models.TextField(blank=True)  # host
    source = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.TextField(blank=True)
    city = models.TextField(blank=True)
    browser = models.TextField(blank=True)
    os = models.TextField(blank=True)
    device = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    utm_source = models.TextField(blank=True)
    utm_medium = models.TextField(blank=True)
    utm_campaign = models.TextField(blank=True)
    utm_term = models.TextField(blank=True)
    utm_content = models.TextField(blank=True)
    destination = models.TextField(blank=True)
    channel = models.TextField(blank=True)

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


class Ranking(models.Model):
    """How often each link was followed, people's clicks and those of before it was imported, to sort by: one row for
    every link, from a trigger when it is made, and as of a minute ago (`ranking`). Totals are read elsewhere."""

    link = models.OneToOneField(
        "links.Link", models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="ranking"
    )
    workspace_id = models.BigIntegerField()
    clicks = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace_id", "-clicks", "-link"], name="ranking_most_clicked")]


class Rollup(Counts):
    """Clicks and unique visitors of a scope in a span of time. A visitor of a link's day is counted once, when first
    seen; those of a domain, a workspace or the site are the sums of their links'."""

    scope = models.SmallIntegerField(choices=Scope)
    scope_id = models.BigIntegerField()
    visitors = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class QuarterClicks(Rollup):
    """A quarter of an hour: the longest span that every time zone's hours and days are made of."""

    pk = models.CompositePrimaryKey("scope", "scope_id", "at", "slot")
    at = models.DateTimeField()  # when it begins


class DailyClicks(Rollup):
    """A day (UTC)."""

    pk = models.CompositePrimaryKey("scope", "scope_id", "day", "slot")
    day = models.DateField()


class DimensionClicks(models.Model):
    """People's clicks of a scope on a day (UTC) by one value of a dimension. What is unknown has no row: it is what
    the values leave of the day's clicks."""

    pk = models.CompositePrimaryKey("scope", "scope_id", "dimension", "day", "value", "slot")
    scope = models.SmallIntegerField(choices=Scope)
    scope_id = models.BigIntegerField()
    dimension = models.SmallIntegerField(choices=Dimension)
    day = models.DateField()
    value = models.TextField()
    slot = models.SmallIntegerField()
    clicks = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            # The links of a day from the most followed one down: `top_links` reads no further than it has to.
            models.Index(
                fields=["scope", "scope_id", "day", "slot", "-clicks"], include=["value"],
                condition=models.Q(dimension=Dimension.LINK), name="clicks_links_of_day",
            )
        ]  # fmt: skip


class AskedFilter(models.Model):
    """Filters that somebody has asked for of a subject with many clicks: what they find of days that are over is kept
    for the next time (`filtered`). `filters`: the wanted values by the dimension's number, sorted."""

    scope = models.SmallIntegerField(choices=Scope)
    scope_id = models.BigIntegerField()
    filters = models.TextField()  # JSON
    asked_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("scope", "scope_id", models.functions.MD5("filters"), name="clicks_filter_once")
        ]


class FilteredDay(models.Model):
    """What is known of a filter and a day (UTC), or the first `hours` of it: 24 when it is over. `seen`: how many
    clicks of every kind its subject had on the day when that was found out; when there are more by now, it is out of
    date. The columns behind it are lists beside each other."""

    filter_id = models.BigIntegerField()
    day = models.DateField()
    hours = models.SmallIntegerField()
    seen = models.BigIntegerField()
    clicks = ArrayField(models.IntegerField())

    class Meta:
        abstract = True


class FilteredCounts(FilteredDay):
    """Counts up to the end of each quarter of an hour: what lies between two of them is their difference."""

    pk = models.CompositePrimaryKey("filter_id", "day", "hours")
    visitors = ArrayField(models.IntegerField())
    bots = ArrayField(models.IntegerField())
    others = ArrayField(models.IntegerField())


class FilteredValues(FilteredDay):
    """People's clicks by the values of a dimension, the most frequent first. Of links, which may be many, only the
    first are listed: `least` is the most that any other may have."""

    pk = models.CompositePrimaryKey("filter_id", "dimension", "day", "hours")
    dimension = models.SmallIntegerField(choices=Dimension)
    names = ArrayField(models.TextField())
    least = models.IntegerField()


class DeadBatch(models.Model):
    """A stream entry that could not be written, with the reason; kept so that nothing is thrown away unseen."""

    stream_id = models.CharField(max_length=40, unique=True)
    payload = models.BinaryField()
    reason = models.TextField()
    received_at = models.DateTimeField(db_default=models.functions.Now())
