"""Whether all rollups say what the raw clicks do: every table added up again from `clicks_click`, in plain Python."""

from collections import Counter, defaultdict
from datetime import datetime

from shortener.clicks.models import Click, DailyClicks, Dimension, DimensionClicks, LinkTotal, QuarterClicks, Scope
from shortener.clicks.rollups import located, quarter_of
from shortener.links.models import Link

COUNTED = ("clicks", "bots", "others", "visitors")


def assert_rollups_agree():
    """Fail unless every rollup is the sum of the raw clicks, slot by slot added up and rows of zeros left out. In which
    quarter of an hour a visitor was seen first depends on which click came in first; of the day there is one answer."""
    expected = recomputed(Click.objects.order_by("clicked_at"))
    quarters, days = held(QuarterClicks, "scope", "scope_id", "at"), held(DailyClicks, "scope", "scope_id", "day")
    assert without_visitors(quarters) == without_visitors(expected["quarters"])
    assert visitors_by_day(quarters) == visitors_by_day(days)
    assert days == expected["days"]
    assert held(LinkTotal, "link_id") == expected["totals"]
    assert values_held() == expected["values"]


def held(model, *key):
    """The counts of `model` by the columns of `key`."""
    sums = defaultdict(Counter)
    for row in model.objects.all():
        sums[tuple(getattr(row, name) for name in key)].update({name: getattr(row, name) for name in COUNTED})
    assert all(count >= 0 for counts in sums.values() for count in counts.values())
    return _without_zeros(sums)


def without_visitors(counted):
    """Clicks, bots and others by key."""
    return {key: {n: count for n, count in counts.items() if n != "visitors"} for key, counts in counted.items()}


def visitors_by_day(counted):
    """Visitors by scope, ID and day, of counts by quarter of an hour or by day."""
    sums = Counter()
    for (scope, number, when), counts in counted.items():
        sums[scope, number, when.date() if isinstance(when, datetime) else when] += counts.get("visitors", 0)
    return +sums


def values_held():
    """Clicks by scope, ID, dimension, day and value."""
    sums = Counter()
    for row in DimensionClicks.objects.all():
        sums[row.scope, row.scope_id, row.dimension, row.day, row.value] += row.clicks
    assert all(count >= 0 for count in sums.values())
    return {key: count for key, count in sums.items() if count}


def recomputed(rows):
    """What the rollups should hold, from raw clicks in the order of time."""
    quarters, days, totals = (defaultdict(Counter) for _ in range(3))
    values, seen = Counter(), set()
    homes = {pk: home for pk, *home in Link.objects.values_list("pk", "domain_id", "workspace_id")}
    for row in rows:
        day = row.clicked_at.date()
        kind = "clicks" if row.kind == 0 else "bots" if row.kind == 1 else "others"
        counts = Counter({kind: 1})
        if row.kind == 0 and row.visitor is not None and (who := (day, row.link_id, bytes(row.visitor))) not in seen:
            seen.add(who)
            counts["visitors"] = 1
        totals[row.link_id,].update(counts)
        for scope in _scopes(row, homes):
            quarters[*scope, quarter_of(row.clicked_at)].update(counts)
            days[*scope, day].update(counts)
            if row.kind == 0:
                for dimension, value in _values(row, scope[0]):
                    values[*scope, dimension, day, value] += 1
    return {
        "quarters": _without_zeros(quarters),
        "days": _without_zeros(days),
        "totals": _without_zeros(totals),
        "values": dict(values),
    }


def _scopes(row, homes):
    yield Scope.LINK.value, row.link_id
    if row.link_id in homes:
        domain, workspace = homes[row.link_id]
        yield Scope.DOMAIN.value, domain
        yield Scope.WORKSPACE.value, workspace
        yield Scope.SITE.value, 0


def _values(row, scope):
    special = {
        Dimension.REGION: located(row.region, row.country),
        Dimension.CITY: located(row.city, row.country),
        Dimension.LINK: str(row.link_id) if scope != Scope.LINK else "",
    }
    for dimension in Dimension:
        value = special[dimension] if dimension in special else getattr(row, dimension.name.lower())
        if value:
            yield dimension.value, value


def _without_zeros(sums):
    return {key: dict(+counts) for key, counts in sums.items() if +counts}
