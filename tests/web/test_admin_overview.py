from datetime import UTC, datetime, timedelta

import pytest

from shortener.clicks.models import DailyClicks, Dimension, DimensionClicks, QuarterClicks, Scope
from shortener.links.services import report_link
from shortener.web.admin.overview import hit_rate, overview
from tests.clicks.writing import FIREFOX, click, send
from tests.web.reading import Read

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
TODAY = NOW.date()


def count(scope, number, days_ago, clicks, visitors=0):
    DailyClicks.objects.create(
        scope=scope, scope_id=number, day=TODAY - timedelta(days_ago), slot=0, clicks=clicks, visitors=visitors
    )


def test_an_empty_installation_has_an_overview(staff, redis_empty):
    page = Read(staff.get("/admin/"))
    assert "Today 0 0 visitors" in page.text
    assert page.text.count("No clicks in these days.") == 3


def test_totals_are_compared_with_the_days_before(redis_empty):
    for days_ago, clicks in ((0, 10), (1, 20), (6, 5), (7, 50), (29, 1), (30, 43), (59, 43), (60, 1000)):
        count(Scope.SITE, 0, days_ago, clicks)
    assert [(span.days, span.totals.clicks, span.change) for span in overview().spans] == [
        (1, 10, -50), (7, 35, -30), (30, 86, 0),
    ]  # fmt: skip
    assert [bar.clicks for bar in overview().bars][-1] == 10
    assert len(overview().bars) == 30


def test_the_busiest_are_named_and_lead_to_their_pages(staff, redis_empty, make_link, workspace):
    link, other = make_link(slug="busy"), make_link(slug="calm")
    for each, clicks in ((link, 7), (other, 3)):
        count(Scope.LINK, each.pk, 0, clicks)
        DimensionClicks.objects.create(
            scope=Scope.SITE, scope_id=0, dimension=Dimension.LINK, day=TODAY, value=str(each.pk), slot=0, clicks=clicks
        )
    count(Scope.SITE, 0, 0, 10)
    count(Scope.WORKSPACE, workspace.pk, 0, 10)
    DimensionClicks.objects.create(
        scope=Scope.SITE, scope_id=0, dimension=Dimension.REFERRER, day=TODAY, value="news.example", slot=0, clicks=6
    )
    found = overview()
    assert [(row.name.rpartition("/")[2], row.clicks) for row in found.links] == [("busy", 7), ("calm", 3)]
    assert [(row.name, row.clicks) for row in found.referrers] == [("news.example", 6)]
    assert [(row.name, row.clicks) for row in found.workspaces] == [(workspace.name, 10)]
    html = Read(staff.get("/admin/")).html
    assert f"/admin/links/link/{link.pk}/change/" in html
    assert f"/admin/accounts/workspace/{workspace.pk}/change/" in html


def test_clicks_on_their_way_and_reports_are_shown(staff, redis_empty, make_link):
    send(click(agent=FIREFOX))
    report_link(make_link(), "spam")
    page = Read(staff.get("/admin/"))
    assert "Clicks on their way 1 batch " in page.text
    assert "Reports 1 open" in page.text


def test_the_hit_rate_is_what_needed_no_lookup():
    assert hit_rate({}) is None
    assert hit_rate({"clicks_recorded": 200, "lookups_redis": 4, "lookups_postgres": 6}) == 95.0
    assert hit_rate({"clicks_recorded": 2, "lookups_redis": 4}) == 0


def test_its_queries_do_not_grow(staff, redis_empty, make_link, django_assert_max_num_queries):
    for number in range(12):
        link = make_link()
        count(Scope.LINK, link.pk, 0, number + 1)
        QuarterClicks.objects.create(
            scope=Scope.SITE, scope_id=0, at=NOW.replace(minute=0, second=0, microsecond=0), slot=number, clicks=1
        )
    with django_assert_max_num_queries(15):
        staff.get("/admin/")
