"""The first page of the admin site: how the whole installation is doing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from shortener.accounts.models import Workspace
from shortener.clicks.backlog import Backlog, backlog, dead_batches
from shortener.clicks.models import Dimension, Scope
from shortener.clicks.periods import last_days
from shortener.clicks.stats import Point, Stats, Subject, Totals, busiest, stats
from shortener.infra.metrics import counted
from shortener.links.models import Link, Report
from shortener.links.queries import shown_destination

DAYS = 30  # of the trend
TOP = 8  # lines of each list
SPANS = (1, 7, 30)  # days of the totals
BAR = 10  # width of a day in the trend
OURS = ("links", "accounts", "infra", "procrastinate")  # apps, in the order of the menu
TALL = 100  # height of the busiest day


@dataclass(frozen=True)
class Span:
    """Clicks of the last `days` days, today included, and the change from those before in percent (None: from none)."""

    days: int
    totals: Totals
    change: int | None


@dataclass(frozen=True)
class Bar:
    """A day of the trend, in a box `TALL` high."""

    day: date
    clicks: int
    x: int
    height: int

    @property
    def y(self) -> int:
        """Its upper edge."""
        return TALL - self.height


@dataclass(frozen=True)
class Row:
    """A line of a list: `path` is the page in the admin site."""

    name: str
    about: str
    clicks: int
    path: tuple[str, int] | None = None


@dataclass(frozen=True)
class Overview:
    """All that the page shows."""

    spans: list[Span]
    bars: list[Bar]
    bots: int
    links: list[Row]
    referrers: list[Row]
    workspaces: list[Row]
    backlog: Backlog
    dead: int
    hit_rate: float | None  # percent of redirects answered from the memory of a process; None before the first
    open_reports: int

    @property
    def width(self) -> int:
        """Of the trend."""
        return BAR * len(self.bars)


def overview(now: datetime | None = None) -> Overview:
    """How the installation is doing now. Days are UTC."""
    today = (now or datetime.now(UTC)).date()
    site = Subject(Scope.SITE, 0)
    month = stats(site, last_days(DAYS, now=now), top=TOP, by=(Dimension.LINK, Dimension.REFERRER))
    # Twice the longest span: what came before is compared with.
    long = stats(site, last_days(2 * max(SPANS), now=now), by=()).series
    return Overview(
        spans=[_span(long, days) for days in SPANS],
        bars=_bars(month.series),
        bots=month.totals.bots,
        links=_links(month),
        referrers=[Row(part.value, "", part.clicks) for part in month.dimensions["referrers"] if part.value],
        workspaces=_workspaces(today - timedelta(DAYS - 1)),
        backlog=backlog(),
        dead=dead_batches(),
        hit_rate=hit_rate(counted(settings.METRICS_DIR)),
        open_reports=Report.objects.filter(closed_at=None).count(),
    )


def _span(series: list[Point], days: int) -> Span:
    now, before = series[-days:], series[-2 * days : -days]
    clicks, earlier = (sum(point.clicks for point in part) for part in (now, before))
    totals = Totals(*(sum(getattr(point, name) for point in now) for name in ("clicks", "visitors", "bots", "others")))
    return Span(days, totals, round(100 * (clicks - earlier) / earlier) if earlier else None)


def _bars(series: list[Point]) -> list[Bar]:
    most = max((point.clicks for point in series), default=0) or 1
    return [Bar(p.day, p.clicks, n * BAR, -(-TALL * p.clicks // most)) for n, p in enumerate(series)]


def _links(month: Stats) -> list[Row]:
    clicks = {int(part.value): part.clicks for part in month.dimensions[Dimension.LINK.label] if part.value}
    found = Link.objects.filter(pk__in=clicks).select_related("domain").in_bulk()
    return [
        Row(str(link), shown_destination(link.destination), number, ("admin:links_link_change", pk))
        for pk, number in clicks.items()
        if (link := found.get(pk))
    ]


def _workspaces(since: date) -> list[Row]:
    clicks = dict(busiest(Scope.WORKSPACE, since, TOP))
    names = Workspace.objects.filter(pk__in=clicks).values_list("pk", F("name"))
    found = dict(names)
    return [
        Row(found[pk], "", number, ("admin:accounts_workspace_change", pk))
        for pk, number in clicks.items()
        if pk in found
    ]


def hit_rate(counts: Mapping[str, float]) -> float | None:
    """Which share of redirects (percent) was answered from the memory of a process, by the counters of all of them;
    None before the first one."""
    answered = counts.get("clicks_recorded", 0)
    looked_up = counts.get("lookups_redis", 0) + counts.get("lookups_postgres", 0)
    return round(100 * max(0.0, 1 - looked_up / answered), 1) if answered else None


def _with_overview(index: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def page(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return index(request, {"overview": overview(), **(extra_context or {})})

    return page


def _in_order(get_app_list: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """What is ours, in its order; what the packages bring besides has pages of its own elsewhere."""

    def app_list(request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found = [app for app in get_app_list(request, app_label) if app["app_label"] in OURS]
        return sorted(found, key=lambda app: OURS.index(app["app_label"]))

    return app_list


admin.site.get_app_list = _in_order(admin.site.get_app_list)  # type: ignore[method-assign]
admin.site.index = _with_overview(admin.site.index)  # type: ignore[method-assign, assignment]
admin.site.index_template = "admin/overview.html"
