"""Pages of statistics: of a link, and of a workspace."""

import re
from datetime import timedelta

import pytest

from shortener.accounts.models import Member
from shortener.clicks.models import Scope
from shortener.links.models import Domain
from shortener.links.services import delete_link
from shortener.web.views.stats import report
from tests.clicks.writing import click, send
from tests.web.counting import count, count_link, today
from tests.web.reading import Read

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(make_link):
    return make_link("https://example.org/", slug="town")


@pytest.fixture
def show(signed_in, link):
    """The page of the link."""
    return lambda **asked: Read(signed_in.get(f"/app/links/{link.public_id}/", asked))


@pytest.fixture
def show_all(signed_in):
    """The page of the workspace."""
    return lambda **asked: Read(signed_in.get("/app/stats", asked))


@pytest.fixture
def clicks(link):
    """Yesterday's, and a few of the months before."""
    by = {
        "referrer": {"example.net": 500},
        "country": {"DE": 1200},
        "city": {"Berlin, DE": 1200},
        "device": {"mobile": 1200},
        "language": {"de": 1100},
    }
    count_link(link, ago=1, clicks=1200, visitors=900, bots=31, by=by)
    count_link(link, ago=40, clicks=1000, visitors=1000)
    count_link(link, ago=80, clicks=5000, visitors=1)


def read(page):
    return page.text.replace("\u202f", " ")


def urls(page, text):
    """Addresses of the links with this text."""
    found = re.findall(r"<a[^>]*href=\"([^\"]*)\"[^>]*>(.*?)</a>", page.html, re.DOTALL)
    return [url.replace("&amp;", "&") for url, inner in found if text in re.sub(r"<[^>]+>", "", inner)]


# --- Numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clicks")
def test_it_counts_people_visitors_and_bots_beside_the_period_before(show):
    text = read(show())
    assert "Clicks 1,200 ▲ +20 % from 1,000" in text
    assert "Visitors 900 ▼ −10 % from 1,000" in text
    assert "Bots 31 none before" in text


@pytest.mark.usefixtures("clicks")
def test_the_comparison_can_be_switched_off(show):
    page = show(compare="no")
    assert "from 1,000" not in page.text
    assert page.all("a", role="switch", id="compare")[0]["aria-checked"] == "false"
    assert not page.all("path", **{"class": "previous"})


@pytest.mark.usefixtures("clicks")
def test_nothing_comes_before_all_time(show):
    page = show(range="all")
    assert "Clicks 7,200 Visitors" in page.text
    assert not page.all("a", id="compare")


@pytest.mark.usefixtures("clicks")
def test_the_time_can_be_chosen(show):
    assert "Clicks 7,200" in show(range="90").text
    assert "The last 7 days" in show(range="7").text
    day = (today() - timedelta(40)).isoformat()
    page = show(start=day, end=day)
    assert "Days of your choice" in page.text
    assert "Clicks 1,000" in page.text


@pytest.mark.parametrize("nonsense", ["", "0", "31", "x", "1e9"])
def test_a_range_that_is_not_offered_is_thirty_days(show, nonsense):
    assert "The last 30 days" in show(range=nonsense).text


def test_a_custom_range_that_makes_no_sense_is_explained(show):
    page = show(start="2027-13-01")
    assert "Write days as 2027-01-31." in page.text
    assert "last day cannot be before the first" in show(start="2026-02-02", end="2026-01-01").text
    assert "no time zone" in show(zone="Mars/Olympus").text


@pytest.mark.usefixtures("clicks")
def test_the_chart_can_be_read_without_seeing_it(show):
    page = show()
    [chart] = page.all("svg", role="img")
    assert chart["aria-labelledby"] == "chart-title chart-about"
    assert page.element("chart-title") == "Clicks and visitors by day"
    assert "Clicks: 1,200, visitors: 900, days: 30." in page.element("chart-about")
    day = today() - timedelta(days=1)
    assert f"{day:%a} {day.day} {day:%b %Y} 1,200 900 31 0" in page.text  # the table


@pytest.mark.usefixtures("clicks")
def test_bots_are_drawn_on_demand(show):
    assert not show().all("path", **{"class": "bots"})
    assert show(bots="yes").all("path", **{"class": "bots"})


@pytest.mark.usefixtures("clicks")
def test_the_time_can_be_cut_into_what_makes_sense(show):
    page = show(range="90", interval="week")
    assert page.element("chart-title") == "Clicks and visitors by week"
    assert not page.all("a", id="by-hour")
    assert {choice["id"] for choice in page.all("a") if choice.get("id", "").startswith("by-")} == {
        "by-day",
        "by-week",
        "by-month",
    }
    assert show(range="90", interval="hour").element("chart-title") == "Clicks and visitors by day"


@pytest.mark.usefixtures("clicks")
def test_days_are_those_of_the_zone_that_was_asked_for(show):
    assert "Asia/Tokyo" in show(zone="Asia/Tokyo").text


def test_without_one_they_are_those_of_the_account_or_else_of_the_browser(signed_in, owner, show):
    assert "UTC" in show().text
    signed_in.cookies["zone"] = "Asia/Tokyo"
    assert "Asia/Tokyo" in show().text
    owner.time_zone = "Europe/Berlin"
    owner.save()
    assert "Europe/Berlin" in show().text


# --- Lists and filters -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clicks")
def test_lists_name_what_they_can(show):
    page = show()
    assert "Direct or unknown 58 % 700" in read(page)
    assert "example.net 42 % 500" in read(page)
    assert "Mobile 100 % 1,200" in read(page)
    assert "🇩🇪" in page.text
    assert "Germany 100 % 1,200" in read(page)


@pytest.mark.usefixtures("clicks")
def test_names_are_in_the_readers_language(signed_in, link):
    page = Read(signed_in.get(f"/app/links/{link.public_id}/", headers={"accept-language": "de"}))
    assert "Deutschland" in page.text


@pytest.mark.usefixtures("clicks")
@pytest.mark.parametrize("path", ["/app/stats", "/app/links/{}/"])
def test_where_clicks_go_is_no_end_of_a_time(signed_in, link, path):
    page = Read(signed_in.get(path.format(link.public_id), headers={"accept-language": "de"}))
    assert [page.element(f"card-{key}") for key in ("from", "to")] == ["Woher", "Wohin"]


@pytest.mark.usefixtures("clicks")
def test_each_card_shows_the_list_that_was_chosen(show):
    page = show(show=["city", "language"])
    assert "Berlin, Germany 100 % 1,200" in read(page)
    assert "German 92 % 1,100" in read(page)
    assert "Mobile" not in page.text


def test_a_long_list_shows_its_head_until_one_asks_for_more(show, link):
    count_link(link, clicks=20, by={"referrer": {f"{number}.example": 1 for number in range(20)}})
    page = show()
    assert page.text.count(".example ") == report.LISTED
    [more] = urls(page, "Show more")
    assert "more=referrer" in more
    page = show(more="referrer")
    assert page.text.count(".example ") == 20
    assert urls(page, "Show fewer")


@pytest.mark.usefixtures("clicks")
def test_a_value_filters(show):
    [address] = urls(show(), "Germany")
    assert "country=DE" in address


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stores")
def test_filters_combine_and_come_off_one_by_one(show, link, ingest):
    send(click(link.pk, country=None), click(link.pk, peer="203.0.113.8", referrer=b"https://example.net/"))
    ingest()
    page = show(device="desktop", referrer="example.net", range="today", compare="no")
    assert "Clicks 1 Visitors 1" in page.text
    [chip] = urls(page, "Referrers: example.net")
    assert "device=desktop" in chip
    assert "referrer" not in chip
    assert urls(page, "Clear filters") == ["?range=today&compare=no"]
    assert "No click has all of this" in show(device="tablet", range="today").text


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stores")
def test_the_unknown_can_be_filtered_for(show, link, ingest):
    send(click(link.pk), click(link.pk, peer="203.0.113.8", referrer=b"https://example.net/"))
    ingest()
    page = show(referrer="", range="today", compare="no")
    assert "Clicks 1 Visitors 1" in page.text
    assert urls(page, "Direct or unknown")


def test_filters_that_reach_too_far_back_say_so(show, settings):
    settings.CLICK_RETENTION_DAYS = 10
    assert "there are none from before" in show(country="DE").text
    assert "there are none from before" not in show(country="DE", range="7").text


def test_too_many_clicks_to_filter_are_explained(show, monkeypatch, link, stores):
    monkeypatch.setattr("shortener.clicks.filters.FILTER_TIMEOUT", 1)
    monkeypatch.setattr("shortener.clicks.series.FROM_CLICKS", "SELECT pg_sleep(5), 1, 1, 1, 1")
    page = show(country="DE")
    assert "These were too many clicks to filter" in page.text
    assert urls(page, "Clear filters")


def test_lists_of_whole_days_say_so(show, link, monkeypatch):
    monkeypatch.setattr("shortener.clicks.breakdowns.EDGE_LIMIT", -1)
    count_link(link, ago=2, clicks=3)
    day = (today() - timedelta(2)).isoformat()
    assert "whole days of UTC" in show(zone="Asia/Tokyo", start=day, end=day).text
    assert "whole days of UTC" not in show(zone="UTC", start=day, end=day).text


@pytest.mark.usefixtures("clicks")
def test_single_clicks_are_offered_where_nothing_filters_them(show):
    assert urls(show(), "Single clicks (CSV)")
    assert not urls(show(country="DE"), "Single clicks (CSV)")


# --- Emptiness, parts, audiences -------------------------------------------------------------------------------------


def test_a_link_that_nobody_followed_says_so(show):
    page = show(range="all")
    assert "No clicks yet" in page.text
    assert not page.all("svg", role="img")
    assert urls(show(), "Look at all time")


def test_htmx_gets_the_part_that_changes_and_back_the_whole_page(signed_in, link):
    address = f"/app/links/{link.public_id}/"
    part = signed_in.get(address, headers={"HX-Request": "true"})
    assert part.content.strip().startswith(b"<div")
    assert b"<html" not in part.content
    assert "HX-Request" in part["Vary"]
    whole = signed_in.get(address, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" in whole.content


def test_live_clicks_are_for_whoever_may_see_clicks(signed_in, link, workspace):
    answer = signed_in.get(f"/app/links/{link.public_id}/live")
    assert answer["X-Live"] == f"{workspace.pk} {link.public_id}"
    assert signed_in.get("/app/live")["X-Live"] == f"{workspace.pk}"


@pytest.mark.parametrize(
    ("asked", "counts"),
    [({}, "yes"), ({"range": "yesterday"}, "no"), ({"range": "today"}, "yes"), ({"country": "DE"}, "no")],
)
def test_live_clicks_count_where_the_page_shows_them(show, asked, counts):
    [stats] = show(**asked).all("div", id="stats")
    assert stats["data-counts"] == counts


def test_a_viewer_sees_it_too(link, stranger, workspace, intruder):
    Member.objects.create(workspace=workspace, user=stranger, role="viewer")
    assert intruder.get(f"/app/links/{link.public_id}/").status_code == 200


# --- Workspaces ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clicks")
def test_a_workspace_adds_its_links_up_and_names_them(show_all, link):
    page = show_all()
    assert "Clicks 1,200" in page.text
    assert "127.0.0.1:8000 /town" in page.text
    assert page.all("a", href=f"/app/links/{link.public_id}/?")
    assert any(f"link={link.public_id}" in address for address in urls(page, "town"))


@pytest.mark.usefixtures("clicks")
def test_filters_over_many_clicks_are_counted_once_the_page_is_there(show_all, monkeypatch):
    monkeypatch.setattr(report, "AT_ONCE", 1_000)
    page = show_all(country="DE")
    assert "Filters look at each click by itself, and here at 2,231 clicks." in page.text
    [later] = urls(page, "Count them now")
    assert later.endswith("country=DE&count=yes")
    assert page.all("div", **{"hx-get": later, "hx-trigger": "load"})
    assert "Counting" not in show_all(country="DE", count="yes").text
    assert "Counting" not in show_all().text


@pytest.mark.usefixtures("clicks")
def test_a_deleted_link_keeps_its_name_and_has_no_page(show_all, link):
    delete_link(link)
    page = show_all()
    assert "127.0.0.1:8000 /town" in page.text
    assert not page.all("a", href=f"/app/links/{link.public_id}/?")


def test_links_of_others_are_not_named(show_all, make_link, stranger):
    from shortener.accounts.services import personal_workspace

    other = make_link(workspace=personal_workspace(stranger), slug="secret")
    page = show_all(link=other.public_id)
    assert "A link that is gone" in page.text
    assert "secret" not in page.text


def test_a_domain_can_be_looked_at_alone(show_all, workspace):
    domain = Domain.objects.create(host="go.example.org", workspace=workspace)
    count(Scope.DOMAIN, domain.pk, clicks=7)
    count(Scope.WORKSPACE, workspace.pk, clicks=9)
    assert "Clicks 9" in show_all().text
    page = show_all(domain="go.example.org")
    assert "Clicks 7" in page.text
    assert page.all("option", selected="")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "no.example", "\x00"])
def test_domains_of_others_do_not_exist(signed_in, host):
    assert signed_in.get("/app/stats", {"domain": host}).status_code == 404


def test_visits_of_unknown_addresses_are_named_after_their_domain(show_all, workspace):
    domain = Domain.objects.create(host="go.example.org", workspace=workspace)
    count(Scope.WORKSPACE, workspace.pk, clicks=3, by={"link": {f"-{domain.pk}": 3}})
    page = show_all()
    assert "go.example.org, no such link" in page.text
    assert not urls(page, "no such link")


def test_a_visitor_is_asked_to_sign_in(client):
    for path in ("stats", "stats.csv", "lists.csv", "clicks.csv", "live"):
        assert client.get(f"/app/{path}").url == f"/accounts/login/?next=/app/{path}"


# --- Cost ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clicks")
@pytest.mark.parametrize("asked", [{}, {"range": "all", "bots": "yes"}, {"zone": "Asia/Tokyo", "more": "country"}])
def test_a_link_takes_few_queries(signed_in, link, asked, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        signed_in.get(f"/app/links/{link.public_id}/", asked)


@pytest.mark.parametrize("links", [1, 12])
def test_a_workspace_takes_few_queries_for_any_number_of_links(
    signed_in, make_link, workspace, links, django_assert_max_num_queries
):
    made = [make_link() for _ in range(links)]
    count(Scope.WORKSPACE, workspace.pk, clicks=links, by={"link": {str(link.pk): 1 for link in made}})
    signed_in.get("/app/stats")
    with django_assert_max_num_queries(13):
        signed_in.get("/app/stats", {"zone": "Asia/Kathmandu"})


@pytest.mark.usefixtures("clicks")
def test_the_longest_page_stays_light(signed_in, link):
    many = {f"{number}.{'long-name' * 8}.example": 100 for number in range(100)}
    count_link(link, ago=2, clicks=10_000, by={"referrer": many})
    asked = {"range": "year", "interval": "day", "more": "referrer", "bots": "yes", "start": "", "zone": "Asia/Tokyo"}
    assert len(signed_in.get(f"/app/links/{link.public_id}/", asked).content) < 90_000  # bytes
