"""Clicks in the rollups of a subject, as if they had been ingested."""

from datetime import UTC, datetime, timedelta

from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, QuarterClicks, Scope


def today():
    return datetime.now(UTC).date()


def count(scope, number, ago=1, by=None, **counts):
    """`counts` (clicks, visitors, bots) of the day `ago` days ago, and how the clicks divide `by` dimensions:
    {"country": {"DE": 3}}."""
    day = today() - timedelta(ago)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    DailyClicks.objects.create(scope=scope, scope_id=number, day=day, slot=0, **counts)
    QuarterClicks.objects.create(scope=scope, scope_id=number, at=noon, slot=0, **counts)
    DimensionClicks.objects.bulk_create(
        DimensionClicks(
            scope=scope, scope_id=number, dimension=Dimension[name.upper()], day=day, value=value, slot=0, clicks=clicks
        )
        for name, parts in (by or {}).items()
        for value, clicks in parts.items()
    )


def count_link(link, ago=1, **counts):
    """The same of a link and its workspace."""
    by = counts.pop("by", {})
    count(Scope.LINK, link.pk, ago, by, **counts)
    count(Scope.WORKSPACE, link.workspace_id, ago, {**by, "link": {str(link.pk): counts.get("clicks", 0)}}, **counts)
